/**
 * Puts pictures that wait into common requests.
 *
 * The first goes at once and alone, and has a head start; those that follow are waited for and go
 * together. So the first badge comes early, and a page of many pictures needs few requests.
 *
 * @typedef {import('../shared/outcomes.js').Answer} Answer
 * @typedef {import('./originals.js').Original} Original
 * @typedef {import('./service.js').Service} Service
 *
 * @typedef {object} Waiting
 * @property {Service} service
 * @property {Original} original
 * @property {AbortSignal} signal
 * @property {(answer: Answer) => void} settle
 */

/** The service answers four requests of a caller at once, and several people may share a key. */
const AT_ONCE = 2;

/** A request ends with its slowest picture, so not too many at a time. */
const MOST_PICTURES = 16;

/** Proxies that were set up for single pictures take little more than 10 MB. */
const MOST_BYTES = 8 * 1024 * 1024;

/** The downloads of one page end one after the other. Much less than a request takes, hardly seen. */
const GATHER_MS = 25;

/** A picture that a service has to itself is answered in a fraction of the time that it takes among others. */
const HEAD_START_MS = 500;

export class Batches {
  #send;
  /** @type {Waiting[]} */
  #queue = [];
  #underway = 0;
  #isGathering = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} While the one request under way has a head start. */
  #headStart;

  /** @param {typeof import('./service.js').askVerdicts} send */
  constructor(send) {
    this.#send = send;
  }

  /**
   * @param {Service} service
   * @param {Original} original
   * @param {AbortSignal} signal Nobody wants to know any more.
   * @returns {Promise<Answer>}
   */
  ask(service, original, signal) {
    return new Promise((resolve, reject) => {
      const waiting = {service, original, signal, settle: resolve};
      signal.addEventListener('abort', () => {
        this.#queue = this.#queue.filter((other) => other !== waiting);
        reject(signal.reason);
      });
      this.#queue.push(waiting);
      this.#next();
    });
  }

  #next() {
    while (this.#mayDispatch()) {
      if (this.#underway > 0 && this.#queue.length < MOST_PICTURES) return this.#gather();
      this.#dispatch(this.#take());
    }
  }

  #gather() {
    if (this.#isGathering) return;
    this.#isGathering = true;
    setTimeout(() => {
      this.#isGathering = false;
      if (this.#mayDispatch()) this.#dispatch(this.#take());
    }, GATHER_MS);
  }

  #mayDispatch() {
    return this.#underway < AT_ONCE && this.#queue.length > 0 && this.#headStart === undefined;
  }

  #giveHeadStart() {
    this.#headStart = setTimeout(() => {
      this.#endHeadStart();
      this.#next();
    }, HEAD_START_MS);
  }

  #endHeadStart() {
    clearTimeout(this.#headStart);
    this.#headStart = undefined;
  }

  /** @returns {Waiting[]} The oldest, and those after it that can go along. */
  #take() {
    const [first] = this.#queue;
    /** @type {Waiting[]} */
    const taken = [];
    let bytes = 0;
    for (const waiting of this.#queue) {
      if (!first || !goTogether(first, waiting)) continue;
      bytes += sizeOf(waiting.original);
      if (taken.length > 0 && (bytes > MOST_BYTES || taken.length >= MOST_PICTURES)) break;
      taken.push(waiting);
    }
    this.#queue = this.#queue.filter((waiting) => !taken.includes(waiting));
    return taken;
  }

  /** @param {Waiting[]} batch */
  async #dispatch(batch) {
    const [first] = batch;
    if (!first) return;
    if (this.#underway === 0 && batch.length === 1) this.#giveHeadStart();
    this.#underway += 1;
    const originals = batch.map(({original}) => original);
    const tell = (/** @type {number} */ index, /** @type {Answer} */ answer) => batch[index]?.settle(answer);
    const ended = allOf(batch.map(({signal}) => signal));
    await this.#send(first.service, originals, tell, ended);
    this.#underway -= 1;
    // While there is one, no other request is under way whose end this could be.
    this.#endHeadStart();
    // Who left takes one question back after another, and what is left of them must not go out meanwhile.
    if (ended.aborted) setTimeout(() => this.#next());
    else this.#next();
  }
}

/**
 * @param {Waiting} one
 * @param {Waiting} other
 */
function goTogether(one, other) {
  const sameService = one.service.address === other.service.address && one.service.key === other.service.key;
  return sameService && 'url' in one.original === 'url' in other.original;
}

/** @param {Original} original */
function sizeOf(original) {
  return 'blob' in original ? original.blob.size : 0;
}

/**
 * @param {AbortSignal[]} signals
 * @returns {AbortSignal} Aborted once all of them are.
 */
function allOf(signals) {
  const all = new AbortController();
  const look = () => {
    if (signals.every(({aborted}) => aborted)) all.abort();
  };
  for (const signal of signals) signal.addEventListener('abort', look);
  return all.signal;
}
