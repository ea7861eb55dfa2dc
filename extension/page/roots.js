//# allFunctionsCalledOnLoad
/**
 * The document and all shadow roots in it, open or closed: each is a tree of its own, whose
 * mutations and most of whose events are not heard outside.
 *
 * @typedef {Document | ShadowRoot} Root
 *
 * @typedef {object} Listener
 * @property {(records: MutationRecord[]) => void} mutated
 * @property {Record<string, (event: Event) => void>} events Heard in all roots, by type.
 */

/** Candor's own element, in which nothing is looked for: what it writes would be news without end. */
export const OVERLAY = 'candor-overlay';

/** Attributes that name a picture, and those that commonly move one. */
const ATTRIBUTES = ['src', 'srcset', 'sizes', 'poster', 'href', 'class', 'style', 'hidden', 'open'];

export class Roots {
  #listener;
  #signal;
  #observer;
  /** @type {WeakSet<Root>} */
  #known = new WeakSet();
  /** @type {WeakRef<Root>[]} */
  #all = [];

  /**
   * @param {Listener} listener
   * @param {AbortSignal} signal Ends the listening.
   */
  constructor(listener, signal) {
    this.#listener = listener;
    this.#signal = signal;
    this.#observer = new MutationObserver((records) => this.#listener.mutated(records));
    signal.addEventListener('abort', () => this.#observer.disconnect());
  }

  /**
   * @param {Root} root
   * @returns {boolean} Whether it was not known before.
   */
  add(root) {
    if (this.#known.has(root)) return false;
    this.#known.add(root);
    this.#all = [...this.#all.filter((one) => one.deref()), new WeakRef(root)];
    this.#observer.observe(root, {childList: true, subtree: true, attributeFilter: ATTRIBUTES});
    const options = {capture: true, passive: true, signal: this.#signal};
    for (const [type, hear] of Object.entries(this.#listener.events)) root.addEventListener(type, hear, options);
    return true;
  }

  /** @returns {Root[]} Those that are part of the page now. */
  all() {
    return this.#all.flatMap((one) => one.deref() ?? []).filter(({isConnected}) => isConnected);
  }
}

/** What may have one, besides custom elements, by the standard. Asking costs more than this. */
const HOSTS = /^(?:article|aside|blockquote|body|div|footer|h[1-6]|header|main|nav|p|section|span)$/;

/**
 * @param {Element} element
 * @returns {ShadowRoot | null} Also a closed one: extensions may see what they show.
 */
export function shadowRootOf(element) {
  if (!(element instanceof HTMLElement) || !(element.localName.includes('-') || HOSTS.test(element.localName))) return null;
  // Firefox has it on elements instead.
  const {openOrClosedShadowRoot} = /** @type {{openOrClosedShadowRoot?: ShadowRoot | null}} */ (/** @type {unknown} */ (element));
  const {dom} = chrome;
  return dom?.openOrClosedShadowRoot(element) ?? openOrClosedShadowRoot ?? element.shadowRoot;
}

/**
 * @param {Node} node
 * @returns {Element | null} The box around it as it is shown, out of slots and shadow roots.
 */
export function boxAround(node) {
  if (node instanceof Element && node.assignedSlot) return node.assignedSlot;
  if (node.parentElement) return node.parentElement;
  const root = node.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}

/**
 * @param {Element} ancestor
 * @param {Element} element
 * @returns {boolean} Whether one is the other or lies in it, shadow roots included.
 */
export function holds(ancestor, element) {
  for (let box = /** @type {Element | null} */ (element); box; box = boxAround(box)) {
    if (box === ancestor) return true;
  }
  return false;
}
