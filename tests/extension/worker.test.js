/** The worker as a whole, from the browser's events to what goes over the network. */

import assert from 'node:assert/strict';
import {beforeEach, test} from 'node:test';

import {textsOf} from '../../extension/shared/texts.js';

import {connect, decide, fakeChrome, from, ownFile, OURS, send} from './fake-chrome.js';
import {korean} from './messages.js';
import {ID, served} from './verdict.js';

const browser = fakeChrome();
await import('../../extension/worker/main.js');

const A = 'https://a.example';
const B = 'https://b.example';
const OFF = {state: 'unsupported', cause: 'site-off'};
const POPUP = {id: 'candor', url: `${OURS}popup.html`};
const {local, session} = globalThis.chrome.storage;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const PATIENCE_MS = 5000;

/** Waits for what the worker does by itself after an event. */
async function until(isSo) {
  for (let waited = 0; waited < PATIENCE_MS && !isSo(); waited += 1) await pause(1);
}

let requests;
let pictures = 0;

/** A picture that no earlier test has seen. */
const picture = () => {
  pictures += 1;
  return {url: `https://cdn.example/${pictures}.jpg`, width: 300, height: 200};
};

/** A service that calls everything real, and sites that give what they are asked for. */
async function network(url, init) {
  if (url.startsWith(OURS)) return ownFile(url);
  requests.push(url);
  if (url.endsWith('/v1/checks/batch')) {
    const items = init.body instanceof FormData ? init.body.getAll('image') : JSON.parse(init.body).items;
    return new Response(items.map((_, index) => `${JSON.stringify({index, status: 200, verdict: served()})}\n`).join(''));
  }
  if (url.includes('/reports')) return Response.json({}, {status: 201});
  return new Response(url, {headers: {'Content-Type': 'image/jpeg'}});
}

beforeEach(async () => {
  requests = [];
  globalThis.fetch = network;
  Object.assign(browser, {deaf: new Set(), tabs: [], told: [], started: [], protected: false});
  await decide(browser, false);
  local.stored = {};
  session.stored = {};
});

async function switchOn(origin) {
  await session.set({pending: origin});
  await decide(browser, true);
  await until(() => browser.scripts.has('page'));
}

const watched = async (sender) => (await send({type: 'hello'}, sender)).watched;
const check = (sender, one = picture(), more = {}) => connect(sender).ask(1, one, more);

test('a page of a site that is on has its picture fetched and judged', async () => {
  await switchOn(A);
  assert.equal((await check(from(A))).state, 'real');
  assert.equal(requests.length, 2);
});

test('for a page of any other site nothing is fetched and nothing sent', async () => {
  await switchOn(A);
  assert.deepEqual(await check(from(B)), OFF);
  assert.deepEqual(await check(from(undefined)), OFF);
  assert.deepEqual(requests, []);
});

test('what is embedded in a page goes with it, whoever it is of', async () => {
  await switchOn(A);
  assert.equal(await watched(from(A, {frame: 'null'})), 'all');
  assert.equal(await watched(from(A, {frame: B})), 'all');
  assert.equal(await watched(from(B, {frame: A})), 'nothing');
});

test('frames of another site are started with the page that they are in, and in no other', async () => {
  await send({type: 'frames'}, from(A));
  assert.deepEqual(browser.started, []);
  await switchOn(A);
  await send({type: 'frames'}, from(A));
  assert.deepEqual(browser.started, [1]);
});

test('everywhere is everywhere but where it was switched off', async () => {
  await switchOn('');
  assert.equal(local.stored.everywhere, true);
  assert.deepEqual(browser.scripts.get('page').matches, ['http://*/*', 'https://*/*']);
  assert.equal(await watched(from(B)), 'all');
  await local.set({[`site:${B}`]: false});
  assert.equal(await watched(from(B)), 'nothing');
});

