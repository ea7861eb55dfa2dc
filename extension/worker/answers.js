/**
 * What the service's answer about one picture means: as a response of its own, or a line of many.
 *
 * Everything that is not wholly a verdict becomes a failure: better no badge than a wrong one.
 *
 * @typedef {import('../shared/outcomes.js').Answer} Answer
 */

import {mayPass} from '../shared/outcomes.js';
import {verdictOf} from '../verdict/verdict.js';

/** @type {Answer} */
const UNEXPECTED = {state: 'unreachable', cause: 'unexpected'};

/** @type {Answer} */
const AWAY = {state: 'unreachable', cause: 'network'};

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

/** Which a proxy answers with while there is no service behind it, or something before it breaks. */
const NOBODY_BEHIND = [500, 502, 503, 504];

/** No pause of a browser can be longer than 25 days. */
const MOST_PAUSE_S = 24 * 60 * 60;

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
  const {status, headers} = response;
  const isProblem = headers.get('Content-Type')?.startsWith('application/problem+json') === true;
  const failure = !isProblem && NOBODY_BEHIND.includes(status) ? AWAY : failureOfProblem(status, isProblem ? body : null);
  const afterS = Math.min(Number(headers.get('Retry-After')), MOST_PAUSE_S);
  return failure.state === 'unreachable' && mayPass(failure) && afterS > 0 ? {...failure, afterMs: afterS * 1000} : failure;
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
