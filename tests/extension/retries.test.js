import assert from 'node:assert/strict';
import {test} from 'node:test';

import {withRetries} from '../../extension/worker/retries.js';

const REAL = {state: 'real', probability: 0.1, reason: '', model: 'm'};

async function run(...answers) {
  const pauses = [];
  let attempts = 0;
  const attempt = async () => answers[attempts++];
  const answer = await withRetries(attempt, {sleep: async (ms) => { pauses.push(ms); }, random: () => 0});
  return {answer, attempts, pauses};
}

for (const cause of ['network', 'busy']) {
  const failure = {state: 'unreachable', cause};

  test(`"${cause}" may pass: it is tried again`, async () => {
    const {answer, attempts} = await run(failure, REAL);
    assert.equal(answer, REAL);
    assert.equal(attempts, 2);
  });

  test(`"${cause}" four times in a row is an answer, after growing pauses`, async () => {
    const {answer, attempts, pauses} = await run(failure, failure, failure, failure, REAL);
    assert.equal(answer, failure);
    assert.equal(attempts, 4);
    assert.deepEqual(pauses, pauses.toSorted((one, other) => one - other));
  });
}

for (const answer of [
  REAL,
  {state: 'unsupported', cause: 'refused'},
  {state: 'unreachable', cause: 'forbidden'},
  {state: 'unreachable', cause: 'unexpected'},
]) {
  test(`${answer.state} ${answer.cause ?? ''} will not change: it is not tried again`, async () => {
    assert.equal((await run(answer)).attempts, 1);
  });
}

test('a service that says when to come back is let alone until then', async () => {
  const {pauses} = await run({state: 'unreachable', cause: 'busy', afterMs: 5000}, REAL);
  assert.deepEqual(pauses, [5000]);
});

test('where that is long, people hear of it and the page asks again later', async () => {
  const {attempts} = await run({state: 'unreachable', cause: 'busy', afterMs: 60_000}, REAL);
  assert.equal(attempts, 1);
});
