/**
 * The service's HTTP interface, and nothing of what its answers mean.
 *
 * @typedef {import('../shared/outcomes.js').Answer} Answer
 * @typedef {import('../shared/outcomes.js').HealthReport} HealthReport
 */

import {answerOf} from './answers.js';

/** The browser ends a worker whose fetch takes 30 s. */
const CHECK_DEADLINE_MS = 25_000;
const HEALTH_DEADLINE_MS = 3_000;

/**
 * @param {string} service
 * @param {import('./originals.js').Original} original
 * @param {typeof fetch} [send]
 * @returns {Promise<Answer>}
 */
export async function askVerdict(service, original, send = fetch) {
  try {
    const response = await send(`${service}/v1/checks`, {
      method: 'POST',
      ...contentOf(original),
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(CHECK_DEADLINE_MS),
    });
    return await answerOf(response);
  } catch {
    return {state: 'unreachable', cause: 'network'};
  }
}

/**
 * Tells the service that a verdict is wrong.
 *
 * @param {string} service
 * @param {string} verdict Its id.
 * @param {typeof fetch} [send]
 * @returns {Promise<boolean>} Whether it was taken.
 */
export async function sendReport(service, verdict, send = fetch) {
  try {
    const response = await send(`${service}/v1/verdicts/${verdict}/reports`, {
      method: 'POST',
      headers: {'Content-Type': 'application/json'},
      body: '{}',
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(CHECK_DEADLINE_MS),
    });
    return response.ok;
  } catch {
    return false;
  }
}

/**
 * @param {string} service
 * @param {typeof fetch} [send]
 * @returns {Promise<HealthReport>} Not ready also where something else than Candor answers.
 */
export async function askHealth(service, send = fetch) {
  try {
    const response = await send(`${service}/health/ready`, {
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(HEALTH_DEADLINE_MS),
    });
    return response.ok ? await readinessOf(response) : {health: 'not-ready'};
  } catch {
    return {health: 'unreachable'};
  }
}

/**
 * @param {Response} response
 * @returns {Promise<HealthReport>}
 */
async function readinessOf(response) {
  const body = await response.json().catch(() => null);
  const model = body?.model?.id;
  return typeof model === 'string' ? {health: 'connected', model} : {health: 'not-ready'};
}

/**
 * Sites name pictures wrongly or not at all. The service goes by the bytes and wants only to be
 * told that they are a picture.
 *
 * @param {import('./originals.js').Original} original
 */
function contentOf(original) {
  if ('url' in original) {
    return {headers: {'Content-Type': 'application/json'}, body: JSON.stringify({url: original.url})};
  }
  const type = original.blob.type.startsWith('image/') ? original.blob.type : 'image/unknown';
  return {headers: {'Content-Type': type}, body: original.blob};
}
