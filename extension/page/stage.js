//# allFunctionsCalledOnLoad
/**
 * Where in the page the overlay stands: at its end, and while something of the page is in the
 * browser's top layer (a dialog, a popover, full screen), in the top layer too.
 *
 * All outside a modal dialog or a full-screen element is dead to presses, so the overlay moves into
 * it. What enters the top layer lies inside the overlay's shadow root, where no style of the page
 * for popovers and their backdrops reaches it.
 */

import {holds} from './roots.js';

const MODAL = ':modal';
/** What shows nothing that is put into it: badges lie over it and cannot be pressed. */
const CLOSED = /^(img|video|canvas|iframe|object|embed|svg)$/;

/** A page that takes the overlay out sees it again, but no fight over it at each frame. */
const RETURN_MS = 250;

const ON_TOP = ':is(:popover-open, :modal, :fullscreen)';

export class Stage {
  #host;
  #layer;
  #roots;
  /** @type {Element[]} Dialogs and full-screen elements in the order of their opening. */
  #modals = [];
  #changed = true;
  #latestReturn = -Infinity;

  /**
   * @param {HTMLElement} host
   * @param {HTMLElement} layer All that is shown, in the shadow root of the host.
   * @param {() => Iterable<Document | ShadowRoot>} roots
   */
  constructor(host, layer, roots) {
    this.#host = host;
    this.#layer = layer;
    this.#roots = roots;
    layer.popover = 'manual';
  }

  /** Something may have entered or left the top layer. */
  change() {
    this.#changed = true;
  }

  /** Takes its place. */
  settle() {
    if (!this.#changed && this.#host.isConnected) return;
    if (!this.#host.isConnected && !this.#mayReturn()) return;
    this.#changed = false;
    this.#modals = this.#openModals();
    const modal = this.#modals.at(-1);
    const parent = !modal || CLOSED.test(modal.localName) ? document.documentElement : modal;
    if (this.#host.parentNode !== parent) parent.append(this.#host);
    // Out and in again: whatever came last is on top.
    if (this.#layer.matches(':popover-open')) this.#layer.hidePopover();
    if (this.#find(ON_TOP).length > 0) this.#layer.showPopover();
  }

  /**
   * @param {Element} bearer
   * @returns {boolean} Whether the page itself put it out of reach.
   */
  shutsOut(bearer) {
    const modal = this.#modals.at(-1);
    return (modal !== undefined && !holds(modal, bearer)) || bearer.closest('[inert]') !== null;
  }

  #mayReturn() {
    const now = performance.now();
    if (now < this.#latestReturn + RETURN_MS) return false;
    this.#latestReturn = now;
    return true;
  }

  #openModals() {
    const open = this.#find(MODAL);
    const before = this.#modals.filter((modal) => open.includes(modal));
    return [...before, ...open.filter((modal) => !before.includes(modal))];
  }

  /** @param {string} selector */
  #find(selector) {
    return Array.from(this.#roots()).flatMap((root) => [...root.querySelectorAll(selector)]);
  }
}
