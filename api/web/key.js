/** The key by which the service knows who asks, if it wants one; kept in this browser. */

import { element } from "/extension/verdict/elements.js";
import { text } from "/web/texts.js";

const PLACE = "candor-key";

/** @returns {Record<string, string>} the headers that carry it; none without a key */
export function credentials() {
  const key = localStorage.getItem(PLACE);
  return key ? { Authorization: `Bearer ${key}` } : {};
}

/** A form that asks for a key, keeps it and calls `then`. */
export function askForKey(then) {
  const field = element("input", { type: "password", id: "key", required: "", autocomplete: "off" });
  const form = element(
    "form",
    { class: "key" },
    element("label", { for: "key" }, text("key")),
    element("div", { class: "row" }, field, element("button", { type: "submit" }, text("key_use"))),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    localStorage.setItem(PLACE, field.value.trim());
    then();
  });
  return form;
}
