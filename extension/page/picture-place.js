/** Where on the screen the whole picture of a bearer lies, also what of it is cropped away. */

import {fitted} from './fitting.js';

/**
 * @param {Element} bearer
 * @param {import('./fitting.js').Size} picture
 * @returns {import('./fitting.js').Rectangle | null} Null where it cannot be told.
 */
export function placeOf(bearer, picture) {
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
