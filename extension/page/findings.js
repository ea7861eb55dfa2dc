//# allFunctionsCalledOnLoad
/**
 * What was found so far, as the popup and the toolbar want to know it: the pictures that matter, in
 * the order of the page, each with a number by which the popup asks to be brought to it.
 *
 * @typedef {import('./checking.js').Entry} Entry
 * @typedef {import('../shared/outcomes.js').Outcome} Outcome
 *
 * @typedef {{number: number, state: string, name: string, percent: string}} Flagged A suspicious picture.
 */

import {isSuspicious} from '../shared/outcomes.js';
import {wordingOf} from '../shared/wording.js';
import {nameOf} from './bearers.js';
import {isBefore} from './order.js';

export class Findings {
  #entries;
  #texts;
  /** @type {WeakMap<Element, number>} */
  #numbers = new WeakMap();
  #latest = 0;

  /**
   * @param {Map<Element, Entry>} entries The pictures of the page.
   * @param {import('../shared/texts.js').Texts} texts
   */
  constructor(entries, texts) {
    this.#entries = entries;
    this.#texts = texts;
  }

  /** @returns {Outcome[]} Of what is in view or has been. */
  outcomes() {
    return this.#shown().map(({outcome}) => outcome);
  }

  /** @returns {Flagged[]} */
  flagged() {
    return this.#shown()
      .filter(({outcome}) => isSuspicious(outcome))
      .sort((one, other) => (isBefore(one.bearer, other.bearer) ? -1 : 1))
      .map(({bearer, outcome}) => ({
        number: this.#numberOf(bearer),
        name: nameOf(bearer),
        percent: wordingOf(outcome, this.#texts).percent,
        state: outcome.state,
      }));
  }

  /**
   * @param {number} number
   * @returns {Element | undefined} The bearer that was told of by it, if it is still there.
   */
  bearerOf(number) {
    return [...this.#entries.keys()].find((bearer) => this.#numbers.get(bearer) === number);
  }

  #shown() {
    return [...this.#entries.values()].filter(({badge, outcome}) => badge || outcome.state !== 'queued');
  }

  /** @param {Element} bearer */
  #numberOf(bearer) {
    const number = this.#numbers.get(bearer) ?? (this.#latest += 1);
    this.#numbers.set(bearer, number);
    return number;
  }
}
