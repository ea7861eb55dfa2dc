/**
 * The boxes around a picture that may hide part of it: scrolling containers and cropping frames.
 *
 * @param {Element} image
 * @returns {Element[]}
 */
export function clippersOf(image) {
  /** @type {Element[]} */
  const clippers = [];
  let {position} = getComputedStyle(image);
  for (let box = image.parentElement; box && box !== document.body; box = box.parentElement) {
    if (position === 'fixed') break;
    const style = getComputedStyle(box);
    // What is positioned absolutely escapes the boxes that are not positioned themselves.
    if (position === 'absolute' && style.position === 'static') continue;
    if (style.overflowX !== 'visible' || style.overflowY !== 'visible') clippers.push(box);
    position = style.position;
  }
  return clippers;
}