test('a page that is watched is told what to say, in the language that was chosen', async () => {
  await switchOn(A);
  await local.set({language: 'ko'});
  const {spoken} = await send({type: 'hello'}, from(A));
  assert.equal(spoken.language, 'ko');
  assert.equal(textsOf(spoken).message('state_real'), korean.message('state_real'));
  assert.equal((await send({type: 'hello'}, from(B))).spoken, undefined);
  assert.equal(await send({type: 'wake'}, from(A)), null);
});

test('private windows are left alone until that is allowed', async () => {
  await switchOn(A);
  assert.equal(await watched(from(A, {incognito: true})), 'nothing');
  await local.set({privateWindows: true});
  assert.equal(await watched(from(A, {incognito: true})), 'all');
});

test('a private window has its pictures fetched as nobody and judged in passing', async () => {
  await switchOn(A);
  await local.set({privateWindows: true});
  const seen = [];
  globalThis.fetch = async (url, init) => {
    if (url.startsWith(OURS)) return ownFile(url);
    seen.push([url, init.credentials, init.cache]);
    return url.includes('/v1/checks') ? Response.json(served()) : network(url, init);
  };
  const one = {url: `${A}/private.jpg`, width: 300, height: 200};
  assert.equal((await check(from(A, {incognito: true}), one)).id, '');
  assert.deepEqual(seen, [
    [one.url, 'omit', 'no-store'],
    ['http://127.0.0.1:8000/v1/checks?keep=false', 'omit', 'no-store'],
  ]);
  assert.deepEqual(session.stored, {});
});

test('without access nothing is fetched or sent, even if the browser has not told of it yet', async () => {
  await switchOn(A);
  browser.access = false;
  assert.deepEqual(await check(from(A)), OFF);
  assert.deepEqual(requests, []);
});

test('access that goes during a download does not send the address instead', async () => {
  await switchOn(A);
  globalThis.fetch = async (url) => {
    requests.push(url);
    browser.access = false;
    throw new TypeError('Failed to fetch');
  };
  const one = picture();
  assert.deepEqual(await check(from(A), one), OFF);
  assert.deepEqual(requests, [one.url]);
});

test('when access goes, every site is off: pages hear of it', async () => {
  await switchOn(A);
  browser.tabs = [{id: 1, url: `${A}/page`}];
  assert.deepEqual(browser.scripts.get('page').matches, ['https://a.example/*']);
  await decide(browser, false);
  await until(() => browser.told.length > 0);
  assert.deepEqual(local.stored, {});
  assert.equal(browser.scripts.size, 0);
  assert.deepEqual(browser.told.at(-1), {tab: 1, message: {type: 'changed', what: 'sites'}});
});

test('access switches on the site that it was asked for, and none before it', async () => {
  // Asked for A, and refused with the popup closed; then asked for B.
  await session.set({pending: A});
  await session.set({pending: B});
  await decide(browser, true);
  assert.deepEqual(local.stored, {[`site:${B}`]: true});
  assert.deepEqual(session.stored, {});
});

test('access that comes back for one site does not revive another', async () => {
  await switchOn(A);
  await decide(browser, false);
  await switchOn(B);
  assert.deepEqual(Object.keys(local.stored), [`site:${B}`]);
});

test('access to the address of a service switches no site on', async () => {
  await session.set({pending: A});
  await globalThis.chrome.permissions.onAdded.fire({origins: ['https://service.example/*']});
  assert.deepEqual(local.stored, {});
});

test('"check this page" needs no lasting permission, and ends with the site', async () => {
  browser.tabs = [{id: 1, url: `${A}/page`}];
  assert.equal(await send({type: 'check-page', tab: 1}, POPUP), true);
  assert.deepEqual(browser.started, [1]);
  assert.equal(await watched(from(A)), 'all');
  assert.equal(await watched(from(B)), 'nothing');
  assert.equal(await watched(from(A, {tab: 2})), 'nothing');
  assert.equal((await check(from(A))).state, 'real');
  assert.deepEqual(local.stored.everywhere, undefined);
  await globalThis.chrome.tabs.onRemoved.fire(1);
  assert.equal(await watched(from(A)), 'nothing');
});

