/**
 * From a picture of the page to what the worker needs in order to see it.
 *
 * The worker fetches http: and https: by itself. A blob: address means something only inside this
 * page, so its bytes are read here and travel as a data: URL, messages being JSON.
 */

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

/**
 * A FileReader and not `arrayBuffer()`, which Firefox denies to a content script for a blob of
 * the page.
 *
 * @param {Blob} blob
 * @returns {Promise<string>}
 */
function asDataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(/** @type {string} */ (reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
