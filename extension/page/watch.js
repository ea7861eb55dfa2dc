/**
 * What is known of each picture of this page, from being found to its verdict.
 *
 * Joins the parts that find, ask and show; each of them knows nothing of the others.
 */

import {isVerdict} from '../shared/outcomes.js';
import {createLimiter} from '../shared/limiter.js';
import {Badge} from './badge.js';
import {Overlay} from './overlay.js';
import {Recovery} from './recovery.js';
import {Scanner} from './scanner.js';
import {Sight} from './sight.js';
import {sourceOf} from './source.js';
import {Orphaned, tellWorker} from './worker-link.js';

/**
 * @typedef {import('../shared/outcomes.js').Answer} Answer
 * @typedef {import('../shared/outcomes.js').Outcome} Outcome
 *
 * @typedef {object} Entry
 * @property {HTMLImageElement} image
 * @property {string} url
 * @property {Outcome} outcome
 * @property {Badge | null} badge While the picture is seen.
 */

/** As many as the worker takes at once: the rest of a page waits here, where it can be dropped. */
const CONCURRENT_CHECKS = 4;

/** @type {Answer} The worker was ended in the middle; the check is repeated. */
const LOST = {state: 'unreachable', cause: 'network'};

export class Watch {
  #end = new AbortController();
  #limit = createLimiter(CONCURRENT_CHECKS);
  /** @type {Map<HTMLImageElement, Entry>} */
  #entries = new Map();
  #overlay = new Overlay(this.#end.signal);
  #sight = new Sight({
    seen: (image) => this.#seen(image),
    unseen: (image) => this.#unseen(image),
    moved: () => this.#overlay.refresh(),
  }, this.#end.signal);
  #recovery = new Recovery(
    async () => (await this.#tell({type: 'health'})) === 'connected',
    () => this.#repeat((outcome) => outcome.state === 'unreachable'),
    this.#end.signal,
  );
  #orphaned;

  /** @param {() => void} orphaned Called when the extension has gone from under this page. */
  constructor(orphaned) {
    this.#orphaned = orphaned;
    const listener = {
      present: (/** @type {HTMLImageElement} */ image) => this.#present(image),
      absent: (/** @type {HTMLImageElement} */ image) => this.#forget(image),
      moved: () => this.#overlay.refresh(),
    };
    new Scanner(listener, this.#end.signal);
    // Lets the worker notice a new model, else a page of known pictures would never ask.
    this.#tell({type: 'health'});
  }

  stop() {
    this.#end.abort();
    this.#entries.clear();
  }

  /** Forgets every answer: another service or another model would give another. */
  recheck() {
    this.#repeat(() => true);
  }

  outcomes() {
    return Array.from(this.#entries.values(), ({outcome}) => outcome);
  }

  /** @param {HTMLImageElement} image */
  #present(image) {
    const known = this.#entries.get(image);
    if (known?.url === image.currentSrc) return;
    if (known) this.#forget(image);
    this.#entries.set(image, {image, url: image.currentSrc, outcome: {state: 'queued'}, badge: null});
    this.#sight.watch(image);
  }

  /** @param {HTMLImageElement} image */
  #forget(image) {
    this.#unseen(image);
    this.#sight.forget(image);
    this.#entries.delete(image);
  }

  /** @param {HTMLImageElement} image */
  #seen(image) {
    const entry = this.#entries.get(image);
    if (!entry || entry.badge) return;
    entry.badge = new Badge(entry.outcome);
    this.#overlay.add(image, entry.badge);
    this.#check(entry);
  }

  /** @param {HTMLImageElement} image */
  #unseen(image) {
    const entry = this.#entries.get(image);
    if (!entry?.badge) return;
    this.#overlay.remove(image);
    entry.badge = null;
  }

  /** @param {Entry} entry */
  async #check(entry) {
    if (entry.outcome.state !== 'queued') return;
    await this.#limit(async () => {
      if (!this.#isWanted(entry)) return;
      this.#show(entry, {state: 'checking'});
      this.#settle(entry, await this.#ask(entry.url));
    });
  }

  /** @param {Entry} entry */
  #isWanted(entry) {
    return this.#isCurrent(entry) && entry.badge !== null && entry.outcome.state === 'queued';
  }

  /** @param {Entry} entry */
  #isCurrent(entry) {
    return this.#entries.get(entry.image) === entry;
  }

  /**
   * @param {string} url
   * @returns {Promise<Answer>}
   */
  async #ask(url) {
    const source = await sourceOf(url);
    if ('state' in source) return source;
    return (await this.#tell({type: 'check', picture: source})) ?? LOST;
  }

  /**
   * @param {Entry} entry
   * @param {Answer} answer
   */
  #settle(entry, answer) {
    if (!this.#isCurrent(entry)) return;
    if (answer.state === 'unreachable') this.#recovery.failed();
    else if (isVerdict(answer)) this.#recovery.succeeded();
    this.#show(entry, answer);
  }

  /**
   * @param {Entry} entry
   * @param {Outcome} outcome
   */
  #show(entry, outcome) {
    entry.outcome = outcome;
    entry.badge?.show(outcome);
    this.#overlay.refresh();
  }

  /**
   * A new entry takes the place of each, so that an answer still under way for the old one is lost.
   *
   * @param {(outcome: Outcome) => boolean} affected
   */
  #repeat(affected) {
    for (const entry of this.#entries.values()) {
      if (!affected(entry.outcome)) continue;
      const fresh = {...entry};
      this.#entries.set(entry.image, fresh);
      this.#show(fresh, {state: 'queued'});
      if (fresh.badge) this.#check(fresh);
    }
  }

  /** @param {Parameters<typeof tellWorker>[0]} message */
  async #tell(message) {
    try {
      return await tellWorker(message);
    } catch (error) {
      if (!(error instanceof Orphaned)) throw error;
      this.#orphaned();
      return null;
    }
  }
}
