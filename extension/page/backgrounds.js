//# allFunctionsCalledOnLoad
/**
 * Pictures among CSS backgrounds. Pure: takes computed styles, touches no page.
 *
 * Most backgrounds are no pictures but decoration: gradients, icons and textures.
 */

/** A background with less than this is an icon. CSS pixels. */
const LEAST_SIDE = 64;

/** A tile smaller than this is a texture. CSS pixels. */
const LEAST_TILE = 256;

/** `url("…")`, with the density where it stands in an image-set. */
const ADDRESS = /url\("((?:[^"\\]|\\.)*)"\)(?:\s+([\d.]+)dppx)?/g;

const DRAWN = /^data:image\/svg|^[^?#]*\.svgz?(?:[?#]|$)/i;

/**
 * @param {string} background The computed `background-image`.
 * @param {number} density Of the screen, in device pixels a CSS pixel.
 * @returns {string | null} The topmost picture; of an image-set, the one that a browser shows.
 */
export function urlOfBackground(background, density) {
  if (!background.includes('url(')) return null;
  const found = [...background.matchAll(ADDRESS)].filter(([, url]) => !DRAWN.test(url ?? ''));
  const enough = found.find(([, , given]) => !given || Number(given) >= density) ?? found.at(-1);
  return enough?.[1]?.replace(/\\(.)/g, '$1') ?? null;
}

/**
 * @param {{width: number, height: number}} size Natural.
 * @param {{backgroundRepeat: string, backgroundSize: string}} style
 */
export function isDecoration({width, height}, {backgroundRepeat, backgroundSize}) {
  if (Math.min(width, height) < LEAST_SIDE) return true;
  const tiled = backgroundRepeat !== 'no-repeat' && backgroundSize === 'auto';
  return tiled && Math.min(width, height) < LEAST_TILE;
}
