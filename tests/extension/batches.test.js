import assert from 'node:assert/strict';
import {afterEach, beforeEach, mock, test} from 'node:test';

import {Batches} from '../../extension/worker/batches.js';
import {verdict} from './verdict.js';

const A = {address: 'http://a', key: ''};
const B = {address: 'http://b', key: ''};
const address = (name) => ({url: `https://example.org/${name}`});
const bytes = (size) => ({blob: new Blob([new Uint8Array(size)])});
const GATHER_MS = 25;
const HEAD_START_MS = 500;

/** As long as those that follow closely are waited for. */
async function settle() {
  await new Promise((resolve) => setImmediate(resolve));
  mock.timers.tick(GATHER_MS);
  await new Promise((resolve) => setImmediate(resolve));
}

beforeEach(() => mock.timers.enable({apis: ['setTimeout']}));
afterEach(() => mock.timers.reset());

const {signal: forever} = new AbortController();

/** Batches whose requests stay open until they are let go. */
function batches() {
  const requests = [];
  const made = new Batches((service, originals, tell, signal) => new Promise((resolve) => {
    requests.push({
      service, originals, signal,
      answer: () => {
        for (const index of originals.keys()) tell(index, verdict());
        resolve();
      },
    });
  }));
  return {ask: (original, {service = A, signal = forever} = {}) => made.ask(service, original, signal), requests};
}

test('the first goes at once and alone; those that follow go together after its head start', async () => {
  const {ask, requests} = batches();
  for (let i = 0; i < 5; i += 1) ask(address(i));
  mock.timers.tick(HEAD_START_MS - 1);
  for (let i = 5; i < 9; i += 1) ask(address(i));
  assert.deepEqual(requests.map(({originals}) => originals.length), [1]);
  mock.timers.tick(1);
  await settle();
  assert.deepEqual(requests.map(({originals}) => originals.length), [1, 8]);
});

test('a head start ends with its answer, and what waited by then goes out at once', async () => {
  const {ask, requests} = batches();
  for (let i = 0; i < 5; i += 1) ask(address(i));
  requests[0].answer();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(requests.map(({originals}) => originals.length), [1, 4]);
});

test('those that come closely after others are waited for', async () => {
  const {ask, requests} = batches();
  ask(address(0));
  mock.timers.tick(HEAD_START_MS);
  ask(address(1));
  mock.timers.tick(GATHER_MS - 1);
  ask(address(2));
  assert.equal(requests.length, 1);
  await settle();
  assert.deepEqual(requests.map(({originals}) => originals.length), [1, 2]);
});

test('nobody waits for more when nothing is under way, or when a request is full', async () => {
  const {ask, requests} = batches();
  ask(address(0));
  ask(address(1));
  requests[0].answer();
  await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(requests.length, 2);
  for (let i = 2; i < 18; i += 1) ask(address(i));
  mock.timers.tick(HEAD_START_MS);
  assert.deepEqual(requests.map(({originals}) => originals.length), [1, 1, 16]);
});

test('there are never more than two requests, nor more than sixteen pictures in one', async () => {
  const {ask, requests} = batches();
  for (let i = 0; i < 40; i += 1) ask(address(i));
  for (let open = 0; open < requests.length; open += 1) {
    assert.ok(requests.length - open <= 2);
    assert.ok(requests[open].originals.length <= 16);
    requests[open].answer();
    await settle();
  }
  assert.equal(requests.flatMap(({originals}) => originals).length, 40);
});

test('large pictures do not make a request larger than most proxies take', async () => {
  const {ask, requests} = batches();
  for (let i = 0; i < 5; i += 1) ask(bytes(3 * 1024 * 1024));
  requests[0].answer();
  await settle();
  assert.equal(requests[1].originals.length, 2);
});

test('bytes and addresses, and two services, go apart', async () => {
  const {ask, requests} = batches();
  ask(address(1));
  ask(address(2));
  for (const [original, service] of [[address(3), A], [bytes(1), A], [address(4), B], [address(5), A]]) ask(original, {service});
  await settle();
  for (const open of [0, 1, 2]) {
    requests[open].answer();
    await settle();
  }
  assert.deepEqual(requests.map(({service, originals}) => [service.address, originals.length]), [
    ['http://a', 1], ['http://a', 3], ['http://a', 1], ['http://b', 1],
  ]);
});

test('who has gone is not sent, and a request that nobody waits for is ended', async () => {
  const {ask, requests} = batches();
  const gone = new AbortController();
  const lost = [ask(address(1), gone), ask(address(2)), ask(address(3), gone)].map((asked) => asked.catch(() => 'gone'));
  gone.abort();
  assert.equal(await lost[0], 'gone');
  assert.deepEqual(requests.map(({signal}) => signal.aborted), [true]);
  requests[0].answer();
  await settle();
  assert.deepEqual(requests.slice(1).map(({originals}) => originals), [[address(2)]]);
});

test('what is taken back piece by piece does not go out in between', async () => {
  const {ask, requests} = batches();
  const gone = [1, 2, 3].map(() => new AbortController());
  const lost = gone.map((one, number) => ask(address(number), one).catch(() => 'gone'));
  gone[0].abort();
  requests[0].answer();
  assert.equal(await lost[0], 'gone');
  await Promise.resolve();
  gone[1].abort();
  gone[2].abort();
  await settle();
  assert.equal(requests.length, 1);
});
