/** "This is wrong": a form that sends a report about a verdict, and says what came of it. */

import { element } from "/web/element.js";
import { report } from "/web/service.js";
import { text } from "/web/texts.js";

const LONGEST = 2000;
const EXPECTED = ["", "real", "fake", "uncertain"];

/** A button that opens into the form. */
export function reporting({ id, label }) {
  const place = element("div", { class: "report" });
  const button = element("button", { type: "button", "aria-expanded": "false" }, text("wrong"));
  button.addEventListener("click", () => {
    const form = formFor(id, label, place);
    place.replaceChildren(form);
    form.elements.namedItem("expected").focus();
  });
  place.append(button);
  return place;
}

function formFor(id, label, place) {
  const choices = EXPECTED.filter((value) => value !== label).map((value) =>
    element("option", { value }, text(`expected_${value}`)),
  );
  const note = element("textarea", { id: "note", name: "note", rows: "3", maxlength: LONGEST });
  const trouble = element("p", { class: "quiet", role: "alert" });
  const send = element("button", { type: "submit" }, text("wrong_send"));
  const form = element(
    "form",
    {},
    element("label", { for: "expected" }, text("wrong_label")),
    element("select", { id: "expected", name: "expected" }, ...choices),
    element("label", { for: "note" }, text("wrong_note")),
    note,
    send,
    trouble,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    trouble.replaceChildren();
    try {
      await report(id, new FormData(form).get("expected") || null, note.value);
      const thanks = element("p", { tabindex: "-1" }, text("wrong_done"));
      place.replaceChildren(thanks);
      thanks.focus();
    } catch (error) {
      trouble.textContent = error.message;
      send.disabled = false;
    }
  });
  return form;
}
