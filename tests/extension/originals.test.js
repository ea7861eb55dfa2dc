import assert from 'node:assert/strict';
import {test} from 'node:test';

import {MOST_BYTES} from '../../extension/shared/limits.js';
import {obtain} from '../../extension/worker/originals.js';
import {askHealth, askVerdict} from '../../extension/worker/service.js';

const CAT = 'https://example.org/cat.jpg';
const serves = (body, init) => async () => new Response(body, init);
const jpeg = {headers: {'Content-Type': 'image/jpeg'}};

test('the bytes are those that the site serves, asked for with its cookies', async () => {
  const requests = [];
  const original = await obtain({url: CAT}, async (url, init) => {
    requests.push([url, init.credentials]);
    return new Response('bytes', jpeg);
  });
  assert.equal(await original.blob.text(), 'bytes');
  assert.deepEqual(requests, [[CAT, 'include']]);
});

for (const [what, site] of Object.entries({
  'refuses': serves('', {status: 403}),
  'answers with a page to log in': serves('<form>', {headers: {'Content-Type': 'text/html'}}),
  'cannot be reached': async () => { throw new TypeError('Failed to fetch'); },
})) {
  test(`where the site ${what}, the service is given the address`, async () => {
    assert.deepEqual(await obtain({url: CAT}, site), {url: CAT});
  });
}

test('a data: address is unpacked', async () => {
  const {blob} = await obtain({dataUrl: 'data:image/png;base64,aGVsbG8='});
  assert.equal(await blob.text(), 'hello');
  assert.equal(blob.type, 'image/png');
});

test('a broken data: address and a picture beyond all bounds have no verdict', async () => {
  const broken = await obtain({dataUrl: 'data:image/png;base64,%%%'});
  const huge = await obtain({url: CAT}, serves(new Uint8Array(MOST_BYTES + 1), jpeg));
  assert.deepEqual(broken, {state: 'unsupported', cause: 'unreadable'});
  assert.deepEqual(huge, {state: 'unsupported', cause: 'too-large'});
});

async function sent(original) {
  const requests = [];
  await askVerdict('http://127.0.0.1:8000', original, async (url, init) => {
    requests.push({url, type: init.headers['Content-Type'], body: init.body, cookies: init.credentials});
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

test('a service that is not there is unreachable, and never an error', async () => {
  const nobody = async () => { throw new TypeError('Failed to fetch'); };
  const answer = await askVerdict('http://127.0.0.1:9', {url: CAT}, nobody);
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