test('a site that is switched off is off, also where its page was checked by hand before', async () => {
  browser.tabs = [{id: 1, url: `${A}/page`}];
  await send({type: 'check-page', tab: 1}, POPUP);
  await switchOn(A);
  await switchOn(B);
  browser.told = [];
  await local.set({[`site:${A}`]: false});
  await until(() => browser.told.length > 0);
  assert.equal(await watched(from(A)), 'nothing');
  assert.deepEqual(await check(from(A)), OFF);
  assert.equal(await watched(from(B)), 'all');

  await send({type: 'check-page', tab: 1}, POPUP);
  browser.told = [];
  await local.set({[`site:${B}`]: false});
  await until(() => browser.told.length > 0);
  assert.equal(await watched(from(A)), 'all', 'what is asked for once that is off is meant');
});

test('a page cannot have itself checked, only a press of the person can', async () => {
  browser.tabs = [{id: 1, url: `${A}/page`}];
  const answered = [];
  globalThis.chrome.runtime.onMessage.fire({type: 'check-page', tab: 1}, from(A), (reply) => answered.push(reply));
  await pause(20);
  assert.deepEqual(answered, []);
  assert.equal(await watched(from(A)), 'nothing');
});

test('where the browser lets nobody in, the popup hears of it', async () => {
  browser.tabs = [{id: 1, url: `${A}/page`}, {id: 2, url: 'chrome://settings'}];
  browser.protected = true;
  assert.equal(await send({type: 'check-page', tab: 1}, POPUP), false);
  assert.equal(await send({type: 'check-page', tab: 2}, POPUP), false);
});

test('"check this picture" asks for just that one, in its frame', async () => {
  const url = 'https://cdn.example/cat.jpg';
  await globalThis.chrome.contextMenus.onClicked.fire({menuItemId: 'picture', srcUrl: url, frameId: 3}, {id: 1, url: `${A}/page`});
  assert.equal(await watched(from(A)), 'asked');
  assert.deepEqual(browser.told, [{tab: 1, message: {type: 'check-picture', url}, frameId: 3}]);
});

test('"check this picture" on the next page asks for no more than that, whatever was asked of the last', async () => {
  browser.tabs = [{id: 1, url: `${A}/page`}];
  const choose = () => globalThis.chrome.contextMenus.onClicked.fire(
    {menuItemId: 'picture', srcUrl: 'https://cdn.example/cat.jpg', frameId: 0}, {id: 1, url: `${A}/page`},
  );
  await send({type: 'check-page', tab: 1}, POPUP);
  await choose();
  assert.equal(await watched(from(A)), 'all', 'the same page is still checked whole');

  browser.deaf.add(0);
  await choose().catch(() => {});
  assert.equal(await watched(from(A)), 'asked');
});

test('the menu is written in the language that was chosen', async () => {
  await globalThis.chrome.runtime.onInstalled.fire();
  assert.equal(browser.menu.get('picture').title, 'Check this picture');
  await local.set({language: 'ko'});
  await until(() => browser.menu.get('picture')?.title === '이 사진 확인');
  assert.equal(browser.menu.get('picture').title, '이 사진 확인');
});

test('the key is for the service alone: no page is told it, no picture host gets it', async () => {
  await switchOn(A);
  await local.set({keyed: {service: 'http://127.0.0.1:8000', key: 'ck_secret'}});
  const seen = [];
  globalThis.fetch = async (url, init) => {
    if (JSON.stringify(init?.headers ?? {}).includes('ck_secret')) seen.push(url);
    return network(url, init);
  };
  await check(from(A));
  assert.deepEqual(seen, ['http://127.0.0.1:8000/v1/checks/batch']);
  assert.doesNotMatch(JSON.stringify(await send({type: 'hello'}, from(A))), /ck_secret/);

  await local.set({service: 'http://127.0.0.1:9000'});
  seen.length = 0;
  await check(from(A), {url: `${A}/another.jpg`, width: 300, height: 200});
  assert.deepEqual(seen, [], 'another service is not sent it');
});

