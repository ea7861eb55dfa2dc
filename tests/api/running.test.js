/** The running verdict of the camera follows, and does not flicker. */

import assert from "node:assert/strict";
import test from "node:test";

import { quantiles, samples, sums } from "../../api/web/prometheus.js";
import { RunningVerdict, labelAfter } from "../../api/web/running.js";

const model = { thresholds: { real_below: 0.3, fake_from: 0.8 } };
const frame = (fake_probability) => ({ fake_probability, model });

test("a single wild frame changes no label", () => {
  const running = new RunningVerdict();
  const labels = [];
  for (let n = 0; n < 40; n += 1) labels.push(running.after(frame(n === 20 ? 0.99 : 0.1)).label);
  assert.deepEqual([...new Set(labels)], ["real"]);
});

test("a face that is swapped in is called fake within six seconds at two frames a second", () => {
  const running = new RunningVerdict();
  for (let n = 0; n < 10; n += 1) running.after(frame(0.1));
  let frames = 0;
  while (running.after(frame(0.97)).label !== "fake") frames += 1;
  assert.ok(frames <= 12, `${frames} frames`);
});

test("scores that waver about a threshold do not make the label waver", () => {
  const running = new RunningVerdict();
  for (let n = 0; n < 30; n += 1) running.after(frame(0.3));
  const labels = [];
  for (let n = 0; n < 60; n += 1) labels.push(running.after(frame(n % 2 ? 0.36 : 0.25)).label);
  assert.equal(new Set(labels).size, 1);
});

test("a label is left only beyond its margin", () => {
  assert.equal(labelAfter(null, 0.31, model.thresholds), "uncertain");
  assert.equal(labelAfter("real", 0.31, model.thresholds), "real");
  assert.equal(labelAfter("real", 0.4, model.thresholds), "uncertain");
  assert.equal(labelAfter("fake", 0.79, model.thresholds), "fake");
  assert.equal(labelAfter("fake", 0.1, model.thresholds), "real");
});

const FIGURES = `# HELP x y
candor_checks_total{label="real",cache="miss"} 3.0
candor_checks_total{label="real",cache="bytes"} 2.0
candor_checks_total{label="fake",cache="miss"} 1.0
candor_step_seconds_bucket{le="0.01",step="decode"} 5.0
candor_step_seconds_bucket{le="0.1",step="decode"} 9.0
candor_step_seconds_bucket{le="+Inf",step="decode"} 10.0
`;

test("figures are summed by label, and latencies read off the buckets", () => {
  const all = samples(FIGURES);
  assert.deepEqual([...sums(all, "candor_checks_total", "label")], [["real", 5], ["fake", 1]]);
  assert.deepEqual([...sums(all, "candor_checks_total", "cache")], [["miss", 4], ["bytes", 2]]);
  assert.deepEqual(quantiles(all, "candor_step_seconds", "step"), [
    { key: "decode", count: 10, half: 0.01, most: Infinity },
  ]);
});
