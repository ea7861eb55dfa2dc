/**
 * Trying again after a failure that may pass: the network, or a service with too much to do.
 *
 * The pauses are short, for people are looking at the badge. Longer outages are the page's affair:
 * it asks again when the service is back.
 *
 * @typedef {import('../shared/outcomes.js').Answer} Answer
 */

import {mayPass} from '../shared/outcomes.js';

const PAUSES_MS = [400, 1200];

/**
 * @param {() => Promise<Answer>} attempt
 * @param {(ms: number) => Promise<void>} [sleep]
 * @returns {Promise<Answer>} The first answer that will last, or the last failure.
 */
export async function withRetries(attempt, sleep = pause) {
  for (const pauseMs of PAUSES_MS) {
    const answer = await attempt();
    if (!mayPass(answer)) return answer;
    await sleep(pauseMs);
  }
  return attempt();
}

/**
 * @param {number} ms
 * @returns {Promise<void>}
 */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
