/** `<candor-check>`: takes pictures and clips, and shows the answer about the one that is chosen. */

import { evidenceOf, headlineOf, labelled, leadOf, noVerdict, numberOf } from "/extension/verdict/card.js";
import { element } from "/extension/verdict/elements.js";
import { reasonOf } from "/extension/verdict/words.js";
import { clipEvidence, clipHeadline, clipOf, clipProgress } from "/web/clip-reading.js";
import { receive } from "/web/intake.js";
import { Items } from "/web/items.js";
import { askForKey } from "/web/key.js";
import { Live } from "/web/live.js";
import { drawFaces, outline, show, showClip, showNothing } from "/web/plate.js";
import { clip, explain, report, verdict as remembered } from "/web/service.js";
import { speech, text } from "/web/texts.js";

/** Seconds around a frame for which its outlines stand over a playing clip. */
const NEAR_S = 0.6;

export class CheckView extends HTMLElement {
  #items = new Items();
  #chosen = null;
  #video = null;
  /** What is being fetched to be shown; another wish takes its place. */
  #opening = null;

  connectedCallback() {
    this.plate = this.querySelector("#plate");
    this.answer = this.querySelector("#answer");
    this.details = this.querySelector("#evidence");
    this.list = this.querySelector("#items");
    receive(this, (sources) => this.#take(sources));
    this.#items.addEventListener("change", ({ detail }) => this.#changed(detail));
    this.#items.addEventListener("queue", () => this.#queued());
    const live = new Live(this.querySelector("#live"), this.plate, {
      begun: () => this.#leave(),
      told: (running) => this.#tellRunning(running),
      failed: (error) => this.#enter("failed", noVerdict(error.message, speech()), this.#wayOut(error, () => live.start())),
    });
  }

  /** Lets go of the camera when another view is looked at. */
  hide() {
    this.dispatchEvent(new CustomEvent("leave"));
  }

  /** Shows what the service remembers of a picture or a clip. */
  async open(kind, id) {
    this.#leave();
    const opening = (this.#opening = {});
    showNothing(this.plate);
    try {
      const found = kind === "clip" ? await clip(id) : await remembered(id);
      if (this.#opening !== opening) return;
      if (kind !== "clip") this.#showPicture(found, null);
      else if (found.verdict) this.#showClip(clipOf(found.verdict));
      else this.#enter("failed", noVerdict(found.problem?.detail ?? text("clip_open"), speech()), []);
    } catch (error) {
      if (this.#opening !== opening) return;
      this.#enter("failed", noVerdict(error.message, speech()), this.#wayOut(error, () => this.open(kind, id)));
    }
  }

  #take(sources) {
    this.#choose(this.#items.add(sources));
  }

  #leave() {
    this.answer.setAttribute("aria-live", "polite");
    this.#opening = null;
    this.#chosen = null;
    this.#video = null;
    this.dispatchEvent(new CustomEvent("leave"));
    this.#listItems();
  }

  #choose(item) {
    this.#leave();
    this.#chosen = item;
    // Else the button of the one before would stay, and cancel that.
    this.details.replaceChildren();
    if (item.isClip) this.#video = showClip(this.plate, item.source);
    else show(this.plate, item.source);
    this.#show(item);
    this.#listItems();
  }

  #changed(item) {
    this.#listItems();
    if (item === this.#chosen) this.#show(item);
  }

  #queued() {
    this.#listItems();
    if (this.#chosen?.state === "waiting") this.#show(this.#chosen);
  }

  #show(item) {
    if (item.state === "failed") {
      const again = () => {
        this.answer.focus();
        this.#items.again(item);
      };
      this.#enter("failed", noVerdict(item.error.message, speech()), this.#wayOut(item.error, again));
    } else if (item.state === "waiting" && this.#items.pause) {
      const { message, waitMs } = this.#items.pause;
      const wait = element("p", { class: "quiet" }, text("held_up", Math.ceil(waitMs / 1000)));
      this.#enter("checking", [element("p", { class: "waiting" }, message), wait], [this.#cancelling(item)]);
    } else if (item.state !== "answered") {
      const words = item.check ? clipProgress(item.name, item.check) : [element("p", { class: "waiting" }, text("waiting", item.name))];
      this.#enter("checking", words, item.isClip ? [this.#cancelling(item)] : []);
    } else if (item.isClip) {
      this.#showClip(item.verdict);
    } else {
      this.#showPicture(item.verdict, item.source);
    }
  }

