/** The service's figures, as the page reads them. */

import assert from "node:assert/strict";
import test from "node:test";

import { quantiles, samples, sums } from "../../api/web/prometheus.js";

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
