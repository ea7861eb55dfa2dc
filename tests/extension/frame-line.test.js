/** The line for the frames of a video, on the side of the page. */

import assert from 'node:assert/strict';
import {afterEach, beforeEach, test} from 'node:test';

import {FrameLine} from '../../extension/page/frame-line.js';

const LOST = {state: 'unreachable', cause: 'network'};
let page;
let hungUp;
let end;

beforeEach(() => {
  page = new EventTarget();
  hungUp = 0;
  end = new AbortController();
  globalThis.addEventListener = (...given) => page.addEventListener(...given);
  const silent = {addListener() {}};
  const port = {onMessage: silent, onDisconnect: silent, postMessage() {}, disconnect: () => { hungUp += 1; }};
  globalThis.chrome = {runtime: {id: 'candor', connect: () => port}};
});

afterEach(() => {
  end.abort();
  delete globalThis.addEventListener;
});

test('a page that is put aside loses its question, for no answer comes any more', async () => {
  const answer = new FrameLine(end.signal).ask({dataUrl: 'data:,'});
  page.dispatchEvent(new Event('pagehide'));
  assert.deepEqual(await answer, LOST);
  assert.equal(hungUp, 1);
});

test('a run that has ended listens for nothing more', () => {
  new FrameLine(end.signal).ask({dataUrl: 'data:,'});
  end.abort();
  page.dispatchEvent(new Event('pagehide'));
  assert.equal(hungUp, 1);
});
