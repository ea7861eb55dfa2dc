//# allFunctionsCalledOnLoad
/**
 * How an outcome reads: the word and percentage of a badge, and what stands behind it.
 *
 * Pure: the texts come in. A badge has no room for what the service says in sentences, which its card
 * tells; its numbers are told here.
 */

import {isVerdict} from './outcomes.js';
import {inPercent, summaryOf} from '../verdict/words.js';

/**
 * @typedef {import('./outcomes.js').Outcome} Outcome
 * @typedef {import('./texts.js').Texts} Texts
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
 * @param {Texts} texts
 * @returns {Wording}
 */
export function wordingOf(outcome, texts) {
  const {message, say} = texts;
  const word = message(`state_${outcome.state}`);
  const title = isVerdict(outcome) ? say(`title_${outcome.state}`) : word;
  const percent = confidenceIn(outcome);
  const reason = reasonOf(outcome, texts);
  const lead = leadOf(outcome, title, percent, message);
  return {word, title, percent, reason, sentence: reason ? `${lead} ${reason}` : lead};
}

/**
 * @param {Outcome} outcome
 * @param {string} title
 * @param {string} percent
 * @param {Texts['message']} message
 */
function leadOf(outcome, title, percent, message) {
  if (!isVerdict(outcome)) return message(`sentence_${outcome.state}`);
  return percent ? message('verdict_sure', [title, percent]) : message('verdict', [title]);
}

/**
 * The confidence in the label that is shown, or nothing where the label is the less likely of the
 * two: the service's thresholds need not lie at one half, and a person may have decided.
 *
 * @param {Outcome} outcome
 */
function confidenceIn(outcome) {
  if (!isVerdict(outcome) || outcome.state === 'uncertain' || outcome.review) return '';
  const confidence = outcome.state === 'fake' ? outcome.probability : 1 - outcome.probability;
  return confidence < 0.5 ? '' : inPercent(confidence);
}

/**
 * @param {Outcome} outcome
 * @param {Texts} texts
 */
function reasonOf(outcome, texts) {
  if (isVerdict(outcome)) return summaryOf(outcome, texts);
  return 'cause' in outcome ? texts.message(`cause_${outcome.cause.replaceAll('-', '_')}`) : '';
}
