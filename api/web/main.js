/** The page: four views, of which the address after # says which is shown. */

import { addVerdictStyles } from "/extension/verdict/styles.js";
import { CheckView } from "/web/check-view.js";
import { FiguresView } from "/web/figures-view.js";
import { HistoryView } from "/web/history-view.js";
import { offerToForget } from "/web/key.js";
import { ReviewView } from "/web/review-view.js";
import { chooseLanguage, language, text, translate } from "/web/texts.js";

addVerdictStyles(document);
translate(document);
offerToForget(document.querySelector("#kept-key"));
document.title = `Candor: ${text("title")}`;
customElements.define("candor-check", CheckView);
customElements.define("candor-history", HistoryView);
customElements.define("candor-review", ReviewView);
customElements.define("candor-figures", FiguresView);

const VIEWS = ["check", "history", "review", "figures"];

function go() {
  const [name, id] = location.hash.slice(1).split("=");
  const shown = VIEWS.includes(name) ? name : "check";
  for (const view of VIEWS) {
    const element = document.querySelector(`candor-${view}`);
    element.hidden = view !== shown;
    if (element.hidden) element.hide?.();
    document.querySelector(`nav [href="#${view}"]`).toggleAttribute("aria-current", view === shown);
  }
  document.querySelector(`candor-${shown}`).show?.();
  if (["verdict", "clip"].includes(name) && /^\w+$/.test(id ?? "")) document.querySelector("candor-check").open(name, id);
}

addEventListener("hashchange", go);
document.querySelector("#language").addEventListener("click", () => {
  chooseLanguage(language() === "ko" ? "en" : "ko");
  location.reload();
});
go();
