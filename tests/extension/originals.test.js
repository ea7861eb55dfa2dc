import assert from 'node:assert/strict';
import {afterEach, test} from 'node:test';

import {MOST_BYTES} from '../../extension/shared/limits.js';
import {obtain} from '../../extension/worker/originals.js';
import {askAdmission, askHealth, askVerdict} from '../../extension/worker/service.js';

const CAT = 'https://example.org/cat.jpg';
const PAGE = 'https://example.org';
const picture = (url = CAT) => ({url, width: 300, height: 200});
const serves = (body, init) => async () => new Response(body, init);
const jpeg = {headers: {'Content-Type': 'image/jpeg'}};

afterEach(() => {
  delete globalThis.createImageBitmap;
});

/** How a page's picture is asked for, by a site that follows the rules of `fetch`. */
async function requestsFor(url, page, {redirects = false} = {}) {
  const requests = [];
  const original = await obtain(picture(url), page, async (_, {credentials, redirect}) => {
    requests.push(credentials);
    if (redirects && redirect === 'error') throw new TypeError('Failed to fetch');
    return new Response('bytes', jpeg);
  });
  assert.equal(await original.blob.text(), 'bytes');
  return requests;
}

for (const [url, page] of [
  [CAT, 'https://example.org'],
  ['https://img.example.org/cat.jpg', 'https://example.org'],
  [CAT, 'https://www.example.org'],
]) {
  test(`${url} is of the site ${page}: its cookies go along`, async () => {
    assert.deepEqual(await requestsFor(url, page), ['include']);
  });
}

for (const [url, page] of [
  ['https://bank.example/cat.jpg', 'https://example.org'],
  ['https://notexample.org/cat.jpg', 'https://example.org'],
  ['https://org/cat.jpg', 'https://example.com'],
]) {
  test(`${url} is of another site than ${page}: no cookies`, async () => {
    assert.deepEqual(await requestsFor(url, page), ['omit']);
  });
}

test('cookies do not follow a redirect, which may lead to another site', async () => {
  assert.deepEqual(await requestsFor(CAT, PAGE, {redirects: true}), ['include', 'omit']);
});

test('a picture of another shape than that on the page has no verdict', async () => {
  globalThis.createImageBitmap = async () => ({width: 400, height: 400, close() {}});
  assert.deepEqual(await obtain(picture(), PAGE, serves('bytes', jpeg)), {state: 'unsupported', cause: 'different'});
});

for (const [what, site] of Object.entries({
  'refuses': serves('', {status: 403}),
  'answers with a page to log in': serves('<form>', {headers: {'Content-Type': 'text/html'}}),
  'cannot be reached': async () => { throw new TypeError('Failed to fetch'); },
})) {
  test(`where the site ${what}, the service is given the address`, async () => {
    assert.deepEqual(await obtain(picture(), PAGE, site), {url: CAT});
  });
}

test('a data: address is unpacked', async () => {
  const {blob} = await obtain({dataUrl: 'data:image/png;base64,aGVsbG8='}, PAGE);
  assert.equal(await blob.text(), 'hello');
  assert.equal(blob.type, 'image/png');
});

test('a broken data: address and a picture beyond all bounds have no verdict', async () => {
  const broken = await obtain({dataUrl: 'data:image/png;base64,%%%'}, PAGE);
  const huge = await obtain(picture(), PAGE, serves(new Uint8Array(MOST_BYTES + 1), jpeg));
  assert.deepEqual(broken, {state: 'unsupported', cause: 'unreadable'});
  assert.deepEqual(huge, {state: 'unsupported', cause: 'too-large'});
});

async function sent(original, key = '') {
  const requests = [];
  await askVerdict('http://127.0.0.1:8000', key, original, async (url, init) => {
    requests.push({url, type: init.headers['Content-Type'], body: init.body, cookies: init.credentials, key: init.headers['Authorization']});
    return Response.json({});
  });
  return requests[0];
}

test('bytes go to the service as they are, under an image type', async () => {
  const blob = new Blob(['bytes'], {type: 'image/webp'});
  const {url, type, body, cookies} = await sent({blob});
  assert.deepEqual([url, type, cookies], ['http://127.0.0.1:8000/v1/checks', 'image/webp', 'omit']);
  assert.equal(body, blob);
  assert.match((await sent({blob: new Blob(['bytes'])})).type, /^image\//);
});

test('an address goes to the service as JSON', async () => {
  const {type, body} = await sent({url: CAT});
  assert.equal(type, 'application/json');
  assert.deepEqual(JSON.parse(body), {url: CAT});
});

test('a key goes along where there is one', async () => {
  assert.equal((await sent({url: CAT})).key, undefined);
  assert.equal((await sent({url: CAT}, 'candor_1_x')).key, 'Bearer candor_1_x');
});

test('what a service says of a key is told apart', async () => {
  const ask = (status, key = '') => askAdmission('http://a', key, async () => new Response('{}', {status}));
  assert.equal(await ask(422), 'admitted');
  assert.equal(await ask(401), 'key-needed');
  assert.equal(await ask(401, 'x'), 'key-refused');
  assert.equal(await ask(403, 'x'), 'key-lacks-scope');
});

test('a service that is not there is unreachable, and never an error', async () => {
  const nobody = async () => { throw new TypeError('Failed to fetch'); };
  const answer = await askVerdict('http://127.0.0.1:9', '', {url: CAT}, nobody);
  assert.deepEqual(answer, {state: 'unreachable', cause: 'network'});
  assert.deepEqual(await askHealth('http://127.0.0.1:9', nobody), {health: 'unreachable'});
});

test('connected is who is ready and names a model', async () => {
  const ready = {status: 'ready', model: {id: 'm1'}};
  const ask = (body, init) => askHealth('http://a', async () => Response.json(body, init));
  assert.deepEqual(await ask(ready), {health: 'connected', model: 'm1'});
  assert.deepEqual(await ask(ready, {status: 503}), {health: 'not-ready'});
});

test('another server at that address is not taken for the service', async () => {
  assert.deepEqual(await askHealth('http://a', async () => Response.json({status: 'ok'})), {health: 'not-ready'});
  assert.deepEqual(await askHealth('http://a', serves('<h1>Welcome</h1>')), {health: 'not-ready'});
});
