import assert from 'node:assert/strict';
import {afterEach, beforeEach, mock, test} from 'node:test';

import {Passing} from '../../extension/page/passing.js';

const [CAT, DOG] = [{}, {}];
let stayed;
let end;
let passing;

beforeEach(() => {
  mock.timers.enable({apis: ['setTimeout']});
  stayed = [];
  end = new AbortController();
  passing = new Passing((bearer) => stayed.push(bearer), end.signal);
});

afterEach(() => mock.timers.reset());

test('while nobody scrolls nothing is held back', () => {
  assert.equal(passing.holdsBack(CAT), false);
  mock.timers.tick(10_000);
  assert.deepEqual(stayed, []);
});

test('what comes into view by scrolling and stays is told of, once', () => {
  passing.scrolled();
  assert.equal(passing.holdsBack(CAT), true);
  assert.equal(passing.holdsBack(CAT), true);
  mock.timers.tick(10_000);
  assert.deepEqual(stayed, [CAT]);
});

test('what flies past is never told of', () => {
  passing.scrolled();
  passing.holdsBack(CAT);
  passing.holdsBack(DOG);
  mock.timers.tick(50);
  passing.left(CAT);
  mock.timers.tick(10_000);
  assert.deepEqual(stayed, [DOG]);
});

test('what comes back is held back anew', () => {
  passing.scrolled();
  passing.holdsBack(CAT);
  passing.left(CAT);
  assert.equal(passing.holdsBack(CAT), true);
  mock.timers.tick(10_000);
  assert.deepEqual(stayed, [CAT]);
});

test('after the end nothing is told', () => {
  passing.scrolled();
  passing.holdsBack(CAT);
  end.abort();
  mock.timers.tick(10_000);
  assert.deepEqual(stayed, []);
});
