import assert from 'node:assert/strict';
import {afterEach, test} from 'node:test';

import {looksLike} from '../../extension/worker/likeness.js';

const BLOB = new Blob(['bytes']);

/** The browser decodes the bytes to this size, turned as EXIF says. */
function decodesTo(width, height) {
  globalThis.createImageBitmap = async (blob, {imageOrientation}) => {
    assert.equal(imageOrientation, 'from-image');
    return {width, height, close() {}};
  };
}

afterEach(() => {
  delete globalThis.createImageBitmap;
});

for (const [what, given, shown, alike] of [
  ['the same size', [1200, 800], [1200, 800], true],
  ['half the size, at a density of 2', [1200, 800], [600, 400], true],
  ['a size rounded to whole pixels', [320, 213], [300, 200], true],
  ['a thin banner, rounded', [1000, 68], [300, 20], true],
  ['a square for a landscape', [800, 800], [1200, 800], false],
  ['a portrait for a landscape', [800, 1200], [1200, 800], false],
  ['a shape 4 % off', [1248, 800], [1200, 800], false],
]) {
  test(`${what} is ${alike ? 'the picture of the page' : 'another picture'}`, async () => {
    decodesTo(...given);
    assert.equal(await looksLike(BLOB, {width: shown[0], height: shown[1]}), alike);
  });
}

test('what cannot be decoded, such as SVG, is let through', async () => {
  globalThis.createImageBitmap = async () => { throw new DOMException('No.', 'InvalidStateError'); };
  assert.equal(await looksLike(BLOB, {width: 300, height: 200}), true);
});

test('an element without a size of its own is let through', async () => {
  decodesTo(800, 800);
  assert.equal(await looksLike(BLOB, {width: 0, height: 0}), true);
});

test('a header that fits spares the decoding; one that does not may be turned by EXIF', async () => {
  const gif = new Blob([new Uint8Array([...Buffer.from('GIF89a'), 88, 2, 144, 1])]);
  globalThis.createImageBitmap = async () => { throw new Error('It was decoded.'); };
  assert.equal(await looksLike(gif, {width: 300, height: 200}), true);
  decodesTo(400, 600);
  assert.equal(await looksLike(gif, {width: 200, height: 300}), true);
});
