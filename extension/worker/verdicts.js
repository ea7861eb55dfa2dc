/**
 * Verdicts of this browser session, so that a picture seen again needs no request.
 *
 * Kept in `storage.session`: it outlives the worker, not the browser, and no page can read it.
 * Only verdicts come here, never failures. The service has its own memory; this one only saves
 * sending bytes, so an entry may go at any time.
 *
 * @typedef {import('../shared/outcomes.js').Verdict} Verdict
 * @typedef {{at: number, verdict: Verdict} | {at: number, bytes: string, freshMs: number}} Entry A
 *   verdict on bytes, or the digest of the bytes that a page was seen to show, and is sure to for so long.
 * @typedef {Pick<chrome.storage.StorageArea, 'get' | 'set' | 'remove'>} Area
 */

import {digestOf} from './digests.js';

const VERDICT = 'verdict:';
const SEEN = 'seen:';

/** Up to 3 kB each, in an area of 10 MB. */
const MOST_ENTRIES = 2000;

/** A picture may change behind its address, and a model behind its service. */
const LIFETIME_MS = 10 * 60 * 1000;

export class Verdicts {
  #area;
  #most;
  #now;
  /** @type {Promise<Map<string, Entry>> | null} Oldest first. */
  #loaded = null;

  /**
   * @param {Area} area
   * @param {{most?: number, now?: () => number}} [options]
   */
  constructor(area, {most = MOST_ENTRIES, now = Date.now} = {}) {
    this.#area = area;
    this.#most = most;
    this.#now = now;
  }

  /**
   * @param {string} service
   * @param {string} model
   * @param {string} bytes Their digest.
   * @returns {Promise<Verdict | null>}
   */
  async get(service, model, bytes) {
    const entry = await this.#fresh(await verdictKey(service, model, bytes));
    return entry && 'verdict' in entry ? entry.verdict : null;
  }

  /**
   * @param {string} seen Digest of what a page said of a picture.
   * @returns {Promise<string | null>} Digest of the bytes that were behind it.
   */
  async bytesOf(seen) {
    const entry = await this.#fresh(SEEN + seen);
    return entry && 'bytes' in entry ? entry.bytes : null;
  }

  /**
   * @param {string} service
   * @param {Verdict} verdict
   * @param {string} bytes Their digest.
   */
  async put(service, verdict, bytes) {
    await this.#keep(await verdictKey(service, verdict.model, bytes), {at: this.#now(), verdict});
  }

  /**
   * @param {string} seen Digest of what a page said of a picture.
   * @param {string} bytes Digest of those behind it.
   * @param {number} freshMs For how long they are sure to be.
   */
  async see(seen, bytes, freshMs) {
    if (freshMs > 0) await this.#keep(SEEN + seen, {at: this.#now(), bytes, freshMs: Math.min(freshMs, LIFETIME_MS)});
    else await this.#drop(SEEN + seen);
  }

  /** Forgets everything. */
  async clear() {
    const keys = [...(await this.#entries()).keys()];
    this.#loaded = Promise.resolve(new Map());
    await this.#area.remove(keys);
  }

  /**
   * @param {string} key
   * @param {Entry} entry
   */
  async #keep(key, entry) {
    const entries = await this.#entries();
    entries.delete(key);
    entries.set(key, entry);
    await this.#evict(entries);
    await this.#area.set({[key]: entry});
  }

  /** @param {string} key */
  async #drop(key) {
    if ((await this.#entries()).delete(key)) await this.#area.remove(key);
  }

  /** @param {string} key */
  async #fresh(key) {
    const entry = (await this.#entries()).get(key);
    const lastsMs = entry && 'freshMs' in entry ? entry.freshMs : LIFETIME_MS;
    return entry && this.#now() - entry.at < lastsMs ? entry : null;
  }

  /** @param {Map<string, Entry>} entries */
  async #evict(entries) {
    const surplus = [...entries.keys()].slice(0, Math.max(0, entries.size - this.#most));
    if (surplus.length === 0) return;
    for (const key of surplus) entries.delete(key);
    await this.#area.remove(surplus);
  }

  #entries() {
    this.#loaded ??= this.#load();
    return this.#loaded;
  }

  async #load() {
    const stored = Object.entries(await this.#area.get(null))
      .filter(([key]) => key.startsWith(VERDICT) || key.startsWith(SEEN));
    const entries = /** @type {[string, Entry][]} */ (stored);
    return new Map(entries.sort(([, one], [, other]) => one.at - other.at));
  }
}

/**
 * Model and service are part of the key: another model or another service misses by itself.
 *
 * @param {string} service
 * @param {string} model
 * @param {string} bytes
 */
async function verdictKey(service, model, bytes) {
  return VERDICT + (await digestOf(JSON.stringify([service, model, bytes])));
}
