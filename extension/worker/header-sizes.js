/**
 * The size of a picture as its first bytes tell it: JPEG, PNG, GIF and WebP. Pure.
 *
 * A hint and no more: EXIF may turn the picture, and a header may lie. It spares decoding megapixels
 * to learn two numbers.
 *
 * @typedef {{width: number, height: number}} Size
 */

/** Of the file; a JPEG may carry a colour profile and a preview before its size. */
export const HEADER_BYTES = 64 * 1024;

/** Frames of a JPEG: SOF0 to SOF15, without the tables DHT, JPG and DAC among them. */
const isFrame = (/** @type {number} */ marker) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/**
 * @param {ArrayBuffer} header
 * @returns {Size | null} Null where they do not tell.
 */
export function sizeIn(header) {
  const view = new DataView(header);
  try {
    const size = sizeOfJpeg(view) ?? sizeOfPng(view) ?? sizeOfGif(view) ?? sizeOfWebp(view);
    return size && size.width > 0 && size.height > 0 ? size : null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/**
 * ITU T.81, B.2.2.
 *
 * @param {DataView} view
 * @returns {Size | null}
 */
function sizeOfJpeg(view) {
  if (view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; view.getUint8(at) === 0xff; at += 2 + view.getUint16(at + 2)) {
    if (isFrame(view.getUint8(at + 1))) return {height: view.getUint16(at + 5), width: view.getUint16(at + 7)};
  }
  return null;
}

/** @param {DataView} view */
function sizeOfPng(view) {
  return view.getUint32(0) === 0x89504e47 ? {width: view.getUint32(16), height: view.getUint32(20)} : null;
}

/** @param {DataView} view */
function sizeOfGif(view) {
  return nameAt(view, 0) === 'GIF8' ? {width: view.getUint16(6, true), height: view.getUint16(8, true)} : null;
}

/**
 * RFC 9649.
 *
 * @param {DataView} view
 * @returns {Size | null}
 */
function sizeOfWebp(view) {
  if (nameAt(view, 0) !== 'RIFF' || nameAt(view, 8) !== 'WEBP') return null;
  const kind = nameAt(view, 12);
  if (kind === 'VP8 ') return {width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff};
  if (kind === 'VP8X') return {width: 1 + (view.getUint32(24, true) & 0xffffff), height: 1 + (view.getUint32(26, true) >>> 8)};
  if (kind !== 'VP8L') return null;
  const bits = view.getUint32(21, true);
  return {width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff)};
}

/**
 * @param {DataView} view
 * @param {number} at
 */
function nameAt(view, at) {
  return String.fromCharCode(...new Uint8Array(view.buffer, at, 4));
}
