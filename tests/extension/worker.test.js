/** The worker as a whole, from the browser's events to what goes over the network. */

import assert from 'node:assert/strict';
import {beforeEach, test} from 'node:test';

import {decide, fakeChrome, send} from './fake-chrome.js';

const browser = fakeChrome();
await import('../../extension/worker/main.js');

const A = 'https://a.example';
const B = 'https://b.example';
const OFF = {state: 'unsupported', cause: 'site-off'};
const {local, session} = globalThis.chrome.storage;

let requests;
let pictures = 0;

/** A picture that no earlier test has seen. */
const check = () => {
  pictures += 1;
  return {type: 'check', picture: {url: `https://cdn.example/${pictures}.jpg`, width: 300, height: 200}};
};

beforeEach(async () => {
  requests = [];
  globalThis.fetch = async (url) => {
    requests.push(url);
    if (!url.includes('/v1/')) return new Response('bytes', {headers: {'Content-Type': 'image/jpeg'}});
    return Response.json({id: '0123456789abcdef0123456789abcdef', label: 'real', fake_probability: 0.1, reason: '', model: {id: 'm1'}});
  };
  await decide(browser, false);
  local.stored = {};
  session.stored = {};
});

async function switchOn(origin) {
  await session.set({pending: origin});
  await decide(browser, true);
}

test('a page of a site that is on has its picture fetched and judged', async () => {
  await switchOn(A);
  assert.equal((await send(check(), A)).state, 'real');
  assert.equal(requests.length, 2);
});

test('for a page of any other site nothing is fetched and nothing sent', async () => {
  await switchOn(A);
  assert.deepEqual(await send(check(), B), OFF);
  assert.deepEqual(await send(check(), undefined), OFF);
  assert.deepEqual(requests, []);
});

test('without access nothing is fetched or sent, even if the browser has not told of it yet', async () => {
  await switchOn(A);
  browser.access = false;
  assert.deepEqual(await send(check(), A), OFF);
  assert.deepEqual(requests, []);
});

test('what the person asks for by hand is checked in that tab, on that origin, until it closes', async () => {
  const {contextMenus, tabs} = globalThis.chrome;
  const press = {menuItemId: 'picture', srcUrl: 'https://cdn.example/a.jpg', frameId: 0};
  await contextMenus.onClicked.fire(press, {id: 7, url: `${A}/page`});
  assert.equal((await send(check(), A, 7)).state, 'real');
  assert.deepEqual(await send(check(), A, 8), OFF);
  assert.deepEqual(await send(check(), B, 7), OFF);
  await tabs.onRemoved.fire(7);
  assert.deepEqual(await send(check(), A, 7), OFF);
});

test('a report goes to the service, of a site that is on and of a verdict alone', async () => {
  const verdict = '0123456789abcdef0123456789abcdef';
  assert.equal(await send({type: 'report', verdict}, A), false);
  await switchOn(A);
  assert.equal(await send({type: 'report', verdict}, A), true);
  assert.deepEqual(requests, [`http://127.0.0.1:8000/v1/verdicts/${verdict}/reports`]);
});

test('access that goes during a download does not send the address instead', async () => {
  await switchOn(A);
  globalThis.fetch = async (url) => {
    requests.push(url);
    browser.access = false;
    throw new TypeError('Failed to fetch');
  };
  const message = check();
  assert.deepEqual(await send(message, A), OFF);
  assert.deepEqual(requests, [message.picture.url]);
});

test('when access goes, every site is off: pages hear of it in the settings', async () => {
  await switchOn(A);
  assert.deepEqual(browser.scripts.get('page').matches, ['https://a.example/*']);
  await decide(browser, false);
  assert.deepEqual(local.stored, {});
  assert.equal(browser.scripts.size, 0);
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
