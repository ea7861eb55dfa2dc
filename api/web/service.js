/** Asks the service, and reports to it. Knows HTTP and problem documents, and no page. */

import { looksOf, verdictOf } from "/extension/verdict/verdict.js";
import { credentials } from "/web/key.js";
import { text } from "/web/texts.js";

const PATIENCE_MS = 60_000;

/** Statuses of a service that answers others meanwhile, or will soon. */
const BUSY = [429, 503];

/** How long a busy service is left alone that does not say. */
const COME_BACK_MS = 5000;

/**
 * Why there is no answer, in a sentence; `again` if the same request may succeed later, `keyless`
 * if it may with another key, `unknown` if what was asked for is not there, `waitMs` if the same is
 * to be sent again by itself after so long.
 */
export class Refusal extends Error {
  constructor(sentence, again, { keyless = false, unknown = false, waitMs = 0 } = {}) {
    super(sentence);
    this.again = again;
    this.keyless = keyless;
    this.unknown = unknown;
    this.waitMs = waitMs;
  }
}

/**
 * @typedef {import("/extension/verdict/verdict.js").Verdict & {looks: object[]}} Seen a verdict with
 *   the maps of its faces
 *
 * @param {Blob | string} picture its bytes, or its address
 * @param {AbortSignal} signal
 * @returns {Promise<Seen>}
 * @throws {Refusal} and, if `signal` fired, its AbortError
 */
export async function check(picture, signal) {
  return seen(await ask("/v1/checks", { ...posting(picture), signal }));
}

/** The same with what spoke for a fake in each face, which takes as long again. Throws as `check`. */
export async function explain(picture, signal) {
  return seen(await ask("/v1/checks?explain=true", { ...posting(picture), signal }));
}

/** The verdict on a frame of what is happening now, which the service forgets. Throws as `check`. */
export async function glance(frame, signal) {
  return seen(await ask("/v1/checks?keep=false", { ...posting(frame), signal }));
}

/** @returns {Promise<object>} the check of a clip, as far as it is. Throws as `check`. */
export async function sendClip(clip, signal) {
  // Half a gigabyte takes its time: no patience but the person's.
  return await ask("/v1/videos", { ...posting(clip, "video/mp4"), signal, patience: null });
}

/** How far the check of a clip is, or what came of it. */
export async function clip(id, signal) {
  return await ask(`/v1/videos/${encodeURIComponent(id)}`, { signal });
}

/** Stops the check of a clip; what came of one that has ended is forgotten. */
export async function cancelClip(id) {
  return await ask(`/v1/videos/${encodeURIComponent(id)}`, { method: "DELETE" });
}

/**
 * What the service tells of a clip as it goes along, to the end.
 *
 * Not an EventSource: that could not send a key.
 *
 * @yields {object} `check` and the `moments` since the last time
 * @throws {Refusal} also where the line breaks
 */
export async function* followClip(id, signal) {
  const response = await send(`/v1/videos/${encodeURIComponent(id)}/events`, { signal, patience: null });
  if (!response.ok) throw await refusalOf(response, signal);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read().catch((error) => {
      signal?.throwIfAborted();
      throw unreached(error);
    });
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event);
      if (data) yield JSON.parse(data[1]);
    }
  }
}

export async function verdict(id) {
  return seen(await ask(`/v1/verdicts/${encodeURIComponent(id)}`));
}

/** @returns {Promise<string>} the service's figures, as Prometheus reads them */
export async function metrics() {
  const response = await send("/metrics");
  if (!response.ok) throw await refusalOf(response);
  return await response.text();
}

export async function reviewQueue(cursor) {
  const page = await ask(`/v1/reviews/queue?limit=50${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
  return { ...page, items: page.items.map((item) => ({ ...item, verdict: seen(item.verdict) })) };
}

/** Say what the picture of a verdict is. */
export async function review(id, label) {
  await ask(`/v1/verdicts/${encodeURIComponent(id)}/reviews`, json({ label }));
}

/**
 * Say that a verdict is wrong.
 *
 * @param {import("/extension/verdict/report-form.js").Content} content
 * @returns {Promise<true>}
 * @throws {Refusal}
 */
export async function report({ verdict, expected, note }) {
  await ask(`/v1/verdicts/${encodeURIComponent(verdict)}/reports`, json({ expected, note }));
  return true;
}

function seen(body) {
  const verdict = verdictOf(body);
  if (!verdict) throw new Refusal(text("unreadable"), false);
  return { ...verdict, looks: looksOf(body) };
}

function json(value) {
  return { method: "POST", body: JSON.stringify(value), type: "application/json" };
}

/** A file goes as what it holds: sent as JSON, one that holds an address would have that fetched. */
function posting(what, fallback = "application/octet-stream") {
  if (typeof what === "string") return json({ url: what });
  return { method: "POST", body: what, type: /^(image|video)\//.test(what.type) ? what.type : fallback };
}

async function ask(place, options = {}) {
  const response = await send(place, options);
  if (!response.ok) throw await refusalOf(response, options.signal);
  const answer = await read(response, options.signal);
  if (answer) return answer;
  throw new Refusal(text("no_reason", response.status), true);
}

async function refusalOf(response, signal) {
  const answer = await read(response, signal);
  return new Refusal(
    answer?.detail || answer?.title || text("no_reason", response.status),
    response.status >= 500 || response.status === 429,
    {
      keyless: response.status === 401 || (response.status === 403 && Boolean(credentials().Authorization)),
      unknown: response.status === 404,
      waitMs: BUSY.includes(response.status) ? waitOf(response.headers.get("Retry-After")) : 0,
    },
  );
}

/** Milliseconds that a Retry-After asks for, in seconds or as a date. */
function waitOf(told) {
  const wait = /^\d+$/.test(told ?? "") ? 1000 * Number(told) : Date.parse(told ?? "") - Date.now();
  return wait > 0 ? wait : COME_BACK_MS;
}

async function send(place, { method, body, type, signal, patience = PATIENCE_MS } = {}) {
  const signals = [signal, patience && AbortSignal.timeout(patience)].filter(Boolean);
  try {
    return await fetch(place, {
      method,
      headers: { ...(type ? { "Content-Type": type } : {}), ...credentials() },
      body,
      signal: AbortSignal.any(signals),
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw unreached(error);
  }
}

async function read(response, signal) {
  try {
    return await response.json();
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof SyntaxError) return null;
    throw unreached(error);
  }
}

function unreached(error) {
  return new Refusal(text(error.name === "TimeoutError" ? "too_slow" : "no_answer"), true);
}
