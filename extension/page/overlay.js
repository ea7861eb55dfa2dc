//# allFunctionsCalledOnLoad
/**
 * The one element that Candor adds to a page: it holds all badges and takes part in no layout.
 *
 * Pictures move and badges follow: at most once a frame, all positions are read and then all are
 * written, so that the page is laid out once and not once a picture.
 */

import {element} from '../verdict/elements.js';
import {composed} from './composure.js';
import {Places} from './finding-places.js';
import {LateCard} from './late-card.js';
import {isBefore} from './order.js';
import {OVERLAY} from './roots.js';
import {Stage} from './stage.js';
import {addStyles} from './styles.js';

/** What may move a picture without a mutation. */
export const MOVES = ['scroll', 'transitionrun', 'transitionend', 'animationstart', 'animationend', 'toggle', 'fullscreenchange'];

/** Of these, what lets something into the browser's top layer or out of it. */
const LAYERING = new Set(['toggle', 'fullscreenchange']);

/** A press on a badge is no business of the page: a gallery would open, a menu would close. */
const PRESSES = ['click', 'dblclick', 'auxclick', 'mousedown', 'mouseup', 'pointerdown', 'pointerup', 'touchstart', 'touchend'];

/** Nor what is typed into a card: a page may have a shortcut on every letter. */
const KEYS = ['keydown', 'keypress', 'keyup', 'input', 'paste', 'copy', 'cut'];

/** Nor that the focus is in here: a dialog that keeps the focus to itself would fetch it back. */
const FOCUS = ['focus', 'focusin', 'focusout', 'blur'];

/** How long the picture is pointed at that the popup leads to. */
const POINT_MS = 1600;

/** @typedef {import('./badge.js').Badge} Badge */

export class Overlay {
  #host = document.createElement(OVERLAY);
  /** Closed: what is in an open one, a page could press, and rewrite what it says. */
  #root = this.#host.attachShadow({mode: 'closed'});
  #layer = document.createElement('div');
  /** Scrolls with the page, and holds all but badges that stay put. */
  #page = element('div', {class: 'page'});
  /** @type {Map<Element, Badge>} */
  #badges = new Map();
  #stage;
  #places;
  #card;
  /** Stays put in the window, and holds these. */
  #window = element('div', {class: 'window'});
  #ring = element('div', {class: 'ring', 'aria-hidden': 'true', hidden: ''});
  /** @type {Element | null} */
  #pointed = null;
  /** Whether the badge of that is still to get the focus: far from the view it has none yet. */
  #focusing = false;
  #frame = 0;
  #isStirred = false;
  /** @type {Map<HTMLElement, (origin: DOMRect) => void>} What else stands in the overlay, and how it follows. */
  #attached = new Map();
  /** Whether the page may be added to. */
  #mayDraw = false;

