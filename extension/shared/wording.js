//# allFunctionsCalledOnLoad
/**
 * How an outcome reads: the word and percentage of a badge, and what stands behind it.
 *
 * Pure: the texts come in. What the service says in English is not repeated here; its numbers are
 * told in the person's language.
 */

import {isVerdict} from './outcomes.js';
import {inPercent} from './texts.js';

/**
 * @typedef {import('./outcomes.js').Outcome} Outcome
 * @typedef {import('./outcomes.js').Verdict} Verdict
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
  const {message} = texts;
  const word = message(`state_${outcome.state}`);
  const title = isVerdict(outcome) ? message(`title_${outcome.state}`) : word;
  const percent = percentOf(outcome, texts);
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
 * @param {Texts} texts
 */
function percentOf(outcome, {locale}) {
  if (!isVerdict(outcome) || outcome.state === 'uncertain' || outcome.reviewed) return '';
  const confidence = outcome.state === 'fake' ? outcome.probability : 1 - outcome.probability;
  return confidence < 0.5 ? '' : inPercent(confidence, locale);
}

/**
 * @param {Outcome} outcome
 * @param {Texts} texts
 */
function reasonOf(outcome, texts) {
  if (isVerdict(outcome)) return reasonOfVerdict(outcome, texts);
  return 'cause' in outcome ? texts.message(`cause_${outcome.cause.replaceAll('-', '_')}`) : '';
}

/**
 * @param {Verdict} verdict
 * @param {Texts} texts
 */
function reasonOfVerdict({reviewed, faces, whole}, {message, locale}) {
  const parts = reviewed ? [message('reason_reviewed')] : [];
  const worst = Math.max(0, ...faces.map(({probability}) => probability));
  if (faces.length === 0) parts.push(message('reason_no_face'));
  else if (faces.length === 1) parts.push(message('reason_face', [inPercent(worst, locale)]));
  else parts.push(message('reason_faces', [new Intl.NumberFormat(locale).format(faces.length), inPercent(worst, locale)]));
  if (whole !== null) parts.push(message('reason_whole', [inPercent(whole, locale)]));
  return parts.join(' ');
}
