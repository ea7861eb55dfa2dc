//# allFunctionsCalledOnLoad
/**
 * Tells pictures that stay in view from those that fly past while somebody scrolls.
 *
 * Who flings through a page sees none of the latter, and to ask about each would hold up those at
 * which the page comes to rest.
 */

/** Scrolling is over when none was heard of for so long. */
const SCROLLING_MS = 100;

/** In or near view for so long, a picture may be looked at. */
const STAY_MS = 200;

export class Passing {
  #stays;
  #signal;
  #scrolledAt = -Infinity;
  /** @type {Map<Element, ReturnType<typeof setTimeout>>} */
  #waiting = new Map();

  /**
   * @param {(bearer: Element) => void} stays Told of one that was held back and is still there.
   * @param {AbortSignal} signal Nothing is told after this.
   */
  constructor(stays, signal) {
    this.#stays = stays;
    this.#signal = signal;
  }

  scrolled() {
    this.#scrolledAt = performance.now();
  }

  /**
   * @param {Element} bearer Has come into view.
   * @returns {boolean} Whether it may be passing only; if it stays, that is told later.
   */
  holdsBack(bearer) {
    if (this.#waiting.has(bearer)) return true;
    if (performance.now() - this.#scrolledAt > SCROLLING_MS) return false;
    this.#waiting.set(bearer, setTimeout(() => this.#stay(bearer), STAY_MS));
    return true;
  }

  /** @param {Element} bearer Has left. */
  left(bearer) {
    clearTimeout(this.#waiting.get(bearer));
    this.#waiting.delete(bearer);
  }

  /** @param {Element} bearer */
  #stay(bearer) {
    this.#waiting.delete(bearer);
    if (!this.#signal.aborted) this.#stays(bearer);
  }
}
