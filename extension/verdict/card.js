/**
 * The card of a verdict: what is said first, then what it rests on. The page shows it beside the
 * picture that was given, the extension beside a badge; each puts it into a place of its own and
 * wraps what only it can show around it. `styles.js` has its looks.
 *
 * @typedef {import('./texts.js').Speech} Speech
 * @typedef {import('./verdict.js').Verdict} Verdict
 * @typedef {import('./verdict.js').Label} Label
 *
 * @typedef {object} Means
 * @property {import('./report-form.js').Report} report
 * @property {(verdict: string) => string} [linkTo] Where a related verdict can be looked at, if anywhere.
 */

import {element} from './elements.js';
import {ReportForm} from './report-form.js';
import {scaleOf} from './scale.js';
import {createSymbol} from './symbols.js';
import {claimOf, conflictOf, durationOf, expertOf, inPercent, labelOf, momentOf, percentOf, reasonOf, reviewOf, sourceOf} from './words.js';

/** Enough of a model's digest to tell it from another. */
const MODEL_CHARACTERS = 12;

/**
 * What a screen reader is told as soon as it is known.
 *
 * @param {Verdict} verdict
 * @param {Speech} speech
 */
export function headlineOf(verdict, speech) {
  return leadOf(verdict.state, verdict.probability, reasonOf(verdict, speech), speech);
}

/**
 * The same of a clip or of what is happening now.
 *
 * @param {Label} label
 * @param {number} probability
 * @param {string} reason
 * @param {Speech} speech
 */
export function leadOf(label, probability, reason, {say}) {
  return [
    element('h2', {class: `word ${label}`}, createSymbol(label), say(`title_${label}`)),
    element('p', {class: 'chance'}, say('chance'), numberOf(probability)),
    element('p', {class: 'reason'}, reason),
  ];
}

/**
 * That there is no verdict, and why.
 *
 * @param {string} sentence
 * @param {Speech} speech
 * @param {'unsupported' | 'unreachable' | 'queued' | 'checking'} [state]
 * @param {string} [title]
 */
export function noVerdict(sentence, {say}, state = 'unsupported', title = say('none')) {
  return [
    element('h2', {class: 'word'}, createSymbol(state), title),
    element('p', {class: 'reason'}, sentence),
  ];
}

/**
 * @param {Verdict} verdict
 * @param {Speech} speech
 * @param {Means} means
 */
export function evidenceOf(verdict, speech, means) {
  const {say} = speech;
  const conflict = conflictOf(verdict, speech);
  return [
    ...(conflict ? [element('p', {class: 'conflict'}, conflict)] : []),
    scaleOf(verdict.probability, verdict.thresholds, speech),
    ...section(say('faces'), verdict.faces.map((face) => faceRow(face, verdict, speech)), say('probability'), 'ol'),
    ...section(say('experts'), verdict.experts.flatMap((expert) => expertRows(expert, speech)), say('probability')),
    ...section(say('claims'), verdict.claims.map((claim) => claimRow(claim, speech)), say('not_scored')),
    ...section(say('related'), verdict.related.map((one) => relatedRow(one, speech, means)), say('probability')),
    heading(say('about')),
    factsOf(verdict, speech),
    ...(verdict.id ? [new ReportForm(verdict, speech, means.report).element] : []),
  ];
}

/**
 * @param {string} what
 * @param {string} [meaning] Of the numbers below.
 */
export function heading(what, meaning) {
  const quiet = meaning ? [element('span', {class: 'quiet'}, meaning)] : [];
  return element('h3', {class: 'scored'}, what, ...quiet);
}

/**
 * @param {string} what
 * @param {HTMLElement[]} rows
 * @param {string} [meaning]
 * @param {'ol' | 'ul'} [kind]
 * @returns {HTMLElement[]} Nothing where there is nothing to tell.
 */
export function section(what, rows, meaning, kind = 'ul') {
  return rows.length > 0 ? [heading(what, meaning), element(kind, {class: 'scores'}, ...rows)] : [];
}

