/**
 * One badge: a button with a symbol, a word and a percentage, and a full sentence for whoever
 * hovers or listens. It knows its look and its place; what a press does is the overlay's affair.
 *
 * Every text is set as text: neither a page nor the service can bring in markup.
 */

import {wordingOf} from '../shared/wording.js';
import {createSymbol} from './symbols.js';

/** @typedef {import('../shared/outcomes.js').Outcome} Outcome */

/** With less room than this, a word is more likely cut than read. */
const WORD_ROOM = 100;
const WORD_AND_PERCENT_ROOM = 112;

export class Badge {
  element = document.createElement('button');
  #word = document.createElement('span');
  #percent = document.createElement('span');
  #symbol = createSymbol('queued');
  /** @type {import('./placement.js').BadgePlace | null} */
  place = null;

  /** @param {Outcome} outcome */
  constructor(outcome) {
    this.element.type = 'button';
    this.element.className = 'badge';
    this.element.hidden = true;
    this.element.setAttribute('aria-expanded', 'false');
    this.#word.className = 'word';
    this.#percent.className = 'percent';
    this.element.append(this.#symbol, this.#word, ' ', this.#percent);
    this.outcome = outcome;
    this.wording = this.show(outcome);
  }

  /** @param {Outcome} outcome */
  show(outcome) {
    const wording = wordingOf(outcome, chrome.i18n.getMessage);
    const symbol = createSymbol(outcome.state);
    this.#symbol.replaceWith(symbol);
    this.#symbol = symbol;
    this.#word.textContent = wording.word;
    this.#percent.textContent = wording.percent;
    this.element.dataset['state'] = outcome.state;
    this.element.title = wording.sentence;
    this.element.setAttribute('aria-label', wording.sentence);
    this.outcome = outcome;
    this.wording = wording;
    return wording;
  }

  /** @param {import('./placement.js').BadgePlace | null} place Null hides the badge. */
  moveTo(place) {
    this.place = place;
    this.element.hidden = !place;
    if (!place) return;
    this.element.style.transform = `translate(${place.x}px, ${place.y}px)`;
    this.element.style.maxWidth = `${place.room}px`;
    const needed = this.wording.percent ? WORD_AND_PERCENT_ROOM : WORD_ROOM;
    this.element.classList.toggle('compact', place.room < needed);
  }
}
