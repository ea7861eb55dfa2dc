/** A video that is watched frame by frame, with as much of a browser as that takes. */

import assert from 'node:assert/strict';
import {afterEach, beforeEach, test} from 'node:test';

import {watchFrames} from '../../extension/verdict/frames.js';
import {verdict} from './verdict.js';

class Video extends EventTarget {
  isConnected = true;
  paused = false;
  ended = false;
}

let page;

beforeEach(() => {
  page = globalThis.document = new EventTarget();
  globalThis.addEventListener = () => {};
});

afterEach(() => {
  delete globalThis.document;
  delete globalThis.addEventListener;
});

/** Watches, and does something when it is told of the third frame. */
async function watched(then, more = {}) {
  const video = new Video();
  const stopping = new AbortController();
  const told = [];
  let asked = 0;
  const ending = await watchFrames(video, {
    grab: async () => ({}),
    ask: async () => {
      asked += 1;
      return verdict({probability: 0.2});
    },
    told: (one) => {
      told.push(one);
      if (told.length === 3) then(video, stopping);
    },
    signal: stopping.signal,
    pauseMs: 1,
    ...more,
  });
  return {ending, told, asked};
}

const ENDINGS = {
  stopped: (_, stopping) => stopping.abort(),
  paused: (video) => video.dispatchEvent(new Event('pause')),
  gone: (video) => video.dispatchEvent(new Event('emptied')),
  hidden: () => {
    page.hidden = true;
    page.dispatchEvent(new Event('visibilitychange'));
  },
};
for (const [ending, bring] of Object.entries(ENDINGS)) {
  test(`${ending}: it ends, and nothing more is asked`, async () => {
    const found = await watched(bring);
    assert.deepEqual([found.ending, found.asked], [ending, 3]);
  });
}

test('a video that is taken out of the page is gone, though browsers call it paused', async () => {
  const found = await watched((video) => {
    video.isConnected = false;
    video.dispatchEvent(new Event('pause'));
  });
  assert.equal(found.ending, 'gone');
});

for (const [what, state, ending] of [
  ['does not play', {paused: true}, 'paused'], ['has ended', {ended: true}, 'paused'], ['is not in the page', {isConnected: false}, 'gone'],
]) {
  test(`of a video that ${what} nothing is asked`, async () => {
    const video = Object.assign(new Video(), state);
    const ask = () => assert.fail('A frame was sent.');
    const signal = new AbortController().signal;
    assert.equal(await watchFrames(video, {grab: async () => ({}), ask, told: ask, signal}), ending);
  });
}

test('the rate is told from the second frame on', async () => {
  const {told} = await watched(ENDINGS.stopped);
  assert.equal(told[0].rate, 0);
  assert.ok(told.slice(1).every(({rate}) => rate > 0));
});

test('a frame that is not there yet is waited for', async () => {
  let turns = 0;
  const {told} = await watched(ENDINGS.stopped, {grab: async () => ((turns += 1) % 2 ? null : {})});
  assert.deepEqual([told.length, turns], [3, 6]);
});

test('what cannot be read or asked is thrown, unless it was stopped', async () => {
  const grab = async () => { throw new DOMException('', 'SecurityError'); };
  await assert.rejects(watched(() => {}, {grab}), {name: 'SecurityError'});
  const stopping = new AbortController();
  const ask = async () => {
    stopping.abort();
    throw new Error('The line was cut.');
  };
  assert.equal((await watched(() => {}, {ask, signal: stopping.signal})).ending, 'stopped');
});
