/**
 * One picture, one check: what is known is not asked again, and who asks for a picture that is
 * just being checked shares the answer, whatever tab they ask from.
 *
 * The steps come in from outside, so that tests run them without a browser or a network.
 *
 * @typedef {import('../shared/outcomes.js').Answer} Answer
 * @typedef {import('../shared/outcomes.js').PictureSource} PictureSource
 *
 * @typedef {object} Steps
 * @property {typeof import('./originals.js').obtain} obtain
 * @property {typeof import('./service.js').askVerdict} askVerdict
 * @property {import('./verdicts.js').Verdicts} verdicts
 * @property {(service: string) => Promise<string | null>} heardModel
 * @property {(service: string, id: string) => Promise<void>} noteModel
 * @property {<T>(task: () => Promise<T>) => Promise<T>} limit
 * @property {(ms: number) => Promise<void>} [sleep]
 */

import {isVerdict} from '../shared/outcomes.js';
import {withRetries} from './retries.js';
import {verdictKey} from './verdicts.js';

export class Checks {
  #steps;
  /** @type {Map<string, Promise<Answer>>} */
  #underway = new Map();

  /** @param {Steps} steps */
  constructor(steps) {
    this.#steps = steps;
  }

  /**
   * @param {PictureSource} picture
   * @param {string} service
   * @returns {Promise<Answer>} Never rejects for what the network, the site or the service do.
   */
  check(picture, service) {
    const key = JSON.stringify([service, address(picture)]);
    const shared = this.#underway.get(key);
    if (shared) return shared;
    const answer = this.#answer(picture, service).finally(() => this.#underway.delete(key));
    this.#underway.set(key, answer);
    return answer;
  }

  /**
   * @param {PictureSource} picture
   * @param {string} service
   */
  async #answer(picture, service) {
    const known = await this.#known(address(picture), service);
    if (known) return known;
    const answer = await this.#ask(picture, service);
    if (isVerdict(answer)) await this.#remember(answer, service, address(picture));
    return answer;
  }

  /**
   * @param {string} picture
   * @param {string} service
   */
  async #known(picture, service) {
    const model = await this.#steps.heardModel(service);
    return model ? this.#steps.verdicts.get(await verdictKey(service, model, picture)) : null;
  }

  /**
   * The pause between two attempts is spent outside the limit, and the bytes are not held while
   * waiting: fetching them anew comes from the browser's cache.
   *
   * @param {PictureSource} picture
   * @param {string} service
   */
  #ask(picture, service) {
    const {obtain, askVerdict, limit, sleep} = this.#steps;
    return withRetries(
      () => limit(async () => {
        const original = await obtain(picture);
        return 'state' in original ? original : askVerdict(service, original);
      }),
      sleep,
    );
  }

  /**
   * @param {import('../shared/outcomes.js').Verdict} verdict
   * @param {string} service
   * @param {string} picture
   */
  async #remember(verdict, service, picture) {
    const {heardModel, noteModel, verdicts} = this.#steps;
    try {
      if ((await heardModel(service)) !== verdict.model) await noteModel(service, verdict.model);
      await verdicts.put(await verdictKey(service, verdict.model, picture), verdict);
    } catch (error) {
      // A full disk must not cost the answer that is already there.
      console.warn(error);
    }
  }
}

/** @param {PictureSource} picture */
function address(picture) {
  return 'url' in picture ? picture.url : picture.dataUrl;
}
