//# allFunctionsCalledOnLoad
/**
 * The boxes around a picture that may hide part of it: scrolling containers and cropping frames.
 */

import {boxAround, holds} from './roots.js';

/**
 * @param {Element} bearer
 * @returns {Element[]}
 */
export function clippersOf(bearer) {
  /** @type {Element[]} */
  const clippers = [];
  let {position} = getComputedStyle(bearer);
  for (let box = boxAround(bearer); box && box !== document.body; box = boxAround(box)) {
    if (position === 'fixed') break;
    const style = getComputedStyle(box);
    // What is positioned absolutely escapes the boxes that are not positioned themselves.
    if (position === 'absolute' && style.position === 'static' && style.transform === 'none') continue;
    if (clips(style)) clippers.push(box);
    if (style.display !== 'contents') position = style.position;
  }
  return clippers;
}

/**
 * @param {Element} element
 * @param {Element} [beside] What holds this too does not count.
 * @returns {boolean} Whether it is, or is in, something that stays put in the window while the page scrolls.
 */
export function staysPut(element, beside) {
  for (let box = /** @type {Element | null} */ (element); box && !(beside && holds(box, beside)); box = boxAround(box)) {
    if (/fixed|sticky/.test(getComputedStyle(box).position)) return true;
  }
  return false;
}

/** @param {CSSStyleDeclaration} style */
function clips({overflowX, overflowY, contain, clipPath}) {
  const overflows = overflowX !== 'visible' || overflowY !== 'visible';
  return overflows || clipPath !== 'none' || /paint|strict|content/.test(contain);
}
