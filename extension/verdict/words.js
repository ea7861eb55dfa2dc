//# allFunctionsCalledOnLoad
/**
 * How labels, numbers and reasons are said. Pure: the language comes in, and nothing touches a page.
 *
 * The service's sentences are English and are shown where English is read; elsewhere, and where
 * there is no room for them, its numbers are told.
 *
 * @typedef {import('./texts.js').Speech} Speech
 * @typedef {import('./verdict.js').Label} Label
 * @typedef {import('./verdict.js').Verdict} Verdict
 */

import {isSaid} from './texts.js';

/**
 * No model is ever wholly sure, so never 0 or 100 %.
 *
 * @param {number} probability
 */
export function percentOf(probability) {
  return Math.min(99, Math.max(1, Math.round(probability * 100)));
}

/** @param {number} probability */
export function inPercent(probability) {
  return `${percentOf(probability)}\u00a0%`;
}

/**
 * @param {number} probability Of one face or frame.
 * @param {import('./verdict.js').Thresholds} thresholds
 * @returns {Label}
 */
export function labelOf(probability, {realBelow, fakeFrom}) {
  if (probability < realBelow) return 'real';
  return probability < fakeFrom ? 'uncertain' : 'fake';
}

/**
 * @param {Verdict} verdict
 * @param {Speech} speech
 */
export function reasonOf(verdict, speech) {
  const reviewed = verdict.review ? [speech.say('reason_reviewed')] : [];
  if (speech.language === 'en' && verdict.reason) return [...reviewed, verdict.reason].join(' ');
  return [summaryOf(verdict, speech), ...placesOf(verdict, speech)].join(' ');
}

/**
 * The same in numbers alone.
 *
 * @param {Pick<Verdict, 'review' | 'faces' | 'experts' | 'probability' | 'open'>} verdict
 * @param {Speech} speech
 */
export function summaryOf({review, faces, experts, probability, open}, {say, locale}) {
  const parts = review ? [say('reason_reviewed')] : [];
  const worst = inPercent(Math.max(0, ...faces.map(({probability}) => probability)));
  const whole = experts.find(({name}) => name === 'whole');
  if (faces.length === 0) parts.push(say('reason_no_face'));
  else if (faces.length === 1) parts.push(say('reason_face', worst));
  else parts.push(say('reason_faces', new Intl.NumberFormat(locale).format(faces.length), worst));
  // Without a face the verdict is that expert's, calibrated for such pictures.
  if (whole) parts.push(say('reason_whole', inPercent(faces.length > 0 ? whole.probability : probability)));
  if (open) parts.push(say('reason_open'));
  return parts.join(' ');
}

/**
 * @param {Verdict} verdict
 * @param {Speech} speech
 */
function placesOf({faces, thresholds}, {say}) {
  return faces.flatMap(({edge, decisive, probability}, index) => {
    if (!thresholds || labelOf(probability, thresholds) === 'real') return [];
    const places = [['reason_edge', edge], ['reason_decisive', decisive]];
    return places.flatMap(([key = '', place]) => (
      isSaid(`place_${place}`) ? [say(key, index + 1, say(`place_${place}`))] : []
    ));
  });
}

/**
 * @param {Pick<Verdict, 'state' | 'conflict' | 'related'>} verdict
 * @param {Speech} speech
 * @returns {string} What is said where a look-alike was called the opposite; empty where none was.
 */
export function conflictOf({state, conflict, related}, {say}) {
  if (!conflict || state === 'uncertain') return '';
  const other = state === 'real' ? 'fake' : 'real';
  const isCopy = related.some(({label, same}) => same && label === other);
  return say('conflict', say(isCopy ? 'conflict_copy' : 'conflict_alike'), say(`label_${other}`));
}

/**
 * @param {import('./verdict.js').Claim} claim
 * @param {Speech} speech
 */
export function claimOf({sentence, tool, signer, generated}, {say, language}) {
  if (language === 'en' && sentence) return sentence;
  const facts = [
    generated && say('claim_generated'), tool && say('claim_tool', tool), signer && say('claim_signer', signer),
  ];
  return facts.filter(Boolean).join(' ');
}

/**
 * @param {import('./verdict.js').Review | null} review
 * @param {Speech} speech
 */
export function reviewOf(review, speech) {
  if (!review) return '';
  if (!review.at || !review.model) return speech.say('reviewed_bare');
  const model = speech.say(`title_${review.model}`);
  return speech.say('reviewed', momentOf(review.at, speech), speech.language === 'en' ? model.toLowerCase() : model);
}

/**
 * @param {string} source
 * @param {Speech} speech
 */
export function sourceOf(source, {say}) {
  return isSaid(`source_${source}`) ? say(`source_${source}`) : '';
}

/**
 * @param {string} name
 * @param {Speech} speech
 */
export function expertOf(name, {say}) {
  return isSaid(`expert_${name}`) ? say(`expert_${name}`) : name;
}

/**
 * @param {string} iso
 * @param {Speech} speech
 */
export function momentOf(iso, {locale}) {
  return new Intl.DateTimeFormat(locale, {dateStyle: 'medium', timeStyle: 'short'}).format(new Date(iso));
}

/** @param {number} milliseconds */
export function durationOf(milliseconds) {
  if (milliseconds < 1000) return `${Math.max(1, Math.round(milliseconds))}\u00a0ms`;
  return `${(milliseconds / 1000).toFixed(1)}\u00a0s`;
}
