//# allFunctionsCalledOnLoad
/**
 * Which elements bear a picture, and which one each shows now: `img` (with srcset and `picture`),
 * SVG's `image`, a button that is a picture, the poster of a video, and CSS backgrounds.
 *
 * @typedef {import('../shared/outcomes.js').Picture} Picture
 * @typedef {import('./natural-sizes.js').NaturalSizes} NaturalSizes
 */

import {isDecoration, urlOfBackground} from './backgrounds.js';
import {isLoaded} from './candidates.js';

/**
 * @param {Element} element
 * @param {NaturalSizes} sizes Where an element does not know its picture's size itself; it tells
 *   when it has learned one, and then the element is to be looked at again.
 * @returns {Picture | null} Null where there is none, or none yet.
 */
export function pictureOf(element, sizes) {
  if (element instanceof HTMLImageElement) return ofImage(element);
  if (element instanceof HTMLVideoElement) return ofPoster(element, sizes);
  if (element instanceof SVGImageElement) return sized(element.href.baseVal, element, sizes);
  if (element instanceof HTMLInputElement && element.type === 'image') return sized(element.src, element, sizes);
  return ofBackground(element, sizes);
}

/** @param {HTMLImageElement} image */
function ofImage(image) {
  if (!isLoaded(image)) return null;
  return {url: image.currentSrc, width: image.naturalWidth, height: image.naturalHeight};
}

/**
 * @param {HTMLVideoElement} video
 * @param {NaturalSizes} sizes
 */
function ofPoster(video, sizes) {
  // Browsers take the poster away for good when the video first moves.
  const moved = video.played.length > 0 || video.currentTime > 0 || !video.paused;
  return moved ? null : sized(video.poster, video, sizes);
}

/**
 * @param {Element} element
 * @param {NaturalSizes} sizes
 */
function ofBackground(element, sizes) {
  const style = getComputedStyle(element);
  const url = urlOfBackground(style.backgroundImage, devicePixelRatio);
  const picture = url && sized(url, element, sizes);
  return picture && !isDecoration(picture, style) ? picture : null;
}

/**
 * @param {string} url
 * @param {Element} element
 * @param {NaturalSizes} sizes
 * @returns {Picture | null}
 */
function sized(url, element, sizes) {
  if (!url || !URL.canParse(url, element.baseURI)) return null;
  const absolute = new URL(url, element.baseURI).href;
  const size = sizes.of(absolute, element);
  return size && {url: absolute, ...size};
}

/** Alternative texts are sometimes whole stories. */
const MOST_CHARACTERS = 120;

/**
 * @param {Element} bearer
 * @returns {string} What the page calls its picture; empty where it does not say.
 */
export function nameOf(bearer) {
  const caption = bearer.closest('figure')?.querySelector('figcaption')?.textContent;
  const name = bearer.getAttribute('alt') || bearer.getAttribute('aria-label') || bearer.getAttribute('title') || caption;
  return (name ?? '').replace(/\s+/g, ' ').trim().slice(0, MOST_CHARACTERS);
}
