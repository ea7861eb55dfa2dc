/**
 * One picture, one check: what is known is not asked again, and who asks for a picture that is
 * just being checked shares the answer, whatever tab of the site they ask from.
 *
 * The steps come in from outside, so that tests run them without a browser or a network.
 *
 * @typedef {import('../shared/outcomes.js').Answer} Answer
 *
 * @typedef {object} Question
 * @property {import('../shared/outcomes.js').PictureSource} picture
 * @property {string} page Origin of the page that shows it.
 * @property {number | undefined} [tab] That the page is in.
 * @property {string} service
 *
 * @typedef {object} Steps
 * @property {typeof import('./sites.js').isWatched} isWatched
 * @property {typeof import('./originals.js').obtain} obtain
 * @property {(service: string, original: import('./originals.js').Original) => Promise<Answer>} askVerdict
 * @property {import('./verdicts.js').Verdicts} verdicts
 * @property {(service: string) => Promise<string | null>} heardModel
 * @property {(service: string, id: string) => Promise<void>} noteModel
 * @property {<T>(task: () => Promise<T>) => Promise<T>} limit
 * @property {(ms: number) => Promise<void>} [sleep]
 */

import {isVerdict} from '../shared/outcomes.js';
import {withRetries} from './retries.js';
import {verdictKey} from './verdicts.js';

/** @type {Answer} */
const SITE_OFF = {state: 'unsupported', cause: 'site-off'};

export class Checks {
  #steps;
  /** @type {Map<string, Promise<Answer>>} */
  #underway = new Map();

  /** @param {Steps} steps */
  constructor(steps) {
    this.#steps = steps;
  }

  /**
   * @param {Question} question
   * @returns {Promise<Answer>} Never rejects for what the network, the site or the service do.
   */
  check(question) {
    const key = JSON.stringify([question.service, identity(question)]);
    const shared = this.#underway.get(key);
    if (shared) return shared;
    const answer = this.#answer(question).finally(() => this.#underway.delete(key));
    this.#underway.set(key, answer);
    return answer;
  }

  /** @param {Question} question */
  async #answer(question) {
    const known = await this.#known(question);
    if (known) return known;
    const answer = await this.#ask(question);
    if (isVerdict(answer)) await this.#remember(answer, question);
    return answer;
  }

  /** @param {Question} question */
  async #known(question) {
    const model = await this.#steps.heardModel(question.service);
    return model ? this.#steps.verdicts.get(await verdictKey(question.service, model, identity(question))) : null;
  }

  /**
   * The pause between two attempts is spent outside the limit, and the bytes are not held while
   * waiting: fetching them anew comes from the browser's cache.
   *
   * @param {Question} question
   */
  #ask(question) {
    const {limit, sleep} = this.#steps;
    return withRetries(() => limit(() => this.#attempt(question)), sleep);
  }

  /**
   * @param {Question} question
   * @returns {Promise<Answer>}
   */
  async #attempt({picture, page, tab, service}) {
    const {isWatched, obtain, askVerdict} = this.#steps;
    if (!(await isWatched(page, tab))) return SITE_OFF;
    const original = await obtain(picture, page);
    if ('state' in original) return original;
    // Without access the download fails, and the address of the picture would be sent.
    return (await isWatched(page, tab)) ? askVerdict(service, original) : SITE_OFF;
  }

  /**
   * @param {import('../shared/outcomes.js').Verdict} verdict
   * @param {Question} question
   */
  async #remember(verdict, question) {
    const {heardModel, noteModel, verdicts} = this.#steps;
    const {service} = question;
    try {
      if ((await heardModel(service)) !== verdict.model) await noteModel(service, verdict.model);
      await verdicts.put(await verdictKey(service, verdict.model, identity(question)), verdict);
    } catch (error) {
      // A full disk must not cost the answer that is already there.
      console.warn(error);
    }
  }
}

/**
 * The page and the shape belong to it: a site may serve each page another picture at one address.
 *
 * @param {Question} question
 */
function identity({picture, page}) {
  return JSON.stringify([page, picture]);
}
