/** Asks the service, and reports to it. Knows HTTP and problem documents, and no page. */

import { credentials } from "/web/key.js";

const PATIENCE_MS = 60_000;

/**
 * Why there is no verdict, in a sentence; `again` if the same request may succeed later, `keyless`
 * if it may with a key.
 */
export class Refusal extends Error {
  constructor(sentence, again, keyless = false) {
    super(sentence);
    this.again = again;
    this.keyless = keyless;
  }
}

/**
 * @param {Blob | string} picture its bytes, or its address
 * @param {AbortSignal} signal
 * @returns {Promise<object>} the verdict
 * @throws {Refusal} and, if `signal` fired, its AbortError
 */
export async function check(picture, signal) {
  const [body, type] =
    typeof picture === "string"
      ? [JSON.stringify({ url: picture }), "application/json"]
      : [picture, picture.type || "application/octet-stream"];
  return await ask("/v1/checks", body, type, signal);
}

/**
 * Say that a verdict is wrong.
 *
 * @param {string} id the verdict's
 * @param {string | null} expected the label that it should have had, if known
 * @param {string} note
 * @throws {Refusal}
 */
export async function report(id, expected, note) {
  const body = JSON.stringify({ expected, note });
  const place = `/v1/verdicts/${encodeURIComponent(id)}/reports`;
  await ask(place, body, "application/json", new AbortController().signal);
}

async function ask(place, body, type, signal) {
  const response = await send(place, body, type, signal);
  const answer = await read(response, signal);
  if (response.ok && answer) return answer;
  const sentence = answer?.detail || answer?.title;
  throw new Refusal(
    sentence || `The service answered with status ${response.status} and no reason. Try again.`,
    response.status >= 500 || response.status === 429,
    response.status === 401,
  );
}

async function send(place, body, type, signal) {
  try {
    return await fetch(place, {
      method: "POST",
      headers: { "Content-Type": type, Accept: "application/json", ...credentials() },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
    });
  } catch (error) {
    signal.throwIfAborted();
    throw unreached(error);
  }
}

async function read(response, signal) {
  try {
    return await response.json();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SyntaxError) return null;
    throw unreached(error);
  }
}

function unreached(error) {
  const sentence =
    error.name === "TimeoutError"
      ? "The service took longer than a minute. Try again, or try a smaller picture."
      : "No answer came. See that the service is running, or try a smaller picture.";
  return new Refusal(sentence, true);
}
