/** The score on a scale from real to fake, with the bands that the model's thresholds cut. */

import { element } from "/web/element.js";
import { text } from "/web/texts.js";
import { percent, said } from "/web/words.js";

export function scale(probability, { real_below, fake_from }) {
  const bands = [
    band("real", real_below),
    band("uncertain", fake_from - real_below),
    band("fake", 1 - fake_from),
  ];
  const marker = element("span", { class: "marker" });
  marker.style.left = `${percent(probability)}%`;
  const words = text("scale", said(probability), said(real_below), said(fake_from));
  return element(
    "div",
    { class: "scale", role: "img", "aria-label": words },
    element("div", { class: "track" }, ...bands, marker),
    element("div", { class: "cuts" }, cut(real_below), cut(fake_from)),
  );
}

function band(label, share) {
  const node = element("span", { class: `band ${label}` }, element("span", {}, text(`band_${label}`)));
  node.style.width = `${share * 100}%`;
  return node;
}

function cut(at) {
  const node = element("span", {}, said(at));
  node.style.left = `${at * 100}%`;
  return node;
}
