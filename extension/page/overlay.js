/**
 * The one element that Candor adds to a page: it holds all badges and takes part in no layout.
 *
 * Pictures move and badges follow: at most once a frame, all positions are read and then all are
 * written, so that the page is laid out once and not once a picture.
 */

import {clippersOf} from './clippers.js';
import {placeBadge, visiblePart} from './placement.js';
import {Popover} from './popover.js';
import {addStyles} from './styles.js';

const TAG = 'candor-overlay';

/** What may move a picture without a mutation. Scrolling is heard of every container. */
const MOVES = ['scroll', 'transitionend', 'animationend', 'toggle', 'fullscreenchange'];

/** A press on a badge is no business of the page: a gallery would open, a menu would close. */
const PRESSES = ['click', 'dblclick', 'auxclick', 'mousedown', 'mouseup', 'pointerdown', 'pointerup', 'touchstart', 'touchend'];

/** @typedef {{badge: import('./badge.js').Badge, clippers: Element[] | null}} Item */

export class Overlay {
  #host = document.createElement(TAG);
  #root = this.#host.attachShadow({mode: 'open'});
  /** @type {Map<HTMLImageElement, Item>} */
  #items = new Map();
  #popover;
  #frame = 0;

  /**
   * @param {import('./popover.js').Report} report
   * @param {AbortSignal} signal Takes everything off the page.
   */
  constructor(report, signal) {
    // One may be left from before the extension was updated; its script can no longer remove it.
    document.querySelector(TAG)?.remove();
    addStyles(this.#root);
    this.#popover = new Popover(this.#root, report, signal);
    document.documentElement.append(this.#host);
    for (const type of PRESSES) this.#host.addEventListener(type, (event) => event.stopPropagation());
    for (const type of MOVES) {
      document.addEventListener(type, () => this.refresh(), {capture: true, passive: true, signal});
    }
    addEventListener('resize', () => this.refresh(), {signal});
    signal.addEventListener('abort', () => this.#remove());
  }

  /**
   * @param {HTMLImageElement} image
   * @param {import('./badge.js').Badge} badge
   */
  add(image, badge) {
    this.#items.set(image, {badge, clippers: null});
    this.#root.append(badge.element);
    badge.element.addEventListener('click', () => this.#popover.toggle(badge));
    this.refresh();
  }

  /** @param {HTMLImageElement} image */
  remove(image) {
    const item = this.#items.get(image);
    if (!item) return;
    this.#popover.closeFor(item.badge);
    item.badge.element.remove();
    this.#items.delete(image);
  }

  /** Something may have moved or changed. */
  refresh() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw() {
    // Some pages replace everything below the document element.
    if (!this.#host.isConnected) document.documentElement.append(this.#host);
    const places = this.#measure();
    for (const [badge, place] of places) badge.moveTo(place);
    this.#popover.follow();
  }

  #measure() {
    // Not always 0, 0: a transform on the document element moves what is fixed in it.
    const origin = this.#host.getBoundingClientRect();
    /** @type {Map<Element, DOMRect>} */
    const clips = new Map();
    return Array.from(this.#items, ([image, item]) => {
      const shown = image.checkVisibility({opacityProperty: true, visibilityProperty: true});
      const place = shown ? placeBadge(this.#visiblePart(image, item, clips)) : null;
      return /** @type {const} */ ([item.badge, place && {...place, x: place.x - origin.left, y: place.y - origin.top}]);
    });
  }

  /**
   * @param {HTMLImageElement} image
   * @param {Item} item
   * @param {Map<Element, DOMRect>} clips Measured already in this frame.
   */
  #visiblePart(image, item, clips) {
    item.clippers ??= clippersOf(image);
    const boxes = item.clippers.map((clipper) => {
      const box = clips.get(clipper) ?? clipper.getBoundingClientRect();
      clips.set(clipper, box);
      return box;
    });
    return visiblePart(image.getBoundingClientRect(), boxes);
  }

  #remove() {
    cancelAnimationFrame(this.#frame);
    this.#host.remove();
  }
}
