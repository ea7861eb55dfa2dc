/**
 * Which pictures are in or near view and large enough for a badge, told as that changes.
 *
 * Only these get a badge and only these are checked: what a person never scrolls to is never sent.
 */

import {isLargeEnough} from './candidates.js';

/** Half a screen ahead, so that most badges have settled when their picture scrolls in. */
const AHEAD = '50% 0px';

/**
 * @typedef {object} Listener
 * @property {(image: HTMLImageElement) => void} seen
 * @property {(image: HTMLImageElement) => void} unseen
 * @property {() => void} moved A picture changed its size.
 */

export class Sight {
  #listener;
  /** @type {Set<HTMLImageElement>} In view, whatever their size. */
  #inView = new Set();
  #crossings = new IntersectionObserver((entries) => this.#onCrossings(entries), {rootMargin: AHEAD});
  #sizes = new ResizeObserver((entries) => this.#onSizes(entries));

  /**
   * @param {Listener} listener
   * @param {AbortSignal} signal Ends the watching.
   */
  constructor(listener, signal) {
    this.#listener = listener;
    signal.addEventListener('abort', () => {
      this.#crossings.disconnect();
      this.#sizes.disconnect();
    });
  }

  /** @param {HTMLImageElement} image */
  watch(image) {
    this.#crossings.observe(image);
    this.#sizes.observe(image);
  }

  /** @param {HTMLImageElement} image */
  forget(image) {
    this.#crossings.unobserve(image);
    this.#sizes.unobserve(image);
    this.#inView.delete(image);
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #onCrossings(entries) {
    for (const {target, isIntersecting, boundingClientRect} of entries) {
      const image = /** @type {HTMLImageElement} */ (target);
      if (isIntersecting) this.#inView.add(image);
      else this.#inView.delete(image);
      this.#tell(image, boundingClientRect);
    }
  }

  /** @param {ResizeObserverEntry[]} entries */
  #onSizes(entries) {
    for (const {target} of entries) {
      this.#tell(/** @type {HTMLImageElement} */ (target), target.getBoundingClientRect());
    }
    this.#listener.moved();
  }

  /**
   * @param {HTMLImageElement} image
   * @param {DOMRectReadOnly} box
   */
  #tell(image, box) {
    if (this.#inView.has(image) && isLargeEnough(box)) this.#listener.seen(image);
    else this.#listener.unseen(image);
  }
}
