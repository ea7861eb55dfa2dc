/** What is said of a clip: the verdict, its timeline, the faces followed. */

import { heading, labelled, leadOf, listed, modelOf, numberOf, section, timeOf } from "/extension/verdict/card.js";
import { element } from "/extension/verdict/elements.js";
import { scaleOf } from "/extension/verdict/scale.js";
import { thresholdsOf } from "/extension/verdict/verdict.js";
import { durationOf, inPercent, labelOf, percentOf } from "/extension/verdict/words.js";
import { language, speech, text } from "/web/texts.js";

/** What the service says of a clip, under the names that a card uses. */
export function clipOf({ label, fake_probability, model, timeline, ...rest }) {
  return {
    ...rest,
    state: label,
    probability: fake_probability,
    model: model.id,
    thresholds: thresholdsOf(model) ?? { realBelow: 0.5, fakeFrom: 0.5 },
    timeline: timeline.map(({ time, scene, fake_probability: probability, faces }) => ({
      time,
      scene,
      probability,
      faces: faces.map(({ box, track, fake_probability: one }) => ({ ...box, track, probability: one })),
    })),
  };
}

/** What a screen reader is told as soon as it is known. */
export function clipHeadline({ state, probability, reason, frames, scenes }) {
  const numbers = text("reason_clip", frames, scenes.length, inPercent(probability));
  return leadOf(state, probability, language() === "en" ? reason : numbers, speech());
}

/** Evidence beside the headline; `seek` is called with the seconds of a bar that is pressed. */
export function clipEvidence({ probability, thresholds, model, checked_at, ...verdict }, seek) {
  const { timeline, seconds, tracks, scenes, width, height } = verdict;
  const { say } = speech();
  return [
    scaleOf(probability, thresholds, speech()),
    heading(text("timeline"), text("timeline_hint")),
    bars(timeline, seconds, thresholds, seek),
    ...section(text("tracks"), tracks.map(trackRow), say("probability"), "ol"),
    heading(say("about")),
    listed({
      [text("fact_clip")]: text("clip_size", clock(seconds), width, height, scenes.length),
      [say("fact_scored")]: timeOf(checked_at, speech()),
      [say("fact_model")]: modelOf(model),
    }),
  ];
}

/** A bar for each frame, as high as its score, where it lies in the clip. */
export function bars(moments, seconds, thresholds, seek) {
  const list = element("ol", { class: "timeline" });
  moments.forEach((one, index) => {
    const next = moments[index + 1]?.time ?? seconds;
    const label = labelOf(one.probability, thresholds);
    const words = text("timeline_bar", clock(one.time), inPercent(one.probability));
    const bar = element("button", { type: "button", class: label, title: words, "aria-label": words });
    bar.style.setProperty("--level", `${percentOf(one.probability)}%`);
    // One stop for the Tab key; from there arrows lead on.
    bar.tabIndex = index ? -1 : 0;
    bar.addEventListener("click", () => seek(one.time));
    const item = element("li", { class: index && moments[index - 1].scene !== one.scene ? "cut" : "" }, bar);
    item.style.flexGrow = String(Math.max(0.05, next - one.time));
    list.append(item);
  });
  list.addEventListener("keydown", (event) => walk(event, list));
  return list;
}

function walk(event, list) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const all = [...list.querySelectorAll("button")];
  const to = all[all.indexOf(event.target) + step];
  if (!step || !to) return;
  event.preventDefault();
  event.target.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

function trackRow({ start, end, frames, label, fake_probability }) {
  const where = element("span", { class: "quiet" }, text("track", clock(start), clock(end), frames));
  return element("li", {}, labelled(label, speech()), where, numberOf(fake_probability));
}

/** Minutes and seconds. */
function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** How far the check of a clip is. */
export function clipProgress(name, check) {
  const level = element("progress", { max: "1", value: String(check.progress), "aria-label": name });
  const frames = text("clip_progress", name, check.frames);
  const since = durationOf(Date.now() - Date.parse(check.created_at));
  return [element("p", { class: "lead" }, frames), level, element("p", { class: "quiet" }, since)];
}
