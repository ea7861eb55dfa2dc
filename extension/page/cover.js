//# allFunctionsCalledOnLoad
/**
 * Whether something of the page lies over a spot of a picture: a sticky header, a menu, a dialog
 * drawn by a script, the next slide.
 *
 * Clear things that lie over pictures on purpose (a link over a whole card, a gradient, a caption)
 * cover nothing.
 */

import {staysPut} from './clippers.js';
import {holds, OVERLAY} from './roots.js';

/** Least opacity of a background that hides what is under it. */
const OPAQUE = 0.9;

/** A dim sheet that floats over the page puts all under it out of use. */
const DIM = 0.15;

const SEEN = {opacityProperty: true, visibilityProperty: true};

/** @typedef {{x: number, y: number}} Spot In the viewport. */

/**
 * @param {Element} bearer
 * @param {Spot} spot
 * @returns {Element | null} What covers it.
 */
export function coverAt(bearer, {x, y}) {
  for (let target = bearer; ;) {
    const root = /** @type {Document | ShadowRoot} */ (target.getRootNode());
    // Mostly nothing lies over it, and the topmost alone is found sooner than all.
    const isTopmost = root.elementFromPoint(x, y) === target;
    const cover = isTopmost ? null : coverIn(root.elementsFromPoint(x, y), target);
    if (cover || !(root instanceof ShadowRoot)) return cover;
    target = root.host;
  }
}

/**
 * @param {Element[]} hits At one spot, the topmost first.
 * @param {Element} bearer
 */
function coverIn(hits, bearer) {
  const at = hits.indexOf(bearer);
  // Round corners and `pointer-events: none` take a picture out of the hits. What else is there may
  // then lie under it; only what floats is surely above.
  const above = at < 0 ? hits.filter((hit) => staysPut(hit, bearer)) : hits.slice(0, at);
  return above.find((hit) => covers(hit, bearer)) ?? null;
}

/**
 * @param {Element} hit
 * @param {Element} bearer
 */
function covers(hit, bearer) {
  if (hit.localName === OVERLAY || holds(hit, bearer) || !hit.checkVisibility(SEEN)) return false;
  const style = getComputedStyle(hit);
  if (Number(style.opacity) < 0.5) return false;
  if (showsSomething(hit, style)) return true;
  const opacity = alphaOf(style.backgroundColor) * Number(style.opacity);
  if (opacity >= OPAQUE) return true;
  return (opacity >= DIM || style.backdropFilter !== 'none') && staysPut(hit, bearer);
}

/**
 * @param {Element} hit
 * @param {CSSStyleDeclaration} style
 */
function showsSomething(hit, {backgroundImage}) {
  if (hit instanceof HTMLImageElement) return hit.naturalWidth > 0;
  return backgroundImage.includes('url(') || /^(video|canvas|iframe|object|embed|image)$/.test(hit.localName);
}

/**
 * @param {string} colour Computed: `rgb(…)`, `rgba(…)` or `color(… / alpha)`.
 * @returns {number}
 */
export function alphaOf(colour) {
  const given = /^rgba\(.*,\s*([\d.]+%?)\)$|\/\s*([\d.]+%?)\s*\)$/.exec(colour);
  const alpha = given?.[1] ?? given?.[2];
  if (!alpha) return colour === 'transparent' ? 0 : 1;
  return alpha.endsWith('%') ? parseFloat(alpha) / 100 : Number(alpha);
}
