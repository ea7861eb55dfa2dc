/** Every text of the page stands in both languages, with the same places to put values in. */

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import test from "node:test";

import { catalogue, knows } from "../../api/web/texts.js";

const WEB = new URL("../../api/web/", import.meta.url);
const places = (words) => [...words.matchAll(/\{\d\}/g)].map(String).sort();

test("both languages say the same things with the same values", () => {
  for (const [key, both] of Object.entries(catalogue())) {
    assert.equal(both.length, 2, key);
    assert.ok(both.every(Boolean), key);
    assert.deepEqual(places(both[0]), places(both[1]), key);
  }
});

test("every text that is asked for is there", async () => {
  const names = (await readdir(WEB)).filter((name) => /\.(js|html)$/.test(name));
  for (const name of names) {
    const content = await readFile(new URL(name, WEB), "utf8");
    const asked = [...content.matchAll(/\btext\("([^"]+)"|data-text="([^"]+)"/g)];
    for (const [, called, marked] of asked) assert.ok(knows(called ?? marked), `${name}: ${called ?? marked}`);
  }
});
