/** A verdict over time that does not flicker; see `live.js`. Nothing here touches the page. */

/** Share of the newest frame in the mean: at two frames a second, half of it is four seconds old. */
const NEWEST = 0.15;
/** How far beyond a threshold the mean must go before the label changes. */
const MARGIN = 0.04;

export class RunningVerdict {
  #mean = null;
  #label = null;

  /** @returns {object} the verdict on a frame, with probability and label of the mean */
  after(verdict) {
    const odds = logOdds(verdict.fake_probability);
    this.#mean = this.#mean === null ? odds : (1 - NEWEST) * this.#mean + NEWEST * odds;
    const fake_probability = 1 / (1 + Math.exp(-this.#mean));
    this.#label = labelAfter(this.#label, fake_probability, verdict.model.thresholds);
    return { ...verdict, fake_probability, label: this.#label };
  }
}

/** The label that a probability leads to, coming from another. */
export function labelAfter(label, probability, { real_below, fake_from }) {
  const bounds = {
    real: [-1, real_below + MARGIN],
    uncertain: [real_below - MARGIN, fake_from + MARGIN],
    fake: [fake_from - MARGIN, 2],
  };
  const stays = label && probability >= bounds[label][0] && probability < bounds[label][1];
  if (stays) return label;
  if (probability < real_below) return "real";
  return probability < fake_from ? "uncertain" : "fake";
}

function logOdds(probability) {
  const inside = Math.min(0.99, Math.max(0.01, probability));
  return Math.log(inside / (1 - inside));
}
