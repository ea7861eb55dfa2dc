/** Frames on their way through the worker. */

import assert from 'node:assert/strict';
import {afterEach, beforeEach, test} from 'node:test';

import {uncovered} from '../../extension/page/placement.js';
import {accompany} from '../../extension/worker/live.js';
import {verdict} from './verdict.js';

const AREA = {left: 10, top: 20, width: 300, height: 200, viewWidth: 900, viewHeight: 480};
const FRAME = 'data:image/jpeg;base64,/9j/';
let captured;
let active;

beforeEach(() => {
  captured = 0;
  active = [true, true];
  globalThis.chrome = {tabs: {
    get: async () => ({active: active.shift()}),
    captureVisibleTab: async () => {
      captured += 1;
      return 'data:image/png;base64,AAAA';
    },
  }};
  globalThis.createImageBitmap = async () => ({width: 1800, height: 960, close() {}});
  globalThis.OffscreenCanvas = class {
    constructor(width, height) {
      Object.assign(this, {width, height});
    }

    getContext = () => ({drawImage: (_, ...place) => { this.place = place; }});
    convertToBlob = async () => Object.assign(new Blob(['jpeg']), {place: this.place});
  };
});

afterEach(() => {
  for (const name of ['chrome', 'createImageBitmap', 'OffscreenCanvas']) delete globalThis[name];
});

/** What the page hears, and what the service was sent. */
async function told(message, {allowed = true, frameId = 0} = {}) {
  const [sent, heard, listeners] = [[], [], []];
  const port = {
    sender: {frameId, tab: {id: 7, windowId: 1}},
    onMessage: {addListener: (listener) => listeners.push(listener)},
    onDisconnect: {addListener() {}},
    postMessage: (answer) => heard.push(answer),
  };
  accompany(port, {isAllowed: async () => allowed, ask: async (frame) => {
    sent.push(frame);
    return verdict();
  }});
  await listeners[0](message);
  return {sent, heard: heard[0]};
}

test('a frame is sent on, and its verdict told', async () => {
  const {sent, heard} = await told({dataUrl: FRAME});
  assert.deepEqual([sent[0].type, sent[0].size], ['image/jpeg', 3]);
  assert.deepEqual(heard, verdict());
});

test('of the screen only the part is sent that was named', async () => {
  const {sent} = await told({area: AREA});
  assert.deepEqual(sent[0].place, [20, 40, 600, 400, 0, 0, 600, 400]);
});

for (const [what, message, more] of [
  ['no frame', {}, {}],
  ['a frame of another kind', {dataUrl: 'data:text/html,<p>'}, {}],
  ['a frame that is far too large', {dataUrl: FRAME + 'A'.repeat(2 ** 20)}, {}],
  ['an area beyond the page', {area: {...AREA, left: 800}}, {}],
  ['an area of nothing', {area: {...AREA, width: 0}}, {}],
  ['an area in words', {area: {...AREA, top: 'all'}}, {}],
  ['an area of a frame in a page', {area: AREA}, {frameId: 3}],
]) {
  test(`${what} is not sent, and nothing is captured`, async () => {
    const {sent, heard} = await told(message, more);
    assert.deepEqual([sent, captured], [[], 0]);
    assert.deepEqual(heard, {state: 'unsupported', cause: 'unreadable'});
  });
}

test('a tab that is not in front is not captured, and one that left meanwhile not sent', async () => {
  active = [false];
  assert.deepEqual((await told({area: AREA})).sent, []);
  assert.equal(captured, 0);
  active = [true, false];
  assert.deepEqual((await told({area: AREA})).sent, []);
});

test('a page that nobody asked for is refused', async () => {
  const {sent, heard} = await told({dataUrl: FRAME}, {allowed: false});
  assert.deepEqual([sent, heard], [[], {state: 'unsupported', cause: 'site-off'}]);
});

const PART = {left: 0, top: 0, right: 400, bottom: 300};
for (const [what, cover, open] of [
  ['nothing', {left: 400, top: 0, right: 600, bottom: 200}, PART],
  ['a corner', {left: 0, top: 0, right: 240, bottom: 100}, {...PART, top: 100}],
  ['a side', {left: 0, top: 0, right: 100, bottom: 280}, {...PART, left: 100}],
  ['the lower edge', {left: 50, top: 250, right: 350, bottom: 300}, {...PART, bottom: 250}],
]) {
  test(`where ${what} is covered, the largest open part is left`, () => {
    assert.deepEqual(uncovered(PART, cover), open);
  });
}

test('where all is covered, nothing is left', () => {
  const {left, top, right, bottom} = uncovered(PART, {left: -1, top: -1, right: 500, bottom: 500});
  assert.ok(right <= left || bottom <= top);
});
