/** Outlines the faces of the picture whose card is open, each with what was said of it. */

import {isVerdict} from '../shared/outcomes.js';
import {inPercent} from '../shared/texts.js';
import {element} from './elements.js';
import {fitted} from './fitting.js';

export class Faces {
  #layer;
  #texts;
  /** @type {HTMLElement[]} */
  #outlines = [];
  /** @type {import('../shared/outcomes.js').Outcome | null} */
  #of = null;

  /**
   * @param {HTMLElement} layer
   * @param {import('../shared/texts.js').Texts} texts
   */
  constructor(layer, texts) {
    this.#layer = layer;
    this.#texts = texts;
  }

  /**
   * @param {Element} bearer
   * @param {import('../shared/outcomes.js').Outcome} outcome
   * @param {DOMRect} origin Of the layer.
   */
  show(bearer, outcome, origin) {
    if (!isVerdict(outcome) || outcome.width === 0) return this.clear();
    if (this.#of !== outcome) this.#draw(outcome);
    const place = placeOf(bearer, outcome);
    if (!place) return this.clear();
    const scale = {x: place.width / outcome.width, y: place.height / outcome.height};
    const seen = bearer.getBoundingClientRect();
    for (const [index, face] of outcome.faces.entries()) {
      const left = place.left + face.left * scale.x;
      const top = place.top + face.top * scale.y;
      const [width, height] = [face.width * scale.x, face.height * scale.y];
      const middle = {x: left + width / 2, y: top + height / 2};
      const {style} = /** @type {HTMLElement} */ (this.#outlines[index]);
      // Cropped away: its middle is not on the page.
      const inside = middle.x > seen.left && middle.x < seen.right && middle.y > seen.top && middle.y < seen.bottom;
      style.display = inside ? '' : 'none';
      style.transform = `translate(${left - origin.left}px, ${top - origin.top}px)`;
      style.width = `${width}px`;
      style.height = `${height}px`;
    }
  }

  clear() {
    for (const outline of this.#outlines) outline.remove();
    this.#outlines = [];
    this.#of = null;
  }

  /** @param {import('../shared/outcomes.js').Verdict} verdict */
  #draw(verdict) {
    this.clear();
    this.#of = verdict;
    const {message, locale} = this.#texts;
    this.#outlines = verdict.faces.map(({probability}) => element(
      'div', {class: 'face', 'aria-hidden': 'true'},
      element('span', {}, message('face', [inPercent(probability, locale)])),
    ));
    this.#layer.prepend(...this.#outlines);
  }
}

/**
 * @param {Element} bearer
 * @param {import('./fitting.js').Size} picture
 * @returns {import('./fitting.js').Rectangle | null} Null where it cannot be told.
 */
function placeOf(bearer, picture) {
  const style = getComputedStyle(bearer);
  const box = contentBox(bearer, style);
  if (bearer instanceof HTMLImageElement || bearer instanceof HTMLVideoElement) {
    return fitted(box, picture, /** @type {import('./fitting.js').Fit} */ (style.objectFit), style.objectPosition);
  }
  if (bearer instanceof SVGElement) return fitted(box, picture, 'contain', '50% 50%');
  const {backgroundSize, backgroundPosition} = style;
  const known = backgroundSize === 'cover' || backgroundSize === 'contain';
  return known ? fitted(box, picture, backgroundSize, backgroundPosition) : null;
}

/**
 * @param {Element} bearer
 * @param {CSSStyleDeclaration} style
 */
function contentBox(bearer, style) {
  const {left, top, width, height} = bearer.getBoundingClientRect();
  if (!(bearer instanceof HTMLElement) || bearer.offsetWidth === 0) return {left, top, width, height};
  // Both in the page's own measure; a transform may have scaled what is seen.
  const scale = width / bearer.offsetWidth;
  const edge = (/** @type {string} */ side) => scale * (
    parseFloat(style.getPropertyValue(`border-${side}-width`)) + parseFloat(style.getPropertyValue(`padding-${side}`))
  );
  return {
    left: left + edge('left'),
    top: top + edge('top'),
    width: width - edge('left') - edge('right'),
    height: height - edge('top') - edge('bottom'),
  };
}
