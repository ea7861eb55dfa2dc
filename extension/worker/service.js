/**
 * The service's HTTP interface, and nothing of what its answers mean.
 *
 * @typedef {import('../shared/outcomes.js').Answer} Answer
 * @typedef {import('../shared/outcomes.js').HealthReport} HealthReport
 * @typedef {import('./originals.js').Original} Original
 *
 * @typedef {{address: string, key: string}} Service Where it is, and what it wants to see.
 */

import {answerOf, answerOfLine, failureOf} from './answers.js';
import {linesOf} from './lines.js';

/** The browser ends a worker whose fetch takes 30 s to begin to answer. */
const BEGIN_MS = 25_000;

/** Between two lines of a batch: a picture may wait for the pictures of others. */
const LINE_MS = 60_000;
const HEALTH_MS = 3_000;

/** A heat map is small; more than this is something else. */
const MOST_MAP_BYTES = 4 * 1024 * 1024;
const MAP_MS = 15_000;

/** The body of a request. */
const TOO_LARGE = 413;

/** @type {Answer} */
const LOST = {state: 'unreachable', cause: 'network'};

/**
 * Has pictures judged in one request; each answer is told as soon as it is there.
 *
 * @param {Service} service
 * @param {Original[]} originals All with bytes, or all without.
 * @param {(index: number, answer: Answer) => void} tell Called once for each.
 * @param {AbortSignal} signal
 * @param {typeof fetch} [send]
 * @returns {Promise<void>}
 */
export async function askVerdicts(service, originals, tell, signal, send = fetch) {
  const missing = new Set(originals.keys());
  const settle = (/** @type {number} */ index, /** @type {Answer} */ answer) => {
    if (missing.delete(index)) tell(index, answer);
  };
  let rest = LOST;
  try {
    const response = await begin(service, '/v1/checks/batch', bodyOf(originals), signal, send);
    if (response.status === TOO_LARGE && originals.length > 1) return await askHalves(service, originals, tell, signal, send);
    if (response.ok) for await (const line of linesOf(response, LINE_MS)) settle(line?.index, answerOfLine(line));
    else rest = failureOf(response, await response.json().catch(() => null));
  } catch {
    // The connection broke, or nothing came any more: what has no answer yet is lost.
  }
  for (const index of missing) tell(index, rest);
}

/**
 * For a service, or a proxy before it, that takes less at once. One after the other: what is too
 * much for it is not sent to it side by side.
 *
 * @type {typeof askVerdicts}
 */
async function askHalves(service, originals, tell, signal, send) {
  const half = Math.ceil(originals.length / 2);
  await askVerdicts(service, originals.slice(0, half), tell, signal, send);
  await askVerdicts(service, originals.slice(half), (index, answer) => tell(half + index, answer), signal, send);
}

/**
 * Has one picture judged anew, whatever the service remembers of it.
 *
 * @param {Service} service
 * @param {Original} original
 * @param {AbortSignal} signal
 * @param {typeof fetch} [send]
 * @returns {Promise<Answer>}
 */
export async function askAnew(service, original, signal, send = fetch) {
  try {
    return await answerOf(await begin(service, '/v1/checks?fresh=true', bodyOfOne(original), signal, send));
  } catch {
    return LOST;
  }
}

/**
 * Has a frame of what is happening now judged, or a picture of a private window; the service forgets it.
 *
 * @param {Service} service
 * @param {Blob} frame
 * @param {AbortSignal} signal
 * @param {typeof fetch} [send]
 * @returns {Promise<Answer>}
 */
export async function askGlance(service, frame, signal, send = fetch) {
  try {
    return await answerOf(await begin(service, '/v1/checks?keep=false', bodyOfOne({blob: frame}), signal, send));
  } catch {
    return LOST;
  }
}

/**
 * Tells the service that a verdict is wrong.
 *
 * @param {Service} service
 * @param {{verdict: string, expected: import('../shared/outcomes.js').Label | null, note: string}} report
 * @param {typeof fetch} [send]
 * @returns {Promise<boolean>} Whether it was taken.
 */
export async function sendReport(service, {verdict, expected, note}, send = fetch) {
  try {
    const body = json({note, ...(expected && {expected})});
    const path = `/v1/verdicts/${verdict}/reports`;
    const response = await begin(service, path, body, new AbortController().signal, send);
    return response.ok;
  } catch {
    return false;
  }
}

