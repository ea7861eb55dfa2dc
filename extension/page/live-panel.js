/**
 * What is said of a video as it plays, beside it, or over its corner where there is no room: the
 * running verdict, how many frames a second are looked at, and a way to stop.
 */

import {leadOf, noVerdict} from '../verdict/card.js';
import {element} from '../verdict/elements.js';
import {placeBeside} from './placement.js';

const INSET = 8;

/** @typedef {'stop' | 'resume' | 'capture'} Action */

export class LivePanel {
  element = element('div', {role: 'dialog', tabindex: '-1', 'data-live': ''});
  #texts;
  #said = element('div', {role: 'status'});
  #rate = element('p', {class: 'quiet'});
  #actions = element('div', {class: 'actions'});
  #means;

  /**
   * @param {import('../shared/texts.js').Texts} texts
   * @param {Record<Action | 'close', () => void>} means
   */
  constructor(texts, means) {
    this.#texts = texts;
    this.#means = means;
    this.element.classList.add('card', 'verdict', 'live');
    this.element.setAttribute('aria-label', texts.message('live_title'));
    const close = element('button', {type: 'button', class: 'close', 'aria-label': texts.message('card_close')}, '×');
    close.addEventListener('click', means.close);
    this.element.append(close, this.#said, this.#rate, this.#actions);
    this.element.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') means.close();
    });
  }

  begin() {
    this.#rate.textContent = '';
    this.#said.replaceChildren(...noVerdict('', this.#texts, 'checking', this.#texts.message('live_begun')));
    this.#offer(['stop']);
  }

  /**
   * @param {import('../verdict/running.js').Running} running
   * @param {number} rate Frames a second; 0 where it is not known yet.
   */
  show({state, probability}, rate) {
    const {say, locale} = this.#texts;
    const words = leadOf(state, probability, say('live_mean'), this.#texts);
    // Read out where the label changes, and not with each frame.
    const same = this.#said.querySelector('.word')?.textContent === words[0]?.textContent;
    this.#said.ariaLive = same ? 'off' : 'polite';
    this.#said.replaceChildren(...words);
    const told = new Intl.NumberFormat(locale, {minimumFractionDigits: 1, maximumFractionDigits: 1}).format(rate);
    this.#rate.textContent = rate ? say('live_rate', told) : '';
  }

  /**
   * That nothing is looked at any more, and why.
   *
   * @param {string} key
   * @param {Action[]} actions
   */
  tell(key, actions) {
    const {message} = this.#texts;
    this.#rate.textContent = message(key);
    if (!this.#said.querySelector('.chance')) this.#said.replaceChildren(...noVerdict('', this.#texts));
    this.#offer(actions);
  }

  /** @param {string} reason */
  refuse(reason) {
    this.#said.replaceChildren(...noVerdict(reason, this.#texts));
    this.#rate.textContent = '';
    this.#offer(['resume']);
  }

  /**
   * @param {HTMLVideoElement | null} video
   * @param {DOMRect} origin Of the layer.
   */
  follow(video, origin) {
    const view = {width: innerWidth, height: innerHeight};
    const size = {width: this.element.offsetWidth, height: this.element.offsetHeight};
    const box = video?.getBoundingClientRect() ?? new DOMRect(0, 0, 0, 0);
    const corner = {
      x: Math.max(INSET, Math.min(box.left + INSET, view.width - size.width - INSET)),
      y: Math.max(INSET, Math.min(box.top + INSET, view.height - size.height - INSET)),
    };
    const {x, y} = (video && placeBeside(box, box, size, view)) || corner;
    this.element.style.transform = `translate(${x - origin.left}px, ${y - origin.top}px)`;
  }

  /** @param {Action[]} actions */
  #offer(actions) {
    const hadFocus = this.#actions.contains(/** @type {ShadowRoot} */ (this.element.getRootNode()).activeElement ?? null);
    this.#actions.replaceChildren(...actions.map((action) => {
      const button = element('button', {type: 'button'}, this.#texts.message(`live_${action}`));
      button.addEventListener('click', this.#means[action]);
      return button;
    }));
    const next = this.#actions.querySelector('button');
    if (hadFocus) (next ?? this.element).focus({preventScroll: true});
  }
}
