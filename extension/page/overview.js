//# allFunctionsCalledOnLoad
/**
 * What the popup and the toolbar button are told of this frame, and what the popup asks for: to
 * be brought to a picture.
 *
 * @typedef {{frame: string, counts: import('../shared/outcomes.js').Counts, pending: number,
 *   flagged: import('./findings.js').Flagged[]}} Report
 */

import {createDamper} from '../shared/damper.js';
import {countOutcomes, isAway, isPending} from '../shared/outcomes.js';
import {Orphaned, tellWorker} from './worker-link.js';

const PAUSE_MS = 250;

export class Overview {
  #frame = crypto.randomUUID();
  #watch;
  /** @type {Set<chrome.runtime.Port>} Popups that look on. */
  #popups = new Set();
  #told = '';
  #isGone = false;

  /** @param {() => import('./watch.js').Watch | null} watch */
  constructor(watch) {
    this.#watch = watch;
    this.changed = createDamper(() => this.#tell(), PAUSE_MS, new AbortController().signal);
    chrome.runtime.onConnect.addListener((port) => {
      if (port.name === 'overview' && port.sender?.id === chrome.runtime.id) this.#meet(port);
    });
  }

  /** The worker has forgotten what it was told. */
  tellAgain() {
    this.#told = '';
    this.changed();
  }

  /** The frame is gone, or put aside: nothing of it counts until it tells again. */
  leave() {
    this.#isGone = true;
    this.#tell();
    this.#isGone = false;
  }

  /** @param {chrome.runtime.Port} port */
  #meet(port) {
    this.#popups.add(port);
    port.onDisconnect.addListener(() => this.#popups.delete(port));
    port.onMessage.addListener(({frame, show}) => {
      if (frame === this.#frame) this.#watch()?.bringTo(show);
    });
    port.postMessage(this.#report());
  }

  #tell() {
    for (const port of this.#popups) port.postMessage(this.#report());
    const outcomes = this.#outcomes();
    const {fake, uncertain} = countOutcomes(outcomes);
    const state = {type: 'state', frame: this.#frame, suspicious: fake + uncertain, away: outcomes.some(isAway)};
    const told = JSON.stringify(state);
    if (told === this.#told) return;
    this.#told = told;
    tellWorker(state).catch((error) => {
      if (!(error instanceof Orphaned)) throw error;
    });
  }

  /** @returns {Report} */
  #report() {
    const outcomes = this.#outcomes();
    const pending = outcomes.filter(isPending).length;
    return {
      frame: this.#frame,
      counts: countOutcomes(outcomes),
      pending,
      flagged: this.#findings()?.flagged() ?? [],
    };
  }

  #outcomes() {
    return this.#findings()?.outcomes() ?? [];
  }

  #findings() {
    return this.#isGone ? null : this.#watch()?.findings;
  }
}