test('a report goes to the service for pages that are watched, and for no other', async () => {
  const report = {type: 'report', verdict: ID, expected: 'real', note: ''};
  assert.equal(await send(report, from(A)), false);
  await switchOn(A);
  assert.equal(await send(report, from(A)), true);
  assert.deepEqual(requests, [`http://127.0.0.1:8000/v1/verdicts/${ID}/reports`]);
});

test('a heat map is for pages that are watched', async () => {
  const explain = {type: 'explain', verdict: ID};
  assert.equal(await send(explain, from(A)), null);
  assert.deepEqual(requests, []);
});

test('a page that hangs up is not worked for any more', async () => {
  await switchOn(A);
  const ended = [];
  globalThis.fetch = (url, init) => new Promise((_, reject) => {
    requests.push(url);
    init.signal.addEventListener('abort', () => {
      ended.push(url);
      reject(init.signal.reason);
    });
  });
  const one = picture();
  const page = connect(from(A));
  page.ask(1, one);
  await until(() => requests.length === 1);
  page.leave();
  await until(() => ended.length === 1);
  assert.deepEqual(ended, [one.url]);
});

test('what the site gives to its own pages only is read there', async () => {
  await switchOn(A);
  globalThis.fetch = async (url, init) => {
    if (url.startsWith('https://cdn.example/')) throw new TypeError('Failed to fetch');
    if (url.startsWith('data:')) return new Response('bytes', {headers: {'Content-Type': 'image/png'}});
    return network(url, init);
  };
  const asked = [];
  const one = picture();
  const page = connect(from(A), {read: (url) => {
    asked.push(url);
    return 'data:image/png;base64,aGVsbG8=';
  }});
  assert.equal((await page.ask(1, one)).state, 'real');
  assert.deepEqual(asked, [one.url]);
});

test('the toolbar adds up what the frames of a tab found, and says when the service is away', async () => {
  const state = (suspicious, {frame = 'page', away = false} = {}) => ({type: 'state', frame, suspicious, away});
  await send(state(2), {...from(A), frameId: 0});
  await send(state(1, {frame: 'inner'}), {...from(A), frameId: 4});
  assert.deepEqual(browser.badge, {tabId: 1, text: '3'});
  await send(state(4), {...from(A), frameId: 0});
  assert.deepEqual(browser.badge, {tabId: 1, text: '5'});
  await send(state(0, {frame: 'inner', away: true}), {...from(A), frameId: 4});
  assert.deepEqual(browser.badge, {tabId: 1, text: '!'});
  await send(state(0, {frame: 'next page'}), {...from(A), frameId: 0});
  assert.deepEqual(browser.badge, {tabId: 1, text: ''});
});

test('what a frame found goes with it, whether it says so or not', async () => {
  const state = (frame, suspicious, away = false) => ({type: 'state', frame, suspicious, away});
  await send(state('page', 1), {...from(A), frameId: 0});
  await send(state('advert', 2), {...from(A), frameId: 4});
  await send(state('player', 0, true), {...from(A), frameId: 5});
  assert.deepEqual(browser.badge, {tabId: 1, text: '!'});
  await send(state('player', 0), {...from(A), frameId: 5});
  assert.deepEqual(browser.badge, {tabId: 1, text: '3'});

  browser.deaf.add(4);
  await send(state('next advert', 2), {...from(A), frameId: 6});
  assert.deepEqual(browser.badge, {tabId: 1, text: '3'});
  browser.deaf.add(6);
  await send(state('page', 1), {...from(A), frameId: 0});
  assert.deepEqual(browser.badge, {tabId: 1, text: '1'});
});

test('a worker that knows nothing of a tab has all its frames tell again', async () => {
  await send({type: 'state', frame: 'inner', suspicious: 1, away: false}, {...from(A, {tab: 9}), frameId: 4});
  assert.deepEqual(browser.told.at(-1), {tab: 9, message: {type: 'changed', what: 'toolbar'}});
  const told = browser.told.length;
  await send({type: 'state', frame: 'page', suspicious: 1, away: false}, {...from(A, {tab: 9}), frameId: 0});
  assert.equal(browser.told.length, told, 'once is enough');
  assert.deepEqual(browser.badge, {tabId: 9, text: '2'});
});
