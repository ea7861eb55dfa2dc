/** What the page says where pictures that look alike were called differently. */

import assert from "node:assert/strict";
import test from "node:test";

import { conflict, labelOf, limits, reviewed, source } from "../../api/web/words.js";

const relative = (label, same_picture = false) => ({ label, same_picture });

test("nothing is said where nothing contradicts", () => {
  assert.equal(conflict("real", []), "");
  assert.equal(conflict("real", [relative("real", true), relative("uncertain")]), "");
  assert.equal(conflict("uncertain", [relative("real"), relative("fake")]), "");
});

test("a look-alike that was called the opposite is told", () => {
  assert.match(conflict("real", [relative("fake")]), /looks much like this one was called fake/);
  assert.match(conflict("fake", [relative("fake"), relative("real")]), /was called real/);
});

test("a copy that was called the opposite is called a copy", () => {
  assert.match(conflict("real", [relative("fake", true)]), /^A copy of this picture was called fake/);
});

test("a person who looked at a look-alike counts before the model", () => {
  assert.equal(conflict("real", [{ ...relative("fake"), review: "real" }]), "");
  assert.match(conflict("real", [{ ...relative("real"), review: "fake" }]), /was called fake/);
});

test("where networks disagree, the wider thresholds decide what a score is called", () => {
  const model = { thresholds: { real_below: 0.3, fake_from: 0.9 } };
  const widened = { real_below: 0.2, fake_from: 0.95 };

  assert.equal(labelOf(0.92, limits({ model, widened: null })), "fake");
  assert.equal(labelOf(0.92, limits({ model, widened })), "uncertain");
});

test("a review says when, and what the model says", () => {
  assert.equal(reviewed(null), "");
  const said = reviewed({ label: "real", model_label: "fake", at: "2026-03-29T12:00:00Z" });
  assert.match(said, /^by a person, .*2026.*; the model says likely fake$/);
});

test("an answer from a copy says so", () => {
  assert.match(source("near"), /compared with this one/);
});
