/**
 * All that is known of one picture, shown beside its badge when that is pressed. One at a time.
 *
 * Closes on Escape, on a press elsewhere, on a second press of the badge, and with the badge. It is
 * a dialog to a screen reader, and takes the focus when it opens and gives it back when it closes.
 */

import {isVerdict} from '../shared/outcomes.js';
import {evidenceOf, headlineOf, noVerdict} from '../verdict/card.js';
import {element} from '../verdict/elements.js';
import {addCardStyles} from './card-styles.js';
import {Faces} from './faces.js';
import {HeatMap} from './heat-map.js';
import {placeBeside, placePopover} from './placement.js';

/**
 * @typedef {import('./badge.js').Badge} Badge
 *
 * @typedef {object} Means
 * @property {import('../shared/texts.js').Texts} texts
 * @property {import('../verdict/report-form.js').Report} report
 * @property {import('./heat-map.js').Explain} explain
 * @property {(bearer: Element) => void} again Has the picture checked once more.
 * @property {(video: HTMLVideoElement) => void} play Has a video checked as it plays.
 */

export class Card {
  #element = element('div', {role: 'dialog', tabindex: '-1', hidden: ''});
  #layer;
  #means;
  #faces;
  #map;
  /** @type {{badge: Badge, bearer: Element} | null} */
  #open = null;
  /** @type {Badge['wording'] | null} What is written in it now. */
  #written = null;

  /**
   * @param {HTMLElement} layer Of the overlay.
   * @param {Means} means
   * @param {AbortSignal} signal
   */
  constructor(layer, means, signal) {
    addCardStyles(/** @type {ShadowRoot} */ (layer.getRootNode()));
    this.#layer = layer;
    this.#means = means;
    this.#faces = new Faces(layer, means.texts);
    this.#map = new HeatMap(layer, means.texts, means.explain);
    this.#element.classList.add('card', 'verdict');
    layer.append(this.#element);
    document.addEventListener('pointerdown', (event) => {
      if (!event.composedPath().includes(/** @type {ShadowRoot} */ (layer.getRootNode()).host)) this.#close();
    }, {capture: true, signal});
    document.addEventListener('keydown', (event) => this.#onKey(event), {capture: true, signal});
  }

  /**
   * @param {Badge} badge
   * @param {Element} bearer
   */
  toggle(badge, bearer) {
    if (this.#open?.badge === badge) this.#close();
    else this.open(badge, bearer);
  }

  /**
   * @param {Badge} badge
   * @param {Element} bearer
   */
  open(badge, bearer) {
    this.#close();
    this.#open = {badge, bearer};
    badge.element.setAttribute('aria-expanded', 'true');
    this.#element.hidden = false;
    this.follow();
    this.#element.focus({preventScroll: true});
  }

  get isOpen() {
    return this.#open !== null;
  }

  /** @param {Badge} badge */
  closeFor(badge) {
    if (this.#open?.badge === badge) this.#close();
  }

  /** Stays with its badge, and says what the badge says by now. */
  follow() {
    if (!this.#open) return;
    const {badge, bearer} = this.#open;
    if (this.#written !== badge.wording) this.#write(badge, bearer);
    // Asked for and not yet in view: opened with the first place that its badge gets.
    if (!badge.place) return badge.anyway && !badge.hasHadPlace ? undefined : this.#close();
    const size = {width: this.#element.offsetWidth, height: this.#element.offsetHeight};
    const origin = this.#layer.getBoundingClientRect();
    const view = {width: innerWidth, height: innerHeight};
    const box = badge.element.getBoundingClientRect();
    const showsSigns = isVerdict(badge.outcome) && (badge.outcome.faces.length > 0 || badge.outcome.explained);
    const beside = showsSigns ? placeBeside(box, bearer.getBoundingClientRect(), size, view) : null;
    const {x, y} = beside ?? placePopover(box, size, view);
    this.#element.style.transform = `translate(${x - origin.left}px, ${y - origin.top}px)`;
    this.#map.follow(bearer, origin);
    this.#faces.show(bearer, badge.outcome, origin);
  }

  /**
   * @param {Badge} badge
   * @param {Element} bearer
   */
  #write({outcome, wording}, bearer) {
    const {texts, report, again, play} = this.#means;
    const {message} = texts;
    const close = element('button', {type: 'button', class: 'close', 'aria-label': message('card_close')}, '×');
    close.addEventListener('click', () => this.#closeAndReturn());
    const repeat = element('button', {type: 'button'}, message('card_again'));
    repeat.disabled = outcome.state === 'queued' || outcome.state === 'checking';
    repeat.addEventListener('click', () => again(bearer));
    const said = element('div', {role: 'status'}, ...(isVerdict(outcome)
      ? headlineOf(outcome, texts)
      : noVerdict(wording.reason || wording.sentence, texts, outcome.state, wording.title)));
    const rest = isVerdict(outcome) ? evidenceOf(outcome, texts, {report}) : [];
    const actions = element('div', {class: 'actions'}, repeat);
    if (bearer instanceof HTMLVideoElement) {
      const watch = element('button', {type: 'button'}, message('card_play'));
      watch.addEventListener('click', async () => {
        this.#close();
        await bearer.play().catch(() => {});
        play(bearer);
      });
      actions.append(watch);
    }
    const hadFocus = this.#element.contains(focusedIn(this.#layer));
    const map = this.#map.figureOf(outcome, bearer);
    this.#element.replaceChildren(close, said, ...map, ...rest, actions);
    this.#element.setAttribute('aria-label', wording.title);
    this.#element.dataset['state'] = outcome.state;
    if (hadFocus) this.#element.focus({preventScroll: true});
    this.#written = wording;
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key !== 'Escape' || !this.#open) return;
    // Neither the page nor the browser must close a dialog over this.
    event.preventDefault();
    event.stopPropagation();
    this.#closeAndReturn();
  }

  #closeAndReturn() {
    const badge = this.#open?.badge;
    const hadFocus = this.#element.contains(focusedIn(this.#layer));
    this.#close();
    if (hadFocus) badge?.element.focus({preventScroll: true});
  }

  #close() {
    this.#open?.badge.element.setAttribute('aria-expanded', 'false');
    this.#open = null;
    this.#written = null;
    this.#element.hidden = true;
    this.#map.clear();
    this.#faces.clear();
  }
}

/** @param {HTMLElement} layer */
function focusedIn(layer) {
  return /** @type {ShadowRoot} */ (layer.getRootNode()).activeElement;
}
