/**
 * The bytes of a picture as its site serves them. Never a copy read back from a canvas: the noise
 * that browsers add there against tracking changes verdicts.
 *
 * With access to all sites the worker may read what the page itself may not (CORS, CORP). Cookies
 * go along to the page's own site only, so that pictures behind its login come too. No Referer
 * does. A site that insists on one is asked once more by the page; where that gives nothing
 * either, the service is given the address to try.
 *
 * One worker serves private windows too, with the cookies and the cache of all others. For them it
 * goes without both, and no address is passed on: what is behind a login the page reads, as whoever
 * is logged in there.
 *
 * @typedef {{blob: Blob, freshMs: number}} Sent `freshMs`: for how long the address is sure to give the
 *   same bytes.
 * @typedef {Sent | {url: string}} Original What can be put before the service.
 * @typedef {Sent | NoVerdict | null} Download Null where the site gives the worker no picture.
 * @typedef {import('../shared/outcomes.js').NoVerdict} NoVerdict
 * @typedef {import('../shared/outcomes.js').PictureSource} PictureSource
 *
 * @typedef {object} Where
 * @property {string} page Origin of the page that shows the picture.
 * @property {(url: string) => Promise<string | null>} readInPage Its bytes as the page gets them, as
 *   a data: URL.
 * @property {boolean} anew Whether what the browser remembers of the address may be old.
 * @property {boolean} private Whether the page is in a private window.
 */

import {MOST_BYTES} from '../shared/limits.js';
import {freshMsOf} from './freshness.js';
import {looksLike} from './likeness.js';

/** The browser ends a worker whose fetch takes 30 s. */
const DEADLINE_MS = 20_000;

/** @type {NoVerdict} */
const UNREADABLE = {state: 'unsupported', cause: 'unreadable'};

/** @type {NoVerdict} */
const PRIVATE = {state: 'unsupported', cause: 'private'};

/**
 * @param {PictureSource} picture
 * @param {Where} where
 * @param {AbortSignal} signal
 * @param {typeof fetch} [fetchBytes]
 * @returns {Promise<Download>}
 */
export async function download(picture, where, signal, fetchBytes = fetch) {
  if ('dataUrl' in picture) return unpack(picture.dataUrl, fetchBytes);
  const found = await new Fetching(where, signal, fetchBytes).get(picture.url);
  return found && fitting(found, picture);
}

/**
 * What the page can give where the worker got nothing.
 *
 * @param {PictureSource} picture
 * @param {Where} where
 * @param {typeof fetch} [fetchBytes]
 * @returns {Promise<Original | NoVerdict>}
 */
export async function readByPage(picture, where, fetchBytes = fetch) {
  if ('dataUrl' in picture) return UNREADABLE;
  const dataUrl = await where.readInPage(picture.url);
  const read = dataUrl ? await unpack(dataUrl, fetchBytes) : UNREADABLE;
  // Of what the site said of it, nothing came along.
  if ('blob' in read) return fitting({...read, freshMs: 0}, picture);
  return where.private ? PRIVATE : {url: picture.url};
}

/**
 * @param {Sent} found
 * @param {import('../shared/outcomes.js').Picture} picture
 * @returns {Promise<Sent | NoVerdict>}
 */
async function fitting(found, picture) {
  if (found.blob.size > MOST_BYTES) return {state: 'unsupported', cause: 'too-large'};
  return (await looksLike(found.blob, picture)) ? found : {state: 'unsupported', cause: 'different'};
}

class Fetching {
  #where;
  #cache;
  #signal;
  #fetchBytes;

  /**
   * @param {Where} where
   * @param {AbortSignal} signal
   * @param {typeof fetch} fetchBytes
   */
  constructor(where, signal, fetchBytes) {
    this.#where = where;
    this.#cache = cacheFor(where);
    this.#signal = signal;
    this.#fetchBytes = fetchBytes;
  }

  /**
   * @param {string} url
   * @returns {Promise<Sent | null>} Null where the site gives no picture, such
   *   as a page to log in.
   */
  async get(url) {
    const {page, private: isPrivate} = this.#where;
    const withCookies = !isPrivate && isOwn(url, page);
    // A redirect may lead to another site, and cookies must not follow it there.
    const own = withCookies && (await this.#try(url, {credentials: 'include', redirect: 'error'}));
    return own || this.#try(url, {credentials: 'omit'});
  }

  /**
   * @param {string} url
   * @param {RequestInit} init
   * @returns {Promise<Sent | null>}
   */
  async #try(url, init) {
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(DEADLINE_MS)]);
    // Called as a method, the browser's own refuses.
    const fetchBytes = this.#fetchBytes;
    try {
      const response = await fetchBytes(url, {...init, cache: this.#cache, signal});
      return response.ok && mayBePicture(response) ? {blob: await response.blob(), freshMs: freshMsOf(response.headers, Date.now())} : null;
    } catch {
      return null;
    }
  }
}

/**
 * @param {Where} where
 * @returns {RequestCache}
 */
function cacheFor({anew, private: isPrivate}) {
  if (isPrivate) return 'no-store';
  return anew ? 'no-cache' : 'default';
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

/** @param {Response} response */
function mayBePicture(response) {
  const type = response.headers.get('Content-Type') ?? '';
  return type === '' || /^(image\/|application\/octet-stream|binary\/octet-stream)/i.test(type);
}

/**
 * @param {string} dataUrl
 * @param {typeof fetch} fetchBytes
 * @returns {Promise<Sent | NoVerdict>}
 */
async function unpack(dataUrl, fetchBytes) {
  try {
    const blob = await (await fetchBytes(dataUrl)).blob();
    return blob.size > MOST_BYTES ? {state: 'unsupported', cause: 'too-large'} : {blob, freshMs: Infinity};
  } catch {
    return UNREADABLE;
  }
}
