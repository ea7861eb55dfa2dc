/**
 * One picture, one check: what is known is not asked again, and who asks for a picture that is
 * just being checked shares the answer, whatever tab they ask from.
 *
 * What counts as one picture are its bytes. An address may give each page other bytes, so addresses
 * are shared within the pages of one site only, and only to save a download.
 *
 * The steps come in from outside, so that tests run them without a browser or a network.
 *
 * @typedef {import('../shared/outcomes.js').Answer} Answer
 * @typedef {import('./originals.js').Original} Original
 *
 * @typedef {object} Question
 * @property {import('../shared/outcomes.js').PictureSource} picture
 * @property {import('./service.js').Service} service
 * @property {import('./originals.js').Where} where
 * @property {(anew?: boolean) => Promise<boolean>} isAllowed Whether the page may still have pictures
 *   checked. `anew`: as the browser says it now, not as it said it last.
 * @property {boolean} fresh Whether the service is to look again, whatever is remembered.
 * @property {boolean} forgetful Whether nothing may be kept of it: a private window.
 *
 * @typedef {object} Steps
 * @property {typeof import('./originals.js').obtain} obtain
 * @property {(service: import('./service.js').Service, original: Original, signal: AbortSignal) => Promise<Answer>} ask
 * @property {(service: import('./service.js').Service, original: Original, signal: AbortSignal) => Promise<Answer>} askAnew
 * @property {import('./verdicts.js').Verdicts} verdicts
 * @property {(service: string) => Promise<string | null>} heardModel
 * @property {(service: string, id: string) => Promise<void>} noteModel
 * @property {(service: import('./service.js').Service) => Promise<boolean>} isThere Whether anybody answers.
 * @property {<T>(task: () => Promise<T>) => Promise<T>} limit How many downloads there are at once.
 * @property {(ms: number) => Promise<void>} [sleep]
 */

import {isVerdict, mayPass} from '../shared/outcomes.js';
import {digestOf} from './digests.js';
import {Outages} from './outages.js';
import {withRetries} from './retries.js';
import {Sharing} from './sharing.js';

/** @type {Answer} */
const SITE_OFF = {state: 'unsupported', cause: 'site-off'};

/** @type {Answer} What is known without an attempt. */
const AWAY = {state: 'unreachable', cause: 'network'};

export class Checks {
  #steps;
  /** @type {Sharing<Answer>} By address and page. */
  #pictures = new Sharing();
  /** @type {Sharing<Answer>} By bytes. */
  #originals = new Sharing();
  #outages;

  /** @param {Steps} steps */
  constructor(steps) {
    this.#steps = steps;
    this.#outages = new Outages(steps.isThere);
  }

  /**
   * @param {Question} question
   * @param {AbortSignal} signal Who asked has gone.
   * @returns {Promise<Answer>} Rejects for nothing that the network, the site or the service do.
   */
  check(question, signal) {
    const {service, fresh, forgetful, where} = question;
    const key = JSON.stringify([service, fresh, where.anew, forgetful, sighting(question)]);
    return this.#pictures.share(key, signal, (shared) => this.#answer(question, shared));
  }

  /**
   * @param {Question} question
   * @param {AbortSignal} signal
   */
  async #answer(question, signal) {
    const seen = await digestOf(sighting(question));
    const known = question.fresh || question.where.anew ? null : await this.#recall(question, await this.#steps.verdicts.bytesOf(seen));
    if (known) return known;
    return withRetries(() => this.#attempt(question, seen, signal), {
      mayHelp: (answer) => answer !== AWAY && mayPass(answer), sleep: this.#steps.sleep,
    });
  }

  /** @param {import('./service.js').Service} service Has answered somebody. */
  isBack(service) {
    this.#outages.end(service);
  }

  /**
   * The bytes are not held while waiting for another attempt: fetching them anew comes from the
   * browser's cache.
   *
   * @param {Question} question
   * @param {string} seen
   * @param {AbortSignal} signal
   * @returns {Promise<Answer>}
   */
  async #attempt(question, seen, signal) {
    const {obtain, limit} = this.#steps;
    if (!(await question.isAllowed())) return SITE_OFF;
    const original = await limit(() => obtain(question.picture, question.where, signal));
    if ('state' in original) return original;
    // Without access the download fails, and the address of the picture would be sent.
    if (!(await question.isAllowed('url' in original))) return SITE_OFF;
    const bytes = await digestOf('blob' in original ? original.blob : original.url);
    return this.#judge(question, original, {seen, bytes}, signal);
  }

  /**
   * @param {Question} question
   * @param {Original} original
   * @param {{seen: string, bytes: string}} digests
   * @param {AbortSignal} signal
   * @returns {Promise<Answer>}
   */
  async #judge(question, original, {seen, bytes}, signal) {
    const {service, fresh} = question;
    const known = fresh ? null : await this.#recall(question, bytes);
    if (!known && (await this.#outages.goesOn(service))) return AWAY;
    const ask = fresh ? this.#steps.askAnew : this.#steps.ask;
    const answer = known ?? await this.#originals.share(
      JSON.stringify([service, fresh, bytes]), signal, (shared) => ask(service, original, shared),
    );
    if (!known) this.#outages.note(service, answer);
    const passing = 'blob' in original && original.passing;
    if (isVerdict(answer)) await this.#remember(question, answer, passing ? {bytes} : {seen, bytes});
    return answer;
  }

  /**
   * @param {Question} question
   * @param {string | null} bytes
   */
  async #recall({service}, bytes) {
    const model = bytes && (await this.#steps.heardModel(service.address));
    return model ? this.#steps.verdicts.get(service.address, model, bytes) : null;
  }

  /**
   * @param {Question} question
   * @param {import('../shared/outcomes.js').Verdict} verdict
   * @param {{seen?: string, bytes: string}} digests
   */
  async #remember({service, forgetful}, verdict, digests) {
    const {heardModel, noteModel, verdicts} = this.#steps;
    const {address} = service;
    try {
      if ((await heardModel(address)) !== verdict.model) await noteModel(address, verdict.model);
      if (!forgetful) await verdicts.put(address, verdict, digests);
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
function sighting({picture, where}) {
  return JSON.stringify([where.page, picture]);
}
