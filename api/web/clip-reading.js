/** What is said of a clip: the verdict, its timeline, the faces followed. */

import { element } from "/web/element.js";
import { labelled, listed, number, scored } from "/web/reading.js";
import { scale } from "/web/scale.js";
import { text } from "/web/texts.js";
import { clock, duration, labelOf, moment, said } from "/web/words.js";

/** Evidence beside the headline; `seek` is called with the seconds of a bar that is pressed. */
export function clipEvidence(verdict, seek) {
  const { model, timeline, seconds, tracks, scenes, width, height } = verdict;
  return [
    scale(verdict.fake_probability, model.thresholds),
    scored(text("timeline"), text("timeline_hint")),
    bars(timeline, seconds, model.thresholds, seek),
    scored(text("tracks")),
    tracks.length
      ? element("ol", { class: "scores" }, ...tracks.map(trackRow))
      : element("p", { class: "quiet" }, text("no_face")),
    element("h2", {}, text("about")),
    listed({
      fact_clip: text("clip_size", clock(seconds), width, height, scenes.length),
      fact_scored: element("time", { datetime: verdict.checked_at }, moment(verdict.checked_at)),
      fact_model: element("code", { title: model.id }, model.id.slice(0, 12)),
    }),
  ];
}

/** A bar for each frame, as high as its score, where it lies in the clip. */
export function bars(moments, seconds, thresholds, seek) {
  const list = element("ol", { class: "timeline" });
  moments.forEach((one, index) => {
    const next = moments[index + 1]?.time ?? seconds;
    const label = labelOf(one.fake_probability, thresholds);
    const words = text("timeline_bar", clock(one.time), said(one.fake_probability));
    const bar = element("button", { type: "button", class: label, title: words, "aria-label": words });
    bar.style.setProperty("--level", said(one.fake_probability).replace("\u00a0", ""));
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
  return element("li", {}, labelled(label), where, number(fake_probability));
}

/** How far the check of a clip is. */
export function clipProgress(name, check) {
  const level = element("progress", { max: "1", value: String(check.progress), "aria-label": name });
  const frames = text("clip_progress", name, check.frames);
  const since = duration(Date.now() - Date.parse(check.created_at));
  return [element("p", { class: "lead" }, frames), level, element("p", { class: "quiet" }, since)];
}
