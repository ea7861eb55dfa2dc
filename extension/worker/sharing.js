/**
 * One piece of work for all who want its result at a time, ended when nobody wants it any more.
 *
 * @template T
 */
export class Sharing {
  /** @type {Map<string, {result: Promise<T>, end: AbortController, wanted: number}>} */
  #underway = new Map();

  /**
   * @param {string} key Of the work.
   * @param {AbortSignal} signal Of who wants it now.
   * @param {(signal: AbortSignal) => Promise<T>} work
   * @returns {Promise<T>} Rejects when its own signal aborts.
   */
  async share(key, signal, work) {
    signal.throwIfAborted();
    const shared = this.#underway.get(key) ?? this.#start(key, work);
    shared.wanted += 1;
    return new Promise((resolve, reject) => {
      const leave = () => {
        shared.wanted -= 1;
        if (shared.wanted === 0) this.#drop(key, shared);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave);
      shared.result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    });
  }

  /**
   * @param {string} key
   * @param {(signal: AbortSignal) => Promise<T>} work
   */
  #start(key, work) {
    const end = new AbortController();
    const shared = {result: work(end.signal), end, wanted: 0};
    this.#underway.set(key, shared);
    const done = () => this.#forget(key, shared);
    shared.result.then(done, done);
    return shared;
  }

  /**
   * @param {string} key
   * @param {{end: AbortController}} shared
   */
  #drop(key, shared) {
    this.#forget(key, shared);
    shared.end.abort();
  }

  /**
   * @param {string} key
   * @param {unknown} shared
   */
  #forget(key, shared) {
    if (this.#underway.get(key) === shared) this.#underway.delete(key);
  }
}
