//# allFunctionsCalledOnLoad
/**
 * Elements that are to be looked at, alone or with all that is in them: in idle time and in slices,
 * so that a page that adds a thousand pictures stays smooth.
 */

/** Idle time may never come on a busy page. */
const LATEST_MS = 300;

/** A slice ends after this even where the browser promises more: people may start to scroll. */
const LONGEST_MS = 8;

export class IdleWork {
  #look;
  #signal;
  /** @type {Set<Element>} To be looked at, alone. */
  #ones = new Set();
  /** @type {Set<Node>} To be looked at with all that is in them. */
  #trees = new Set();
  /** @type {TreeWalker | null} Through the tree that is being looked at. */
  #walker = null;
  #scheduled = false;

  /**
   * @param {(element: Element) => void} look
   * @param {AbortSignal} signal Nothing is looked at after this.
   */
  constructor(look, signal) {
    this.#look = look;
    this.#signal = signal;
  }

  /** @param {Element} element */
  add(element) {
    this.#ones.add(element);
    this.#schedule();
  }

  /** @param {Node} tree */
  addTree(tree) {
    this.#trees.add(tree);
    this.#schedule();
  }

  #schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestIdleCallback((deadline) => this.#work(deadline), {timeout: LATEST_MS});
  }

  /** @param {IdleDeadline} deadline */
  #work(deadline) {
    this.#scheduled = false;
    const end = performance.now() + Math.min(LONGEST_MS, deadline.didTimeout ? LONGEST_MS : deadline.timeRemaining());
    for (let element = this.#next(); element; element = this.#next()) {
      if (this.#signal.aborted) return;
      this.#look(element);
      if (performance.now() >= end) break;
    }
    if (this.#ones.size > 0 || this.#trees.size > 0 || this.#walker) this.#schedule();
  }

  /** @returns {Element | null} */
  #next() {
    for (const element of this.#ones) {
      this.#ones.delete(element);
      return element;
    }
    for (;;) {
      const element = /** @type {Element | null} */ (this.#walker?.nextNode() ?? null);
      if (element) return element;
      const [tree] = this.#trees;
      this.#walker = null;
      if (!tree) return null;
      this.#trees.delete(tree);
      this.#walker = document.createTreeWalker(tree, NodeFilter.SHOW_ELEMENT);
      if (tree instanceof Element) return tree;
    }
  }
}
