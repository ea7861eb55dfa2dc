//# allFunctionsCalledOnLoad
/**
 * One badge: a button with a symbol, a word and a percentage, and a full sentence for whoever
 * hovers or listens. It knows its look and its place; what a press does is the overlay's affair.
 * Half of all badges wait outside the view; of those, nothing is written before it is known.
 *
 * Every text is set as text: neither a page nor the service can bring in markup.
 */

import {isPending} from '../shared/outcomes.js';
import {wordingOf} from '../shared/wording.js';
import {element} from '../verdict/elements.js';
import {createSymbol, redrawSymbol} from '../verdict/symbols.js';

/** @typedef {import('../shared/outcomes.js').Outcome} Outcome */

/** With less room than this, a word is more likely cut than read. */
const WORD_ROOM = 100;
const WORD_AND_PERCENT_ROOM = 112;

/** @type {HTMLButtonElement | null} Built once; a copy of it costs less than building another. */
let pattern = null;

export class Badge {
  element = copyOfPattern();
  #symbol = /** @type {Element} */ (this.element.children[0]);
  #word = /** @type {HTMLElement} */ (this.element.children[1]);
  #percent = /** @type {HTMLElement} */ (this.element.children[2]);
  /** @type {import('./placement.js').BadgePlace | null} */
  place = null;
  /** @type {import('../shared/wording.js').Wording | null} */
  #wording = null;
  #isWritten = false;

  #name;
  #texts;
  /** Whether the person wants to see it. */
  wanted = true;
  /** Whether it is to be shown however small its picture is. */
  anyway = false;
  hasHadPlace = false;

  /**
   * @param {Outcome} outcome
   * @param {string} name What the page calls the picture; may be empty.
   * @param {import('../shared/texts.js').Texts} texts
   */
  constructor(outcome, name, texts) {
    this.#name = name;
    this.#texts = texts;
    this.outcome = outcome;
    this.show(outcome);
  }

  /** @param {Outcome} outcome */
  show(outcome) {
    this.outcome = outcome;
    this.element.dataset['state'] = outcome.state;
    this.#wording = null;
    this.#isWritten = false;
    if (this.place || !isPending(outcome)) this.#write();
    if (this.place) this.#fit(this.place.room);
  }

  get wording() {
    return (this.#wording ??= wordingOf(this.outcome, this.#texts));
  }

  #write() {
    if (this.#isWritten) return;
    this.#isWritten = true;
    const {wording, outcome} = this;
    redrawSymbol(this.#symbol, outcome.state);
    this.#word.textContent = wording.word;
    this.#percent.textContent = wording.percent;
    const label = this.#name ? this.#texts.message('of_picture', [wording.sentence, this.#name]) : wording.sentence;
    this.element.title = label;
    this.element.setAttribute('aria-label', label);
  }

  /**
   * @param {import('./placement.js').BadgePlace | null} place Null hides the badge.
   * @returns {boolean} Whether it was somewhere else before.
   */
  moveTo(place) {
    const before = this.place;
    this.place = place;
    if (!place && this.element.hidden) return false;
    if (place && before?.x === place.x && before.y === place.y && before.room === place.room) return false;
    this.element.hidden = !place;
    if (!place) return true;
    this.#write();
    // Where it appears first, nothing has moved yet.
    const moved = this.hasHadPlace;
    this.hasHadPlace = true;
    const {x, y, room, mirrored} = place;
    this.element.style.transform = `translate(${mirrored ? `calc(${x}px - 100%)` : `${x}px`}, ${y}px)`;
    this.element.style.maxWidth = `${room}px`;
    this.#fit(room);
    return moved;
  }

  /** @param {number} room */
  #fit(room) {
    const needed = this.wording.percent ? WORD_AND_PERCENT_ROOM : WORD_ROOM;
    this.element.classList.toggle('compact', room < needed);
  }
}

/** @returns {HTMLButtonElement} */
function copyOfPattern() {
  pattern ??= element('button', {
    type: 'button', class: 'badge', hidden: '', 'aria-haspopup': 'dialog', 'aria-expanded': 'false',
  }, createSymbol('queued'), element('span', {class: 'word'}), ' ', element('span', {class: 'percent'}));
  return /** @type {HTMLButtonElement} */ (pattern.cloneNode(true));
}
