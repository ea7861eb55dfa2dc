//# allFunctionsCalledOnLoad
/**
 * What is known of each picture of this frame, from being found to its verdict.
 *
 * Joins the parts that find, ask and show; each of them knows nothing of the others.
 *
 * @typedef {import('./checking.js').Entry} Entry
 *
 * @typedef {object} Guidance As the worker gives it.
 * @property {'all' | 'asked' | 'nothing'} watched Of the pictures.
 * @property {import('../shared/settings.js').Show} show
 * @property {number} leastSide
 * @property {import('../shared/texts.js').Spoken} [spoken] What it says; only where anything is watched.
 */

import {isSuspicious} from '../shared/outcomes.js';
import {Badge} from './badge.js';
import {nameOf} from './bearers.js';
import {isLargeEnough} from './candidates.js';
import {Checking} from './checking.js';
import {Findings} from './findings.js';
import {MOVES, Overlay} from './overlay.js';
import {Passing} from './passing.js';
import {Scanner} from './scanner.js';
import {Sight} from './sight.js';
import {Line, Orphaned, tellWorker} from './worker-link.js';

/** @type {import('../shared/outcomes.js').Outcome} One for all: of most pictures no more is ever known. */
const QUEUED = {state: 'queued'};

/** Scripts and styles can move and exchange pictures without a trace. */
const LOOK_MS = 250;

export class Watch {
  #end = new AbortController();
  /** @type {Map<Element, Entry>} */
  #entries = new Map();
  #whole = false;
  #frames = window.length;
  /** @type {Set<string>} Addresses of pictures that the person asked for. */
  #asked = new Set();
  /** @type {Set<string>} Of these, those whose card is still to open. */
  #opening = new Set();
  #line = new Line(this.#end.signal);
  #texts;
  #show;
  #listener;
  #overlay;
  #sight;
  #passing;
  #checking;
  #scanner;
  /** @type {import('./live.js').Live | null} */
  #live = null;

