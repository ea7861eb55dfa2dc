/**
 * What the service's answer about one picture means: as a response of its own, or a line of many.
 *
 * Everything that is not wholly a verdict becomes a failure: better no badge than a wrong one.
 *
 * @typedef {import('../shared/outcomes.js').Answer} Answer
 */

import {verdictOf} from '../verdict/verdict.js';

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
  // Whoever says it, a proxy too: the picture does not get through.
  if (status === 413) return {state: 'unsupported', cause: 'too-large'};
  if (status === 503 || status === 429) return {state: 'unreachable', cause: 'busy'};
  if (status === 401) return {state: 'unreachable', cause: 'key'};
  if (status === 403) return {state: 'unreachable', cause: 'forbidden'};
  return UNEXPECTED;
}

/** @param {Response} response */
async function readJson(response) {
  try {
    return await response.json();
  } catch {
    return null;
  }
}
