//# allFunctionsCalledOnLoad
/**
 * Finds the pictures of a page: those that are there, those that come later, those that change
 * their address and those that go.
 *
 * Looks at elements only; whether a picture is in view or has a verdict is not known here. Images, of
 * which a page may have thousands, are not even looked at until somebody says that one has come near.
 */

import {createDamper} from '../shared/damper.js';
import {pictureOf} from './bearers.js';
import {IdleWork} from './idle-work.js';
import {LateRoots} from './late-roots.js';
import {NaturalSizes} from './natural-sizes.js';
import {OVERLAY, Roots, shadowRootOf} from './roots.js';

/** Past this many records in one batch, looking at the whole page is cheaper than at each. */
const BURST = 1000;

/** A class or the window's size may change any background, and both may change at every frame. */
const RESTYLE_PAUSE_MS = 500;

/** Advertisements come in many frames at a time. */
const FRAMES_PAUSE_MS = 500;

/**
 * An image is complete a little before it tells so. Within this time of being found, that is all that
 * the first such event of its address says.
 */
const OWN_LOAD_MS = 1000;

/** Attributes that say which picture is shown. */
const NAMES_PICTURE = new Set(['src', 'srcset', 'sizes', 'poster', 'href']);

/**
 * @typedef {object} Listener
 * @property {(image: Element) => void} found An image is there, and has not come near yet.
 * @property {(bearer: Element, picture: import('../shared/outcomes.js').Picture, reloaded: boolean) => void} present
 *   Shows this picture; also told again and again. `reloaded`: loaded once more since it was last told
 *   of, so that other bytes may stand behind the same address.
 * @property {(bearer: Element) => void} absent Has left the page, or shows no picture now.
 * @property {(event?: Event) => void} moved Something happened that may have moved pictures.
 * @property {() => void} restyled The same, and other boxes may crop them now.
 * @property {() => void} framed A frame is there, or shows another page.
 *
 * @typedef {object} Told Of a bearer that shows a picture.
 * @property {string} url Of the picture.
 * @property {number} since When it was told of first.
 * @property {boolean} loaded Whether what loads from here on is another picture, be it at the same address.
 */

export class Scanner {
  #listener;
  #work;
  /** @type {Map<Element, Told>} */
  #present = new Map();
  /** @type {WeakSet<Element>} Images that have come near. */
  #near = new WeakSet();
  /** @type {Set<Node>} */
  #restyled = new Set();
  #sizes = new NaturalSizes((element) => this.#work.add(element));

  /**
   * @param {Listener} listener
   * @param {string[]} moves Types of events that move pictures.
   * @param {AbortSignal} signal Ends the search.
   */
  constructor(listener, moves, signal) {
    this.#listener = listener;
    this.#work = new IdleWork((element) => this.#look(element), signal);
    this.#late = new LateRoots((element) => this.#lookInto(element), signal);
    const look = (/** @type {Event} */ event) => this.#onEvent(event);
    const move = (/** @type {Event} */ event) => this.#listener.moved(event);
    const types = ['load', 'error', 'play', 'seeking', 'emptied'];
    const events = Object.fromEntries([...moves.map((type) => [type, move]), ...types.map((type) => [type, look])]);
    this.roots = new Roots({mutated: (records) => this.#onMutations(records), events}, signal);
    this.#restyle = createDamper(() => this.#addRestyled(), RESTYLE_PAUSE_MS, signal);
    this.#framed = createDamper(() => this.#listener.framed(), FRAMES_PAUSE_MS, signal);
    addEventListener('resize', () => this.#onRestyle(document), {signal});
    addEventListener('load', () => this.#work.addTree(document), {signal});
    this.roots.add(document);
    this.#work.addTree(document);
  }

  #late;
  /** @type {() => void} */
  #restyle;
  /** @type {() => void} */
  #framed;

  /** @param {Element} element Has come near: told of at once, if it shows a picture. */
  approach(element) {
    if (this.#near.has(element) || !(element instanceof HTMLImageElement)) return;
    this.#near.add(element);
    this.#look(element);
  }

  /** @param {Iterable<Element>} bearers What they show can change without a trace: a pointer that hovers. */
  lookAgain(bearers) {
    // An image tells when it shows another picture; a background does not.
    for (const bearer of bearers) if (!(bearer instanceof HTMLImageElement)) this.#work.add(bearer);
  }

  /** @param {Event} event */
  #onEvent({target, type}) {
    // Of a page's many images most are far away, and are looked at when they come near.
    if (target instanceof HTMLImageElement && !this.#near.has(target)) return;
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
    if (this.#present.has(element)) this.#look(element, reloaded && !this.#isOwnLoad(element));
    // Browsers go over to the new picture a little later.
    this.#work.add(element);
  }

  /** @param {Element} element Has just loaded, and was told of before. */
  #isOwnLoad(element) {
    const told = this.#present.get(element);
    if (!told || told.loaded) return false;
    told.loaded = true;
    return performance.now() - told.since < OWN_LOAD_MS;
  }

  /** @param {MutationRecord[]} records */
  #onMutations(records) {
    if (records.every(isOfOverlay)) return;
    if (records.length > BURST) for (const root of this.roots.all()) this.#work.addTree(root);
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
    for (const node of addedNodes) if (node instanceof Element) this.#work.addTree(node);
  }

  /**
   * @param {Element} element
   * @param {string} name
   */
  #onAttribute(element, name) {
    if (NAMES_PICTURE.has(name)) this.#onRenamed(element);
    else this.#work.add(element);
    if (element instanceof HTMLSourceElement && element.parentElement) this.#onSources(element.parentElement);
  }

  /** @param {Element} element Told to load, be it the same address. */
  #onRenamed(element) {
    const told = this.#present.get(element);
    if (told) told.loaded = true;
    this.#onChange(element);
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
    for (const tree of this.#restyled) this.#work.addTree(tree);
    this.#restyled.clear();
  }

  /** What was taken out is told of at once: its badge must not stay behind. */
  #sweep() {
    for (const bearer of this.#present.keys()) if (!bearer.isConnected) this.#look(bearer);
  }

  /**
   * @param {Element} element
   * @param {boolean} [reloaded]
   */
  #look(element, reloaded = false) {
    if (element instanceof HTMLImageElement && !this.#near.has(element)) return this.#listener.found(element);
    if (element.localName === OVERLAY) return;
    if (element instanceof HTMLIFrameElement) this.#framed();
    const picture = element.isConnected ? pictureOf(element, this.#sizes) : null;
    if (picture) {
      const {url} = picture;
      if (this.#present.get(element)?.url !== url) this.#present.set(element, {url, since: performance.now(), loaded: false});
      this.#listener.present(element, picture, reloaded);
    } else if (this.#present.delete(element)) {
      this.#listener.absent(element);
    }
    // An image holds nothing, and most of what is looked at are images.
    if (element.isConnected && !(element instanceof HTMLImageElement)) this.#lookInto(element);
  }

  /** @param {Element} element */
  #lookInto(element) {
    const root = shadowRootOf(element);
    if (root && this.roots.add(root)) this.#work.addTree(root);
    if (!root) this.#late.await(element);
  }
}

/**
 * @param {MutationRecord} record
 * @returns {boolean} Whether nothing but the overlay was added.
 */
function isOfOverlay({addedNodes: [added, more], removedNodes}) {
  return added instanceof Element && added.localName === OVERLAY && !more && removedNodes.length === 0;
}
