import assert from 'node:assert/strict';
import {test} from 'node:test';

import {verdictKey, Verdicts} from '../../extension/worker/verdicts.js';
import {MemoryArea} from './area.js';

const verdict = (reason) => ({state: 'real', probability: 0.1, reason, model: 'm'});

test('a key differs with the service, the model and the picture', async () => {
  const keys = await Promise.all([
    verdictKey('http://a', 'm', 'p'), verdictKey('http://b', 'm', 'p'),
    verdictKey('http://a', 'n', 'p'), verdictKey('http://a', 'm', 'q'),
  ]);
  assert.equal(new Set(keys).size, 4);
});

test('a key stays short for a picture that is its own address', async () => {
  const key = await verdictKey('http://a', 'm', `data:image/png;base64,${'A'.repeat(1_000_000)}`);
  assert.ok(key.length < 100);
});

test('what was put is found, by another worker too', async () => {
  const area = new MemoryArea();
  await new Verdicts(area).put('verdict:1', verdict('one'));
  assert.deepEqual(await new Verdicts(area).get('verdict:1'), verdict('one'));
  assert.equal(await new Verdicts(area).get('verdict:2'), null);
});

test('the oldest goes when there are too many, from the browser as well', async () => {
  const area = new MemoryArea();
  const verdicts = new Verdicts(area, {most: 2});
  for (const name of ['1', '2', '3']) await verdicts.put(`verdict:${name}`, verdict(name));
  assert.equal(await verdicts.get('verdict:1'), null);
  assert.ok(await verdicts.get('verdict:3'));
  assert.deepEqual(Object.keys(area.stored), ['verdict:2', 'verdict:3']);
});

test('a worker that starts anew still knows which is the oldest', async () => {
  const area = new MemoryArea();
  let time = 0;
  const now = () => (time += 1);
  for (const name of ['b', 'a']) await new Verdicts(area, {most: 2, now}).put(`verdict:${name}`, verdict(name));
  await new Verdicts(area, {most: 2, now}).put('verdict:c', verdict('c'));
  assert.deepEqual(Object.keys(area.stored).sort(), ['verdict:a', 'verdict:c']);
});

test('a verdict is asked for anew after ten minutes', async () => {
  let time = 0;
  const verdicts = new Verdicts(new MemoryArea(), {now: () => time});
  await verdicts.put('verdict:1', verdict('one'));
  time = 9 * 60_000;
  assert.ok(await verdicts.get('verdict:1'));
  time = 10 * 60_000;
  assert.equal(await verdicts.get('verdict:1'), null);
});

test('what others keep in the same area is left alone', async () => {
  const area = new MemoryArea();
  area.stored = {other: 1};
  const verdicts = new Verdicts(area, {most: 1});
  await verdicts.put('verdict:1', verdict('one'));
  await verdicts.put('verdict:2', verdict('two'));
  assert.deepEqual(Object.keys(area.stored), ['other', 'verdict:2']);
});
