/** What a card tells beyond the verdict: of the file, of pictures alike, of the model. */

import {isVerdict} from '../shared/outcomes.js';
import {inPercent, inWords} from '../shared/texts.js';
import {element} from './elements.js';

/** Enough of a model's digest to tell it from another. */
const MODEL_CHARACTERS = 12;

/**
 * @typedef {import('../shared/outcomes.js').Verdict} Verdict
 * @typedef {import('../shared/texts.js').Texts} Texts
 *
 * @param {import('../shared/outcomes.js').Outcome} outcome
 * @param {Texts} texts
 * @returns {HTMLElement[]}
 */
export function sectionsOf(outcome, texts) {
  if (!isVerdict(outcome)) return [];
  return [
    scaleOf(outcome, texts),
    ...conflictOf(outcome, texts),
    ...listOf(texts.message('card_claims'), outcome.claims.map((claim) => claimOf(claim, texts))),
    ...listOf(texts.message('card_related'), relatedOf(outcome, texts)),
    originOf(outcome, texts),
  ];
}

/**
 * @param {Verdict} verdict
 * @param {Texts} texts
 */
function scaleOf({probability}, {message, locale}) {
  const percent = inPercent(probability, locale);
  const mark = element('span', {class: 'mark'});
  mark.style.insetInlineStart = `${Math.min(0.99, Math.max(0.01, probability)) * 100}%`;
  const bar = element('span', {class: 'bar', 'aria-hidden': 'true'}, mark);
  return element('p', {class: 'scale'}, message('card_probability', [percent]), bar);
}

/**
 * @param {Verdict} verdict
 * @param {Texts} texts
 */
function conflictOf({conflict}, {message}) {
  return conflict ? [element('p', {class: 'conflict'}, message('card_conflict'))] : [];
}

/**
 * The service's sentence is English; where another language is read, its facts are told.
 *
 * @param {import('../shared/outcomes.js').Claim} claim
 * @param {Texts} texts
 */
function claimOf({standing, sentence, tool, signer, generated}, {message, locale}) {
  if (locale.startsWith('en') && sentence) return sentence;
  const facts = [
    generated && message('claim_generated'),
    tool && message('claim_tool', [tool]),
    signer && message('claim_signer', [signer]),
  ];
  return [message(`standing_${standing}`), ...facts].filter(Boolean).join(' ');
}

/**
 * @param {Verdict} verdict
 * @param {Texts} texts
 */
function relatedOf({related}, {message, locale}) {
  return related.map(({label, probability, same}) => message(same ? 'related_same' : 'related_alike', [
    message(`title_${label}`), inPercent(probability, locale),
  ]));
}

/**
 * @param {string} heading
 * @param {string[]} items
 */
function listOf(heading, items) {
  if (items.length === 0) return [];
  const list = element('ul', {}, ...items.map((item) => element('li', {}, item)));
  return [element('section', {}, element('h3', {}, heading), list)];
}

/**
 * @param {Verdict} verdict
 * @param {Texts} texts
 */
function originOf({checkedAt, remembered, model}, {message, locale}) {
  const when = checkedAt && message(remembered ? 'card_remembered' : 'card_checked', [inWords(checkedAt, locale)]);
  const which = message('card_model', [model.slice(0, MODEL_CHARACTERS)]);
  const lines = [when, which].filter(Boolean).map((line) => element('span', {}, line));
  return element('p', {class: 'origin'}, ...lines);
}
