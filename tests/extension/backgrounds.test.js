import assert from 'node:assert/strict';
import {test} from 'node:test';

import {isDecoration, urlOfBackground} from '../../extension/page/backgrounds.js';

const COVER = {backgroundRepeat: 'no-repeat', backgroundSize: 'cover'};
const TILE = {backgroundRepeat: 'repeat', backgroundSize: 'auto'};

test('a picture is found under a gradient', () => {
  assert.equal(urlOfBackground('linear-gradient(red, blue), url("https://a.example/1.jpg")', 1), 'https://a.example/1.jpg');
});

test('gradients and drawings alone are no picture', () => {
  assert.equal(urlOfBackground('none', 1), null);
  assert.equal(urlOfBackground('linear-gradient(red, blue)', 1), null);
  assert.equal(urlOfBackground('url("https://a.example/arrow.svg?v=2")', 1), null);
  assert.equal(urlOfBackground('url("data:image/svg+xml,%3Csvg/%3E")', 1), null);
});

test('an address may hold brackets and quotes', () => {
  assert.equal(urlOfBackground(String.raw`url("https://a.example/a(1)\".jpg")`, 1), 'https://a.example/a(1)".jpg');
});

test('of an image-set the one is taken that the screen shows', () => {
  const set = 'image-set(url("https://a.example/1.jpg") 1dppx, url("https://a.example/2.jpg") 2dppx)';
  assert.equal(urlOfBackground(set, 1), 'https://a.example/1.jpg');
  assert.equal(urlOfBackground(set, 2), 'https://a.example/2.jpg');
  assert.equal(urlOfBackground(set, 3), 'https://a.example/2.jpg');
});

test('icons and textures are decoration, photographs are not', () => {
  assert.ok(isDecoration({width: 32, height: 32}, COVER));
  assert.ok(isDecoration({width: 200, height: 200}, TILE));
  assert.ok(!isDecoration({width: 200, height: 200}, COVER));
  assert.ok(!isDecoration({width: 1200, height: 800}, TILE));
});
