/**
 * Has the worker judge one picture.
 *
 * What will not change is not asked again while the page lives: a picture that the service cannot
 * take would otherwise be sent with every turn of a carousel.
 */

import {isVerdict, mayPass} from '../shared/outcomes.js';
import {sourceOf} from './source.js';

/**
 * @typedef {import('../shared/outcomes.js').Answer} Answer
 * @typedef {(message: import('./worker-link.js').Message) => Promise<any>} Tell Null where the
 *   answer was lost.
 */

/** @type {Answer} The worker was ended in the middle; the check is repeated. */
const LOST = {state: 'unreachable', cause: 'network'};

export class Asking {
  #tell;
  /** @type {Map<string, Answer>} By address. */
  #final = new Map();

  /** @param {Tell} tell */
  constructor(tell) {
    this.#tell = tell;
  }

  /**
   * @param {import('../shared/outcomes.js').Picture} picture
   * @returns {Promise<Answer>}
   */
  async ask(picture) {
    const final = this.#final.get(picture.url);
    if (final) return final;
    const answer = await this.#askWorker(picture);
    // Verdicts are the worker's to remember: it knows of which model they are.
    if (!isVerdict(answer) && !mayPass(answer)) this.#final.set(picture.url, answer);
    return answer;
  }

  /** Another service may do better. */
  forget() {
    this.#final.clear();
  }

  /**
   * @param {import('../shared/outcomes.js').Picture} picture
   * @returns {Promise<Answer>}
   */
  async #askWorker(picture) {
    const source = await sourceOf(picture);
    if ('state' in source) return source;
    return (await this.#tell({type: 'check', picture: source})) ?? LOST;
  }
}
