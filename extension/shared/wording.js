/**
 * How an outcome reads: the word and percentage of a badge, and what stands behind it.
 *
 * Pure: the texts come in through `message`, which is `chrome.i18n.getMessage` outside of tests.
 */

import {isVerdict} from './outcomes.js';

/**
 * @typedef {import('./outcomes.js').Outcome} Outcome
 * @typedef {(key: string, substitutions?: string[]) => string} Message
 *
 * @typedef {object} Wording
 * @property {string} word Short, for a badge: no more than the gist.
 * @property {string} title The same with its reservation, wherever there is room.
 * @property {string} percent Empty where there is nothing to be confident about.
 * @property {string} reason Why, in one or two sentences.
 * @property {string} sentence Everything at once, for a tooltip and for a screen reader.
 */

/**
 * @param {Outcome} outcome
 * @param {Message} message
 * @returns {Wording}
 */
export function wordingOf(outcome, message) {
  const word = message(`state_${outcome.state}`);
  const title = isVerdict(outcome) ? message(`title_${outcome.state}`) : word;
  const percent = percentOf(outcome, message);
  const reason = reasonOf(outcome, message);
  const lead = leadOf(outcome, title, percent, message);
  return {word, title, percent, reason, sentence: reason ? `${lead} ${reason}` : lead};
}

/**
 * @param {Outcome} outcome
 * @param {string} title
 * @param {string} percent
 * @param {Message} message
 */
function leadOf(outcome, title, percent, message) {
  if (!isVerdict(outcome)) return message(`sentence_${outcome.state}`);
  return percent ? message('verdict_sure', [title, percent]) : message('verdict', [title]);
}

/**
 * The confidence in the label that is shown, in whole percent, or null where the label is the less
 * likely of the two: the service's thresholds need not lie at one half. No model is ever wholly
 * sure, so 100 is never shown.
 *
 * @param {import('./outcomes.js').Verdict} verdict
 */
function confidence(verdict) {
  const share = verdict.state === 'fake' ? verdict.probability : 1 - verdict.probability;
  return share < 0.5 ? null : Math.min(99, Math.round(share * 100));
}

/**
 * @param {Outcome} outcome
 * @param {Message} message
 */
function percentOf(outcome, message) {
  if (!isVerdict(outcome) || outcome.state === 'uncertain') return '';
  const number = confidence(outcome);
  return number === null ? '' : message('percent', [String(number)]);
}

/**
 * @param {Outcome} outcome
 * @param {Message} message
 */
function reasonOf(outcome, message) {
  if (!('reason' in outcome || 'cause' in outcome)) return '';
  if (outcome.reason) return outcome.reason;
  return 'cause' in outcome ? message(`cause_${outcome.cause.replaceAll('-', '_')}`) : '';
}
