//# allFunctionsCalledOnLoad
/**
 * Where on the screen the badge of each picture belongs now, if anywhere.
 *
 * Reads the page and writes nothing, so that all places of a frame cost one layout.
 */

import {clippersOf, staysPut} from './clippers.js';
import {coverAt} from './cover.js';
import {cornersOf, placeBadge, placeBadgeAnyway, visiblePart} from './placement.js';

/**
 * @typedef {import('./placement.js').BadgePlace} BadgePlace
 * @typedef {BadgePlace & {still: boolean}} Place `still`: it stays put in the window while the page scrolls.
 */

const VISIBLE = {opacityProperty: true, visibilityProperty: true};

/** What of a bearer's style and surroundings is kept until classes change. */
class Surroundings {
  /** @param {Element} bearer */
  constructor(bearer) {
    this.clippers = clippersOf(bearer);
    this.mirrored = getComputedStyle(bearer).direction === 'rtl';
    this.still = staysPut(bearer);
  }
}

export class Places {
  #shutsOut;
  /** @type {WeakMap<Element, Surroundings>} */
  #surroundings = new WeakMap();
  /** @type {Map<Element, DOMRect>} Measured already in this frame. */
  #boxes = new Map();
  /** @type {WeakSet<Element>} Over whose badges nothing lay when they were last looked at. */
  #open = new WeakSet();
  /** Which corner of these is looked at in this frame. */
  #turn = 0;

  /** @param {(bearer: Element) => boolean} shutsOut Whether a dialog puts a picture out of reach. */
  constructor(shutsOut) {
    this.#shutsOut = shutsOut;
  }

  /** Boxes may clip that did not, and the other way round. */
  restyled() {
    this.#surroundings = new WeakMap();
    this.#open = new WeakSet();
  }

  /** A new frame: what was measured may have moved. */
  begin() {
    this.#boxes.clear();
    this.#turn = 1 - this.#turn;
  }

  /**
   * @param {Element} bearer
   * @param {boolean} anyway However small it is.
   * @returns {Place | null}
   */
  of(bearer, anyway) {
    const place = this.#find(bearer, anyway);
    if (!place) this.#open.delete(bearer);
    return place;
  }

  /**
   * @param {Element} bearer
   * @param {boolean} anyway
   * @returns {Place | null}
   */
  #find(bearer, anyway) {
    const view = {left: 0, top: 0, right: innerWidth, bottom: innerHeight};
    const box = bearer.getBoundingClientRect();
    const inView = visiblePart(box, [view]);
    // Half of them wait outside, and an element that is not there has no box.
    if (inView.right <= inView.left || inView.bottom <= inView.top || !bearer.checkVisibility(VISIBLE)) return null;
    const {clippers, mirrored, still} = this.#around(bearer);
    const part = visiblePart(inView, clippers.map((clipper) => this.#box(clipper)));
    const place = anyway ? placeBadgeAnyway(part, mirrored) : placeBadge(part, mirrored);
    if (!place || this.#shutsOut(bearer)) return null;
    // Of a picture that is cut by the window, the badge stays at the edge.
    return this.#uncovered(bearer, part, {...place, still: still || (box.top < 0 && part.top === 0)});
  }

  /**
   * Under a header that stays put, a badge slides down its picture.
   *
   * To look what lies at a spot costs more than all else here, and what comes to lie over a badge soon
   * lies over both of its corners: they take turns while nothing is there.
   *
   * @param {Element} bearer
   * @param {import('./placement.js').Box} part
   * @param {Place} place
   * @returns {Place | null}
   */
  #uncovered(bearer, part, place) {
    const corners = cornersOf(place, part);
    const cover = firstCover(bearer, this.#open.has(bearer) ? corners.slice(this.#turn, this.#turn + 1) : corners);
    if (!cover) {
      this.#open.add(bearer);
      return place;
    }
    this.#open.delete(bearer);
    const rest = {...part, top: this.#box(cover).bottom};
    const lower = placeBadge(rest, place.mirrored);
    if (!lower || lower.y <= place.y || firstCover(bearer, cornersOf(lower, rest))) return null;
    return {...lower, still: place.still || staysPut(cover)};
  }

  /** @param {Element} bearer */
  #around(bearer) {
    const known = this.#surroundings.get(bearer) ?? new Surroundings(bearer);
    this.#surroundings.set(bearer, known);
    return known;
  }

  /** @param {Element} element */
  #box(element) {
    const box = this.#boxes.get(element) ?? element.getBoundingClientRect();
    this.#boxes.set(element, box);
    return box;
  }
}

/**
 * @param {Element} bearer
 * @param {import('./cover.js').Spot[]} corners
 */
function firstCover(bearer, corners) {
  for (const corner of corners) {
    const cover = coverAt(bearer, corner);
    if (cover) return cover;
  }
  return null;
}
