import assert from 'node:assert/strict';
import {afterEach, beforeEach, mock, test} from 'node:test';

import {Checking} from '../../extension/page/checking.js';
import {verdict} from './verdict.js';

const REAL = verdict();
const DOWN = {state: 'unreachable', cause: 'network'};
const BUSY = {state: 'unreachable', cause: 'busy'};
const FAILED = {state: 'unreachable', cause: 'unexpected'};
const FORBIDDEN = {state: 'unreachable', cause: 'forbidden'};
const NO_KEY = {state: 'unreachable', cause: 'key'};
const MINUTE = 60_000;

const settle = () => new Promise((resolve) => setImmediate(resolve));
let end;

beforeEach(() => {
  globalThis.document = {hidden: false};
  mock.timers.enable({apis: ['setTimeout', 'Date']});
  end = new AbortController();
});

afterEach(() => {
  end.abort();
  mock.timers.reset();
  delete globalThis.document;
});

/** A page whose pictures get these answers in turn, the last for good; the service is well. */
function pageWith(...answers) {
  const asked = [];
  const shown = [];
  const entries = new Map();
  const ask = async (picture, {fresh, reloaded}) => {
    asked.push({...picture, ...(fresh && {fresh}), ...(reloaded && {reloaded})});
    return answers.length > 1 ? answers.shift() : answers[0];
  };
  const show = (entry, outcome) => {
    entry.outcome = outcome;
    shown.push(outcome.state);
  };
  const checking = new Checking(entries, show, {ask, isBack: async () => true}, end.signal);
  const add = async (name, reloaded = false) => {
    const picture = {url: `https://example.org/${name}.jpg`, width: 300, height: 200};
    const entry = {bearer: {}, picture, outcome: {state: 'queued'}, badge: {}, reloaded};
    entries.set(entry.bearer, entry);
    await checking.check(entry);
    return Object.assign(() => entries.get(entry.bearer).outcome, {entry});
  };
  return {add, asked, checking, shown};
}

async function pass(minutes) {
  for (let seconds = 0; seconds < minutes * 60; seconds += 5) {
    mock.timers.tick(5_000);
    await settle();
  }
}

test('what the page knows of a picture goes to the worker', async () => {
  const {add, asked} = pageWith(REAL);
  assert.deepEqual((await add('cat'))(), REAL);
  assert.deepEqual(asked, [{url: 'https://example.org/cat.jpg', width: 300, height: 200}]);
});

for (const failure of [DOWN, BUSY, NO_KEY, FORBIDDEN, null]) {
  test(`${failure?.cause ?? 'a lost answer'} passes: the picture is checked again`, async () => {
    const {add, asked} = pageWith(failure, REAL);
    const outcome = await add('cat');
    await pass(1);
    assert.deepEqual(outcome(), REAL);
    assert.equal(asked.length, 2);
  });
}

for (const failure of [FAILED, {state: 'unsupported', cause: 'refused'}]) {
  test(`${failure.cause} lasts: the picture is sent once`, async () => {
    const {add, asked, shown} = pageWith(failure);
    const outcome = await add('cat');
    await pass(10);
    assert.deepEqual(outcome(), failure);
    assert.deepEqual(shown, ['checking', failure.state]);
    assert.equal(asked.length, 1);
  });
}

test('a failure that lasts is not carried along when others are repeated', async () => {
  const {add, asked} = pageWith(FAILED, DOWN, REAL);
  await add('broken');
  await add('cat');
  await pass(1);
  assert.deepEqual(asked.map(({url}) => url.slice(20)), ['broken.jpg', 'cat.jpg', 'cat.jpg']);
});

test('a picture that fails for good is not sent again when the page shows it anew', async () => {
  const {add, asked} = pageWith(FAILED);
  await add('cat');
  assert.deepEqual((await add('cat'))(), FAILED);
  assert.equal(asked.length, 1);
});

test('but it is where other bytes may stand behind its address', async () => {
  const {add, asked} = pageWith(FAILED, REAL);
  await add('cat');
  assert.deepEqual((await add('cat', true))(), REAL);
  assert.equal(asked[1].reloaded, true);
});

test('no sooner than the service said is it asked again', async () => {
  const {add, asked} = pageWith({...BUSY, afterMs: 2 * MINUTE}, REAL);
  const outcome = await add('cat');
  await pass(1.9);
  assert.equal(asked.length, 1);
  await pass(0.2);
  assert.deepEqual(outcome(), REAL);
});

test('another service is asked about everything', async () => {
  const {add, asked, checking} = pageWith(FAILED, REAL);
  const outcome = await add('cat');
  checking.startOver();
  await settle();
  assert.deepEqual(outcome(), REAL);
  assert.equal(asked.length, 2);
});

test('what was lost on the way is asked once more, and the page says nothing of an outage', async () => {
  let lose;
  const lost = new Promise((resolve) => { lose = () => resolve(null); });
  const {add, asked, checking, shown} = pageWith(lost, REAL);
  const adding = add('cat');
  await settle();
  lose();
  checking.resume();
  const outcome = await adding;
  await settle();
  assert.deepEqual(outcome(), REAL);
  assert.equal(asked.length, 2);
  assert.deepEqual(shown, ['checking', 'queued', 'checking', 'real']);
});

test('another model is asked about what had a verdict', async () => {
  const {add, asked, checking} = pageWith(REAL, FAILED, {...REAL, model: 'm2'});
  const outcome = await add('cat');
  await add('broken');
  checking.recheck();
  await settle();
  assert.equal(outcome().model, 'm2');
  assert.equal(asked.length, 3);
});

test('two machines with two models do not have a page checked over and over', async () => {
  const {add, asked, checking} = pageWith(REAL);
  await add('cat');
  for (let turn = 0; turn < 60; turn += 1) {
    checking.recheck();
    mock.timers.tick(MINUTE / 10);
    await settle();
  }
  assert.equal(asked.length, 3, 'once, at the first news, and once after five minutes');
});

test('a page that was left is not checked again', async () => {
  const {add, asked, checking} = pageWith(REAL);
  await add('cat');
  checking.recheck();
  checking.recheck();
  end.abort();
  await pass(10);
  checking.recheck();
  assert.equal(asked.length, 2);
});

test('who wants to hear it again has the service look anew', async () => {
  const {add, asked, checking} = pageWith(REAL, {...REAL, probability: 0.2});
  const outcome = await add('cat');
  checking.checkAgain(outcome.entry);
  await settle();
  assert.equal(outcome().probability, 0.2);
  assert.deepEqual(asked.map(({fresh}) => fresh), [undefined, true]);
});

test('that holds for a picture which failed for good, too', async () => {
  const {add, asked, checking} = pageWith(FAILED, REAL);
  const outcome = await add('cat');
  checking.checkAgain(outcome.entry);
  await settle();
  assert.deepEqual(outcome(), REAL);
  assert.equal(asked.length, 2);
});
