/** How labels and numbers are said. Nothing here touches the page. */

import { knows, language, text } from "./texts.js";

export const LABELS = ["real", "uncertain", "fake"];

/** @throws {TypeError} for what is no label */
export function word(label) {
  if (!LABELS.includes(label)) throw new TypeError(`no such label: ${label}`);
  return text(`word_${label}`);
}

/** No score is certain, so none is shown as 0 or 100. */
export function percent(probability) {
  return Math.min(99, Math.max(1, Math.round(probability * 100)));
}

export function said(probability) {
  return `${percent(probability)}\u00a0%`;
}

/** The thresholds that decided: the model's, or further apart where networks of it disagree. */
export function limits({ model, widened }) {
  return widened ?? model.thresholds;
}

/** The label of a single score under thresholds. */
export function labelOf(probability, { real_below, fake_from }) {
  if (probability < real_below) return "real";
  return probability < fake_from ? "uncertain" : "fake";
}

export function expert(name) {
  return knows(`expert_${name}`) ? text(`expert_${name}`) : name;
}

export function source(cache) {
  return text(knows(`source_${cache}`) ? `source_${cache}` : "source_other");
}

/** What a claim in a file rests on. */
export function standing(name) {
  return knows(name) ? text(name) : name;
}

/** Why, in sentences: the service's own in English, its numbers in other languages. */
export function reason(verdict) {
  if (language() === "en") return verdict.reason;
  if (verdict.scenes) return text("reason_clip", verdict.frames, verdict.scenes.length, said(verdict.fake_probability));
  const { faces, experts } = verdict;
  const worst = Math.max(0, ...faces.map((face) => face.fake_probability));
  const whole = experts.find(({ name }) => name === "whole");
  const edges = faces.flatMap(({ look, fake_probability }, index) =>
    look?.edge && labelOf(fake_probability, limits(verdict)) !== "real"
      ? [text("reason_edge", index + 1, text(`place_${look.edge}`))]
      : [],
  );
  return [
    faces.length > 1
      ? text("reason_faces", faces.length, said(worst))
      : text(faces.length ? "reason_face" : "reason_no_face", said(worst)),
    ...edges,
    ...(whole ? [text("reason_whole", said(whole.fake_probability))] : []),
    ...(open(verdict) ? [text("reason_open")] : []),
  ].join(" ");
}

/** Whether the answer would be another one if the networks agreed. */
function open({ fake_probability, model, widened }) {
  return widened && labelOf(fake_probability, widened) !== labelOf(fake_probability, model.thresholds);
}

/** What is said where a look-alike was called the opposite; empty when none was. */
export function conflict(label, related) {
  const other = { real: "fake", fake: "real" }[label];
  const against = related.filter((one) => (one.review ?? one.label) === other);
  if (!against.length) return "";
  const copy = against.some((one) => one.same_picture);
  return text("conflict", text(copy ? "conflict_copy" : "conflict_alike"), text(`band_${other}`));
}

/** That a person looked at exactly this picture; empty where nobody did. */
export function reviewed(review) {
  if (!review) return "";
  return text("reviewed", moment(review.at), word(review.model_label).toLowerCase());
}

export function duration(milliseconds) {
  if (milliseconds < 1000) return `${Math.max(1, Math.round(milliseconds))}\u00a0ms`;
  return `${(milliseconds / 1000).toFixed(1)}\u00a0s`;
}

/** Minutes and seconds of a clip. */
export function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function moment(iso) {
  const locale = language() === "ko" ? "ko" : undefined;
  return new Date(iso).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" });
}
