/**
 * What the service's answer about one picture means: as a response of its own, or a line of many.
 *
 * Everything that is not wholly a verdict becomes a failure: better no badge than a wrong one.
 *
 * @typedef {import('../shared/outcomes.js').Answer} Answer
 * @typedef {import('../shared/outcomes.js').Verdict} Verdict
 */

import {isLabel, isVerdictId} from '../shared/outcomes.js';

/** @type {Answer} */
const UNEXPECTED = {state: 'unreachable', cause: 'unexpected'};

/**
 * The picture is at fault, or the site that holds it: asking again would not help.
 *
 * @type {Record<string, import('../shared/outcomes.js').NoVerdictCause>}
 */
const ABOUT_THE_PICTURE = {
  'not-an-image': 'no-picture',
  'unsupported-format': 'format',
  'too-large': 'too-large',
  'too-small': 'too-small',
  'invalid-request': 'refused',
  'source-failed': 'source',
  'source-timed-out': 'source',
};
const PROBLEM = 'urn:candor:problem:';

/** Session storage is small, and so is a card. */
const MOST_CHARACTERS = 400;
const MOST_FACES = 24;
const MOST_RELATED = 6;
const MOST_CLAIMS = 6;

const STANDINGS = ['signed', 'tampered', 'invalid', 'unsigned', 'unread'];

/** IPTC's names of pictures that a machine made, wholly or in part. */
const GENERATED = /trainedAlgorithmicMedia|compositeWithTrainedAlgorithmicMedia|algorithmicMedia/;

/**
 * @param {Response} response
 * @returns {Promise<Answer>}
 */
export async function answerOf(response) {
  const body = await readJson(response);
  if (response.ok) return verdictOf(body) ?? UNEXPECTED;
  return failureOf(response, body);
}

/**
 * @param {any} line Of a batch.
 * @returns {Answer}
 */
export function answerOfLine(line) {
  if (line?.status === 200) return verdictOf(line.verdict) ?? UNEXPECTED;
  return failureOfProblem(line?.status, line?.problem);
}

/**
 * A proxy in between answers with the same numbers, but never with a problem document; then
 * nothing is known about the picture.
 *
 * @param {Response} response
 * @param {any} body
 * @returns {Answer}
 */
export function failureOf(response, body) {
  const isProblem = response.headers.get('Content-Type')?.startsWith('application/problem+json');
  const failure = failureOfProblem(response.status, isProblem ? body : null);
  const afterS = Number(response.headers.get('Retry-After'));
  const isBusy = failure.state === 'unreachable' && failure.cause === 'busy';
  return isBusy && afterS > 0 ? {...failure, afterMs: afterS * 1000} : failure;
}

/**
 * @param {number} status
 * @param {any} problem
 * @returns {Answer}
 */
function failureOfProblem(status, problem) {
  const slug = String(problem?.type ?? '').replace(PROBLEM, '');
  const cause = problem && ABOUT_THE_PICTURE[slug];
  if (cause) return {state: 'unsupported', cause};
  if (status === 503 || status === 429) return {state: 'unreachable', cause: 'busy'};
  if (status === 401) return {state: 'unreachable', cause: 'key'};
  if (status === 403) return {state: 'unreachable', cause: 'forbidden'};
  return UNEXPECTED;
}

/**
 * @param {any} body
 * @returns {Verdict | null}
 */
function verdictOf(body) {
  const {id, label, fake_probability: probability, model} = body ?? {};
  if (!isLabel(label) || !isProbability(probability) || typeof model?.id !== 'string') return null;
  if (!isVerdictId(id)) return null;
  return {id, state: label, probability, model: text(model.id), ...detailsOf(body)};
}

/**
 * What a card tells beyond the verdict. What is missing or odd is left out: the verdict stands.
 *
 * @param {any} body
 */
function detailsOf(body) {
  const whole = list(body.experts).find(({name}) => name === 'whole')?.fake_probability;
  return {
    whole: isProbability(whole) ? whole : null,
    checkedAt: isDate(body.checked_at) ? body.checked_at : '',
    remembered: typeof body.cache === 'string' && body.cache !== 'miss',
    reviewed: isLabel(body.review?.label),
    width: length(body.picture?.width),
    height: length(body.picture?.height),
    faces: list(body.faces).flatMap(faceOf).slice(0, MOST_FACES),
    related: list(body.related).flatMap(relatedOf).slice(0, MOST_RELATED),
    conflict: body.conflict === true,
    claims: list(body.provenance?.claims).flatMap(claimOf).slice(0, MOST_CLAIMS),
    explained: typeof body.explanation === 'string',
  };
}

/**
 * @param {any} face
 * @returns {import('../shared/outcomes.js').Face[]}
 */
function faceOf({box, fake_probability: probability}) {
  const {left, top, width, height} = box ?? {};
  if (![left, top, width, height].every(Number.isFinite) || !isProbability(probability)) return [];
  return [{left, top, width, height, probability}];
}

/**
 * @param {any} related
 * @returns {import('../shared/outcomes.js').Related[]}
 */
function relatedOf({label, fake_probability: probability, same_picture: same}) {
  return isLabel(label) && isProbability(probability) ? [{label, probability, same: same === true}] : [];
}

/**
 * @param {any} claim
 * @returns {import('../shared/outcomes.js').Claim[]}
 */
function claimOf({standing, sentence, tool, signer, digital_source_type: kind}) {
  if (!STANDINGS.includes(standing)) return [];
  return [{standing, sentence: text(sentence), tool: text(tool), signer: text(signer), generated: GENERATED.test(text(kind))}];
}

/** @param {Response} response */
async function readJson(response) {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

/**
 * @param {unknown} value
 * @returns {any[]}
 */
function list(value) {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : [];
}

/** @param {unknown} value */
function isProbability(value) {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

/** @param {unknown} value */
function isDate(value) {
  return typeof value === 'string' && value.length < 40 && !Number.isNaN(Date.parse(value));
}

/** @param {unknown} value */
function length(value) {
  return typeof value === 'number' && value > 0 ? value : 0;
}

/** @param {unknown} value */
function text(value) {
  return typeof value === 'string' ? value.slice(0, MOST_CHARACTERS) : '';
}
