/** Outlines the faces of the picture whose card is open, each with what was said of it. */

import {isVerdict} from '../shared/outcomes.js';
import {element} from '../verdict/elements.js';
import {inPercent} from '../verdict/words.js';
import {placeOf} from './picture-place.js';

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
    const {say} = this.#texts;
    this.#outlines = verdict.faces.map(({probability}, index) => element(
      'div', {class: 'face', 'aria-hidden': 'true'},
      element('span', {}, say('face_tag', index + 1, inPercent(probability))),
    ));
    this.#layer.prepend(...this.#outlines);
  }
}
