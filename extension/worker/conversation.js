/**
 * What one page and the worker say to each other while pictures are being checked.
 *
 *     page ──{asks: [{ask, picture, …}]}──▶ worker
 *     page ◀──{read, url}─────────────────── worker   where the worker itself cannot get the bytes
 *     page ──{read, dataUrl}───────────────▶ worker
 *     page ◀──{answered, answer}──────────── worker
 *
 * A page that goes hangs up, and then nothing is done for it any more.
 */

import {isAsk, isAsks, isRead} from './messages.js';

/** A page that is frozen in the background never answers. */
const READ_MS = 20_000;

/**
 * @param {chrome.runtime.Port} port
 * @param {(ask: import('./messages.js').Ask, readInPage: (url: string) => Promise<string | null>, signal: AbortSignal) => Promise<import('../shared/outcomes.js').Answer>} check
 */
export function converse(port, check) {
  const gone = new AbortController();
  /** @type {Map<number, (dataUrl: string | null) => void>} */
  const readings = new Map();
  let latest = 0;

  /** @param {string} url */
  function readInPage(url) {
    return /** @type {Promise<string | null>} */ (new Promise((resolve) => {
      if (gone.signal.aborted) return resolve(null);
      latest += 1;
      const number = latest;
      const timer = setTimeout(() => settle(null), READ_MS);
      const settle = (/** @type {string | null} */ dataUrl) => {
        clearTimeout(timer);
        readings.delete(number);
        resolve(dataUrl);
      };
      readings.set(number, settle);
      port.postMessage({read: number, url});
    }));
  }

  /** @param {import('./messages.js').Ask} ask */
  async function answer(ask) {
    try {
      const found = await check(ask, readInPage, gone.signal);
      if (!gone.signal.aborted) port.postMessage({answered: ask.ask, answer: found});
    } catch (error) {
      if (gone.signal.aborted) return;
      console.error(error);
      port.postMessage({answered: ask.ask, answer: null});
    }
  }

  port.onMessage.addListener((message) => {
    if (isAsks(message)) message.asks.filter(isAsk).forEach(answer);
    else if (isRead(message)) readings.get(message.read)?.(message.dataUrl);
  });
  port.onDisconnect.addListener(() => {
    gone.abort();
    for (const settle of readings.values()) settle(null);
  });
}
