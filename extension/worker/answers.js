/**
 * What an HTTP response of the service means for a picture.
 *
 * Everything that is not wholly a verdict becomes a failure: better no badge than a wrong one.
 *
 * @typedef {import('../shared/outcomes.js').Answer} Answer
 */

import {isLabel, isVerdictId} from '../shared/outcomes.js';

/** The picture is at fault, or the site that holds it: asking again would not help. */
const ABOUT_THE_PICTURE = new Set([400, 413, 415, 422, 502, 504]);
const TOO_BUSY = 503;
const NOT_ALLOWED = new Set([401, 403]);

/** Text goes into tooltips and session storage; a sentence fits well within this. */
const MOST_CHARACTERS = 600;

/**
 * @param {Response} response
 * @returns {Promise<Answer>}
 */
export async function answerOf(response) {
  const body = await readJson(response);
  if (response.ok) return verdictOf(body) ?? {state: 'unreachable', cause: 'unexpected'};
  return failureOf(response, body);
}

/**
 * @param {any} body
 * @returns {import('../shared/outcomes.js').Verdict | null}
 */
function verdictOf(body) {
  const {id, label, fake_probability: probability, reason, model} = body ?? {};
  if (!isLabel(label) || !isProbability(probability) || typeof model?.id !== 'string') return null;
  if (!isVerdictId(id)) return null;
  return {id, state: label, probability, reason: text(reason) ?? '', model: model.id};
}

/**
 * A proxy in between answers with the same numbers, but never with a problem document; then
 * nothing is known about the picture.
 *
 * @param {Response} response
 * @param {any} body
 * @returns {Answer}
 */
function failureOf(response, body) {
  const isProblem = response.headers.get('Content-Type')?.startsWith('application/problem+json');
  const reason = isProblem ? text(body?.detail) : undefined;
  const said = reason === undefined ? {} : {reason};
  if (isProblem && ABOUT_THE_PICTURE.has(response.status)) {
    return {state: 'unsupported', cause: 'refused-by-service', ...said};
  }
  if (response.status === TOO_BUSY) return {state: 'unreachable', cause: 'busy'};
  if (NOT_ALLOWED.has(response.status)) return {state: 'unreachable', cause: 'forbidden', ...said};
  return {state: 'unreachable', cause: 'unexpected', ...said};
}

/** @param {Response} response */
async function readJson(response) {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

/** @param {unknown} value */
function isProbability(value) {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

/**
 * @param {unknown} value
 * @returns {string | undefined}
 */
function text(value) {
  return typeof value === 'string' && value ? value.slice(0, MOST_CHARACTERS) : undefined;
}
