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
 * @param {string} key Empty for none.
 * @param {import('./originals.js').Original} original
 * @param {typeof fetch} [send]
 * @returns {Promise<Answer>}
 */
export async function askVerdict(service, key, original, send = fetch) {
  try {
    return await answerOf(await post(`${service}/v1/checks`, key, contentOf(original), send));
  } catch {
    return {state: 'unreachable', cause: 'network'};
  }
}

/**
 * Tells the service that a verdict is wrong.
 *
 * @param {string} service
 * @param {string} key Empty for none.
 * @param {string} verdict Its id.
 * @param {typeof fetch} [send]
 * @returns {Promise<boolean>} Whether it was taken.
 */
export async function sendReport(service, key, verdict, send = fetch) {
  try {
    return (await post(`${service}/v1/verdicts/${verdict}/reports`, key, jsonOf({}), send)).ok;
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
 * Whether this service would check pictures for whoever has this key: asked with a request that
 * names no picture, which it refuses as such only if it would have taken one.
 *
 * @param {string} service
 * @param {string} key Empty for none.
 * @param {typeof fetch} [send]
 * @returns {Promise<import('../shared/outcomes.js').Admission>}
 */
export async function askAdmission(service, key, send = fetch) {
  try {
    const {status} = await post(`${service}/v1/checks`, key, jsonOf({}), send);
    if (status === 401) return key ? 'key-refused' : 'key-needed';
    return status === 403 ? 'key-lacks-scope' : 'admitted';
  } catch {
    return 'admitted';
  }
}

/**
 * @param {string} url
 * @param {string} key
 * @param {{headers: Record<string, string>, body: BodyInit}} content
 * @param {typeof fetch} send
 */
function post(url, key, {headers, body}, send) {
  return send(url, {
    method: 'POST',
    headers: key ? {...headers, Authorization: `Bearer ${key}`} : headers,
    body,
    credentials: 'omit',
    cache: 'no-store',
    signal: AbortSignal.timeout(CHECK_DEADLINE_MS),
  });
}

/** @param {unknown} body */
function jsonOf(body) {
  return {headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)};
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
    return jsonOf({url: original.url});
  }
  const type = original.blob.type.startsWith('image/') ? original.blob.type : 'image/unknown';
  return {headers: {'Content-Type': type}, body: original.blob};
}
