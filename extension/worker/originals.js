/**
 * The bytes of a picture as its site serves them. Never a copy read back from a canvas: the noise
 * that browsers add there against tracking changes verdicts.
 *
 * With access to all sites the worker may read what the page itself may not (CORS, CORP), and
 * cookies go along, so that pictures behind a login come too. No Referer does; a site that insists
 * on one refuses, and then the service is given the address to try.
 *
 * @typedef {{blob: Blob} | {url: string}} Original What can be put before the service.
 * @typedef {import('../shared/outcomes.js').NoVerdict} NoVerdict
 * @typedef {import('../shared/outcomes.js').PictureSource} PictureSource
 */

import {MOST_BYTES} from '../shared/limits.js';

/** The browser ends a worker whose fetch takes 30 s. */
const DEADLINE_MS = 20_000;

/**
 * @param {PictureSource} picture
 * @param {typeof fetch} [fetchBytes]
 * @returns {Promise<Original | NoVerdict>}
 */
export async function obtain(picture, fetchBytes = fetch) {
  const blob = 'url' in picture ? await download(picture.url, fetchBytes) : await unpack(picture.dataUrl, fetchBytes);
  if (blob && blob.size > MOST_BYTES) return {state: 'unsupported', cause: 'too-large'};
  if (blob) return {blob};
  if ('url' in picture) return {url: picture.url};
  return {state: 'unsupported', cause: 'unreadable'};
}

/**
 * @param {string} url
 * @param {typeof fetch} fetchBytes
 * @returns {Promise<Blob | null>} Null where the site gives no picture, such as a page to log in.
 */
async function download(url, fetchBytes) {
  try {
    const response = await fetchBytes(url, {
      credentials: 'include',
      cache: 'force-cache',
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    return response.ok && mayBePicture(response) ? await response.blob() : null;
  } catch {
    return null;
  }
}

/** @param {Response} response */
function mayBePicture(response) {
  const type = response.headers.get('Content-Type') ?? '';
  return type === '' || /^(image\/|application\/octet-stream|binary\/octet-stream)/i.test(type);
}

/**
 * @param {string} dataUrl
 * @param {typeof fetch} fetchBytes
 */
async function unpack(dataUrl, fetchBytes) {
  try {
    return await (await fetchBytes(dataUrl)).blob();
  } catch {
    return null;
  }
}
