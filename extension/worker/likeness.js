/**
 * Whether what a site gave the worker can be the picture that it gave the page.
 *
 * Only shapes are compared: the size that a page knows is divided by the density of a srcset.
 */

import {HEADER_BYTES, sizeIn} from './header-sizes.js';

/** Share by which two shapes may differ. */
const TOLERANCE = 0.02;

/**
 * @param {Blob} blob What the worker was given.
 * @param {{width: number, height: number}} shown Natural size of the element; 0 where unknown.
 * @returns {Promise<boolean>} True also where nothing can be compared, as with SVG.
 */
export async function looksLike(blob, shown) {
  if (shown.width === 0 || shown.height === 0) return true;
  const hint = sizeIn(await blob.slice(0, HEADER_BYTES).arrayBuffer());
  if (hint && isAlike(hint, shown)) return true;
  const given = await decodedSize(blob);
  return !given || isAlike(given, shown);
}

/** @param {Blob} blob */
async function decodedSize(blob) {
  try {
    // Turned as its EXIF data says, which is how the page's own numbers are.
    const bitmap = await createImageBitmap(blob, {imageOrientation: 'from-image'});
    const {width, height} = bitmap;
    bitmap.close();
    return {width, height};
  } catch {
    return null;
  }
}

/**
 * @param {{width: number, height: number}} given
 * @param {{width: number, height: number}} shown
 */
function isAlike(given, shown) {
  const stretch = (given.width * shown.height) / (given.height * shown.width);
  // Whole pixels: dividing by a density rounds.
  const rounding = 1 / Math.min(shown.width, shown.height);
  return Math.abs(Math.log(stretch)) <= TOLERANCE + rounding;
}