  /** @param {File | string | null} source null where the picture is not at hand */
  #showPicture(verdict, source) {
    const explained = async () => {
      const more = await explain(source);
      // The sentence that follows from the map; unless something else is looked at by now.
      if (reason.isConnected) reason.textContent = reasonOf(more, speech());
      return more.looks;
    };
    outline(this.plate, verdict, source && explained);
    const headline = headlineOf(verdict, speech());
    const reason = headline.at(-1);
    const means = { report, linkTo: (id) => `#verdict=${id}` };
    this.#enter("answered", headline, evidenceOf(verdict, speech(), means));
  }

  #showClip(verdict) {
    const video = this.#video;
    const draw = (seconds) => {
      const near = verdict.timeline.filter(({ time }) => Math.abs(time - seconds) <= NEAR_S);
      const best = near.sort((a, b) => Math.abs(a.time - seconds) - Math.abs(b.time - seconds))[0];
      drawFaces(this.plate, best?.faces ?? [], verdict, verdict.thresholds);
    };
    const seek = (seconds) => {
      if (video) video.currentTime = seconds;
      draw(seconds);
    };
    video?.addEventListener("timeupdate", () => draw(video.currentTime));
    this.plate.style.setProperty("--ratio", verdict.width / verdict.height);
    draw(0);
    this.#enter("answered", clipHeadline(verdict), clipEvidence(verdict, seek));
  }

  /** Many times a second; read out only where the label changes. */
  #tellRunning({ state, probability }) {
    const words = leadOf(state, probability, speech().say("live_mean"), speech());
    const same = this.answer.querySelector(".word")?.textContent === words[0].textContent;
    this.answer.setAttribute("aria-live", same ? "off" : "polite");
    this.#enter("answered", words, [], true);
  }

  #wayOut(error, again) {
    if (error.keyless) return [askForKey(again)];
    if (!error.again) return [];
    const button = element("button", { type: "button" }, text("again"));
    button.addEventListener("click", again);
    return [button];
  }

  #cancelling(item) {
    const button = element("button", { type: "button" }, text("cancel"));
    button.addEventListener("click", () => {
      button.disabled = true;
      this.answer.focus();
      this.#items.cancel(item);
    });
    return button;
  }

  #enter(state, words, rest, again = false) {
    const same = this.dataset.state === state && (state === "checking" || again);
    this.dataset.state = state;
    // The button under somebody's finger stays while only numbers change.
    if (same && rest.length && this.details.childElementCount) rest = null;
    this.answer.replaceChildren(...words);
    if (rest) this.details.replaceChildren(...rest);
    // On a narrow screen the answer lies below the picture.
    if (state !== "checking" && !same) this.answer.scrollIntoView({ block: "nearest" });
  }

  #listItems() {
    const { all } = this.#items;
    this.list.hidden = all.length < 2;
    if (this.list.hidden) return;
    const done = all.filter((item) => item.ended).length;
    const level = element("progress", { max: String(all.length), value: String(done), "aria-label": text("list") });
    const rows = all.map((item) => element("li", {}, this.#row(item)));
    const focused = [...this.list.querySelectorAll("li button")].indexOf(document.activeElement);
    this.list.replaceChildren(
      element("p", { class: "quiet" }, text("done_of", done, all.length)),
      level,
      ...(all.filter((item) => item.unlucky).length > 1 ? [this.#again()] : []),
      element("ol", {}, ...rows),
    );
    this.list.querySelectorAll("li button")[focused]?.focus({ preventScroll: true });
  }

  #again() {
    const button = element("button", { type: "button" }, text("again_all"));
    button.addEventListener("click", () => {
      this.answer.focus();
      this.#items.unluckyAgain();
    });
    return button;
  }

  #row(item) {
    const current = item === this.#chosen;
    const name = element("span", { class: "item-name" }, item.name);
    const button = element("button", { type: "button", "aria-current": String(current) }, name, stateOf(item));
    button.addEventListener("click", () => this.#choose(item));
    return button;
  }
}

function stateOf(item) {
  if (item.state !== "answered") return element("span", { class: "quiet" }, text(`state_${item.state}`));
  const { state, probability } = item.verdict;
  return element("span", {}, labelled(state, speech()), " ", numberOf(probability));
}
