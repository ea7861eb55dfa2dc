import assert from 'node:assert/strict';
import {afterEach, beforeEach, mock, test} from 'node:test';

import {wakefully} from '../../extension/worker/wakefulness.js';

const LIFE_MS = 30_000;
let stirred;
const open = [];

beforeEach(() => {
  stirred = 0;
  globalThis.chrome = {runtime: {getPlatformInfo: async () => { stirred += 1; }}};
  mock.timers.enable({apis: ['setInterval']});
});

afterEach(async () => {
  for (const {done, resolve} of open.splice(0)) {
    resolve();
    await done.catch(() => {});
  }
  mock.timers.reset();
  delete globalThis.chrome;
});

/** A task that takes until it is told to end. */
function task() {
  let end;
  const ended = new Promise((resolve, reject) => { end = {resolve, reject}; });
  const made = {done: wakefully(() => ended)(), ...end};
  open.push(made);
  return made;
}

test('while somebody waits, the browser is asked for something before it would end the worker', () => {
  task();
  for (let minute = 1; minute <= 3; minute += 1) {
    const before = stirred;
    mock.timers.tick(LIFE_MS);
    assert.ok(stirred > before);
  }
});

test('several that wait need no more than one', () => {
  for (let count = 0; count < 10; count += 1) task();
  mock.timers.tick(20_000);
  assert.equal(stirred, 1);
});

test('once the last has its answer, or its error, the worker may rest', async () => {
  const [one, other] = [task(), task()];
  one.resolve('answer');
  assert.equal(await one.done, 'answer');
  mock.timers.tick(20_000);
  assert.equal(stirred, 1);
  other.reject(new Error('gone'));
  await assert.rejects(other.done, /gone/);
  mock.timers.tick(10 * LIFE_MS);
  assert.equal(stirred, 1);
});
