/** `<candor-history>`: what was checked in this browser. */

import { labelled, numberOf, timeOf } from "/extension/verdict/card.js";
import { element } from "/extension/verdict/elements.js";
import { forget, past } from "/web/past.js";
import { speech, text } from "/web/texts.js";

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
  return element("table", { class: "verdict" }, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...all.map(row)));
}

function row({ id, name, label, fake_probability, at, isClip }) {
  const called = id ? element("a", { href: `#${isClip ? "clip" : "verdict"}=${id}` }, name) : name;
  return element(
    "tr",
    {},
    element("td", { class: "item-name" }, called),
    element("td", {}, labelled(label, speech()), " ", numberOf(fake_probability)),
    element("td", {}, timeOf(at, speech())),
  );
}
