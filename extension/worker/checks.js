/**
 * One picture, one check: what is known is not asked again, and who asks for a picture that is
 * just being checked shares the answer, whatever tab they ask from. Who may not have it checked, or
 * has gone, ends nothing for the others.
 *
 * What counts as one picture are its bytes. An address may give each page other bytes, so addresses
 * are shared within the pages of one site only, and only to save a download.
 *
 * The steps come in from outside, so that tests run them without a browser or a network.
 *
 * @typedef {import('../shared/outcomes.js').Answer} Answer
 * @typedef {import('./originals.js').Download} Download
 * @typedef {import('./originals.js').Original} Original
 *
 * @typedef {object} Question
 * @property {import('../shared/outcomes.js').PictureSource} picture
 * @property {import('./service.js').Service} service
 * @property {import('./originals.js').Where} where
 * @property {(anew?: boolean) => Promise<boolean>} isAllowed Whether the page may still have pictures
 *   checked. `anew`: as the browser says it now, not as it said it last.
 * @property {boolean} fresh Whether the service is to look again, whatever is remembered.
 *
 * @typedef {object} Steps
 * @property {typeof import('./originals.js').download} download
 * @property {typeof import('./originals.js').readByPage} readByPage
 * @property {(service: import('./service.js').Service, original: Original, signal: AbortSignal) => Promise<Answer>} ask
 * @property {(service: import('./service.js').Service, original: Original, signal: AbortSignal) => Promise<Answer>} askAnew
 * @property {(service: import('./service.js').Service, picture: Blob, signal: AbortSignal) => Promise<Answer>} askInPassing
 *   The service is to forget it at once.
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

/** @type {Answer} */
const PRIVATE = {state: 'unsupported', cause: 'private'};

/** @type {Answer} What is known without an attempt. */
const AWAY = {state: 'unreachable', cause: 'network'};

export class Checks {
  #steps;
  /** @type {Sharing<Download>} By address and page. */
  #downloads = new Sharing();
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
  async check(question, signal) {
    const {fresh, where, isAllowed} = question;
    if (!(await isAllowed())) return SITE_OFF;
    const seen = await digestOf(sighting(question));
    const known = fresh || where.anew ? null : await this.#recall(question, await this.#steps.verdicts.bytesOf(seen));
    if (known) return known;
    const original = await this.#obtain(question, signal);
    if ('state' in original) return original;
    // Without access the download fails, and the address of the picture would be sent.
    if (!(await isAllowed('url' in original))) return SITE_OFF;
    const bytes = await digestOf('blob' in original ? original.blob : original.url);
    return this.#judge(question, original, {seen, bytes}, signal);
  }

  /** @param {import('./service.js').Service} service Has answered somebody. */
  isBack(service) {
    this.#outages.end(service);
  }

  /**
   * What the worker downloads is the same for all who ask. What a page reads is read by the page
   * that asks: another one may be gone by then.
   *
   * @param {Question} question
   * @param {AbortSignal} signal
   */
  async #obtain(question, signal) {
    const {download, limit, readByPage} = this.#steps;
    const {picture, where} = question;
    const key = JSON.stringify([where.anew, where.private, sighting(question)]);
    const found = await this.#downloads.share(key, signal, (shared) => limit(() => download(picture, where, shared)));
    return found ?? readByPage(picture, where);
  }

  /**
   * @param {Question} question
   * @param {Original} original
   * @param {{seen: string, bytes: string}} digests
   * @param {AbortSignal} signal
   * @returns {Promise<Answer>}
   */
  async #judge(question, original, {seen, bytes}, signal) {
    const {service, fresh, where} = question;
    const known = fresh ? null : await this.#recall(question, bytes);
    const key = JSON.stringify([service, fresh, where.private, bytes]);
    const answer = known ?? await this.#originals.share(key, signal, (shared) => this.#ask(question, original, bytes, shared));
    const freshMs = 'blob' in original ? original.freshMs : 0;
    if (isVerdict(answer) && !where.private) await withoutFail(this.#steps.verdicts.see(seen, bytes, freshMs));
    return answer;
  }

  /**
   * @param {Question} question
   * @param {Original} original
   * @param {string} bytes
   * @param {AbortSignal} signal
   */
  async #ask(question, original, bytes, signal) {
    const {service} = question;
    const answer = await withRetries(async () => {
      signal.throwIfAborted();
      if (await this.#outages.goesOn(service)) return AWAY;
      const said = await this.#put(question, original, signal);
      this.#outages.note(service, said);
      return said;
    }, {mayHelp: (said) => said !== AWAY && mayPass(said), sleep: this.#steps.sleep});
    // Before it counts as done: who comes then finds it known.
    if (isVerdict(answer)) await withoutFail(this.#remember(question, answer, 'blob' in original ? bytes : null));
    return answer;
  }

  /**
   * @param {Question} question
   * @param {Original} original
   * @param {AbortSignal} signal
   */
  async #put({service, fresh, where}, original, signal) {
    const {ask, askAnew, askInPassing} = this.#steps;
    if (!where.private) return (fresh ? askAnew : ask)(service, original, signal);
    return 'blob' in original ? forgotten(await askInPassing(service, original.blob, signal)) : PRIVATE;
  }

  /**
   * What other windows made known says nothing in a private one, whose verdicts are nobody's.
   *
   * @param {Question} question
   * @param {string | null} bytes
   */
  async #recall({service, where}, bytes) {
    if (where.private) return null;
    const model = bytes && (await this.#steps.heardModel(service.address));
    return model ? this.#steps.verdicts.get(service.address, model, bytes) : null;
  }

  /**
   * @param {Question} question
   * @param {import('../shared/outcomes.js').Verdict} verdict
   * @param {string | null} bytes Null where the service alone saw them: the next time they may be others.
   */
  async #remember({service: {address}, where}, verdict, bytes) {
    const {heardModel, noteModel, verdicts} = this.#steps;
    if ((await heardModel(address)) !== verdict.model) await noteModel(address, verdict.model);
    if (bytes && !where.private) await verdicts.put(address, verdict, bytes);
  }
}

/**
 * Without what only leads somewhere while the service remembers.
 *
 * @param {Answer} answer
 * @returns {Answer}
 */
function forgotten(answer) {
  return isVerdict(answer) ? {...answer, id: '', related: [], explained: false} : answer;
}

/**
 * A full disk must not cost the answer that is already there.
 *
 * @param {Promise<void>} remembering
 */
async function withoutFail(remembering) {
  await remembering.catch((error) => console.warn(error));
}

/**
 * The page and the shape belong to it: a site may serve each page another picture at one address.
 *
 * @param {Question} question
 */
function sighting({picture, where}) {
  return JSON.stringify([where.page, picture]);
}
