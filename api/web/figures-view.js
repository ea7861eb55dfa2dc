/** `<candor-figures>`: verdicts, cache tiers and latency, drawn from the service's own metrics. */

import { noVerdict } from "/extension/verdict/card.js";
import { element } from "/extension/verdict/elements.js";
import { durationOf, sourceOf } from "/extension/verdict/words.js";
import { askForKey } from "/web/key.js";
import { quantiles, samples, sums } from "/web/prometheus.js";
import { metrics } from "/web/service.js";
import { language, speech, text } from "/web/texts.js";

const AGAIN_MS = 5000;

export class FiguresView extends HTMLElement {
  #timer = null;

  async show() {
    clearTimeout(this.#timer);
    if (this.hidden) return;
    try {
      this.#draw(samples(await metrics()));
      this.#timer = setTimeout(() => this.show(), AGAIN_MS);
    } catch (error) {
      const way = error.keyless ? [askForKey(() => this.show())] : [];
      this.replaceChildren(element("h1", {}, text("figures_title")), element("div", { class: "verdict" }, ...noVerdict(error.message, speech())), ...way);
    }
  }

  #draw(all) {
    const labels = sums(all, "candor_checks_total", "label");
    const tiers = sums(all, "candor_checks_total", "cache");
    const steps = quantiles(all, "candor_step_seconds", "step");
    const requests = quantiles(all, "candor_request_seconds", "route");
    this.replaceChildren(
      element("h1", {}, text("figures_title")),
      element("p", { class: "quiet" }, text("figures_since")),
      ...(labels.size ? [] : [element("p", {}, text("figures_none"))]),
      element(
        "div",
        { class: "sides verdict" },
        shares(text("figures_labels"), labels, (label) => speech().say(`title_${label}`)),
        shares(text("figures_cache"), tiers, (tier) => sourceOf(tier, speech()) || tier),
        table(text("figures_steps"), steps),
        table(text("figures_requests"), requests.sort((a, b) => b.count - a.count).slice(0, 12)),
      ),
    );
  }
}

/** Bars as long as their share of all. */
function shares(title, values, nameOf) {
  const total = [...values.values()].reduce((sum, value) => sum + value, 0);
  const rows = [...values].map(([key, value]) => {
    const level = element("span");
    level.style.width = `${total ? (100 * value) / total : 0}%`;
    return element(
      "li",
      {},
      element("span", {}, nameOf(key)),
      element("span", { class: "bar", "aria-hidden": "true" }, level),
      element("b", {}, value.toLocaleString(language())),
    );
  });
  return element("section", {}, element("h2", {}, title), element("ul", { class: "scores" }, ...rows));
}

function table(title, rows) {
  const head = ["figures_step", "figures_count", "figures_half", "figures_most"].map((key) => element("th", { scope: "col" }, text(key)));
  const body = rows.filter(({ count }) => count).map(({ key, count, half, most }) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, key),
      element("td", {}, count.toLocaleString(language())),
      element("td", {}, within(half)),
      element("td", {}, within(most)),
    ),
  );
  return element("section", {}, element("h2", {}, title), element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...body)));
}

function within(seconds) {
  return Number.isFinite(seconds) ? durationOf(1000 * seconds) : "> 30 s";
}
