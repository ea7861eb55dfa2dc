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

  /** A check failed. Told for each; one wait serves them all. */
  failed() {
    if (this.#signal.aborted) return;
    this.#timer ??= setTimeout(() => this.#look(), this.#waitMs);
  }

  /** A check succeeded: the next outage is a new one. */
  succeeded() {
    this.#waitMs = FIRST_MS;
  }

  async #look() {
    const back = !document.hidden && (await this.#isBack());
    this.#timer = undefined;
    this.#waitMs = Math.min(this.#waitMs * GROWTH, LAST_MS);
    if (back) this.#recovered();
    else this.failed();
  }
}
