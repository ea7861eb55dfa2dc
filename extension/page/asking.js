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
 * @typedef {import('../shared/outcomes.js').PictureSource} PictureSource
 * @typedef {(picture: PictureSource, fresh: boolean) => Promise<Answer | null>} AskWorker Null where
 *   the answer was lost.
 */

/** @type {Answer} The worker was ended in the middle; the check is repeated. */
const LOST = {state: 'unreachable', cause: 'network'};

export class Asking {
  #askWorker;
  /** @type {Map<string, Answer>} By address. */
  #final = new Map();

  /** @param {AskWorker} askWorker */
  constructor(askWorker) {
    this.#askWorker = askWorker;
  }

  /**
   * @param {import('../shared/outcomes.js').Picture} picture
   * @param {boolean} fresh Whether what is known of it is to be looked at again.
   * @returns {Promise<Answer>}
   */
  async ask(picture, fresh) {
    const final = this.#final.get(picture.url);
    if (final && !fresh) return final;
    const source = await sourceOf(picture);
    const answer = 'state' in source ? source : (await this.#askWorker(source, fresh)) ?? LOST;
    // Verdicts are the worker's to remember: it knows of which model they are.
    if (!isVerdict(answer) && !mayPass(answer)) this.#final.set(picture.url, answer);
    return answer;
  }

  /** Another service may do better. */
  forget() {
    this.#final.clear();
  }
}
