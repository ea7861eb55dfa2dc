/**
 * A verdict over time that does not flicker; see `frames.js`. Pure.
 *
 * Single frames waver. What is shown is a running mean of their log-odds, and its label changes
 * only when the mean has gone beyond a threshold by a margin.
 *
 * @typedef {import('./verdict.js').Label} Label
 * @typedef {import('./verdict.js').Thresholds} Thresholds
 * @typedef {{state: Label, probability: number}} Running
 */

/** Share of the newest frame in the mean: at two frames a second, half of it is four seconds old. */
const NEWEST = 0.15;
/** How far beyond a threshold the mean must go before the label changes. */
const MARGIN = 0.04;

export class RunningVerdict {
  /** @type {number | null} In log-odds. */
  #mean = null;
  /** @type {Label | null} */
  #label = null;
  #model = '';

  /**
   * @param {{probability: number, model: string, thresholds: Thresholds | null, state: Label}} frame What is said of it.
   * @returns {Running} What is said of all of them.
   */
  after({probability: newest, model, thresholds, state}) {
    // Another model counts in other measures.
    if (model !== this.#model) this.#mean = null;
    this.#model = model;
    const odds = logOdds(newest);
    this.#mean = this.#mean === null ? odds : (1 - NEWEST) * this.#mean + NEWEST * odds;
    const probability = 1 / (1 + Math.exp(-this.#mean));
    this.#label = thresholds ? labelAfter(this.#label, probability, thresholds) : state;
    return {state: this.#label, probability};
  }
}

/**
 * The label that a probability leads to, coming from another.
 *
 * @param {Label | null} label
 * @param {number} probability
 * @param {Thresholds} thresholds
 * @returns {Label}
 */
export function labelAfter(label, probability, {realBelow, fakeFrom}) {
  const bounds = {
    real: [-1, realBelow + MARGIN],
    uncertain: [realBelow - MARGIN, fakeFrom + MARGIN],
    fake: [fakeFrom - MARGIN, 2],
  };
  const [from, to] = /** @type {[number, number]} */ (label ? bounds[label] : [2, 2]);
  if (label && probability >= from && probability < to) return label;
  if (probability < realBelow) return 'real';
  return probability < fakeFrom ? 'uncertain' : 'fake';
}

/** @param {number} probability */
function logOdds(probability) {
  const inside = Math.min(0.99, Math.max(0.01, probability));
  return Math.log(inside / (1 - inside));
}
