import assert from 'node:assert/strict';
import {test} from 'node:test';

import {createLimiter} from '../../extension/shared/limiter.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('no more than the limit run at once, and all of them run in order', async () => {
  const limit = createLimiter(2);
  let running = 0;
  let most = 0;
  const done = [];
  const task = (name) => limit(async () => {
    running += 1;
    most = Math.max(most, running);
    await turn();
    running -= 1;
    done.push(name);
  });

  await Promise.all(['a', 'b', 'c', 'd', 'e'].map(task));

  assert.equal(most, 2);
  assert.deepEqual(done, ['a', 'b', 'c', 'd', 'e']);
});

test('a task that fails gives its place back and tells its caller', async () => {
  const limit = createLimiter(1);
  await assert.rejects(limit(async () => { throw new Error('no'); }), /no/);
  assert.equal(await limit(async () => 'next'), 'next');
});
