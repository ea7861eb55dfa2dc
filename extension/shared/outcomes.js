//# allFunctionsCalledOnLoad
/**
 * What can be said of one picture, as the worker tells the page. The types that both sides share.
 *
 * An outcome is JSON-safe: it travels in messages and rests in session storage.
 *
 * @typedef {import('../verdict/verdict.js').Label} Label
 * @typedef {import('../verdict/verdict.js').Verdict} Verdict
 *
 * @typedef {'too-large' | 'too-small' | 'unreadable' | 'different' | 'site-off' | 'no-picture' |
 *   'format' | 'source' | 'refused' | 'private'} NoVerdictCause
 * @typedef {'network' | 'busy' | 'forbidden' | 'key' | 'unexpected'} UnreachableCause
 *
 * @typedef {object} NoVerdict
 * @property {'unsupported'} state
 * @property {NoVerdictCause} cause
 *
 * @typedef {object} Unreachable
 * @property {'unreachable'} state
 * @property {UnreachableCause} cause
 * @property {number} [afterMs] How long the service asks to be let alone.
 *
 * @typedef {object} Pending
 * @property {'queued' | 'checking'} state
 *
 * @typedef {Verdict | NoVerdict | Unreachable} Answer What the worker replies.
 * @typedef {Answer | Pending} Outcome What a badge shows.
 *
 * @typedef {object} Picture As the page has it.
 * @property {string} url
 * @property {number} width Natural, in CSS pixels; 0 where unknown.
 * @property {number} height
 *
 * @typedef {Picture | {dataUrl: string}} PictureSource Where the worker finds the bytes.
 *
 * @typedef {'connected' | 'not-ready' | 'not-candor' | 'key-needed' | 'key-refused' |
 *   'key-lacks-scope' | 'forbidden' | 'unreachable'} Health
 *
 * @typedef {object} HealthReport
 * @property {Health} health
 * @property {string} [model] Id of the model that answers now.
 *
 * @typedef {object} Counts
 * @property {number} real
 * @property {number} fake
 * @property {number} uncertain
 * @property {number} other
 */

import {isLabel, isVerdictId} from '../verdict/verdict.js';

export {isLabel, isVerdictId};

/**
 * @param {Outcome} outcome
 * @returns {outcome is Verdict}
 */
export function isVerdict(outcome) {
  return isLabel(outcome.state);
}

/**
 * @param {Outcome} outcome
 * @returns {outcome is Pending} Nothing is known yet.
 */
export function isPending(outcome) {
  return outcome.state === 'queued' || outcome.state === 'checking';
}

/**
 * @param {Outcome} outcome
 * @returns {boolean} Whether a person should look twice.
 */
export function isSuspicious(outcome) {
  return outcome.state === 'fake' || outcome.state === 'uncertain';
}

/**
 * @param {Outcome} outcome
 * @returns {boolean} A failure that has nothing to do with the picture: worth another attempt.
 */
export function mayPass(outcome) {
  return outcome.state === 'unreachable' && (outcome.cause === 'network' || outcome.cause === 'busy');
}

/**
 * @param {Outcome} outcome
 * @returns {boolean} The service takes no pictures just now: it is down, busy, or wants another key.
 *   An answer that nobody understands is no such thing; asking again would bring it again.
 */
export function isAway(outcome) {
  return outcome.state === 'unreachable' && outcome.cause !== 'unexpected';
}

/**
 * @param {Iterable<Outcome>} outcomes
 * @returns {Counts}
 */
export function countOutcomes(outcomes) {
  const counts = {real: 0, fake: 0, uncertain: 0, other: 0};
  for (const outcome of outcomes) {
    if (isVerdict(outcome)) counts[outcome.state] += 1;
    else if (outcome.state === 'unsupported' || outcome.state === 'unreachable') counts.other += 1;
  }
  return counts;
}
