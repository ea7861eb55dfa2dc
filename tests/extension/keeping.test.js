import assert from 'node:assert/strict';
import {test} from 'node:test';

import {createKeeper} from '../../extension/worker/keeping.js';

/** A keeper of what is read, and readings that end when they are told to. */
function keeper() {
  const readings = [];
  return {readings, ...createKeeper((key) => new Promise((resolve, reject) => readings.push({key, resolve, reject})))};
}

test('what many want at a time is read once, and kept', async () => {
  const {readings, get} = keeper();
  const wanted = [get('a'), get('a'), get('b')];
  assert.deepEqual(readings.map(({key}) => key), ['a', 'b']);
  readings[0].resolve(1);
  assert.deepEqual(await Promise.all(wanted.slice(0, 2)), [1, 1]);
  assert.equal(await get('a'), 1);
  assert.equal(readings.length, 2);
});

test('what was being read when it changed is not kept', async () => {
  const {readings, get, forget} = keeper();
  const old = get('a');
  forget();
  const anew = get('a');
  readings[0].resolve('old');
  readings[1].resolve('new');
  assert.deepEqual([await old, await anew, await get('a')], ['old', 'new', 'new']);
});

test('a reading that failed is made again', async () => {
  const {readings, get} = keeper();
  const failed = get('a');
  readings[0].reject(new Error('No.'));
  await assert.rejects(failed);
  const again = get('a');
  readings[1].resolve(2);
  assert.equal(await again, 2);
});
