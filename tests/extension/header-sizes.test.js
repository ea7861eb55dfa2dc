import assert from 'node:assert/strict';
import {test} from 'node:test';

import {sizeIn} from '../../extension/worker/header-sizes.js';

const bytes = (...parts) => new Uint8Array(parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : part))).buffer;
const big = (number) => [number >> 8, number & 255];
const little = (number) => [number & 255, number >> 8];

const APP1 = [0xff, 0xe1, ...big(6), 1, 2, 3, 4];
const HUFFMAN = [0xff, 0xc4, ...big(4), 0, 0];
const frame = (width, height, marker = 0xc0) => [0xff, marker, ...big(17), 8, ...big(height), ...big(width), 3];

for (const [what, content] of [
  ['a JPEG', bytes([0xff, 0xd8], APP1, HUFFMAN, frame(640, 480))],
  ['a progressive JPEG', bytes([0xff, 0xd8], frame(640, 480, 0xc2))],
  ['a PNG', bytes('\x89PNG\r\n\x1a\n', [0, 0, 0, 13], 'IHDR', [0, 0], big(640), [0, 0], big(480))],
  ['a GIF', bytes('GIF89a', little(640), little(480))],
  ['a lossy WebP', bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8 ', [0, 0, 0, 0, 0, 0, 0, 0x9d, 0x01, 0x2a], little(640), little(480))],
  ['a lossless WebP', bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8L', [0, 0, 0, 0, 0x2f, 0x7f, 0xc2, 0x77, 0x00])],
  ['an extended WebP', bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8X', [10, 0, 0, 0, 0, 0, 0, 0], little(639), 0, little(479), 0)],
]) {
  test(`${what} tells its size at its beginning`, () => {
    assert.deepEqual(sizeIn(content), {width: 640, height: 480});
  });
}

for (const [what, content] of [
  ['nothing', bytes()],
  ['a text', bytes('<svg xmlns="http://www.w3.org/2000/svg"/>')],
  ['a JPEG that is cut off before its size', bytes([0xff, 0xd8], APP1, [0xff, 0xc0, 0])],
  ['a JPEG with junk between its parts', bytes([0xff, 0xd8], [1, 2, 3, 4, 5, 6], frame(640, 480))],
  ['a PNG that is cut off', bytes('\x89PNG\r\n\x1a\n')],
  ['a picture of no width', bytes('GIF89a', little(0), little(480))],
  ['a WebP of a kind yet to come', bytes('RIFF', [0, 0, 0, 0], 'WEBPVP9 ', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
]) {
  test(`${what} tells none`, () => {
    assert.equal(sizeIn(content), null);
  });
}
