//# allFunctionsCalledOnLoad
/**
 * Elements that may get a shadow root yet: custom ones, whose script is still to come, and empty
 * places that a script may fill. Getting one is no mutation, so it has to be looked for.
 */

import {shadowRootOf} from './roots.js';

const PAUSE_MS = 1000;
const TURNS = 20;
const MOST = 2000;
const PLACES = /^(?:article|aside|div|footer|header|main|nav|section|span)$/;

export class LateRoots {
  #look;
  #signal;
  /** @type {Set<Element>} */
  #waiting = new Set();
  #turns = 0;

  /**
   * @param {(element: Element) => void} look Told of each that got one.
   * @param {AbortSignal} signal Ends the waiting.
   */
  constructor(look, signal) {
    this.#look = look;
    this.#signal = signal;
  }

  /** @param {Element} element Without a shadow root. */
  await(element) {
    const mayGetOne = element.localName.includes('-') || (PLACES.test(element.localName) && !element.hasChildNodes());
    if (!mayGetOne || this.#waiting.has(element) || this.#waiting.size >= MOST) return;
    this.#waiting.add(element);
    if (this.#waiting.size === 1) setTimeout(() => this.#turn(), PAUSE_MS);
    this.#turns = 0;
  }

  #turn() {
    if (this.#signal.aborted) return;
    this.#turns += 1;
    for (const element of this.#waiting) {
      const root = shadowRootOf(element);
      if (!element.isConnected || root) this.#waiting.delete(element);
      if (element.isConnected && root) this.#look(element);
    }
    if (this.#turns >= TURNS) this.#waiting.clear();
    if (this.#waiting.size > 0) setTimeout(() => this.#turn(), PAUSE_MS);
  }
}
