/**
 * The reason behind one badge, shown beside it when it is pressed. One at a time.
 *
 * Closes on Escape, on a press elsewhere, on a second press of the badge, and with the badge.
 */

import {isVerdict} from '../shared/outcomes.js';
import {placePopover} from './placement.js';

/**
 * @typedef {import('./badge.js').Badge} Badge
 * @typedef {(verdict: string) => Promise<boolean | null>} Report Tells that a verdict is wrong; true
 *   where that was taken.
 */

export class Popover {
  #element = document.createElement('div');
  #heading = document.createElement('strong');
  #reason = document.createElement('p');
  #wrong = document.createElement('button');
  #told = document.createElement('p');
  #report;
  /** @type {Badge | null} */
  #badge = null;
  /** @type {Badge['wording'] | null} What is written in it now. */
  #written = null;

  /**
   * @param {ShadowRoot} root
   * @param {Report} report
   * @param {AbortSignal} signal
   */
  constructor(root, report, signal) {
    this.#report = report;
    this.#element.className = 'popover';
    this.#element.hidden = true;
    const said = document.createElement('div');
    said.setAttribute('role', 'status');
    said.append(this.#heading, this.#reason, this.#told);
    this.#wrong.type = 'button';
    this.#wrong.className = 'wrong';
    this.#wrong.textContent = chrome.i18n.getMessage('report');
    this.#wrong.addEventListener('click', () => this.#send());
    this.#element.append(said, this.#wrong);
    root.append(this.#element);
    const {host} = root;
    document.addEventListener('pointerdown', (event) => {
      if (!event.composedPath().includes(host)) this.#close();
    }, {capture: true, signal});
    document.addEventListener('keydown', (event) => this.#onKey(event), {capture: true, signal});
  }

  /** @param {Badge} badge */
  toggle(badge) {
    const again = this.#badge === badge;
    this.#close();
    if (again) return;
    this.#badge = badge;
    badge.element.setAttribute('aria-expanded', 'true');
    this.#element.hidden = false;
    this.follow();
  }

  /** @param {Badge} badge */
  closeFor(badge) {
    if (this.#badge === badge) this.#close();
  }

  /** Stays with its badge, and says what the badge says by now. */
  follow() {
    if (!this.#badge) return;
    if (!this.#badge.place) return this.#close();
    if (this.#written !== this.#badge.wording) this.#write(this.#badge);
    const size = {width: this.#element.offsetWidth, height: this.#element.offsetHeight};
    const {x, y} = placePopover(this.#badge.place, size, {width: innerWidth, height: innerHeight});
    this.#element.style.transform = `translate(${x}px, ${y}px)`;
  }

  /** @param {Badge} badge */
  #write({outcome, wording}) {
    this.#heading.textContent = `${wording.title} ${wording.percent}`.trim();
    this.#reason.textContent = wording.reason || wording.sentence;
    this.#element.dataset['state'] = outcome.state;
    this.#wrong.hidden = !isVerdict(outcome);
    this.#told.textContent = '';
    this.#written = wording;
  }

  async #send() {
    const badge = this.#badge;
    if (!badge || !isVerdict(badge.outcome)) return;
    this.#wrong.disabled = true;
    const taken = await this.#report(badge.outcome.id);
    this.#wrong.disabled = false;
    // Another badge may have been pressed meanwhile.
    if (this.#badge !== badge) return;
    const {getMessage} = chrome.i18n;
    this.#told.textContent = taken ? getMessage('report_taken') : getMessage('report_failed');
    this.#wrong.hidden = taken === true;
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key !== 'Escape' || !this.#badge) return;
    // The page must not close a dialog of its own over this.
    event.stopPropagation();
    this.#close();
  }

  #close() {
    this.#badge?.element.setAttribute('aria-expanded', 'false');
    this.#badge = null;
    this.#written = null;
    this.#element.hidden = true;
  }
}
