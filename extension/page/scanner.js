/**
 * Finds the pictures of a page: those that are there, those that come later, those that change
 * their address and those that go.
 *
 * Looks at elements only; whether a picture is in view or has a verdict is not known here. Work is
 * done in idle time, in slices, so that a page that adds a thousand pictures stays smooth.
 */

import {createDamper} from '../shared/damper.js';
import {pictureOf} from './bearers.js';
import {LateRoots} from './late-roots.js';
import {NaturalSizes} from './natural-sizes.js';
import {OVERLAY, Roots, shadowRootOf} from './roots.js';

/** Past this many records in one batch, looking at the whole page is cheaper than at each. */
const BURST = 1000;

/** Idle time may never come on a busy page. */
const LATEST_MS = 300;

/** A slice ends after this even where the browser promises more: people may start to scroll. */
const LONGEST_MS = 8;

/** A class or the window's size may change any background, and both may change at every frame. */
const RESTYLE_PAUSE_MS = 500;

/** Advertisements come in many frames at a time. */
const FRAMES_PAUSE_MS = 500;

/** Attributes that say which picture is shown. */
const NAMES_PICTURE = new Set(['src', 'srcset', 'sizes', 'poster', 'href']);

/**
 * @typedef {object} Listener
 * @property {(bearer: Element, picture: import('../shared/outcomes.js').Picture, reloaded: boolean) => void} present
 *   Shows this picture; also told again and again. `reloaded`: loaded once more since it was last told
 *   of, so that other bytes may stand behind the same address.
 * @property {(bearer: Element) => void} absent Has left the page, or shows no picture now.
 * @property {(event?: Event) => void} moved Something happened that may have moved pictures.
 * @property {() => void} restyled The same, and other boxes may crop them now.
 * @property {() => void} framed A frame is there, or shows another page.
 */

export class Scanner {
  #listener;
  #signal;
  /** @type {Set<Element>} To be looked at, alone. */
  #ones = new Set();
  /** @type {Set<Node>} To be looked at with all that is in them. */
  #trees = new Set();
  /** @type {TreeWalker | null} Through the tree that is being looked at. */
  #walker = null;
  #scheduled = false;
  /** @type {Set<Element>} Bearers that were told of. */
  #present = new Set();
  /** @type {Set<Element>} Of these, those that have loaded once more. */
  #reloaded = new Set();
  /** @type {Set<Node>} */
  #restyled = new Set();
  #sizes = new NaturalSizes((element) => this.#addOne(element));

  /**
   * @param {Listener} listener
   * @param {string[]} moves Types of events that move pictures.
   * @param {AbortSignal} signal Ends the search.
   */
  constructor(listener, moves, signal) {
    this.#listener = listener;
    this.#signal = signal;
    this.#late = new LateRoots((element) => this.#lookInto(element), signal);
    const look = (/** @type {Event} */ event) => this.#onEvent(event);
    const move = (/** @type {Event} */ event) => this.#listener.moved(event);
    const types = ['load', 'error', 'play', 'seeking', 'emptied'];
    const events = Object.fromEntries([...moves.map((type) => [type, move]), ...types.map((type) => [type, look])]);
    this.roots = new Roots({mutated: (records) => this.#onMutations(records), events}, signal);
    this.#restyle = createDamper(() => this.#addRestyled(), RESTYLE_PAUSE_MS, signal);
    this.#framed = createDamper(() => this.#listener.framed(), FRAMES_PAUSE_MS, signal);
    addEventListener('resize', () => this.#onRestyle(document), {signal});
    addEventListener('load', () => this.#addTree(document), {signal});
    this.roots.add(document);
    this.#addTree(document);
  }

  #late;
  /** @type {() => void} */
  #restyle;
  /** @type {() => void} */
  #framed;

  /** @param {Iterable<Element>} bearers What they show can change without a trace: a pointer that hovers. */
  lookAgain(bearers) {
    for (const bearer of bearers) this.#addOne(bearer);
  }

  /** @param {Event} event */
  #onEvent({target, type}) {
    // A style sheet that arrives may bring backgrounds to anything.
    if (target instanceof HTMLLinkElement || target instanceof HTMLStyleElement) this.#onRestyle(document);
    else if (target instanceof Element) this.#onChange(target, type === 'load');
    if (target instanceof HTMLIFrameElement) this.#framed();
  }

  /**
   * The verdict on one picture must not stand on the next, not even for a moment.
   *
   * @param {Element} element What it shows may have changed.
   * @param {boolean} [reloaded]
   */
  #onChange(element, reloaded = false) {
    if (this.#present.has(element)) {
      if (reloaded) this.#reloaded.add(element);
      this.#look(element);
    }
    // Browsers go over to the new picture a little later.
    this.#addOne(element);
  }

  /** @param {MutationRecord[]} records */
  #onMutations(records) {
    if (records.length > BURST) for (const root of this.roots.all()) this.#addTree(root);
    else for (const record of records) this.#onMutation(record);
    if (records.some(({removedNodes}) => removedNodes.length > 0)) this.#sweep();
    if (records.some(({attributeName}) => attributeName === 'class' || attributeName === 'open')) this.#listener.restyled();
    else this.#listener.moved();
  }

  /** @param {MutationRecord} record */
  #onMutation({type, target, addedNodes, attributeName}) {
    if (type === 'attributes') this.#onAttribute(/** @type {Element} */ (target), attributeName ?? '');
    if (attributeName === 'class' && target.hasChildNodes()) this.#onRestyle(target);
    if (type === 'childList' && target instanceof HTMLPictureElement) this.#onSources(target);
    for (const node of addedNodes) if (node instanceof Element) this.#addTree(node);
  }

  /**
   * @param {Element} element
   * @param {string} name
   */
  #onAttribute(element, name) {
    if (NAMES_PICTURE.has(name)) this.#onChange(element);
    else this.#addOne(element);
    if (element instanceof HTMLSourceElement && element.parentElement) this.#onSources(element.parentElement);
  }

  /** @param {Element} around What its sources give is shown by the image among them. */
  #onSources(around) {
    for (const image of around.querySelectorAll('img')) this.#onChange(image);
  }

  /** @param {Node} tree */
  #onRestyle(tree) {
    this.#restyled.add(tree);
    this.#restyle();
  }

  #addRestyled() {
    for (const tree of this.#restyled) this.#addTree(tree);
    this.#restyled.clear();
  }

  /** What was taken out is told of at once: its badge must not stay behind. */
  #sweep() {
    for (const bearer of this.#present) if (!bearer.isConnected) this.#look(bearer);
  }

  /** @param {Element} element */
  #addOne(element) {
    this.#ones.add(element);
    this.#schedule();
  }

  /** @param {Node} tree */
  #addTree(tree) {
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

  /** @param {Element} element */
  #look(element) {
    if (element.localName === OVERLAY) return;
    if (element instanceof HTMLIFrameElement) this.#framed();
    const picture = element.isConnected ? pictureOf(element, this.#sizes) : null;
    if (picture) {
      this.#present.add(element);
      this.#listener.present(element, picture, this.#reloaded.delete(element));
    } else if (this.#present.delete(element)) {
      this.#reloaded.delete(element);
      this.#listener.absent(element);
    }
    if (element.isConnected) this.#lookInto(element);
  }

  /** @param {Element} element */
  #lookInto(element) {
    const root = shadowRootOf(element);
    if (root && this.roots.add(root)) this.#addTree(root);
    if (!root) this.#late.await(element);
  }
}
