/** The key by which the service knows who asks, if it wants one; kept in this browser. */

import { element } from "/extension/verdict/elements.js";
import { text } from "/web/texts.js";

const PLACE = "candor-key";

/** What a header carries: of anything else fetch makes an error, before the service could say a word. */
const FIT = /^[\x21-\x7e]+$/;

/** What comes along when a key is copied, and cannot be seen. */
const UNSEEN = /[\s\p{Cc}\p{Cf}]/gu;

/** Tells when a key is "given". */
export const keys = new EventTarget();

/** @returns {Record<string, string>} the headers that carry it; none without a key */
export function credentials() {
  const key = localStorage.getItem(PLACE) ?? "";
  return FIT.test(key) ? { Authorization: `Bearer ${key}` } : {};
}

/** A form that asks for a key, keeps it and calls `then`. */
export function askForKey(then) {
  const field = element("input", { type: "password", id: "key", required: "", autocomplete: "off" });
  const unfit = element("p", { role: "alert" });
  const form = element(
    "form",
    { class: "key" },
    element("label", { for: "key" }, text("key")),
    element("div", { class: "row" }, field, element("button", { type: "submit" }, text("key_use"))),
    unfit,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const key = field.value.replace(UNSEEN, "");
    unfit.textContent = FIT.test(key) ? "" : text("key_unfit");
    if (!FIT.test(key)) return field.focus();
    localStorage.setItem(PLACE, key);
    keys.dispatchEvent(new Event("given"));
    then();
  });
  return form;
}

/** A place on the page where a key that is kept can be forgotten. */
export function offerToForget(place) {
  const button = element("button", { type: "button" }, text("key_forget"));
  button.addEventListener("click", () => {
    localStorage.removeItem(PLACE);
    const told = element("p", { class: "quiet", tabindex: "-1" }, text("key_forgotten"));
    place.replaceChildren(told);
    told.focus();
  });
  const offer = () => {
    if (!credentials().Authorization) return;
    place.replaceChildren(element("p", { class: "quiet" }, text("key_kept")), button);
    place.hidden = false;
  };
  keys.addEventListener("given", offer);
  offer();
}
