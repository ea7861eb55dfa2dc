import assert from 'node:assert/strict';
import {test} from 'node:test';

import {Verdicts} from '../../extension/worker/verdicts.js';
import {MemoryArea} from './area.js';
import {verdict} from './verdict.js';

const SERVICE = 'http://a';
const put = async (verdicts, name) => {
  await verdicts.put(SERVICE, verdict(), `bytes-${name}`);
  await verdicts.see(`seen-${name}`, `bytes-${name}`, Infinity);
};
const get = (verdicts, name) => verdicts.get(SERVICE, 'm1', `bytes-${name}`);

test('what was put is found, by another worker too', async () => {
  const area = new MemoryArea();
  await put(new Verdicts(area), 'one');
  assert.deepEqual(await get(new Verdicts(area), 'one'), verdict());
  assert.equal(await new Verdicts(area).bytesOf('seen-one'), 'bytes-one');
  assert.equal(await get(new Verdicts(area), 'two'), null);
});

test('another service, another model and other bytes miss', async () => {
  const verdicts = new Verdicts(new MemoryArea());
  await put(verdicts, 'one');
  assert.equal(await verdicts.get('http://b', 'm1', 'bytes-one'), null);
  assert.equal(await verdicts.get(SERVICE, 'm2', 'bytes-one'), null);
  assert.equal(await verdicts.get(SERVICE, 'm1', 'bytes-two'), null);
});

test('the oldest goes when there are too many, from the browser as well', async () => {
  const area = new MemoryArea();
  const verdicts = new Verdicts(area, {most: 4});
  for (const name of ['1', '2', '3']) await put(verdicts, name);
  assert.equal(await get(verdicts, '1'), null);
  assert.ok(await get(verdicts, '3'));
  assert.equal(Object.keys(area.stored).length, 4);
});

test('a worker that starts anew still knows which is the oldest', async () => {
  const area = new MemoryArea();
  let time = 0;
  const now = () => (time += 1);
  for (const name of ['b', 'a', 'c']) await put(new Verdicts(area, {most: 4, now}), name);
  const verdicts = new Verdicts(area, {most: 4, now});
  assert.deepEqual(await Promise.all(['b', 'a', 'c'].map(async (name) => Boolean(await get(verdicts, name)))), [false, true, true]);
});

test('a verdict is asked for anew after ten minutes', async () => {
  let time = 0;
  const verdicts = new Verdicts(new MemoryArea(), {now: () => time});
  await put(verdicts, 'one');
  time = 9 * 60_000;
  assert.ok(await get(verdicts, 'one'));
  time = 10 * 60_000;
  assert.equal(await get(verdicts, 'one'), null);
  assert.equal(await verdicts.bytesOf('seen-one'), null);
});

test('what stands behind an address is believed for as long as its site vouches for it', async () => {
  let time = 0;
  const verdicts = new Verdicts(new MemoryArea(), {now: () => time});
  await verdicts.see('seen', 'bytes', 60_000);
  time = 59_999;
  assert.equal(await verdicts.bytesOf('seen'), 'bytes');
  time = 60_000;
  assert.equal(await verdicts.bytesOf('seen'), null);
});

test('a site that vouches no more is not believed for what it said before', async () => {
  const area = new MemoryArea();
  const verdicts = new Verdicts(area);
  await verdicts.see('seen', 'bytes', 60_000);
  await verdicts.see('seen', 'others', 0);
  assert.equal(await verdicts.bytesOf('seen'), null);
  assert.deepEqual(area.stored, {});
});

test('what others keep in the same area is left alone, also when all is forgotten', async () => {
  const area = new MemoryArea();
  area.stored = {other: 1};
  const verdicts = new Verdicts(area, {most: 2});
  await put(verdicts, 'one');
  await put(verdicts, 'two');
  assert.equal(Object.keys(area.stored).length, 3);
  await verdicts.clear();
  assert.deepEqual(area.stored, {other: 1});
  assert.equal(await get(verdicts, 'two'), null);
});
