import assert from 'node:assert/strict';
import {afterEach, test} from 'node:test';

import {MOST_BYTES} from '../../extension/shared/limits.js';
import {download, readByPage} from '../../extension/worker/originals.js';

const CAT = 'https://example.org/cat.jpg';
const PAGE = 'https://example.org';
const {signal} = new AbortController();
const from = (page = PAGE, readInPage = async () => null) => ({page, readInPage});
const picture = (url = CAT) => ({url, width: 300, height: 200});
/** As the worker goes about it: what it does not get, the page may. */
const obtain = async (one, where, ended, site) => (await download(one, where, ended, site)) ?? readByPage(one, where, site);
const serves = (body, init) => async () => new Response(body, init);
const jpeg = {headers: {'Content-Type': 'image/jpeg'}};

afterEach(() => {
  delete globalThis.createImageBitmap;
});

/** How a page's picture is asked for, by a site that follows the rules of `fetch`. */
async function requestsFor(url, page, {redirects = false} = {}) {
  const requests = [];
  const original = await obtain(picture(url), from(page), signal, async (_, {credentials, redirect}) => {
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

test('the browser is asked as it insists: not as a method of anything', async () => {
  const answer = await obtain(picture(), from(), signal, async function ask() {
    assert.equal(this, undefined);
    return new Response('bytes', jpeg);
  });
  assert.equal(await answer.blob.text(), 'bytes');
});

test('cookies do not follow a redirect, which may lead to another site', async () => {
  assert.deepEqual(await requestsFor(CAT, PAGE, {redirects: true}), ['include', 'omit']);
});

test('for a private window nobody is named: no cookies go along, and the cache of others is not read', async () => {
  for (const anew of [false, true]) {
    const requests = [];
    await obtain(picture(), {...from(), anew, private: true}, signal, async (_, {cache, credentials}) => {
      requests.push({cache, credentials});
      return new Response('bytes', jpeg);
    });
    assert.deepEqual(requests, [{cache: 'no-store', credentials: 'omit'}]);
  }
});

test('no address leaves a private window: what neither the worker nor the page can read has no verdict', async () => {
  const refuses = async (url) => (url.startsWith('data:') ? fetch(url) : new Response('', {status: 403}));
  assert.deepEqual(await obtain(picture(), {...from(), private: true}, signal, refuses), {state: 'unsupported', cause: 'private'});
  const page = {...from(PAGE, async () => 'data:image/png;base64,aGVsbG8='), private: true};
  const {blob} = await obtain(picture(), page, signal, refuses);
  assert.equal(await blob.text(), 'hello');
});

test('a picture of another shape than that on the page has no verdict', async () => {
  globalThis.createImageBitmap = async () => ({width: 400, height: 400, close() {}});
  assert.deepEqual(await obtain(picture(), from(), signal, serves('bytes', jpeg)), {state: 'unsupported', cause: 'different'});
});

for (const [what, site] of Object.entries({
  'refuses': serves('', {status: 403}),
  'answers with a page to log in': serves('<form>', {headers: {'Content-Type': 'text/html'}}),
  'cannot be reached': async () => { throw new TypeError('Failed to fetch'); },
})) {
  test(`where the site ${what}, the service is given the address`, async () => {
    assert.deepEqual(await obtain(picture(), from(), signal, site), {url: CAT});
  });
}

test('a data: address is unpacked', async () => {
  const {blob} = await obtain({dataUrl: 'data:image/png;base64,aGVsbG8='}, from(), signal);
  assert.equal(await blob.text(), 'hello');
  assert.equal(blob.type, 'image/png');
});

test('a broken data: address and a picture beyond all bounds have no verdict', async () => {
  const broken = await obtain({dataUrl: 'data:image/png;base64,%%%'}, from(), signal);
  const huge = await obtain(picture(), from(), signal, serves(new Uint8Array(MOST_BYTES + 1), jpeg));
  assert.deepEqual(broken, {state: 'unsupported', cause: 'unreadable'});
  assert.deepEqual(huge, {state: 'unsupported', cause: 'too-large'});
});

test('what the site gives to its own pages only, the page reads', async () => {
  const asked = [];
  const page = from(PAGE, async (url) => {
    asked.push(url);
    return 'data:image/png;base64,aGVsbG8=';
  });
  const site = async (url) => (url.startsWith('data:') ? fetch(url) : new Response('', {status: 403}));
  const {blob} = await obtain(picture(), page, signal, site);
  assert.equal(await blob.text(), 'hello');
  assert.deepEqual(asked, [CAT]);
});

test('a page that goes ends the download', async () => {
  const gone = new AbortController();
  const site = (_, init) => new Promise((_resolve, reject) => {
    if (init.signal.aborted) reject(init.signal.reason);
    init.signal.addEventListener('abort', () => reject(init.signal.reason));
  });
  const obtained = obtain(picture(), from(), gone.signal, site);
  gone.abort();
  assert.deepEqual(await obtained, {url: CAT});
});

test('what the site says of caching goes with the bytes, and the browser keeps to it', async () => {
  let asked;
  const site = async (_, {cache}) => {
    asked = cache;
    return new Response('bytes', {headers: {'Content-Type': 'image/jpeg', 'Cache-Control': 'max-age=600'}});
  };
  assert.equal((await obtain(picture(), from(), signal, site)).freshMs, 600_000);
  assert.equal(asked, 'default');
  await obtain(picture(), {...from(), anew: true}, signal, site);
  assert.equal(asked, 'no-cache');
  assert.equal((await obtain(picture(), from(), signal, serves('bytes', jpeg))).freshMs, 0);
});

test('what the page read may be something else the next time, and a data: address never', async () => {
  const page = from(PAGE, async () => 'data:image/png;base64,aGVsbG8=');
  const site = async (url) => (url.startsWith('data:') ? fetch(url) : new Response('', {status: 403}));
  assert.equal((await obtain(picture(), page, signal, site)).freshMs, 0);
  assert.equal((await obtain({dataUrl: 'data:image/png;base64,aGVsbG8='}, from(), signal)).freshMs, Infinity);
});
