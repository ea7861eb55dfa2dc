/**
 * Verdicts of this browser session, so that a picture seen again needs no request.
 *
 * Kept in `storage.session`: it outlives the worker, not the browser, and no page can read it.
 * Only verdicts come here, never failures. The service has its own memory; this one only saves
 * sending bytes, so an entry may go at any time.
 *
 * @typedef {import('../shared/outcomes.js').Verdict} Verdict
 * @typedef {{at: number, verdict: Verdict}} Entry
 * @typedef {Pick<chrome.storage.StorageArea, 'get' | 'set' | 'remove'>} Area
 */

const PREFIX = 'verdict:';

/** About 1 kB each, in an area of 10 MB. */
const MOST_ENTRIES = 2000;

/** A picture may change behind its address, and a model behind its service. */
const LIFETIME_MS = 10 * 60 * 1000;

/**
 * Model and service are part of the key: another model or another service misses by itself.
 * Hashed, because a data: URL is as long as its picture.
 *
 * @param {string} service
 * @param {string} model
 * @param {string} picture
 */
export async function verdictKey(service, model, picture) {
  const text = new TextEncoder().encode(JSON.stringify([service, model, picture]));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', text));
  return PREFIX + Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

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
   * @param {string} key
   * @returns {Promise<Verdict | null>}
   */
  async get(key) {
    const entry = (await this.#entries()).get(key);
    return entry && this.#now() - entry.at < LIFETIME_MS ? entry.verdict : null;
  }

  /**
   * @param {string} key
   * @param {Verdict} verdict
   */
  async put(key, verdict) {
    const entries = await this.#entries();
    const entry = {at: this.#now(), verdict};
    entries.delete(key);
    entries.set(key, entry);
    await this.#evict(entries);
    await this.#area.set({[key]: entry});
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
    const stored = Object.entries(await this.#area.get(null)).filter(([key]) => key.startsWith(PREFIX));
    const entries = /** @type {[string, Entry][]} */ (stored);
    return new Map(entries.sort(([, one], [, other]) => one.at - other.at));
  }
}
