import assert from 'node:assert/strict';
import {test} from 'node:test';

import {fitted} from '../../extension/page/fitting.js';

const box = {left: 10, top: 20, width: 200, height: 100};
const square = {width: 400, height: 400};

test('stretched, a picture takes the whole box', () => {
  assert.deepEqual(fitted(box, square, 'fill', '50% 50%'), box);
});

test('shrunk to fit, it leaves room at both sides, or where it is told to', () => {
  assert.deepEqual(fitted(box, square, 'contain', '50% 50%'), {left: 60, top: 20, width: 100, height: 100});
  assert.deepEqual(fitted(box, square, 'contain', '0% 50%'), {left: 10, top: 20, width: 100, height: 100});
});

test('cropped, it sticks out where it is told to', () => {
  assert.deepEqual(fitted(box, square, 'cover', '50% 0%'), {left: 10, top: 20, width: 200, height: 200});
  assert.deepEqual(fitted(box, square, 'cover', '50% 100%'), {left: 10, top: -80, width: 200, height: 200});
});

test('at its own size it may be larger or smaller than the box', () => {
  assert.deepEqual(fitted(box, square, 'none', '0px 0px'), {left: 10, top: 20, width: 400, height: 400});
  assert.deepEqual(fitted(box, {width: 20, height: 10}, 'scale-down', '5px 6px'), {left: 15, top: 26, width: 20, height: 10});
  assert.deepEqual(fitted(box, square, 'scale-down', '100% 50%'), {left: 110, top: 20, width: 100, height: 100});
});
