/**
 * Trying again after a failure that may pass: the network, or a service with too much to do.
 *
 * The pauses are short, for people are looking at the badge. Longer outages are the page's affair:
 * it asks again when the service is back.
 *
 * @typedef {import('../shared/outcomes.js').Answer} Answer
 */

import {mayPass} from '../shared/outcomes.js';

const PAUSES_MS = [400, 1200, 3000];

/** A service that wants more is left to the page. */
const LONGEST_MS = 6000;

/** Share of a pause that is left to chance, so that many do not come back as one. */
const SPREAD = 0.3;

/**
 * @param {() => Promise<Answer>} attempt
 * @param {object} [means]
 * @param {(answer: Answer) => boolean} [means.mayHelp] Whether another attempt may bring more than this.
 * @param {((ms: number) => Promise<void>) | undefined} [means.sleep]
 * @param {() => number} [means.random]
 * @returns {Promise<Answer>} The first answer that will last, or the last failure.
 */
export async function withRetries(attempt, {mayHelp = mayPass, sleep = pause, random = Math.random} = {}) {
  let answer = await attempt();
  for (const pauseMs of PAUSES_MS) {
    if (!mayHelp(answer)) return answer;
    const askedMs = 'afterMs' in answer ? answer.afterMs ?? 0 : 0;
    if (askedMs > LONGEST_MS) return answer;
    await sleep(Math.max(pauseMs, askedMs) * (1 + SPREAD * random()));
    answer = await attempt();
  }
  return answer;
}

/**
 * @param {number} ms
 * @returns {Promise<void>}
 */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
