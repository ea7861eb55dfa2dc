import assert from 'node:assert/strict';
import {test} from 'node:test';

import {answerOf, answerOfLine} from '../../extension/worker/answers.js';
import {ID, face, served, verdict} from './verdict.js';

const VERDICT = served({label: 'fake', fake_probability: 0.88});

const ok = (body) => Response.json(body);
const problem = (status, slug, headers = {}) => Response.json(
  {type: `urn:candor:problem:${slug}`, status, detail: 'A sentence.'},
  {status, headers: {...headers, 'Content-Type': 'application/problem+json'}},
);

test('a verdict is taken over', async () => {
  assert.deepEqual(await answerOf(ok(VERDICT)), verdict({state: 'fake', probability: 0.88}));
});

test('all that a card tells is taken over', async () => {
  const answer = await answerOf(ok({
    ...VERDICT,
    checked_at: '2026-11-24T12:00:00Z',
    cache: 'near',
    conflict: true,
    reason: 'It says why.',
    model: {id: 'm1', thresholds: {real_below: 0.4, fake_from: 0.8}},
    timings: {total_ms: 12.5},
    review: {label: 'fake', model_label: 'real', at: '2026-11-25T12:00:00Z'},
    picture: {format: 'PNG', width: 640, height: 480, frames: 3},
    experts: [
      {name: 'face', fake_probability: 0.9, members: [{name: 'face-base', fake_probability: 0.7}, {name: 'odd'}]},
      {name: 'whole', fake_probability: 0.3},
    ],
    faces: [{box: {left: 1, top: 2, width: 30, height: 40}, fake_probability: 0.9, detection_confidence: 1, look: {edge: 'jaw', decisive: 'eyes'}}],
    related: [{verdict_id: ID, label: 'real', fake_probability: 0.2, distance: 3, same_picture: true}],
    provenance: {origin: 'url', url: 'https://a.example/a', final_url: 'https://b.example/b', claims: [{
      source: 'xmp', standing: 'unsigned', sentence: 'It says so.', tool: 'Brush', signer: null,
      digital_source_type: 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia',
    }]},
    explanation: `/v1/verdicts/${ID}/explanation.png`,
  }));
  assert.deepEqual(answer, verdict({
    state: 'fake', probability: 0.88, reason: 'It says why.', thresholds: {realBelow: 0.4, fakeFrom: 0.8},
    experts: [
      {name: 'face', probability: 0.9, members: [{name: 'face-base', probability: 0.7}]},
      {name: 'whole', probability: 0.3, members: []},
    ],
    checkedAt: '2026-11-24T12:00:00Z', source: 'near', tookMs: 12.5, from: 'https://b.example/b',
    review: {at: '2026-11-25T12:00:00Z', model: 'real'},
    format: 'PNG', frames: 3, width: 640, height: 480, conflict: true,
    faces: [face({edge: 'jaw', decisive: 'eyes'})],
    related: [{id: ID, label: 'real', probability: 0.2, same: true}],
    claims: [{standing: 'unsigned', sentence: 'It says so.', tool: 'Brush', signer: '', generated: true}],
    explained: true,
  }));
});

test('where networks disagree, the wider thresholds are those that count', async () => {
  const model = {id: 'm1', thresholds: {real_below: 0.3, fake_from: 0.9}};
  const widened = {real_below: 0.2, fake_from: 0.95};
  const answer = await answerOf(ok({...VERDICT, label: 'uncertain', fake_probability: 0.92, model, widened}));
  assert.deepEqual(answer.thresholds, {realBelow: 0.2, fakeFrom: 0.95});
  assert.equal(answer.open, true);
  const unsure = await answerOf(ok({...VERDICT, label: 'uncertain', fake_probability: 0.5, model, widened}));
  assert.equal(unsure.open, false);
  const agreed = await answerOf(ok({...VERDICT, label: 'fake', fake_probability: 0.92, model, widened: null}));
  assert.deepEqual(agreed.thresholds, {realBelow: 0.3, fakeFrom: 0.9});
  assert.equal(agreed.open, false);
});

test('odd details are left out, and the verdict stands', async () => {
  const odd = {reason: 7, experts: [{name: 'whole'}], review: {label: 'holy'}, timings: 'fast', faces: [null, {box: {left: 'a'}}, {}], related: 'many', picture: 7, provenance: {claims: [{standing: 'holy'}]}, checked_at: 'soon', explanation: null};
  assert.deepEqual(await answerOf(ok({...VERDICT, ...odd})), verdict({state: 'fake', probability: 0.88}));
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

const ABOUT = {
  'not-an-image': [400, 'no-picture'], 'too-large': [413, 'too-large'], 'unsupported-format': [415, 'format'],
  'too-small': [422, 'too-small'], 'source-failed': [502, 'source'], 'source-timed-out': [504, 'source'],
};
for (const [slug, [status, cause]] of Object.entries(ABOUT)) {
  test(`${slug} is about the picture: no verdict, because of ${cause}`, async () => {
    assert.deepEqual(await answerOf(problem(status, slug)), {state: 'unsupported', cause});
    assert.deepEqual(answerOfLine({status, problem: {type: `urn:candor:problem:${slug}`}}), {state: 'unsupported', cause});
  });
}

for (const status of [500, 502, 503, 504]) {
  test(`${status} of a proxy says that the service is away, and nothing about the picture`, async () => {
    assert.deepEqual(await answerOf(new Response('Bad gateway', {status})), {state: 'unreachable', cause: 'network'});
  });
}

test('a proxy may say when to come back, too', async () => {
  const away = new Response('', {status: 503, headers: {'Retry-After': '30'}});
  assert.deepEqual(await answerOf(away), {state: 'unreachable', cause: 'network', afterMs: 30_000});
  const never = new Response('', {status: 503, headers: {'Retry-After': '1e9'}});
  assert.ok((await answerOf(never)).afterMs < 2 ** 31);
});

const NOT_ABOUT = {
  overloaded: [503, 'busy'], 'too-many-requests': [429, 'busy'], unauthorized: [401, 'key'],
  forbidden: [403, 'forbidden'], unexpected: [500, 'unexpected'], 'not-found': [404, 'unexpected'],
};
for (const [slug, [status, cause]] of Object.entries(NOT_ABOUT)) {
  test(`${slug} leaves the picture unchecked: ${cause}`, async () => {
    assert.deepEqual(await answerOf(problem(status, slug)), {state: 'unreachable', cause});
  });
}

test('a busy service says when to come back', async () => {
  const busy = await answerOf(problem(503, 'overloaded', {'Retry-After': '7'}));
  assert.deepEqual(busy, {state: 'unreachable', cause: 'busy', afterMs: 7000});
});

test('a line of a batch is a verdict, a failure, or nothing that is understood', () => {
  assert.deepEqual(answerOfLine({index: 0, status: 200, verdict: served()}), verdict());
  assert.deepEqual(answerOfLine({index: 0, status: 503, problem: {type: 'urn:candor:problem:overloaded'}}), {state: 'unreachable', cause: 'busy'});
  assert.deepEqual(answerOfLine({}), {state: 'unreachable', cause: 'unexpected'});
  assert.deepEqual(answerOfLine(null), {state: 'unreachable', cause: 'unexpected'});
});

test('texts of any length are kept short', async () => {
  const claims = [{standing: 'unsigned', sentence: 'x'.repeat(100_000)}];
  const answer = await answerOf(ok({...VERDICT, reason: 'x'.repeat(100_000), provenance: {claims: Array(100).fill(claims[0])}}));
  assert.ok(JSON.stringify(answer).length < 5000);
});
