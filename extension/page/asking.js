//# allFunctionsCalledOnLoad
/**
 * Has the worker judge one picture.
 *
 * What will not change is not asked again while the page lives: a picture that the service cannot
 * take would otherwise be sent with every turn of a carousel.
 */

import {isAway, isVerdict} from '../shared/outcomes.js';
import {sourceOf} from './source.js';

/**
 * @typedef {import('../shared/outcomes.js').Answer} Answer
 * @typedef {import('../shared/outcomes.js').PictureSource} PictureSource
 * @typedef {object} Doubts
 * @property {boolean} fresh Whether the service is to look again, whatever is remembered.
 * @property {boolean} reloaded Whether other bytes may stand behind the same address by now.
 *
 * @typedef {(picture: PictureSource, doubts: Doubts) => Promise<Answer | null>} AskWorker Null where
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
   * @param {Doubts} doubts
   * @returns {Promise<Answer>}
   */
  async ask(picture, doubts) {
    const final = this.#final.get(picture.url);
    if (final && !doubts.fresh && !doubts.reloaded) return final;
    const source = await sourceOf(picture);
    const answer = 'state' in source ? source : (await this.#askWorker(source, doubts)) ?? LOST;
    // Verdicts are the worker's to remember: it knows of which model they are.
    if (!isVerdict(answer) && !isAway(answer)) this.#final.set(picture.url, answer);
    return answer;
  }

  /** Another service may do better. */
  forget() {
    this.#final.clear();
  }
}
