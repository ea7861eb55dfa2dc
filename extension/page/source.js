//# allFunctionsCalledOnLoad
/**
 * From a picture of the page to what the worker needs in order to see it.
 *
 * The worker fetches http: and https: by itself, and asks for help where a site gives a picture to
 * its own pages only. A blob: address means something only inside this page, so its bytes are read
 * here and travel as a data: URL, messages being JSON.
 */

import {asDataUrl} from '../shared/data-urls.js';
import {MOST_BYTES} from '../shared/limits.js';

/**
 * @typedef {import('../shared/outcomes.js').NoVerdict} NoVerdict
 * @typedef {import('../shared/outcomes.js').PictureSource} PictureSource
 */

/**
 * @param {import('../shared/outcomes.js').Picture} picture
 * @returns {Promise<PictureSource | NoVerdict>}
 */
export async function sourceOf(picture) {
  const {url} = picture;
  if (/^https?:/i.test(url)) return picture;
  if (/^data:/i.test(url)) return fitting(url);
  if (/^blob:/i.test(url)) return readBlob(url);
  return {state: 'unsupported', cause: 'unreadable'};
}

/** Longer than this, and the worker has given up waiting. */
const DEADLINE_MS = 15_000;

/**
 * @param {string} url Of http: or https:, which the worker did not get.
 * @returns {Promise<string | null>} The bytes as the page gets them, as a data: URL.
 */
export async function readInPage(url) {
  try {
    const response = await fetch(url, {cache: 'force-cache', signal: AbortSignal.timeout(DEADLINE_MS)});
    const blob = await response.blob();
    const isPicture = response.ok && blob.type.startsWith('image/') && blob.size <= MOST_BYTES;
    return isPicture ? await asDataUrl(blob) : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} url
 * @returns {Promise<PictureSource | NoVerdict>}
 */
async function readBlob(url) {
  try {
    const blob = await (await fetch(url)).blob();
    if (blob.size > MOST_BYTES) return {state: 'unsupported', cause: 'too-large'};
    return {dataUrl: await asDataUrl(blob)};
  } catch {
    // Pages revoke the address as soon as the picture is shown; then its bytes are out of reach.
    return {state: 'unsupported', cause: 'unreadable'};
  }
}

/**
 * @param {string} dataUrl
 * @returns {PictureSource | NoVerdict}
 */
function fitting(dataUrl) {
  const fits = dataUrl.length <= MOST_BYTES * 1.4;
  return fits ? {dataUrl} : {state: 'unsupported', cause: 'too-large'};
}
