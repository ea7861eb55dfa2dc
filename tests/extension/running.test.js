/** The running verdict of a video follows, and does not flicker. */

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {labelAfter, RunningVerdict} from '../../extension/verdict/running.js';

const thresholds = {realBelow: 0.3, fakeFrom: 0.8};
const frame = (probability, model = 'm1') => ({probability, model, thresholds, state: 'real'});

test('a single wild frame changes no label', () => {
  const running = new RunningVerdict();
  const labels = Array.from({length: 40}, (_, n) => running.after(frame(n === 20 ? 0.99 : 0.1)).state);
  assert.deepEqual([...new Set(labels)], ['real']);
});

test('a face that is swapped in is called fake within six seconds at two frames a second', () => {
  const running = new RunningVerdict();
  for (let n = 0; n < 10; n += 1) running.after(frame(0.1));
  let frames = 0;
  while (running.after(frame(0.97)).state !== 'fake') frames += 1;
  assert.ok(frames <= 12, `${frames} frames`);
});

test('scores that waver about a threshold do not make the label waver', () => {
  const running = new RunningVerdict();
  for (let n = 0; n < 30; n += 1) running.after(frame(0.3));
  const labels = Array.from({length: 60}, (_, n) => running.after(frame(n % 2 ? 0.36 : 0.25)).state);
  assert.equal(new Set(labels).size, 1);
});

test('a label is left only beyond its margin', () => {
  assert.equal(labelAfter(null, 0.31, thresholds), 'uncertain');
  assert.equal(labelAfter('real', 0.31, thresholds), 'real');
  assert.equal(labelAfter('real', 0.4, thresholds), 'uncertain');
  assert.equal(labelAfter('fake', 0.79, thresholds), 'fake');
  assert.equal(labelAfter('fake', 0.1, thresholds), 'real');
});

test('another model starts anew', () => {
  const running = new RunningVerdict();
  for (let n = 0; n < 30; n += 1) running.after(frame(0.95));
  assert.ok(Math.abs(running.after(frame(0.1, 'm2')).probability - 0.1) < 0.001);
});

test('where a model tells no thresholds, the label is that of the newest frame', () => {
  const running = new RunningVerdict();
  assert.equal(running.after({...frame(0.9), thresholds: null, state: 'fake'}).state, 'fake');
});
