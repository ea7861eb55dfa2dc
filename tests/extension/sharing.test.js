import assert from 'node:assert/strict';
import {test} from 'node:test';

import {Sharing} from '../../extension/worker/sharing.js';

const {signal: forever} = new AbortController();

function work() {
  const runs = [];
  const run = (signal) => new Promise((resolve) => runs.push({signal, resolve}));
  return {runs, run};
}

test('who asks for the same at a time shares one run', async () => {
  const sharing = new Sharing();
  const {runs, run} = work();
  const both = [sharing.share('a', forever, run), sharing.share('a', forever, run)];
  assert.equal(runs.length, 1);
  runs[0].resolve(7);
  assert.deepEqual(await Promise.all(both), [7, 7]);
});

test('what is done is done anew, and other work is its own', async () => {
  const sharing = new Sharing();
  const {runs, run} = work();
  const first = sharing.share('a', forever, run);
  runs[0].resolve(1);
  await first;
  sharing.share('a', forever, run);
  sharing.share('b', forever, run);
  assert.equal(runs.length, 3);
});

test('one who leaves ends nothing for the others; the last one does', async () => {
  const sharing = new Sharing();
  const {runs, run} = work();
  const [one, other] = [new AbortController(), new AbortController()];
  const asked = [one, other].map(({signal}) => sharing.share('a', signal, run).catch(() => 'gone'));
  one.abort();
  assert.equal(await asked[0], 'gone');
  assert.equal(runs[0].signal.aborted, false);
  other.abort();
  await asked[1];
  assert.equal(runs[0].signal.aborted, true);
  sharing.share('a', forever, run);
  assert.equal(runs.length, 2);
});

test('work that fails is told to all, and tried anew by the next', async () => {
  const sharing = new Sharing();
  const failing = async () => { throw new Error('no'); };
  await assert.rejects(sharing.share('a', forever, failing));
  assert.equal(await sharing.share('a', forever, async () => 1), 1);
});
