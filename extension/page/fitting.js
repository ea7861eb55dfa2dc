/**
 * Where in an element its picture lies, which may be cropped, shrunk or moved in it. Pure geometry.
 *
 * @typedef {{left: number, top: number, width: number, height: number}} Rectangle
 * @typedef {{width: number, height: number}} Size
 * @typedef {'fill' | 'contain' | 'cover' | 'none' | 'scale-down'} Fit
 */

/**
 * @param {Rectangle} box Of the element's content.
 * @param {Size} picture Natural size.
 * @param {Fit} fit
 * @param {string} position Computed, such as `50% 12%` or `10px 0%`.
 * @returns {Rectangle}
 */
export function fitted(box, picture, fit, position) {
  const {width, height} = sizeOf(box, picture, fit);
  const [x = '50%', y = '50%'] = position.split(' ');
  return {left: box.left + shift(x, box.width - width), top: box.top + shift(y, box.height - height), width, height};
}

/**
 * @param {Size} box
 * @param {Size} picture
 * @param {Fit} fit
 * @returns {Size}
 */
function sizeOf(box, picture, fit) {
  if (fit === 'fill') return box;
  const inside = Math.min(box.width / picture.width, box.height / picture.height);
  const around = Math.max(box.width / picture.width, box.height / picture.height);
  const scale = {contain: inside, cover: around, none: 1, 'scale-down': Math.min(1, inside)}[fit];
  return {width: picture.width * scale, height: picture.height * scale};
}

/**
 * @param {string} length
 * @param {number} room That the picture leaves; negative where it is cropped.
 */
function shift(length, room) {
  const number = parseFloat(length);
  if (Number.isNaN(number)) return room / 2;
  return length.endsWith('%') ? (room * number) / 100 : number;
}
