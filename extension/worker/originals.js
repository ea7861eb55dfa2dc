/**
 * The bytes of a picture as its site serves them. Never a copy read back from a canvas: the noise
 * that browsers add there against tracking changes verdicts.
 *
 * With access to all sites the worker may read what the page itself may not (CORS, CORP). Cookies
 * go along to the page's own site only, so that pictures behind its login come too. No Referer
 * does; a site that insists on one refuses, and then the service is given the address to try.
 *
 * @typedef {{blob: Blob} | {url: string}} Original What can be put before the service.
 * @typedef {import('../shared/outcomes.js').NoVerdict} NoVerdict
 * @typedef {import('../shared/outcomes.js').PictureSource} PictureSource
 */

import {MOST_BYTES} from '../shared/limits.js';
import {looksLike} from './likeness.js';

/** The browser ends a worker whose fetch takes 30 s. */
const DEADLINE_MS = 20_000;

/**
 * @param {PictureSource} picture
 * @param {string} page Origin of the page that shows it.
 * @param {typeof fetch} [fetchBytes]
 * @returns {Promise<Original | NoVerdict>}
 */
export async function obtain(picture, page, fetchBytes = fetch) {
  if ('dataUrl' in picture) return unpack(picture.dataUrl, fetchBytes);
  const blob = await download(picture.url, page, fetchBytes);
  if (!blob) return {url: picture.url};
  if (blob.size > MOST_BYTES) return {state: 'unsupported', cause: 'too-large'};
  return (await looksLike(blob, picture)) ? {blob} : {state: 'unsupported', cause: 'different'};
}

/**
 * @param {string} url
 * @param {string} page
 * @param {typeof fetch} fetchBytes
 */
async function download(url, page, fetchBytes) {
  // A redirect may lead to another site, and cookies must not follow it there.
  const own = isOwn(url, page) && (await tryDownload(url, {credentials: 'include', redirect: 'error'}, fetchBytes));
  return own || tryDownload(url, {credentials: 'omit'}, fetchBytes);
}

/**
 * @param {string} url
 * @param {string} page
 * @returns {boolean} Whether both are of one site: the same host, or one above the other.
 */
function isOwn(url, page) {
  const [picture, host] = [new URL(url).hostname, new URL(page).hostname];
  return picture === host || picture.endsWith(`.${host}`) || host.endsWith(`.${picture}`);
}

/**
 * @param {string} url
 * @param {RequestInit} init
 * @param {typeof fetch} fetchBytes
 * @returns {Promise<Blob | null>} Null where the site gives no picture, such as a page to log in.
 */
async function tryDownload(url, init, fetchBytes) {
  try {
    const response = await fetchBytes(url, {
      ...init,
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
 * @returns {Promise<Original | NoVerdict>}
 */
async function unpack(dataUrl, fetchBytes) {
  try {
    const blob = await (await fetchBytes(dataUrl)).blob();
    return blob.size > MOST_BYTES ? {state: 'unsupported', cause: 'too-large'} : {blob};
  } catch {
    return {state: 'unsupported', cause: 'unreadable'};
  }
}
