//# allFunctionsCalledOnLoad
/**
 * Talking to the worker.
 *
 * The worker may be ended by the browser in the middle of an answer; a lost answer reads as null
 * and is the caller's to repeat. When the extension itself was updated or removed, this script has
 * lost its worker for good, and `Orphaned` is thrown so that the page can be tidied.
 *
 * @typedef {import('../shared/outcomes.js').Answer} Answer
 * @typedef {import('../shared/outcomes.js').PictureSource} PictureSource
 */

import {readInPage} from './source.js';

/** An open line keeps the worker from its rest. */
const HANG_UP_MS = 5_000;

export class Orphaned extends Error {}

/**
 * @param {{type: string, [more: string]: unknown}} message
 * @returns {Promise<any>}
 */
export async function tellWorker(message) {
  try {
    return (await chrome.runtime.sendMessage(message)) ?? null;
  } catch {
    if (!chrome.runtime?.id) throw new Orphaned();
    return null;
  }
}

/** A line to the worker, held while it has questions to answer. Hanging up withdraws them all. */
export class Line {
  /** @type {chrome.runtime.Port | null} */
  #port = null;
  /** @type {Map<number, (answer: Answer | null) => void>} */
  #waiting = new Map();
  #latest = 0;
  /** @type {object[]} Questions of this very moment, which travel together. */
  #asks = [];
  #signal;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #silence;

  /** @param {AbortSignal} signal Hangs up. */
  constructor(signal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.hangUp());
  }

  /**
   * @param {PictureSource} picture
   * @param {import('./asking.js').Doubts} doubts
   * @returns {Promise<Answer | null>}
   */
  async ask(picture, doubts) {
    if (this.#signal.aborted) return null;
    this.#open();
    clearTimeout(this.#silence);
    this.#latest += 1;
    const ask = this.#latest;
    const answered = new Promise((resolve) => this.#waiting.set(ask, resolve));
    const question = {ask, picture, ...doubts};
    // Two that carry their bytes may be more than one message holds.
    if ('dataUrl' in picture) this.#send([question]);
    else this.#collect(question);
    return answered;
  }

  /** @param {object} question */
  #collect(question) {
    if (this.#asks.length === 0) queueMicrotask(() => this.#send(this.#asks.splice(0)));
    this.#asks.push(question);
  }

  /** @param {object[]} asks */
  #send(asks) {
    try {
      this.#port?.postMessage({asks});
    } catch {
      // Closed by the browser, as when the page was put aside, and not told of yet.
      this.hangUp();
    }
  }

  #open() {
    if (this.#port) return;
    if (!chrome.runtime?.id) throw new Orphaned();
    const port = chrome.runtime.connect({name: 'checks'});
    port.onMessage.addListener((message) => this.#hear(port, message));
    port.onDisconnect.addListener(() => {
      if (this.#port === port) this.hangUp();
    });
    this.#port = port;
  }

  /**
   * @param {chrome.runtime.Port} port
   * @param {any} message
   */
  async #hear(port, message) {
    if (message.read !== undefined) {
      const dataUrl = await readInPage(message.url);
      if (this.#port === port) port.postMessage({read: message.read, dataUrl});
      return;
    }
    this.#waiting.get(message.answered)?.(message.answer);
    this.#waiting.delete(message.answered);
    if (this.#waiting.size === 0) this.#silence = setTimeout(() => this.hangUp(), HANG_UP_MS);
  }

  /** Takes all questions back; the next opens another line. */
  hangUp() {
    clearTimeout(this.#silence);
    this.#port?.disconnect();
    this.#port = null;
    for (const settle of this.#waiting.values()) settle(null);
    this.#waiting.clear();
    this.#asks = [];
  }
}
