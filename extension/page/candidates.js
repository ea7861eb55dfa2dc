/**
 * Which pictures deserve a badge. Pure: takes what was measured, touches no page.
 */

/** Shown smaller than this, a picture is an icon, and a badge would hide it. CSS pixels. */
export const LEAST_SIDE = 64;

/**
 * @param {{complete: boolean, naturalWidth: number, currentSrc: string}} image
 * @returns {boolean} False for one that is still loading or failed to.
 */
export function isLoaded(image) {
  return image.complete && image.naturalWidth > 0 && image.currentSrc !== '';
}

/** @param {{width: number, height: number}} box As shown. */
export function isLargeEnough(box) {
  return box.width >= LEAST_SIDE && box.height >= LEAST_SIDE;
}
