/**
 * What was found on the page, told by each of its frames as it changes: how many pictures got
 * which answer, and the suspicious ones, which a press leads to.
 *
 * @typedef {import('../page/overview.js').Report} Report
 */

import {element} from '../ui/elements.js';

/** A page that does not listen yet may soon: it was just switched on. */
const RETRY_MS = 600;

/**
 * @param {number | undefined} tab
 * @param {import('../shared/texts.js').Texts} texts
 */
export function watchFindings(tab, texts) {
  const findings = new Findings(texts);
  findings.show();
  if (tab !== undefined) findings.listen(tab);
}

class Findings {
  #texts;
  #number;
  /** @type {Map<string, Report>} By frame. */
  #reports = new Map();
  /** @type {chrome.runtime.Port | null} */
  #port = null;

  /** @param {import('../shared/texts.js').Texts} texts */
  constructor(texts) {
    this.#texts = texts;
    this.#number = new Intl.NumberFormat(texts.locale);
  }

  /** @param {number} tab */
  listen(tab) {
    const port = chrome.tabs.connect(tab, {name: 'overview'});
    this.#port = port;
    port.onMessage.addListener((/** @type {Report} */ report) => {
      this.#reports.set(report.frame, report);
      this.show();
    });
    port.onDisconnect.addListener(() => {
      // Nobody listens on a page that is not watched; reading the error keeps it out of the log.
      void chrome.runtime.lastError;
      this.#reports.clear();
      this.show();
      setTimeout(() => this.listen(tab), RETRY_MS);
    });
  }

  show() {
    const reports = [...this.#reports.values()];
    for (const tile of element('counts', HTMLElement).querySelectorAll('[data-count]')) {
      const name = /** @type {keyof Report['counts']} */ (tile.getAttribute('data-count'));
      const number = tile.querySelector('dd');
      if (number) number.textContent = this.#number.format(sum(reports.map(({counts}) => counts[name])));
    }
    const pending = sum(reports.map((report) => report.pending));
    element('pending', HTMLElement).textContent = pending
      ? this.#texts.message('counts_pending', [this.#number.format(pending)])
      : '';
    this.#showFlagged(reports);
  }

  /** @param {Report[]} reports */
  #showFlagged(reports) {
    const items = reports.flatMap(({frame, flagged}) => flagged.map((one) => this.#item(frame, one)));
    element('flagged', HTMLElement).hidden = items.length === 0;
    const list = element('flagged-list', HTMLElement);
    // Written anew only when it differs: the focus may be in it.
    const before = Array.from(list.children, ({textContent}) => textContent).join('\n');
    if (before !== items.map(({textContent}) => textContent).join('\n')) list.replaceChildren(...items);
  }

  /**
   * @param {string} frame
   * @param {import('../page/findings.js').Flagged} flagged
   */
  #item(frame, {number, name, state, percent}) {
    const {message, say} = this.#texts;
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset['state'] = state;
    button.textContent = message('flagged_item', [
      name || message('flagged_nameless'), say(`title_${state}`), percent,
    ]).trim();
    button.addEventListener('click', () => this.#port?.postMessage({frame, show: number}));
    const item = document.createElement('li');
    item.append(button);
    return item;
  }
}

/** @param {number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
