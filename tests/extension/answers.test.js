import assert from 'node:assert/strict';
import {test} from 'node:test';

import {answerOf} from '../../extension/worker/answers.js';

const ID = '0123456789abcdef0123456789abcdef';
const VERDICT = {id: ID, label: 'fake', fake_probability: 0.88, reason: 'Because.', model: {id: 'm1'}, faces: []};

const ok = (body) => Response.json(body);
const problem = (status, detail = 'A sentence.') =>
  new Response(JSON.stringify({type: 'about:blank', title: 'T', status, detail}), {
    status,
    headers: {'Content-Type': 'application/problem+json'},
  });

test('a verdict is taken over', async () => {
  assert.deepEqual(await answerOf(ok(VERDICT)), {
    id: ID, state: 'fake', probability: 0.88, reason: 'Because.', model: 'm1',
  });
});

for (const [what, change] of Object.entries({
  'an unknown label': {label: 'genuine'},
  'no label': {label: undefined},
  'no probability': {fake_probability: undefined},
  'a probability above 1': {fake_probability: 7},
  'a probability in words': {fake_probability: '0.1'},
  'no model': {model: undefined},
  'no id': {id: undefined},
  'an id that is a path': {id: '../../v1/export'},
})) {
  test(`an answer with ${what} is no verdict`, async () => {
    const answer = await answerOf(ok({...VERDICT, ...change}));
    assert.deepEqual(answer, {state: 'unreachable', cause: 'unexpected'});
  });
}

test('a web page of some other server is no verdict', async () => {
  const page = new Response('<h1>Welcome</h1>', {headers: {'Content-Type': 'text/html'}});
  assert.equal((await answerOf(page)).state, 'unreachable');
});

for (const status of [400, 413, 415, 422, 502, 504]) {
  test(`${status} is about the picture: no verdict, in the service's words`, async () => {
    assert.deepEqual(await answerOf(problem(status)), {
      state: 'unsupported', cause: 'refused-by-service', reason: 'A sentence.',
    });
  });
}

test('502 of a proxy says nothing about the picture', async () => {
  assert.equal((await answerOf(new Response('Bad gateway', {status: 502}))).state, 'unreachable');
});

for (const [status, cause] of [[503, 'busy'], [429, 'unexpected'], [401, 'forbidden'], [403, 'forbidden'], [500, 'unexpected'], [404, 'unexpected']]) {
  test(`${status} leaves the picture unchecked: ${cause}`, async () => {
    const answer = await answerOf(problem(status));
    assert.equal(answer.state, 'unreachable');
    assert.equal(answer.cause, cause);
  });
}

test('a failure of the service is told in its own sentence; that of some other server is not', async () => {
  assert.equal((await answerOf(problem(500))).reason, 'A sentence.');
  assert.equal((await answerOf(problem(403))).reason, 'A sentence.');
  const other = Response.json({detail: 'Not Found'}, {status: 404});
  assert.deepEqual(await answerOf(other), {state: 'unreachable', cause: 'unexpected'});
});

test('a reason of any length is kept short', async () => {
  const answer = await answerOf(ok({...VERDICT, reason: 'x'.repeat(100_000)}));
  assert.equal(answer.reason.length, 600);
});
