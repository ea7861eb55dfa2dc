/** `<candor-review>`: what waits for a person, one after the other, by keyboard if you like. */

import { evidenceOf, headlineOf, noVerdict, timeOf } from "/extension/verdict/card.js";
import { element } from "/extension/verdict/elements.js";
import { askForKey } from "/web/key.js";
import { outline, showNothing } from "/web/plate.js";
import { report, review, reviewQueue } from "/web/service.js";
import { speech, text } from "/web/texts.js";

const KEYS = { r: "real", f: "fake", u: "uncertain" };

export class ReviewView extends HTMLElement {
  #items = [];
  #next = null;
  #at = 0;
  /** While one answer is on its way. */
  #busy = false;

  connectedCallback() {
    document.addEventListener("keydown", (event) => this.#onKey(event));
  }

  async show() {
    this.#items = [];
    this.#next = null;
    this.#at = 0;
    await this.#load();
  }

  async #load() {
    try {
      const page = await reviewQueue(this.#next);
      this.#items.push(...page.items);
      this.#next = page.next;
      this.#draw();
    } catch (error) {
      const way = error.keyless ? [askForKey(() => this.show())] : [];
      this.replaceChildren(element("h1", {}, text("review_title")), element("div", { class: "verdict" }, ...noVerdict(error.message, speech())), ...way);
    }
  }

  #draw(said = "") {
    const item = this.#items[this.#at];
    const status = element("p", { role: "status", class: "quiet" }, said);
    const top = [element("h1", {}, text("review_title")), element("p", { class: "quiet" }, text("review_keys")), status];
    if (!item) {
      this.replaceChildren(...top, element("p", {}, text("review_none")));
      return;
    }
    const place = element("p", { class: "quiet" }, text("review_place", this.#at + 1, this.#items.length));
    const why = element("p", { class: "conflict" }, item.reasons.map((reason) => text(`because_${reason}`)).join(", "));
    const plate = element("div", { class: "plate" });
    showNothing(plate);
    outline(plate, item.verdict);
    const sheet = element("div", { class: "frame" }, plate, this.#choices(item), ...remarks(item.history));
    const means = { report, linkTo: (id) => `#verdict=${id}` };
    const told = [...headlineOf(item.verdict, speech()), ...evidenceOf(item.verdict, speech(), means)];
    const reading = element("div", { class: "verdict" }, place, why, ...told);
    this.replaceChildren(...top, element("div", { class: "sides" }, sheet, reading));
  }

  #choices(item) {
    const buttons = Object.entries(KEYS).map(([key, label]) => {
      const button = element("button", { type: "button", "aria-keyshortcuts": key }, text(`expected_${label}`), " ", element("kbd", {}, key.toUpperCase()));
      button.addEventListener("click", () => this.#say(item, label));
      return button;
    });
    return element("div", { class: "row", role: "group", "aria-label": text("review_say") }, ...buttons);
  }

  /** Until it is kept the item still stands there, and would be given a second label. */
  async #say(item, label) {
    if (this.#busy) return;
    this.#busy = true;
    for (const button of this.querySelectorAll("[aria-keyshortcuts]")) button.disabled = true;
    try {
      await review(item.verdict.id, label);
      this.#items = this.#items.filter((one) => one !== item);
      this.#at = Math.min(this.#at, Math.max(0, this.#items.length - 1));
      if (!this.#items.length && this.#next) await this.#load();
      else this.#draw(text("review_said", speech().say(`title_${label}`)));
    } catch (error) {
      this.#draw(error.message);
    } finally {
      this.#busy = false;
    }
  }

  #onKey(event) {
    const typing = event.target.closest?.("input, textarea, select");
    if (this.hidden || typing || event.ctrlKey || event.metaKey || event.altKey || !this.#items.length) return;
    // A key held down is one decision, and not one on each item that comes up under it.
    if (event.repeat || this.#busy) return;
    const key = event.key.toLowerCase();
    if (KEYS[key]) this.#say(this.#items[this.#at], KEYS[key]);
    else if (key === "j") this.#step(1);
    else if (key === "k") this.#step(-1);
  }

  #step(by) {
    const to = this.#at + by;
    if (to < 0) return;
    if (to < this.#items.length) {
      this.#at = to;
      this.#draw();
    } else if (this.#next) {
      this.#at = to;
      this.#load();
    }
  }
}

function remarks({ reports = [], appeals = [], reviews = [] }) {
  const all = [...reports, ...appeals, ...reviews].filter(({ note }) => note);
  if (!all.length) return [];
  const rows = all.map(({ note, at }) => element("li", {}, `${note} `, timeOf(at, speech())));
  return [element("h2", {}, text("review_remarks")), element("ul", { class: "claims" }, ...rows)];
}
