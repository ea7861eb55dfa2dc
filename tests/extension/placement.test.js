import assert from 'node:assert/strict';
import {test} from 'node:test';

import {placeBadge, placePopover, visiblePart} from '../../extension/page/placement.js';

const box = (left, top, width, height) => ({left, top, right: left + width, bottom: top + height});
const view = {width: 800, height: 600};
const size = {width: 300, height: 100};

test('a badge sits inside the upper left corner and knows how wide it may be', () => {
  assert.deepEqual(placeBadge(box(100, 50, 200, 150)), {x: 104, y: 54, room: 192});
});

test('the smallest picture that qualifies has room for a badge', () => {
  assert.ok(placeBadge(box(0, 0, 64, 64)));
});

test('a badge stays within what a scrolling box shows of its picture', () => {
  const part = visiblePart(box(-80, 0, 200, 150), [box(0, 0, 500, 500), box(0, 20, 500, 500)]);
  assert.deepEqual(part, box(0, 20, 120, 130));
  assert.deepEqual(placeBadge(part), {x: 4, y: 24, room: 112});
});

test('where too little of a picture is visible there is no badge', () => {
  assert.equal(placeBadge(visiblePart(box(-180, 0, 200, 150), [box(0, 0, 500, 500)])), null);
  assert.equal(placeBadge(visiblePart(box(900, 0, 200, 150), [box(0, 0, 500, 500)])), null);
  assert.equal(placeBadge(box(0, 0, 200, 24)), null);
});

test('the reason opens below its badge', () => {
  assert.deepEqual(placePopover({x: 104, y: 54}, size, view), {x: 104, y: 82});
});

test('near the lower edge it opens above, and it never leaves the window', () => {
  assert.deepEqual(placePopover({x: 104, y: 550}, size, view), {x: 104, y: 444});
  assert.equal(placePopover({x: 760, y: 54}, size, view).x, 494);
  assert.equal(placePopover({x: -50, y: 54}, size, view).x, 6);
});