  /**
   * @param {import('./card.js').Means & {roots: () => Iterable<Document | ShadowRoot>}} means
   * @param {AbortSignal} signal Takes everything off the page.
   */
  constructor(means, signal) {
    // One may be left from before the extension was updated; its script can no longer remove it.
    document.querySelector(OVERLAY)?.remove();
    addStyles(this.#root);
    this.#layer.className = 'layer';
    this.#root.append(this.#layer);
    this.#stage = new Stage(this.#host, this.#layer, means.roots);
    this.#places = new Places((bearer) => this.#stage.shutsOut(bearer));
    this.#card = new LateCard(this.#page, means, signal);
    this.#layer.append(this.#window, this.#page);
    this.#page.append(this.#ring);
    this.#host.lang = means.texts.locale;
    // Reports and screens go to the service with the key of the person, who alone may press for it.
    this.#root.addEventListener('click', (event) => event.isTrusted || event.stopImmediatePropagation(), {capture: true});
    for (const type of [...PRESSES, ...KEYS]) this.#host.addEventListener(type, (event) => event.stopPropagation());
    this.#hideFocus(signal);
    addEventListener('resize', () => this.restyled(), {signal});
    signal.addEventListener('abort', () => this.#remove());
    composed().then(() => {
      this.#mayDraw = !signal.aborted;
      if (this.#badges.size > 0) this.refresh();
    });
  }

  /**
   * @param {Element} bearer
   * @param {Badge} badge
   */
  add(bearer, badge) {
    // In the order of the page, in which the keyboard goes through them; mostly that of their coming.
    const last = [...this.#badges.keys()].at(-1);
    this.#badges.set(bearer, badge);
    if (last && !isBefore(last, bearer)) this.#sort();
    this.#putInto(this.#page, badge);
    badge.element.addEventListener('keydown', (event) => this.#onKey(event, badge));
    badge.element.addEventListener('click', () => this.#card.toggle(badge, bearer));
    this.refresh();
  }

  /** @param {Element} bearer */
  remove(bearer) {
    const badge = this.#badges.get(bearer);
    if (!badge) return;
    this.#card.closeFor(badge);
    badge.element.remove();
    this.#badges.delete(bearer);
  }

  /**
   * Shows the card of a badge that is here.
   *
   * @param {Badge} badge
   */
  open(badge) {
    for (const [bearer, one] of this.#badges) if (one === badge) this.#card.open(badge, bearer);
  }

  /** What all that is shown beside badges is put into. */
  get layer() {
    return this.#page;
  }

  /**
   * Shows something else than badges.
   *
   * @param {HTMLElement} shown
   * @param {(origin: DOMRect) => void} follow Puts it in its place.
   */
  attach(shown, follow) {
    this.#attached.set(shown, follow);
    this.#page.append(shown);
    this.#draw();
  }

  /** @param {HTMLElement} shown */
  detach(shown) {
    this.#attached.delete(shown);
    shown.remove();
  }

  /** @param {Element} bearer Shown to who looks for it, and given the focus. */
  async point(bearer) {
    this.#pointed = bearer;
    this.#focusing = true;
    this.refresh();
    await new Promise((resolve) => setTimeout(resolve, POINT_MS));
    if (this.#pointed === bearer) this.#pointed = null;
    this.refresh();
  }

  /**
   * Something of the page may have moved.
   *
   * @param {Event} [event]
   */
  stir(event) {
    if (event && LAYERING.has(event.type)) this.#stage.change();
    this.#isStirred = true;
    this.refresh();
  }

  /** Something may have changed. */
  refresh() {
    if (!this.#mayDraw || (this.#badges.size === 0 && !this.#host.isConnected)) return;
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  /** A badge says something else now, in its old place. */
  retold() {
    if (this.#card.isOpen) this.refresh();
  }

  /** Other boxes may crop the pictures now, and a dialog may have come or gone. */
  restyled() {
    this.#stage.change();
    this.#places.restyled();
    this.stir();
  }

  #draw() {
    this.#stage.settle();
    const moved = this.#place();
    this.#card.follow();
    if (this.#attached.size > 0) {
      const origin = this.#page.getBoundingClientRect();
      for (const follow of this.#attached.values()) follow(origin);
    }
    this.#pointOut();
    // What moves now may go on to: a slide, a script that animates. And of each badge one corner is
    // looked at in this frame, the other in the next.
    if (moved || this.#isStirred) this.refresh();
    this.#isStirred = false;
  }

  /** @returns {boolean} Whether any badge went to another place. */
  #place() {
    const page = this.#page.getBoundingClientRect();
    // Not always 0, 0: a transform on the document element moves what is fixed in it.
    const view = this.#window.getBoundingClientRect();
    const zoom = this.#layer.currentCSSZoom ?? 1;
    this.#places.begin();
    const places = Array.from(this.#badges, ([bearer, badge]) => /** @type {const} */ ([badge, badge.wanted ? this.#places.of(bearer, badge.anyway) : null]));
    const moved = places.map(([badge, place]) => {
      const [home, origin] = place?.still ? [this.#window, view] : [this.#page, page];
      if (place) this.#putInto(home, badge);
      return badge.moveTo(place && {
        ...place, x: (place.x - origin.left) / zoom, y: (place.y - origin.top) / zoom, room: place.room / zoom,
      });
    });
    return moved.includes(true);
  }

  #pointOut() {
    if (!this.#pointed) {
      // A page at rest is written nothing.
      if (!this.#ring.hidden) this.#ring.hidden = true;
      return;
    }
    const badge = this.#badges.get(this.#pointed);
    if (this.#focusing && badge?.place) {
      badge.element.focus({preventScroll: true});
      this.#focusing = false;
    }
    this.#ring.hidden = false;
    const origin = this.#page.getBoundingClientRect();
    const {left, top, width, height} = this.#pointed.getBoundingClientRect();
    this.#ring.style.transform = `translate(${left - origin.left}px, ${top - origin.top}px)`;
    this.#ring.style.width = `${width}px`;
    this.#ring.style.height = `${height}px`;
  }

  /** @param {AbortSignal} signal */
  #hideFocus(signal) {
    for (const type of FOCUS) {
      // Dialogs listen on the document, and some before their elements hear of it.
      addEventListener(type, (event) => event.target === this.#host && event.stopImmediatePropagation(), {capture: true, signal});
    }
    // What the focus comes from may save what was typed into it, and is told first.
    document.documentElement.addEventListener('focusout', (event) => {
      if (event.relatedTarget === this.#host) event.stopPropagation();
    }, {signal});
  }

  /**
   * Arrows lead from badge to badge.
   *
   * @param {KeyboardEvent} event
   * @param {Badge} badge
   */
  #onKey(event, badge) {
    const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
    if (!step) return;
    event.preventDefault();
    const shown = [...this.#badges].filter(([, {place}]) => place);
    const at = shown.findIndex(([, one]) => one === badge);
    shown[(at + step + shown.length) % shown.length]?.[1].element.focus({preventScroll: true});
  }

  /**
   * @param {HTMLElement} home
   * @param {Badge} badge Goes there, in its order, unless it is there.
   */
  #putInto(home, badge) {
    if (badge.element.parentNode === home) return;
    const hadFocus = this.#root.activeElement === badge.element;
    const all = [...this.#badges.values()];
    const next = all.slice(all.indexOf(badge) + 1).find((other) => other.element.parentNode === home);
    home.insertBefore(badge.element, next?.element ?? null);
    if (hadFocus) badge.element.focus({preventScroll: true});
  }

  /** Keeps the order of `#badges` that of the page. */
  #sort() {
    const sorted = Array.from(this.#badges).sort(([one], [other]) => (isBefore(one, other) ? -1 : 1));
    this.#badges = new Map(sorted);
  }

  #remove() {
    cancelAnimationFrame(this.#frame);
    this.#host.remove();
  }
}
