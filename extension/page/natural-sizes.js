//# allFunctionsCalledOnLoad
/**
 * The natural sizes of pictures that are shown by elements which do not know them.
 *
 * Each address is loaded once more, as the page itself loads it; by then it comes from the memory
 * of the browser.
 *
 * @typedef {{width: number, height: number}} Size
 */

/** Forgotten beyond this, and learned again. */
const MOST = 2000;

export class NaturalSizes {
  #learned;
  /** @type {Map<string, Size | null>} Null where there is no picture. */
  #known = new Map();
  /** @type {Map<string, Set<Element>>} Who waits for an address. */
  #asking = new Map();

  /** @param {(element: Element) => void} learned Told of each element that asked too early. */
  constructor(learned) {
    this.#learned = learned;
  }

  /**
   * @param {string} url
   * @param {Element} element
   * @returns {Size | null} Null also where it is not known yet.
   */
  of(url, element) {
    const known = this.#known.get(url);
    if (known === undefined) this.#ask(url, element);
    return known ?? null;
  }

  /**
   * @param {string} url
   * @param {Element} element
   */
  #ask(url, element) {
    const waiting = this.#asking.get(url);
    if (waiting) {
      waiting.add(element);
      return;
    }
    this.#asking.set(url, new Set([element]));
    const probe = new Image();
    const settle = () => this.#settle(url, {width: probe.naturalWidth, height: probe.naturalHeight});
    probe.addEventListener('load', settle);
    probe.addEventListener('error', settle);
    probe.src = url;
  }

  /**
   * @param {string} url
   * @param {Size} size Zero for one that failed.
   */
  #settle(url, size) {
    const waiting = this.#asking.get(url) ?? [];
    this.#asking.delete(url);
    if (this.#known.size >= MOST) this.#known.clear();
    this.#known.set(url, size.width > 0 ? size : null);
    if (size.width > 0) for (const element of waiting) this.#learned(element);
  }
}
