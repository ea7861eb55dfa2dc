/**
 * A playing video, checked as it plays, because the person asked for just that.
 *
 *     frames drawn to a canvas ─┐
 *                               ├─▶ worker ─▶ service ─▶ running verdict ─▶ panel
 *     what the screen shows ────┘
 *
 * The screen is read only after the person said so in the panel, where the site keeps the frames
 * from being read. One video at a time.
 */

import {asDataUrl} from '../shared/data-urls.js';
import {isVerdict} from '../shared/outcomes.js';
import {wordingOf} from '../shared/wording.js';
import {frameOf, readsTrue, watchFrames} from '../verdict/frames.js';
import {addCardStyles} from './card-styles.js';
import {Faces} from './faces.js';
import {FrameLine} from './frame-line.js';
import {LivePanel} from './live-panel.js';
import {uncovered, visiblePart} from './placement.js';

/** The browser takes no more than two pictures of a tab in a second. */
const CAPTURE_PAUSE_MS = 510;
/** While the service is busy with others. */
const BUSY_MS = 1000;
const LEAST_SIDE = 64;

/**
 * @typedef {import('../verdict/verdict.js').Verdict} Verdict
 * @typedef {import('../shared/outcomes.js').Answer} Answer
 * @typedef {import('./overlay.js').Overlay} Overlay
 */

/** There is no verdict on a frame, and asking for the next would bring none either. */
class Refused extends Error {
  /** @param {import('../shared/outcomes.js').NoVerdict | import('../shared/outcomes.js').Unreachable} outcome */
  constructor(outcome) {
    super(outcome.cause);
    this.outcome = outcome;
  }
}

export class Live {
  #overlay;
  #texts;
  #faces;
  #panel;
  /** @type {HTMLVideoElement | null} */
  #video = null;
  #captures = false;
  /** @type {AbortController | null} */
  #running = null;

  /**
   * @param {Overlay} overlay
   * @param {import('../shared/texts.js').Texts} texts
   * @param {AbortSignal} signal Ends it with all else on the page.
   */
  constructor(overlay, texts, signal) {
    addCardStyles(/** @type {ShadowRoot} */ (overlay.layer.getRootNode()));
    this.#overlay = overlay;
    this.#texts = texts;
    this.#faces = new Faces(overlay.layer, texts);
    this.#panel = new LivePanel(texts, {
      stop: () => this.#running?.abort(),
      resume: () => this.#run(),
      capture: () => {
        this.#captures = true;
        this.#run();
      },
      close: () => this.close(),
    });
    signal.addEventListener('abort', () => this.close());
  }

  /** @param {HTMLVideoElement | null} video Null where none was found. */
  start(video) {
    this.close();
    this.#video = video;
    this.#captures = false;
    this.#overlay.attach(this.#panel.element, (origin) => this.#panel.follow(this.#video, origin));
    if (video) this.#run();
    else this.#panel.tell('live_none', []);
    this.#panel.element.focus({preventScroll: true});
  }

  close() {
    this.#running?.abort();
    this.#video = null;
    this.#faces.clear();
    this.#overlay.detach(this.#panel.element);
  }

  async #run() {
    const video = this.#video;
    if (!video || (this.#running && !this.#running.signal.aborted)) return;
    const running = new AbortController();
    this.#running = running;
    const {signal} = running;
    const line = new FrameLine(signal);
    this.#panel.begin();
    /** @type {(video: HTMLVideoElement) => Promise<Blob | import('../worker/live.js').Area | null>} */
    const grab = this.#captures ? async () => this.#whereSeen(video) : frameOf;
    try {
      this.#refuseUnreadable(video);
      const ending = await watchFrames(video, {
        grab,
        ask: (frame) => this.#ask(frame, line, signal),
        told: (told) => this.#tell(video, told),
        signal,
        ...(this.#captures && {pauseMs: CAPTURE_PAUSE_MS}),
      });
      // Another run may have taken its place while a last answer was under way.
      if (this.#running !== running) return;
      if (ending === 'gone') this.close();
      else this.#panel.tell(`live_${ending}`, ['resume']);
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    } finally {
      running.abort();
      if (this.#running === running) this.#faces.clear();
      this.#overlay.refresh();
    }
  }

  /** @param {HTMLVideoElement} video */
  #refuseUnreadable(video) {
    if (video.mediaKeys) throw new DOMException('', 'NotSupportedError');
    if (!this.#captures && !readsTrue()) throw new DOMException('', 'DataError');
  }

  /**
   * @param {Blob | import('../worker/live.js').Area} frame
   * @param {FrameLine} line
   * @param {AbortSignal} signal
   * @returns {Promise<Verdict>}
   */
  async #ask(frame, line, signal) {
    const content = frame instanceof Blob ? {dataUrl: await asDataUrl(frame)} : {area: frame};
    for (;;) {
      const answer = await line.ask(content);
      if (isVerdict(answer)) return answer;
      if (answer.state !== 'unreachable' || answer.cause !== 'busy') throw new Refused(answer);
      await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
      signal.throwIfAborted();
    }
  }

  /**
   * @param {HTMLVideoElement} video
   * @returns {import('../worker/live.js').Area | null} What of it is on the screen, and not under the panel.
   */
  #whereSeen(video) {
    const view = {left: 0, top: 0, right: innerWidth, bottom: innerHeight};
    const part = uncovered(visiblePart(video.getBoundingClientRect(), [view]), this.#panel.element.getBoundingClientRect());
    const [width, height] = [part.right - part.left, part.bottom - part.top];
    if (width < LEAST_SIDE || height < LEAST_SIDE) return null;
    return {left: part.left, top: part.top, width, height, viewWidth: innerWidth, viewHeight: innerHeight};
  }

  /**
   * @param {HTMLVideoElement} video
   * @param {import('../verdict/frames.js').Told} told
   */
  #tell(video, {running, frame, rate}) {
    this.#panel.show(running, rate);
    if (!this.#captures) this.#faces.show(video, frame, this.#overlay.layer.getBoundingClientRect());
    this.#overlay.refresh();
  }

  /** @param {unknown} error */
  #fail(error) {
    if (error instanceof Refused) return this.#panel.refuse(wordingOf(error.outcome, this.#texts).reason);
    const name = error instanceof DOMException ? error.name : '';
    if (name === 'SecurityError') return this.#panel.tell('live_tainted', window === top ? ['capture'] : []);
    if (name === 'NotSupportedError') return this.#panel.tell('live_protected', []);
    if (name === 'DataError') return this.#panel.refuse(this.#texts.say('live_altered'));
    console.error(error);
    return this.#panel.tell('live_lost', ['resume']);
  }
}

/**
 * @param {string} url Of the video that was pressed; empty where that is not known.
 * @param {Iterable<Document | ShadowRoot>} roots
 * @returns {HTMLVideoElement | null} That one, else the largest that plays.
 */
export function findVideo(url, roots) {
  const all = Array.from(roots).flatMap((root) => [...root.querySelectorAll('video')]);
  const named = all.find(({currentSrc, src}) => url !== '' && (currentSrc === url || src === url));
  const playing = all.filter(({paused, ended, videoWidth}) => !paused && !ended && videoWidth > 0);
  const [largest] = playing.sort((one, other) => areaOf(other) - areaOf(one));
  return named ?? largest ?? null;
}

/** @param {Element} element */
function areaOf(element) {
  const {width, height} = element.getBoundingClientRect();
  return width * height;
}