  /**
   * @param {Guidance} guidance
   * @param {import('../shared/texts.js').Texts} texts
   * @param {{changed: () => void, orphaned: () => void, framesLeft: () => void}} listener `orphaned`: the
   *   extension has gone from under this page. `framesLeft`: some that were in it.
   */
  constructor({show, leastSide}, texts, listener) {
    const {signal} = this.#end;
    this.#texts = texts;
    this.#show = show;
    this.#listener = listener;
    this.findings = new Findings(this.#entries, texts);
    this.#overlay = new Overlay({
      texts,
      roots: () => this.#scanner?.roots.all() ?? [document],
      report: (report) => this.#guarded(() => tellWorker({type: 'report', ...report})),
      explain: (verdict) => this.#guarded(() => tellWorker({type: 'explain', verdict})),
      again: (bearer) => this.#again(bearer),
      play: (video) => this.#openLive((live) => live.start(video)),
    }, signal);
    this.#passing = new Passing((bearer) => this.#seen(bearer, true), signal);
    this.#sight = new Sight({
      near: (bearer) => this.#scanner?.approach(bearer),
      seen: (bearer) => this.#seen(bearer),
      unseen: (bearer) => this.#unseen(bearer),
      moved: (bearers) => {
        if (bearers.some((bearer) => this.#entries.get(bearer)?.badge)) this.#overlay.refresh();
      },
    }, (bearer, box) => this.#entries.get(bearer)?.asked || isLargeEnough(box, leastSide), signal);
    this.#checking = new Checking(this.#entries, (entry, outcome) => this.#settle(entry, outcome), {
      ask: (picture, doubts) => this.#guarded(() => this.#line.ask(picture, doubts)),
      isBack: async () => (await this.#guarded(() => tellWorker({type: 'connection'}))) === 'connected',
    }, signal);
    this.#scanner = new Scanner({
      found: (image) => this.#sight.watch(image),
      present: (bearer, picture, reloaded) => this.#present(bearer, picture, reloaded),
      absent: (bearer) => this.#forget(bearer),
      moved: (event) => {
        if (event?.type === 'scroll') this.#passing.scrolled();
        this.#overlay.stir(event);
      },
      restyled: () => this.#overlay.restyled(),
      framed: () => this.#guarded(() => tellWorker({type: 'frames'})),
    }, MOVES, signal);
    const look = setInterval(() => this.#lookAgain(), LOOK_MS);
    signal.addEventListener('abort', () => clearInterval(look));
    this.askHealth();
  }

  /** Lets the worker notice a new model, else a page of known pictures would never ask. */
  askHealth() {
    this.#guarded(() => tellWorker({type: 'health'}));
  }

  stop() {
    this.#end.abort();
    this.#entries.clear();
  }

  /** @param {boolean} whole Whether all pictures are to be checked, and not only those asked for. */
  widen(whole) {
    if (whole === this.#whole) return;
    this.#whole = whole;
    for (const bearer of this.#entries.keys()) this.#sight.look(bearer);
  }

  /** @param {string} url Of a picture that the person asked for. */
  checkPicture(url) {
    this.#asked.add(url);
    this.#opening.add(url);
    const found = [...this.#entries.values()].filter(({picture}) => picture.url === url);
    for (const entry of found) {
      entry.asked = true;
      this.#sight.look(entry.bearer);
      this.#openAsked(entry);
    }
  }

  /** @param {string} url Of a video that the person wants checked as it plays; empty for any that does. */
  watchVideo(url) {
    return this.#openLive((live, findVideo) => live.start(findVideo(url, this.#scanner.roots.all())));
  }

  /**
   * Most pages never need it, so it is loaded when one does.
   *
   * @param {(live: import('./live.js').Live, findVideo: typeof import('./live.js').findVideo) => void} use
   */
  async #openLive(use) {
    const {findVideo, Live} = await import('./live.js');
    if (this.#end.signal.aborted) return;
    this.#live ??= new Live(this.#overlay, this.#texts, this.#end.signal);
    use(this.#live, findVideo);
  }

  /** The service has another address, and what the last one is asked only holds it up. */
  startOver() {
    this.#line.hangUp();
    this.#checking.startOver();
  }

  /** The page was put aside: no answer comes to what was asked before. */
  resume() {
    this.#line.hangUp();
    this.#checking.resume();
  }

  /** The service has another model. */
  recheck() {
    this.#checking.recheck();
  }

  /** @param {number} number Of the picture that is to be seen. */
  bringTo(number) {
    const bearer = this.findings.bearerOf(number);
    if (!bearer) return;
    // Where the popup is a tab of its own, as on a phone, nobody sees the page scroll.
    const atOnce = document.hidden || matchMedia('(prefers-reduced-motion: reduce)').matches;
    const behavior = atOnce ? 'auto' : 'smooth';
    bearer.scrollIntoView({block: 'center', inline: 'center', behavior});
    this.#overlay.point(bearer);
  }

  /**
   * @param {Element} bearer
   * @param {import('../shared/outcomes.js').Picture} picture
   * @param {boolean} reloaded
   */
  #present(bearer, picture, reloaded) {
    const known = this.#entries.get(bearer);
    if (known && !reloaded && isSame(known.picture, picture)) return;
    if (known) this.#forget(bearer);
    const asked = this.#asked.has(picture.url);
    this.#entries.set(bearer, {bearer, picture, outcome: QUEUED, badge: null, asked, reloaded});
    this.#sight.watch(bearer);
  }

  /** @param {Element} bearer */
  #forget(bearer) {
    this.#unseen(bearer);
    this.#sight.forget(bearer);
    this.#entries.delete(bearer);
    this.#listener.changed();
  }

  #lookAgain() {
    // Updated or removed: left alone, this would put its badges back beside those of its successor.
    if (!chrome.runtime?.id) return this.#listener.orphaned();
    if (window.length < this.#frames) this.#listener.framesLeft();
    this.#frames = window.length;
    if (document.hidden) return;
    const seen = [...this.#entries.values()].filter(({badge}) => badge);
    if (seen.length === 0) return;
    this.#scanner.lookAgain(seen.map(({bearer}) => bearer));
    this.#overlay.refresh();
  }

  /**
   * @param {Element} bearer
   * @param {boolean} [stays] Whether it has been in view for a while.
   */
  #seen(bearer, stays = false) {
    const entry = this.#entries.get(bearer);
    if (!entry || entry.badge || !(this.#whole || entry.asked)) return;
    if (!stays && !entry.asked && entry.outcome.state === 'queued' && this.#passing.holdsBack(bearer)) return;
    entry.badge = new Badge(entry.outcome, nameOf(bearer), this.#texts);
    this.#mark(entry);
    this.#overlay.add(bearer, entry.badge);
    this.#openAsked(entry);
    this.#checking.check(entry);
  }

  /** @param {Entry} entry Whose card opens once, and not whenever its picture scrolls back in. */
  #openAsked({badge, picture}) {
    if (badge && this.#opening.delete(picture.url)) this.#overlay.open(badge);
  }

  /** @param {Element} bearer */
  #unseen(bearer) {
    this.#passing.left(bearer);
    const entry = this.#entries.get(bearer);
    if (!entry?.badge) return;
    this.#overlay.remove(bearer);
    entry.badge = null;
  }

  /**
   * @param {Entry} entry
   * @param {import('../shared/outcomes.js').Outcome} outcome
   */
  #settle(entry, outcome) {
    const wasWanted = entry.badge?.wanted;
    entry.outcome = outcome;
    entry.badge?.show(outcome);
    this.#mark(entry);
    if (entry.badge?.wanted === wasWanted) this.#overlay.retold();
    else this.#overlay.refresh();
    this.#listener.changed();
  }

  /** @param {Entry} entry Shown or not, by what the person wants to see. */
  #mark({badge, asked, outcome}) {
    if (!badge) return;
    badge.anyway = asked;
    badge.wanted = asked || this.#show === 'all' || isSuspicious(outcome);
  }

  /** @param {Element} bearer */
  #again(bearer) {
    const entry = this.#entries.get(bearer);
    if (entry) this.#checking.checkAgain(entry);
  }

  /**
   * @template T
   * @param {() => Promise<T>} tell
   * @returns {Promise<T | null>}
   */
  async #guarded(tell) {
    try {
      return await tell();
    } catch (error) {
      if (!(error instanceof Orphaned)) throw error;
      this.#listener.orphaned();
      return null;
    }
  }
}

/**
 * @param {import('../shared/outcomes.js').Picture} one
 * @param {import('../shared/outcomes.js').Picture} other
 */
function isSame(one, other) {
  return one.url === other.url && one.width === other.width && one.height === other.height;
}
