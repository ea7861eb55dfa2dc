import assert from 'node:assert/strict';
import {test} from 'node:test';

import {cornersOf, placeBadge, placeBeside, placePopover, visiblePart} from '../../extension/page/placement.js';

const box = (left, top, width, height) => ({left, top, right: left + width, bottom: top + height});
const view = {width: 800, height: 600};
const size = {width: 300, height: 100};

test('a badge sits inside the upper left corner and knows how wide it may be', () => {
  assert.deepEqual(placeBadge(box(100, 50, 200, 150)), {x: 104, y: 54, room: 192, mirrored: false});
});

test('the smallest picture that qualifies has room for a badge', () => {
  assert.ok(placeBadge(box(0, 0, 64, 64)));
});

test('a badge stays within what a scrolling box shows of its picture', () => {
  const part = visiblePart(box(-80, 0, 200, 150), [box(0, 0, 500, 500), box(0, 20, 500, 500)]);
  assert.deepEqual(part, box(0, 20, 120, 130));
  assert.deepEqual(placeBadge(part), {x: 4, y: 24, room: 112, mirrored: false});
});

test('where too little of a picture is visible there is no badge', () => {
  assert.equal(placeBadge(visiblePart(box(-180, 0, 200, 150), [box(0, 0, 500, 500)])), null);
  assert.equal(placeBadge(visiblePart(box(900, 0, 200, 150), [box(0, 0, 500, 500)])), null);
  assert.equal(placeBadge(box(0, 0, 200, 24)), null);
});

test('the reason opens below its badge', () => {
  assert.deepEqual(placePopover(box(104, 54, 90, 22), size, view), {x: 104, y: 82});
});

test('near the lower edge it opens above, and it never leaves the window', () => {
  assert.deepEqual(placePopover(box(104, 550, 90, 22), size, view), {x: 104, y: 444});
  assert.equal(placePopover(box(760, 54, 90, 22), size, view).x, 494);
  assert.equal(placePopover(box(-50, 54, 90, 22), size, view).x, 6);
});

test('in a right-to-left page a badge begins at the right edge', () => {
  assert.deepEqual(placeBadge(box(100, 50, 200, 150), true), {x: 296, y: 54, room: 192, mirrored: true});
});

test('what is looked at beside a badge lies inside its picture, whichever way it grows', () => {
  for (const part of [box(100, 50, 200, 150), box(100, 50, 60, 30)]) {
    for (const mirrored of [false, true]) {
      for (const {x, y} of cornersOf(placeBadge(part, mirrored), part)) {
        assert.ok(x > part.left && x < part.right && y > part.top && y < part.bottom, `${x}, ${y}`);
      }
    }
  }
});

test('and where there is room, just above and just below the badge', () => {
  const part = box(100, 50, 200, 150);
  assert.deepEqual(cornersOf(placeBadge(part), part), [{x: 106, y: 77}, {x: 196, y: 53}]);
});

test('a card leaves the faces of its picture in sight where there is room on either side', () => {
  const badge = box(104, 54, 90, 22);
  assert.deepEqual(placeBeside(badge, box(100, 50, 300, 200), size, view), {x: 406, y: 54});
  assert.deepEqual(placeBeside(badge, box(400, 50, 300, 200), size, view), {x: 94, y: 54});
  assert.equal(placeBeside(badge, box(100, 50, 600, 200), size, view), null);
  assert.equal(placeBeside(box(104, 580, 90, 22), box(100, 550, 300, 200), size, view).y, 494);
});
