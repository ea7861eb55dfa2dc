/** A line to the worker for the frames of one run through a video, one question at a time. */

import {Orphaned} from './worker-link.js';

/** @typedef {import('../shared/outcomes.js').Answer} Answer */

/** @type {Answer} */
const LOST = {state: 'unreachable', cause: 'network'};

export class FrameLine {
  /** @type {chrome.runtime.Port | null} */
  #port = null;
  /** @type {((answer: Answer) => void) | null} */
  #settle = null;
  #signal;

  /** @param {AbortSignal} signal Hangs up; what was asked is lost then. */
  constructor(signal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#hangUp());
  }

  /**
   * @param {{dataUrl: string} | {area: import('../worker/live.js').Area}} content
   * @returns {Promise<Answer>}
   */
  ask(content) {
    const port = this.#open();
    return new Promise((resolve) => {
      this.#settle = resolve;
      port.postMessage(content);
    });
  }

  #open() {
    if (this.#port) return this.#port;
    if (!chrome.runtime?.id) throw new Orphaned();
    const port = chrome.runtime.connect({name: 'live'});
    port.onMessage.addListener((answer) => {
      this.#settle?.(answer);
      this.#settle = null;
    });
    port.onDisconnect.addListener(() => {
      if (this.#port === port) this.#lose();
    });
    // Where the page is put aside, the browser cuts the line and never tells.
    addEventListener('pagehide', () => this.#hangUp(), {signal: this.#signal});
    this.#port = port;
    return port;
  }

  #hangUp() {
    this.#port?.disconnect();
    this.#lose();
  }

  #lose() {
    this.#port = null;
    this.#settle?.(LOST);
    this.#settle = null;
  }
}
