import assert from 'node:assert/strict';
import {test} from 'node:test';

import {isLargeEnough, isLoaded} from '../../extension/page/candidates.js';

const image = {complete: true, naturalWidth: 300, currentSrc: 'https://example.org/a.jpg'};

test('a loaded picture qualifies', () => assert.ok(isLoaded(image)));

test('a picture that is loading, broken or has no address does not', () => {
  assert.ok(!isLoaded({...image, complete: false}));
  assert.ok(!isLoaded({...image, naturalWidth: 0}));
  assert.ok(!isLoaded({...image, currentSrc: ''}));
});

test('both sides need the least length', () => {
  assert.ok(isLargeEnough({width: 64, height: 64}, 64));
  assert.ok(!isLargeEnough({width: 63.9, height: 400}, 64));
  assert.ok(!isLargeEnough({width: 400, height: 63.9}, 64));
  assert.ok(!isLargeEnough({width: 199, height: 300}, 200));
});
