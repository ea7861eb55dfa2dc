//# allFunctionsCalledOnLoad
/** The card, whose modules are fetched when one is opened first: on most pages none ever is. */

/**
 * @typedef {import('./badge.js').Badge} Badge
 * @typedef {import('./card.js').Card} Card
 */

export class LateCard {
  #make;
  #signal;
  /** @type {Promise<Card> | null} */
  #coming = null;
  /** @type {Card | null} */
  #card = null;
  /** @type {Badge | null} Whose card is to open as soon as there is one. */
  #wanted = null;

  /**
   * @param {HTMLElement} layer Of the overlay.
   * @param {import('./card.js').Means} means
   * @param {AbortSignal} signal
   */
  constructor(layer, means, signal) {
    this.#signal = signal;
    this.#make = async () => new (await import('./card.js')).Card(layer, means, signal);
  }

  /**
   * @param {Badge} badge
   * @param {Element} bearer
   */
  toggle(badge, bearer) {
    if (this.#card) this.#card.toggle(badge, bearer);
    else if (this.#wanted === badge) this.#wanted = null;
    else this.open(badge, bearer);
  }

  /**
   * @param {Badge} badge
   * @param {Element} bearer
   */
  async open(badge, bearer) {
    if (this.#card) return this.#card.open(badge, bearer);
    this.#wanted = badge;
    // Of an extension that was updated or removed, nothing more can be fetched.
    const card = await (this.#coming ??= this.#make()).catch(() => null);
    if (!card) this.#coming = null;
    if (this.#signal.aborted) return;
    this.#card = card;
    if (this.#wanted !== badge) return;
    this.#wanted = null;
    card?.open(badge, bearer);
  }

  get isOpen() {
    return this.#card?.isOpen === true;
  }

  /** @param {Badge} badge */
  closeFor(badge) {
    if (this.#wanted === badge) this.#wanted = null;
    this.#card?.closeFor(badge);
  }

  /** Stays with its badge, and says what the badge says by now. */
  follow() {
    this.#card?.follow();
  }
}
