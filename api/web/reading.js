/** The verdict in words: what is announced first, then what it rests on. */

import { drawing, element } from "/web/element.js";
import { reporting } from "/web/report.js";
import { scale } from "/web/scale.js";
import { text } from "/web/texts.js";
import {
  conflict,
  duration,
  expert,
  labelOf,
  limits,
  moment,
  reason,
  reviewed,
  said,
  source,
  standing,
  word,
} from "/web/words.js";

const SYMBOLS = {
  real: "M12 2.5a9.5 9.5 0 1 0 0 19a9.5 9.5 0 1 0 0-19M7.5 12.5l3 3 6-7",
  fake: "M12 1.8 22.2 12 12 22.2 1.8 12ZM9 9l6 6M15 9l-6 6",
  uncertain: "M3 3h18v18H3ZM9.3 9.6a2.7 2.7 0 1 1 4 2.3c-.9.5-1.3 1-1.3 2M12 17v.4",
  none: "M12 2.5a9.5 9.5 0 1 0 0 19a9.5 9.5 0 1 0 0-19M12 7v6M12 16.6v.4",
};

export function symbol(name) {
  const path = drawing("path", { d: SYMBOLS[name] });
  return drawing("svg", { class: "symbol", viewBox: "0 0 24 24", "aria-hidden": "true" }, path);
}

/** What a screen reader is told as soon as it is known. */
export function headline(verdict) {
  const { label, fake_probability } = verdict;
  return [
    element("p", { class: `word ${label}` }, symbol(label), word(label)),
    element("p", { class: "chance" }, text("chance"), number(fake_probability)),
    element("p", { class: "reason" }, reason(verdict)),
  ];
}

export function progress(name) {
  return [element("p", { class: "waiting" }, text("waiting", name))];
}

export function refused(sentence) {
  return [
    element("p", { class: "word none" }, symbol("none"), text("none")),
    element("p", { class: "reason" }, sentence),
  ];
}

export function evidence(verdict) {
  const { faces, experts } = verdict;
  const warning = conflict(verdict.label, verdict.related);
  return [
    ...(warning ? [element("p", { class: "conflict" }, warning)] : []),
    scale(verdict.fake_probability, limits(verdict)),
    scored(text("faces")),
    faces.length
      ? element("ol", { class: "scores" }, ...faces.map((face) => faceRow(face, limits(verdict))))
      : element("p", { class: "quiet" }, text("no_face")),
    ...(experts.length ? opinions(experts) : []),
    ...claims(verdict.provenance?.claims ?? []),
    ...relatives(verdict.related),
    element("h2", {}, text("about")),
    facts(verdict),
    reporting(verdict),
  ];
}

function faceRow({ fake_probability, box }, thresholds) {
  const label = labelOf(fake_probability, thresholds);
  return element(
    "li",
    {},
    labelled(label),
    element("span", { class: "quiet" }, `${box.width} × ${box.height} px`),
    number(fake_probability),
  );
}

/** A label with its symbol, for rows. */
export function labelled(label) {
  return element("span", { class: label }, symbol(label), ` ${word(label)}`);
}

export function scored(what, meaning = text("probability")) {
  return element("h2", { class: "scored" }, what, element("span", { class: "quiet" }, meaning));
}

export function number(probability) {
  return element("b", {}, said(probability));
}

function opinions(experts) {
  const rows = experts.flatMap(({ name, fake_probability, members }) => [
    opinion({}, expert(name), fake_probability),
    ...members.map((one) => opinion({ class: "member" }, one.name, one.fake_probability)),
  ]);
  return [scored(text("experts")), element("ul", { class: "scores" }, ...rows)];
}

function opinion(attributes, name, probability) {
  return element("li", attributes, element("span", {}, name), bar(probability), number(probability));
}

/** What the file says of itself: beside the score, and not part of it. */
function claims(all) {
  if (!all.length) return [];
  const rows = all.map((claim) =>
    element("li", {}, element("b", {}, standing(claim.standing)), ` ${claim.sentence}`),
  );
  return [scored(text("claims"), text("not_scored")), element("ul", { class: "claims" }, ...rows)];
}

function relatives(all) {
  if (!all.length) return [];
  const rows = all.map((one) =>
    element(
      "li",
      {},
      labelled(one.review ?? one.label),
      element("span", { class: "quiet" }, text(one.same_picture ? "related_same" : "related_alike")),
      element("a", { href: `#verdict=${one.verdict_id}` }, text("history_open")),
      number(one.fake_probability),
    ),
  );
  return [scored(text("related")), element("ul", { class: "scores related" }, ...rows)];
}

function bar(probability) {
  const level = element("span");
  level.style.width = said(probability).replace("\u00a0", "");
  return element("span", { class: "bar", "aria-hidden": "true" }, level);
}

function facts({ picture, cache, checked_at, timings, model, provenance, review }) {
  const frames = picture.frames > 1 ? text("fact_frames", picture.frames) : "";
  return listed({
    fact_picture: `${picture.format}, ${picture.width} × ${picture.height} px${frames}`,
    fact_from: provenance?.final_url ?? provenance?.url,
    fact_reviewed: reviewed(review),
    fact_source: source(cache),
    fact_scored: element("time", { datetime: checked_at }, moment(checked_at)),
    fact_time: timings && duration(timings.total_ms),
    fact_model: element("code", { title: model.id }, model.id.slice(0, 12)),
  });
}

/** Facts by the key of their name; those without a value are left out. */
export function listed(rows) {
  const known = Object.entries(rows).filter(([, value]) => value);
  return element(
    "dl",
    {},
    ...known.flatMap(([key, value]) => [element("dt", {}, text(key)), element("dd", {}, value)]),
  );
}
