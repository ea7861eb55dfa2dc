/**
 * What the model looked at, where the service offers that: small in the card, and over the picture
 * itself once that is pressed. The map is clear where there is nothing.
 *
 * Drawn and not linked: what a page may load is the page's to say. Nothing is ever read back.
 */

import {asBlob} from '../shared/data-urls.js';
import {isVerdict} from '../shared/outcomes.js';
import {element} from '../verdict/elements.js';
import {placeOf} from './picture-place.js';

/** In CSS pixels; a card is 320 wide. */
const MOST = {width: 290, height: 120};

/**
 * @typedef {import('../shared/outcomes.js').Verdict} Verdict
 * @typedef {(verdict: string) => Promise<string | null>} Explain The map as a data: URL.
 */

export class HeatMap {
  #layer;
  #texts;
  #explain;
  #sheet = element('canvas', {class: 'sheet', 'aria-hidden': 'true', hidden: ''});
  /** @type {{verdict: Verdict, map: ImageBitmap | null} | null} What the open card is about. */
  #open = null;

  /**
   * @param {HTMLElement} layer
   * @param {import('../shared/texts.js').Texts} texts
   * @param {Explain} explain
   */
  constructor(layer, texts, explain) {
    this.#layer = layer;
    this.#texts = texts;
    this.#explain = explain;
    layer.prepend(this.#sheet);
  }

  /**
   * @param {import('../shared/outcomes.js').Outcome} outcome
   * @param {Element} bearer
   * @returns {HTMLElement[]} For the card: nothing to see until the map is there, nor where there is none.
   */
  figureOf(outcome, bearer) {
    this.clear();
    if (!isVerdict(outcome) || !outcome.explained) return [];
    const {message} = this.#texts;
    const picture = element('canvas', {'aria-hidden': 'true'});
    const button = element(
      'button', {type: 'button', class: 'map', 'aria-pressed': 'false', hidden: ''},
      picture, element('span', {}, message('card_map')),
    );
    button.addEventListener('click', () => {
      this.#sheet.hidden = !this.#sheet.hidden;
      button.setAttribute('aria-pressed', String(!this.#sheet.hidden));
      this.follow(bearer, this.#layer.getBoundingClientRect());
    });
    this.#load(outcome, bearer, picture, button);
    return [button];
  }

  /**
   * @param {Element} bearer
   * @param {DOMRect} origin Of the layer.
   */
  follow(bearer, origin) {
    if (this.#sheet.hidden || !this.#open) return;
    const place = placeOf(bearer, this.#open.verdict);
    if (!place) return;
    const seen = bearer.getBoundingClientRect();
    const {style} = this.#sheet;
    const cut = [seen.top - place.top, place.left + place.width - seen.right, place.top + place.height - seen.bottom, seen.left - place.left];
    style.width = `${place.width}px`;
    style.height = `${place.height}px`;
    style.transform = `translate(${place.left - origin.left}px, ${place.top - origin.top}px)`;
    style.clipPath = `inset(${cut.map((edge) => `${Math.max(0, edge)}px`).join(' ')})`;
  }

  clear() {
    this.#sheet.hidden = true;
    this.#open?.map?.close();
    this.#open = null;
  }

  /**
   * @param {Verdict} verdict
   * @param {Element} bearer
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLElement} figure
   */
  async #load(verdict, bearer, canvas, figure) {
    const open = {verdict, map: /** @type {ImageBitmap | null} */ (null)};
    this.#open = open;
    const dataUrl = await this.#explain(verdict.id);
    const map = dataUrl && (await createImageBitmap(asBlob(dataUrl, 'image/png')).catch(() => null));
    if (!map || this.#open !== open) return;
    open.map = map;
    drawSheet(this.#sheet, map);
    drawFigure(canvas, bearer, map, verdict);
    figure.hidden = false;
  }
}

/**
 * @param {HTMLCanvasElement} sheet
 * @param {ImageBitmap} map
 */
function drawSheet(sheet, map) {
  [sheet.width, sheet.height] = [map.width, map.height];
  sheet.getContext('2d')?.drawImage(map, 0, 0);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Element} bearer Drawn beneath, where it is a picture itself.
 * @param {ImageBitmap} map
 * @param {{width: number, height: number}} shape
 */
function drawFigure(canvas, bearer, map, {width, height}) {
  const shape = width > 0 && height > 0 ? {width, height} : map;
  const scale = Math.min(MOST.width / shape.width, MOST.height / shape.height) * devicePixelRatio;
  [canvas.width, canvas.height] = [Math.round(shape.width * scale), Math.round(shape.height * scale)];
  canvas.style.width = `${canvas.width / devicePixelRatio}px`;
  const context = canvas.getContext('2d');
  if (!context) return;
  if (bearer instanceof HTMLImageElement) context.drawImage(bearer, 0, 0, canvas.width, canvas.height);
  context.drawImage(map, 0, 0, canvas.width, canvas.height);
}