/**
 * What the model looked at to come to a verdict.
 *
 * @param {Service} service
 * @param {string} verdict Its id.
 * @param {typeof fetch} [send]
 * @returns {Promise<Blob | null>} A PNG in the shape of the picture; null where there is none.
 */
export async function askExplanation(service, verdict, send = fetch) {
  try {
    const response = await send(`${service.address}/v1/verdicts/${verdict}/explanation.png`, {
      headers: headersOf(service), credentials: 'omit', signal: AbortSignal.timeout(MAP_MS),
    });
    const map = response.ok && response.headers.get('Content-Type')?.startsWith('image/png') ? await response.blob() : null;
    return map && map.size <= MOST_MAP_BYTES ? map : null;
  } catch {
    return null;
  }
}

/**
 * @param {Service} service
 * @param {typeof fetch} [send]
 * @returns {Promise<HealthReport>}
 */
export async function askHealth(service, send = fetch) {
  const options = {headers: headersOf(service), credentials: /** @type {const} */ ('omit'), cache: /** @type {const} */ ('no-store')};
  try {
    const ready = await send(`${service.address}/health/ready`, {...options, signal: AbortSignal.timeout(HEALTH_MS)});
    return await readinessOf(ready);
  } catch {
    return {health: 'unreachable'};
  }
}

/**
 * Whether this service would check pictures for whoever has this key: asked with a request that
 * names no picture, which it refuses as such only if it would have taken one.
 *
 * @param {Service} service
 * @param {typeof fetch} [send]
 * @returns {Promise<import('../shared/outcomes.js').Health>}
 */
export async function askAdmission(service, send = fetch) {
  try {
    const {status} = await begin(service, '/v1/checks', json({}), new AbortController().signal, send);
    if (status === 401) return service.key ? 'key-refused' : 'key-needed';
    if (status >= 500) return 'unreachable';
    return status === 403 ? 'key-lacks-scope' : 'connected';
  } catch {
    return 'unreachable';
  }
}

/**
 * @param {Response} response
 * @returns {Promise<HealthReport>}
 */
async function readinessOf(response) {
  const body = await response.json().catch(() => null);
  if (response.ok && typeof body?.model?.id === 'string') return {health: 'connected', model: body.model.id};
  if (response.status === 403) return {health: 'forbidden'};
  if (String(body?.type).startsWith('urn:candor:')) return {health: 'not-ready'};
  // A proxy, whatever may be behind it.
  return {health: response.status >= 500 ? 'unreachable' : 'not-candor'};
}

/**
 * @param {Service} service
 * @param {string} path
 * @param {{headers: Record<string, string>, body: BodyInit}} content
 * @param {AbortSignal} signal Ends also what follows the beginning of the answer.
 * @param {typeof fetch} send
 */
async function begin(service, path, {headers, body}, signal, send) {
  const overdue = new AbortController();
  const timer = setTimeout(() => overdue.abort(), BEGIN_MS);
  try {
    return await send(service.address + path, {
      method: 'POST',
      headers: {...headers, ...headersOf(service)},
      body,
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.any([signal, overdue.signal]),
    });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {Service} service
 * @returns {Record<string, string>}
 */
function headersOf({key}) {
  return key ? {Authorization: `Bearer ${key}`} : {};
}

/** @param {unknown} content */
function json(content) {
  return {headers: {'Content-Type': 'application/json'}, body: JSON.stringify(content)};
}

/** @param {Original[]} originals */
function bodyOf(originals) {
  const items = originals.flatMap((original) => ('url' in original ? {url: original.url} : []));
  if (items.length > 0) return json({items});
  const form = new FormData();
  // Without a name, which the service would write down each time.
  for (const original of originals) if ('blob' in original) form.append('image', original.blob);
  return {headers: {}, body: form};
}

/**
 * Sites name pictures wrongly or not at all. The service goes by the bytes and wants only to be
 * told that they are a picture.
 *
 * @param {{blob: Blob} | {url: string}} original
 */
function bodyOfOne(original) {
  if ('url' in original) return json({url: original.url});
  const type = original.blob.type.startsWith('image/') ? original.blob.type : 'image/unknown';
  return {headers: {'Content-Type': type}, body: original.blob};
}
