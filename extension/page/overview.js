/**
 * What the popup and the toolbar button are told of this frame, and what the popup asks for: to
 * be brought to a picture.
 *
 * @typedef {{number: number, state: string, name: string, percent: string}} Flagged A suspicious
 *   picture, in the order of the page.
 * @typedef {{frame: string, counts: import('../shared/outcomes.js').Counts, pending: number, flagged: Flagged[]}} Report
 */

import {createDamper} from '../shared/damper.js';
import {countOutcomes, isAway, isSuspicious} from '../shared/outcomes.js';
import {Orphaned, tellWorker} from './worker-link.js';

const PAUSE_MS = 250;

export class Overview {
  #frame = crypto.randomUUID();
  #watch;
  /** @type {Set<chrome.runtime.Port>} Popups that look on. */
  #popups = new Set();
  #told = '';

  /** @param {() => import('./watch.js').Watch | null} watch */
  constructor(watch) {
    this.#watch = watch;
    this.changed = createDamper(() => this.#tell(), PAUSE_MS, new AbortController().signal);
    chrome.runtime.onConnect.addListener((port) => {
      if (port.name === 'overview' && port.sender?.id === chrome.runtime.id) this.#meet(port);
    });
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
    const report = this.#report();
    for (const port of this.#popups) port.postMessage(report);
    const away = this.#outcomes().some(isAway);
    const state = {type: 'state', suspicious: report.counts.fake + report.counts.uncertain, away};
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
    const pending = outcomes.filter(({state}) => state === 'queued' || state === 'checking').length;
    const flagged = (this.#watch()?.pictures() ?? []).filter(({outcome}) => isSuspicious(outcome));
    return {
      frame: this.#frame,
      counts: countOutcomes(outcomes),
      pending,
      flagged: flagged.map(({number, name, wording, outcome}) => ({
        number, name, percent: wording.percent, state: outcome.state,
      })),
    };
  }

  #outcomes() {
    return (this.#watch()?.pictures() ?? []).map(({outcome}) => outcome);
  }
}
