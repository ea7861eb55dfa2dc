/**
 * Finds the pictures of a page: those that are there, those that come later, those that change
 * their address and those that go.
 *
 * Looks at elements only; whether a picture is in view or has a verdict is not known here. Work is
 * done in idle time, in slices, so that a page that adds a thousand pictures stays smooth.
 */

import {isLoaded} from './candidates.js';

/** Past this many records in one batch, looking at the whole page is cheaper than at each. */
const BURST = 1000;

/** Idle time may never come on a busy page. */
const LATEST_MS = 300;

/** Attributes that name a picture, and those that commonly move one. */
const ATTRIBUTES = ['src', 'srcset', 'sizes', 'class', 'style', 'hidden', 'open'];

/**
 * @typedef {object} Listener
 * @property {(image: HTMLImageElement) => void} present Is loaded; also told again and again.
 * @property {(image: HTMLImageElement) => void} absent Has left the page, or is not loaded now.
 * @property {() => void} moved Something happened that may have moved pictures.
 */

export class Scanner {
  #listener;
  #signal;
  /** @type {Set<HTMLImageElement>} */
  #pending = new Set();
  #scheduled = false;

  /**
   * @param {Listener} listener
   * @param {AbortSignal} signal Ends the search.
   */
  constructor(listener, signal) {
    this.#listener = listener;
    this.#signal = signal;
    this.#observe();
    for (const type of ['load', 'error']) {
      document.addEventListener(type, ({target}) => this.#add(target), {capture: true, signal});
    }
    this.#addWithin(document);
  }

  /** Tells of every picture once more. */
  lookAgain() {
    this.#addWithin(document);
  }

  #observe() {
    const observer = new MutationObserver((records) => this.#onMutations(records));
    observer.observe(document, {childList: true, subtree: true, attributeFilter: ATTRIBUTES});
    this.#signal.addEventListener('abort', () => observer.disconnect());
  }

  /** @param {MutationRecord[]} records */
  #onMutations(records) {
    if (records.length > BURST) this.#addWithin(document);
    else for (const record of records) this.#onMutation(record);
    this.#listener.moved();
  }

  /** @param {MutationRecord} record */
  #onMutation({type, target, addedNodes, removedNodes}) {
    if (type === 'attributes') this.#add(target);
    for (const node of addedNodes) this.#addWithin(node);
    for (const node of removedNodes) this.#addWithin(node);
  }

  /** @param {Node} node */
  #addWithin(node) {
    this.#add(node);
    if ('getElementsByTagName' in node) {
      for (const image of /** @type {Element} */ (node).getElementsByTagName('img')) this.#add(image);
    }
  }

  /** @param {EventTarget | null} target */
  #add(target) {
    if (/** @type {Element | null} */ (target)?.localName !== 'img') return;
    this.#pending.add(/** @type {HTMLImageElement} */ (target));
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestIdleCallback((deadline) => this.#work(deadline), {timeout: LATEST_MS});
  }

  /** @param {IdleDeadline} deadline */
  #work(deadline) {
    this.#scheduled = false;
    for (const image of this.#pending) {
      if (this.#signal.aborted) return;
      if (deadline.timeRemaining() <= 0 && !deadline.didTimeout) break;
      this.#pending.delete(image);
      if (image.isConnected && isLoaded(image)) this.#listener.present(image);
      else this.#listener.absent(image);
    }
    const [left] = this.#pending;
    if (left) this.#add(left);
  }
}
