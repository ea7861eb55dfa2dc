//# allFunctionsCalledOnLoad
/**
 * Notices when a service that was away is back.
 *
 * Asks after its health, more and more rarely, while there is a reason to and the page is looked
 * at. One such question stands for all pictures that wait.
 */

const FIRST_MS = 1_500;
const LAST_MS = 20_000;
const GROWTH = 1.6;

export class Recovery {
  #isBack;
  #recovered;
  #signal;
  #waitMs = FIRST_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {number} Until when the service asked to be let alone, in `Date.now()`. */
  #letAloneUntil = 0;

  /**
   * @param {() => Promise<boolean>} isBack
   * @param {() => void} recovered
   * @param {AbortSignal} signal Ends the waiting.
   */
  constructor(isBack, recovered, signal) {
    this.#isBack = isBack;
    this.#recovered = recovered;
    this.#signal = signal;
    signal.addEventListener('abort', () => clearTimeout(this.#timer));
  }

  /**
   * A check failed. Told for each; one wait serves them all.
   *
   * @param {number} [afterMs] How long the service asks to be let alone.
   */
  failed(afterMs = 0) {
    if (this.#signal.aborted) return;
    this.#letAloneUntil = Math.max(this.#letAloneUntil, Date.now() + afterMs);
    this.#timer ??= setTimeout(() => this.#look(), Math.max(this.#waitMs, afterMs));
  }

  /** A check succeeded: the next outage is a new one. */
  succeeded() {
    this.#waitMs = FIRST_MS;
  }

  /** Another service: it asked for nothing. */
  startOver() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waitMs = FIRST_MS;
    this.#letAloneUntil = 0;
  }

  async #look() {
    const leftMs = this.#letAloneUntil - Date.now();
    if (leftMs > 0) {
      this.#timer = setTimeout(() => this.#look(), leftMs);
      return;
    }
    const timer = this.#timer;
    const back = !document.hidden && (await this.#isBack());
    if (this.#timer !== timer) return;
    this.#timer = undefined;
    this.#waitMs = Math.min(this.#waitMs * GROWTH, LAST_MS);
    if (back) this.#recovered();
    else this.failed();
  }
}
