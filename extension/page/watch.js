/**
 * What is known of each picture of this page, from being found to its verdict.
 *
 * Joins the parts that find, ask and show; each of them knows nothing of the others.
 */

import {Badge} from './badge.js';
import {Checking} from './checking.js';
import {Overlay} from './overlay.js';
import {Scanner} from './scanner.js';
import {Sight} from './sight.js';
import {Orphaned, tellWorker} from './worker-link.js';

/** @typedef {import('./checking.js').Entry} Entry */

export class Watch {
  #end = new AbortController();
  /** @type {Map<HTMLImageElement, Entry>} */
  #entries = new Map();
  #overlay = new Overlay((verdict) => this.#tell({type: 'report', verdict}), this.#end.signal);
  #sight = new Sight({
    seen: (image) => this.#seen(image),
    unseen: (image) => this.#unseen(image),
    moved: () => this.#overlay.refresh(),
  }, this.#end.signal);
  #checking = new Checking(
    this.#entries,
    (entry, outcome) => this.#show(entry, outcome),
    (message) => this.#tell(message),
    this.#end.signal,
  );
  #orphaned;
  #wants;
  #scanner;

  /**
   * @param {() => void} orphaned Called when the extension has gone from under this page.
   * @param {(url: string) => boolean} wants Whether the picture at an address is to be checked.
   */
  constructor(orphaned, wants) {
    this.#orphaned = orphaned;
    this.#wants = wants;
    const listener = {
      present: (/** @type {HTMLImageElement} */ image) => this.#present(image),
      absent: (/** @type {HTMLImageElement} */ image) => this.#forget(image),
      moved: () => this.#overlay.refresh(),
    };
    this.#scanner = new Scanner(listener, this.#end.signal);
    // Lets the worker notice a new model, else a page of known pictures would never ask.
    this.#tell({type: 'health'});
  }

  stop() {
    this.#end.abort();
    this.#entries.clear();
  }

  /** More pictures may be wanted than before. */
  lookAgain() {
    this.#scanner.lookAgain();
  }

  /** The service has another address. */
  startOver() {
    this.#checking.startOver();
  }

  /** The service has another model. */
  recheck() {
    this.#checking.recheck();
  }

  outcomes() {
    return Array.from(this.#entries.values(), ({outcome}) => outcome);
  }

  /** @param {HTMLImageElement} image */
  #present(image) {
    const {currentSrc: url, naturalWidth: width, naturalHeight: height} = image;
    const known = this.#entries.get(image);
    if (known?.picture.url === url) return;
    if (known) this.#forget(image);
    if (!this.#wants(url)) return;
    this.#entries.set(image, {image, picture: {url, width, height}, outcome: {state: 'queued'}, badge: null});
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
    this.#checking.check(entry);
  }

  /** @param {HTMLImageElement} image */
  #unseen(image) {
    const entry = this.#entries.get(image);
    if (!entry?.badge) return;
    this.#overlay.remove(image);
    entry.badge = null;
  }

  /**
   * @param {Entry} entry
   * @param {import('../shared/outcomes.js').Outcome} outcome
   */
  #show(entry, outcome) {
    entry.outcome = outcome;
    entry.badge?.show(outcome);
    this.#overlay.refresh();
  }

  /** @param {import('./worker-link.js').Message} message */
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