/**
 * A label with its symbol, for rows.
 *
 * @param {Label} label
 * @param {Speech} speech
 */
export function labelled(label, {say}) {
  return element('span', {class: label}, createSymbol(label), ` ${say(`title_${label}`)}`);
}

/** @param {number} probability */
export function numberOf(probability) {
  return element('b', {}, inPercent(probability));
}

/**
 * Facts by their names; those without a value are left out.
 *
 * @param {Record<string, Node | string>} rows
 */
export function listed(rows) {
  const known = Object.entries(rows).filter(([, value]) => value !== '');
  return element('dl', {}, ...known.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]));
}

/**
 * @param {string} iso
 * @param {Speech} speech
 */
export function timeOf(iso, speech) {
  return iso ? element('time', {datetime: iso}, momentOf(iso, speech)) : '';
}

/** @param {string} id */
export function modelOf(id) {
  return element('code', {title: id}, id.slice(0, MODEL_CHARACTERS));
}

/**
 * @param {import('./verdict.js').Face} face
 * @param {Verdict} verdict
 * @param {Speech} speech
 */
function faceRow({probability, width, height}, {thresholds}, speech) {
  const size = element('span', {class: 'quiet'}, speech.say('face_size', width, height));
  const label = thresholds ? [labelled(labelOf(probability, thresholds), speech)] : [];
  return element('li', {}, ...label, size, numberOf(probability));
}

/**
 * @param {import('./verdict.js').Expert} expert
 * @param {Speech} speech
 */
function expertRows(expert, speech) {
  return [
    opinionRow({}, expertOf(expert.name, speech), expert.probability),
    ...expert.members.map(({name, probability}) => opinionRow({class: 'member'}, name, probability)),
  ];
}

/**
 * @param {Record<string, string>} attributes
 * @param {string} name
 * @param {number} probability
 */
function opinionRow(attributes, name, probability) {
  const level = element('span');
  level.style.width = `${percentOf(probability)}%`;
  const bar = element('span', {class: 'bar', 'aria-hidden': 'true'}, level);
  return element('li', attributes, element('span', {}, name), bar, numberOf(probability));
}

/**
 * What the file says of itself: beside the score, and not part of it.
 *
 * @param {import('./verdict.js').Claim} claim
 * @param {Speech} speech
 */
function claimRow(claim, speech) {
  const standing = element('strong', {}, speech.say(`standing_${claim.standing}`));
  return element('li', {class: 'claim'}, element('span', {}, standing, ` ${claimOf(claim, speech)}`));
}

/**
 * @param {import('./verdict.js').Related} related
 * @param {Speech} speech
 * @param {Means} means
 */
function relatedRow({id, label, probability, same}, speech, {linkTo}) {
  const {say} = speech;
  const how = element('span', {class: 'quiet'}, say(same ? 'related_same' : 'related_alike'));
  const link = linkTo ? [element('a', {href: linkTo(id)}, say('related_open'))] : [];
  return element('li', {}, labelled(label, speech), how, ...link, numberOf(probability));
}

/**
 * @param {Verdict} verdict
 * @param {Speech} speech
 */
function factsOf({format, width, height, frames, from, review, source, checkedAt, tookMs, model}, speech) {
  const {say} = speech;
  const size = width && height ? say('picture_size', width, height) : '';
  const many = frames > 1 ? say('picture_frames', frames) : '';
  return listed({
    [say('fact_picture')]: [format, size, many].filter(Boolean).join(', '),
    [say('fact_from')]: from,
    [say('fact_reviewed')]: reviewOf(review, speech),
    [say('fact_source')]: sourceOf(source, speech),
    [say('fact_scored')]: timeOf(checkedAt, speech),
    [say('fact_time')]: tookMs ? durationOf(tookMs) : '',
    [say('fact_model')]: modelOf(model),
  });
}
