//# allFunctionsCalledOnLoad
/**
 * Which pictures deserve a badge. Pure: takes what was measured, touches no page.
 */

/**
 * @param {{complete: boolean, naturalWidth: number, currentSrc: string}} image
 * @returns {boolean} False for one that is still loading or failed to.
 */
export function isLoaded(image) {
  return image.complete && image.naturalWidth > 0 && image.currentSrc !== '';
}

/**
 * @param {{width: number, height: number}} box As shown.
 * @param {number} least Side of it in CSS pixels.
 */
export function isLargeEnough(box, least) {
  return box.width >= least && box.height >= least;
}
