/**
 * How an outcome reads: the word and percentage of a badge, and the sentence behind it.
 *
 * Pure: the texts come in through `message`, which is `chrome.i18n.getMessage` outside of tests.
 */

import {isVerdict} from './outcomes.js';

/**
 * @typedef {import('./outcomes.js').Outcome} Outcome
 * @typedef {(key: string, substitutions?: string[]) => string} Message
 *
 * @typedef {object} Wording
 * @property {string} word
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
  const percent = percentOf(outcome, message);
  const reason = reasonOf(outcome, message);
  const lead = message(`sentence_${outcome.state}`, [percent]);
  return {word, percent, reason, sentence: reason ? `${lead} ${reason}` : lead};
}

/**
 * The confidence in the label that is shown, in whole percent. No model is ever wholly sure, so
 * 0 and 100 are never shown.
 *
 * @param {import('./outcomes.js').Verdict} verdict
 */
export function confidence(verdict) {
  const share = verdict.state === 'fake' ? verdict.probability : 1 - verdict.probability;
  return Math.min(99, Math.max(1, Math.round(share * 100)));
}

/**
 * @param {Outcome} outcome
 * @param {Message} message
 */
function percentOf(outcome, message) {
  if (!isVerdict(outcome) || outcome.state === 'uncertain') return '';
  return message('percent', [String(confidence(outcome))]);
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
