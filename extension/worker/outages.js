/**
 * Services that could not be reached when one was last asked for a verdict.
 *
 * While one is away, a question without a picture goes ahead, one for all that wait: no picture is
 * sent again and again to where nobody is.
 */

/**
 * @typedef {import('./service.js').Service} Service
 * @typedef {import('../shared/outcomes.js').Answer} Answer
 */

export class Outages {
  #isThere;
  /** @type {Set<string>} By address. */
  #away = new Set();
  /** @type {Map<string, Promise<boolean>>} Questions under way, by address. */
  #asked = new Map();

  /** @param {(service: Service) => Promise<boolean>} isThere Whether anybody answers. */
  constructor(isThere) {
    this.#isThere = isThere;
  }

  /**
   * @param {Service} service
   * @param {Answer} answer What came of asking it for a verdict.
   */
  note({address}, answer) {
    if (answer.state === 'unreachable' && answer.cause === 'network') this.#away.add(address);
    else this.#away.delete(address);
  }

  /** @param {Service} service Has answered, whatever. */
  end({address}) {
    this.#away.delete(address);
  }

  /**
   * @param {Service} service
   * @returns {Promise<boolean>} Whether it was away, and still is.
   */
  async goesOn(service) {
    const {address} = service;
    if (!this.#away.has(address)) return false;
    const asked = this.#asked.get(address) ?? this.#isThere(service).finally(() => this.#asked.delete(address));
    this.#asked.set(address, asked);
    if (await asked) this.#away.delete(address);
    return this.#away.has(address);
  }
}
