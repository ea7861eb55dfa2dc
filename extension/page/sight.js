//# allFunctionsCalledOnLoad
/**
 * Which pictures are in or near view and large enough for a badge, told as that changes.
 *
 * Only these get a badge and only these are checked: what a person never scrolls to is never sent.
 */

/** Half a screen ahead, so that most badges have settled when their picture scrolls in. */
const AHEAD = '50% 0px';

/**
 * @typedef {object} Listener
 * @property {(bearer: Element) => void} near Has come in or near view, whatever its size.
 * @property {(bearer: Element) => void} seen
 * @property {(bearer: Element) => void} unseen
 * @property {(bearers: Element[]) => void} moved These changed their size.
 */

export class Sight {
  #listener;
  /** @type {Set<Element>} In view, whatever their size. */
  #inView = new Set();
  /** @type {Set<Element>} Whose first size is yet to be told; that is no change. */
  #unmeasured = new Set();
  #crossings = new IntersectionObserver((entries) => this.#onCrossings(entries), {rootMargin: AHEAD});
  #sizes = new ResizeObserver((entries) => this.#onSizes(entries));

  #isLargeEnough;

  /**
   * @param {Listener} listener
   * @param {(bearer: Element, box: DOMRectReadOnly) => boolean} isLargeEnough As shown.
   * @param {AbortSignal} signal Ends the watching.
   */
  constructor(listener, isLargeEnough, signal) {
    this.#listener = listener;
    this.#isLargeEnough = isLargeEnough;
    signal.addEventListener('abort', () => {
      this.#crossings.disconnect();
      this.#sizes.disconnect();
    });
  }

  /** @param {Element} bearer Told of anew, if it was watched before. */
  watch(bearer) {
    if (this.#inView.has(bearer)) this.#crossings.unobserve(bearer);
    this.#crossings.observe(bearer);
  }

  /** @param {Element} bearer */
  forget(bearer) {
    this.#crossings.unobserve(bearer);
    this.#leave(bearer);
  }

  /** @param {Element} bearer Its size may be enough by now. */
  look(bearer) {
    this.#tell(bearer, bearer.getBoundingClientRect());
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #onCrossings(entries) {
    // Most are told of once, as not in view, and cost nothing more.
    for (const entry of entries) {
      if (entry.isIntersecting) this.#enter(entry.target);
      else if (!this.#leave(entry.target)) continue;
      this.#tell(entry.target, entry.boundingClientRect);
    }
  }

  /** @param {Element} bearer Whose size matters from now on; that of all others costs nothing. */
  #enter(bearer) {
    if (this.#inView.has(bearer)) return;
    this.#listener.near(bearer);
    this.#inView.add(bearer);
    this.#unmeasured.add(bearer);
    this.#sizes.observe(bearer);
  }

  /**
   * @param {Element} bearer
   * @returns {boolean} Whether it was in view before.
   */
  #leave(bearer) {
    if (!this.#inView.delete(bearer)) return false;
    this.#sizes.unobserve(bearer);
    this.#unmeasured.delete(bearer);
    return true;
  }

  /** @param {ResizeObserverEntry[]} entries */
  #onSizes(entries) {
    const bearers = entries.map(({target}) => target);
    for (const bearer of bearers) this.look(bearer);
    const moved = bearers.filter((bearer) => !this.#unmeasured.delete(bearer));
    if (moved.length > 0) this.#listener.moved(moved);
  }

  /**
   * @param {Element} bearer
   * @param {DOMRectReadOnly} box
   */
  #tell(bearer, box) {
    if (this.#inView.has(bearer) && this.#isLargeEnough(bearer, box)) this.#listener.seen(bearer);
    else this.#listener.unseen(bearer);
  }
}
