/** The verdict in words: what is announced first, then what it rests on. */

import { drawing, element } from "/web/element.js";
import { reporting } from "/web/report.js";
import { scale } from "/web/scale.js";
import {
  STANDINGS,
  WORDS,
  conflict,
  duration,
  expert,
  labelOf,
  moment,
  reviewed,
  said,
  source,
} from "/web/words.js";

const SYMBOLS = {
  real: "M12 2.5a9.5 9.5 0 1 0 0 19a9.5 9.5 0 1 0 0-19M7.5 12.5l3 3 6-7",
  fake: "M12 1.8 22.2 12 12 22.2 1.8 12ZM9 9l6 6M15 9l-6 6",
  uncertain: "M3 3h18v18H3ZM9.3 9.6a2.7 2.7 0 1 1 4 2.3c-.9.5-1.3 1-1.3 2M12 17v.4",
  none: "M12 2.5a9.5 9.5 0 1 0 0 19a9.5 9.5 0 1 0 0-19M12 7v6M12 16.6v.4",
};

function symbol(name) {
  const path = drawing("path", { d: SYMBOLS[name] });
  return drawing("svg", { class: "symbol", viewBox: "0 0 24 24", "aria-hidden": "true" }, path);
}

/** What a screen reader is told as soon as it is known. */
export function headline({ label, fake_probability, reason }) {
  if (!Object.hasOwn(WORDS, label)) throw new TypeError(`no such label: ${label}`);
  return [
    element("p", { class: `word ${label}` }, symbol(label), WORDS[label]),
    element("p", { class: "chance" }, "Probability that it is fake: ", number(fake_probability)),
    element("p", { class: "reason" }, reason),
  ];
}

export function progress(name) {
  return [element("p", { class: "waiting" }, `Looking at ${name}…`)];
}

export function refused(sentence) {
  return [
    element("p", { class: "word none" }, symbol("none"), "No verdict"),
    element("p", { class: "reason" }, sentence),
  ];
}

export function evidence(verdict) {
  const { faces, experts, model } = verdict;
  const warning = conflict(verdict.label, verdict.related);
  return [
    ...(warning ? [element("p", { class: "conflict" }, warning)] : []),
    scale(verdict.fake_probability, model.thresholds),
    scored("Faces"),
    faces.length
      ? element("ol", { class: "scores" }, ...faces.map((face) => faceRow(face, model)))
      : element("p", { class: "quiet" }, "No face was found in it."),
    ...(experts.length ? opinions(experts) : []),
    ...claims(verdict.provenance?.claims ?? []),
    element("h2", {}, "About this answer"),
    facts(verdict),
    reporting(verdict),
  ];
}

function faceRow({ fake_probability, box }, { thresholds }) {
  const label = labelOf(fake_probability, thresholds);
  return element(
    "li",
    {},
    element("span", { class: label }, symbol(label), ` ${WORDS[label]}`),
    element("span", { class: "quiet" }, `${box.width} × ${box.height} px`),
    number(fake_probability),
  );
}

function scored(what) {
  const meaning = element("span", { class: "quiet" }, "probability of being fake");
  return element("h2", { class: "scored" }, what, meaning);
}

function number(probability) {
  return element("b", {}, said(probability));
}

function opinions(experts) {
  const rows = experts.map(({ name, fake_probability }) =>
    element("li", {}, element("span", {}, expert(name)), bar(fake_probability), number(fake_probability)),
  );
  return [scored("Experts"), element("ul", { class: "scores" }, ...rows)];
}

/** What the file says of itself: beside the score, and not part of it. */
function claims(all) {
  if (!all.length) return [];
  const rows = all.map(({ standing, sentence }) =>
    element("li", {}, element("b", {}, STANDINGS[standing] ?? standing), ` ${sentence}`),
  );
  const meaning = element("span", { class: "quiet" }, "not part of the score");
  return [
    element("h2", { class: "scored" }, "What the file says of itself", meaning),
    element("ul", { class: "claims" }, ...rows),
  ];
}

function bar(probability) {
  const level = element("span");
  level.style.width = said(probability).replace("\u00a0", "");
  return element("span", { class: "bar", "aria-hidden": "true" }, level);
}

function facts({ picture, cache, checked_at, timings, model, provenance, review }) {
  const frames = picture.frames > 1 ? `, first of ${picture.frames} frames` : "";
  const rows = {
    Picture: `${picture.format}, ${picture.width} × ${picture.height} px${frames}`,
    "Fetched from": provenance?.final_url ?? provenance?.url,
    Reviewed: reviewed(review),
    "Answered from": source(cache),
    Scored: element("time", { datetime: checked_at }, moment(checked_at)),
    "Answered in": timings && duration(timings.total_ms),
    Model: element("code", { title: model.id }, model.id.slice(0, 12)),
  };
  const known = Object.entries(rows).filter(([, value]) => value);
  return element(
    "dl",
    {},
    ...known.flatMap(([term, value]) => [element("dt", {}, term), element("dd", {}, value)]),
  );
}
