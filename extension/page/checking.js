//# allFunctionsCalledOnLoad
/**
 * Brings pictures from being queued to their answer, and back when that no longer holds.
 *
 * Touches no page. Only what the service was away for is repeated by itself.
 */

import {createDamper} from '../shared/damper.js';
import {createLimiter} from '../shared/limiter.js';
import {isAway, isVerdict} from '../shared/outcomes.js';
import {Asking} from './asking.js';
import {Recovery} from './recovery.js';

/** Enough for the worker to put some together; the rest of a page waits here, where it can be dropped. */
const CONCURRENT_CHECKS = 16;

/** Behind one address may be two machines with two models, each of which is news after the other. */
const RECHECK_PAUSE_MS = 5 * 60 * 1000;

/**
 * @typedef {import('../shared/outcomes.js').Outcome} Outcome
 *
 * @typedef {object} Entry
 * @property {Element} bearer
 * @property {import('../shared/outcomes.js').Picture} picture
 * @property {Outcome} outcome
 * @property {import('./badge.js').Badge | null} badge While the picture is seen.
 * @property {boolean} asked Whether the person asked for just this picture.
 * @property {boolean} reloaded Whether it has loaded more than once.
 */

export class Checking {
  #entries;
  #show;
  #asking;
  #recovery;
  #limit = createLimiter(CONCURRENT_CHECKS);

  /**
   * @param {Map<Element, Entry>} entries The pictures of the page.
   * @param {(entry: Entry, outcome: Outcome) => void} show Makes an outcome that of the entry.
   * @param {{ask: import('./asking.js').AskWorker, isBack: () => Promise<boolean>}} worker
   * @param {AbortSignal} signal Ends all repetition.
   */
  constructor(entries, show, {ask, isBack}, signal) {
    this.#entries = entries;
    this.#show = show;
    this.#asking = new Asking(ask);
    this.#recovery = new Recovery(
      isBack,
      () => this.#repeat(isAway),
      signal,
    );
    /** Another model: its verdicts may be others. What could not be judged still cannot. */
    this.recheck = createDamper(() => this.#repeat(isVerdict), RECHECK_PAUSE_MS, signal);
  }

  /** Another service: nothing that the last one said holds. */
  startOver() {
    this.#asking.forget();
    this.#recovery.startOver();
    this.#repeat(() => true);
  }

  /** What was asked was lost: it is asked once more, and is no outage. */
  resume() {
    this.#repeat(({state}) => state === 'checking');
  }

  /**
   * @param {Entry} entry
   * @param {boolean} [fresh] Whether the service is to look anew.
   */
  async check(entry, fresh = false) {
    if (entry.outcome.state !== 'queued') return;
    await this.#limit(async () => {
      if (!this.#isWanted(entry)) return;
      this.#show(entry, {state: 'checking'});
      this.#settle(entry, await this.#asking.ask(entry.picture, {fresh, reloaded: entry.reloaded}));
    });
  }

  /** @param {Entry} entry The person wants to hear it again. */
  checkAgain(entry) {
    this.#again(entry, true);
  }

  /** @param {Entry} entry */
  #isWanted(entry) {
    return this.#isCurrent(entry) && entry.badge !== null && entry.outcome.state === 'queued';
  }

  /** @param {Entry} entry */
  #isCurrent(entry) {
    return this.#entries.get(entry.bearer) === entry;
  }

  /**
   * @param {Entry} entry
   * @param {import('../shared/outcomes.js').Answer} answer
   */
  #settle(entry, answer) {
    if (!this.#isCurrent(entry)) return;
    if (isAway(answer)) this.#recovery.failed('afterMs' in answer ? answer.afterMs : 0);
    else if (isVerdict(answer)) this.#recovery.succeeded();
    this.#show(entry, answer);
  }

  /**
   * A new entry takes the place of each, so that an answer still under way for the old one is lost.
   *
   * @param {(outcome: Outcome) => boolean} affected
   */
  #repeat(affected) {
    for (const entry of this.#entries.values()) {
      if (!affected(entry.outcome)) continue;
      this.#again(entry, false);
    }
  }

  /**
   * @param {Entry} entry
   * @param {boolean} fresh
   */
  #again(entry, fresh) {
    if (!this.#isCurrent(entry)) return;
    const renewed = {...entry};
    this.#entries.set(entry.bearer, renewed);
    this.#show(renewed, {state: 'queued'});
    if (renewed.badge) this.check(renewed, fresh);
  }
}
