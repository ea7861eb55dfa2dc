/** `<candor-history>`: what was checked in this browser. */

import { element } from "/web/element.js";
import { forget, past } from "/web/past.js";
import { labelled } from "/web/reading.js";
import { text } from "/web/texts.js";
import { moment, said } from "/web/words.js";

export class HistoryView extends HTMLElement {
  show() {
    const all = past();
    this.replaceChildren(
      element("h1", {}, text("history_title")),
      element("p", { class: "quiet" }, text("history_note")),
      all.length ? table(all) : element("p", {}, text("history_none")),
      ...(all.length ? [this.#clearing()] : []),
    );
  }

  #clearing() {
    const button = element("button", { type: "button" }, text("history_clear"));
    button.addEventListener("click", () => {
      forget();
      this.show();
    });
    return button;
  }
}

function table(all) {
  const head = ["history_file", "history_verdict", "history_when"].map((key) => element("th", { scope: "col" }, text(key)));
  return element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...all.map(row)));
}

function row({ id, name, label, fake_probability, at }) {
  const called = id ? element("a", { href: `#verdict=${id}` }, name) : name;
  return element(
    "tr",
    {},
    element("td", { class: "item-name" }, called),
    element("td", { class: "scores" }, labelled(label), ` ${said(fake_probability)}`),
    element("td", {}, element("time", { datetime: at }, moment(at))),
  );
}
