import assert from 'node:assert/strict';
import {test} from 'node:test';

import {askAdmission, askAnew, askExplanation, askHealth, askVerdicts, sendReport} from '../../extension/worker/service.js';
import {ID, served, verdict} from './verdict.js';

const SERVICE = {address: 'http://127.0.0.1:8000', key: ''};
const WITH_KEY = {...SERVICE, key: 'ck_1'};
const CAT = {url: 'https://example.org/cat.jpg'};
const DOWN = {state: 'unreachable', cause: 'network'};
const {signal} = new AbortController();
const nobody = async () => { throw new TypeError('Failed to fetch'); };
const line = (index, more = {status: 200, verdict: served()}) => `${JSON.stringify({index, ...more})}\n`;

/** A response whose pieces come one by one; an error at the end breaks it off. */
function stream(...pieces) {
  const encoder = new TextEncoder();
  return new Response(new ReadableStream({
    pull(controller) {
      const piece = pieces.shift();
      if (piece instanceof Error) controller.error(piece);
      else if (piece === undefined) controller.close();
      else controller.enqueue(encoder.encode(piece));
    },
  }));
}

/** The answers to so many pictures, by a service that responds like this. */
async function answersTo(originals, respond, service = SERVICE) {
  const answers = [];
  const requests = [];
  await askVerdicts(service, originals, (index, answer) => { answers[index] = answer; }, signal, async (url, init) => {
    requests.push({url, ...init});
    return respond();
  });
  return {answers, request: requests[0]};
}

test('bytes go to the service as they are, as files of one form', async () => {
  const blobs = ['one', 'two'].map((text) => ({blob: new Blob([text], {type: 'image/webp'})}));
  const {request} = await answersTo(blobs, () => stream());
  assert.equal(request.url, 'http://127.0.0.1:8000/v1/checks/batch');
  assert.equal(request.credentials, 'omit');
  const files = request.body.getAll('image');
  // A name would be kept for each.
  assert.deepEqual(files.map(({name}) => name), ['blob', 'blob']);
  const texts = await Promise.all(files.map((file) => file.text()));
  assert.deepEqual(texts, ['one', 'two']);
});

test('addresses go to the service as JSON', async () => {
  const {request} = await answersTo([CAT], () => stream());
  assert.equal(request.headers['Content-Type'], 'application/json');
  assert.deepEqual(JSON.parse(request.body), {items: [CAT]});
});

test('the key goes along where there is one', async () => {
  assert.equal((await answersTo([CAT], () => stream())).request.headers.Authorization, undefined);
  assert.equal((await answersTo([CAT], () => stream(), WITH_KEY)).request.headers.Authorization, 'Bearer ck_1');
});

test('each answer is told for its picture, in whatever order and pieces they come', async () => {
  const fake = served({label: 'fake', fake_probability: 0.9});
  const text = line(1) + line(0, {status: 200, verdict: fake});
  const {answers} = await answersTo([CAT, CAT], () => stream(text.slice(0, 25), text.slice(25)));
  assert.deepEqual(answers, [verdict({state: 'fake', probability: 0.9}), verdict()]);
});

test('an answer is told before the others are there', async () => {
  let release;
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode(line(0)));
      await new Promise((resolve) => { release = resolve; });
      controller.enqueue(new TextEncoder().encode(line(1)));
      controller.close();
    },
  });
  const told = [];
  let first;
  const early = new Promise((resolve) => { first = resolve; });
  const all = askVerdicts(SERVICE, [CAT, CAT], (index) => { told.push(index); first(); }, signal, async () => new Response(body));
  await early;
  assert.deepEqual(told, [0]);
  release();
  await all;
  assert.deepEqual(told, [0, 1]);
});

test('a connection that breaks costs only what was not answered yet', async () => {
  const {answers} = await answersTo([CAT, CAT], () => stream(line(0), new TypeError('network error')));
  assert.deepEqual(answers, [verdict(), DOWN]);
});

test('lines that nobody asked for and lines that are no JSON are not believed', async () => {
  assert.deepEqual((await answersTo([CAT], () => stream(line(7), line(0)))).answers, [verdict()]);
  assert.deepEqual((await answersTo([CAT], () => stream('<html>\n'))).answers, [DOWN]);
});

test('what befalls the whole request befalls each picture', async () => {
  const problem = () => Response.json({type: 'urn:candor:problem:too-many-requests'}, {
    status: 429, headers: {'Content-Type': 'application/problem+json', 'Retry-After': '2'},
  });
  const busy = {state: 'unreachable', cause: 'busy', afterMs: 2000};
  assert.deepEqual((await answersTo([CAT, CAT], problem)).answers, [busy, busy]);
});

test('a request that is too large as a whole is sent again in parts, each answered for its pictures', async () => {
  const sizes = [];
  const answers = [];
  const pictures = [1, 2, 3, 4, 5].map((size) => ({blob: new Blob([new Uint8Array(size)])}));
  await askVerdicts(SERVICE, pictures, (index, answer) => { answers[index] = answer; }, signal, async (_, {body}) => {
    const sent = body.getAll('image').map(({size}) => size);
    sizes.push(sent);
    if (sent.reduce((sum, size) => sum + size) > 7 || sent.includes(5)) return new Response('', {status: 413});
    return stream(sent.map((size, index) => line(index, {status: 200, verdict: served({fake_probability: size / 10})})).join(''));
  });
  assert.deepEqual(sizes, [[1, 2, 3, 4, 5], [1, 2, 3], [4, 5], [4], [5]]);
  assert.deepEqual(answers.map(({probability, cause}) => probability ?? cause), [0.1, 0.2, 0.3, 0.4, 'too-large']);
});

test('a service that is not there is unreachable, and never an error', async () => {
  assert.deepEqual((await answersTo([CAT], nobody)).answers, [DOWN]);
  assert.deepEqual(await askAnew(SERVICE, CAT, signal, nobody), DOWN);
  assert.equal(await sendReport(SERVICE, {verdict: ID, expected: null, note: ''}, nobody), false);
  assert.deepEqual(await askHealth(SERVICE, nobody), {health: 'unreachable'});
});

test('anew is asked for one picture, under an image type', async () => {
  let request;
  const send = async (url, init) => {
    request = {url, ...init};
    return Response.json(served());
  };
  const blob = new Blob(['bytes']);
  assert.deepEqual(await askAnew(WITH_KEY, {blob}, signal, send), verdict());
  assert.match(request.url, /fresh=true$/);
  assert.match(request.headers['Content-Type'], /^image\//);
  assert.equal(request.headers.Authorization, 'Bearer ck_1');
  assert.equal(request.body, blob);
});

test('a report says what is known, and nothing where nothing is', async () => {
  const sent = [];
  const send = async (url, init) => {
    sent.push([url, JSON.parse(init.body)]);
    return Response.json({}, {status: 201});
  };
  assert.equal(await sendReport(SERVICE, {verdict: ID, expected: 'real', note: 'Mine.'}, send), true);
  await sendReport(SERVICE, {verdict: ID, expected: null, note: ''}, send);
  assert.deepEqual(sent, [
    [`http://127.0.0.1:8000/v1/verdicts/${ID}/reports`, {expected: 'real', note: 'Mine.'}],
    [`http://127.0.0.1:8000/v1/verdicts/${ID}/reports`, {note: ''}],
  ]);
});

const READY = () => Response.json({status: 'ready', model: {id: 'm1'}});
const problem = (status) => Response.json({type: 'urn:candor:problem:x'}, {status});
const CASES = {
  connected: READY,
  'not-ready': () => problem(503),
  forbidden: () => problem(403),
  'not-candor': () => new Response('<h1>Welcome</h1>'),
  unreachable: () => new Response('Bad gateway', {status: 502}),
};
for (const [health, ready] of Object.entries(CASES)) {
  test(`the service is ${health}`, async () => {
    assert.equal((await askHealth(SERVICE, async () => ready())).health, health);
  });
}

test('what a service says of a key is told apart', async () => {
  const ask = (status, service = SERVICE) => askAdmission(service, async () => problem(status));
  assert.equal(await ask(422), 'connected');
  assert.equal(await ask(401), 'key-needed');
  assert.equal(await ask(401, WITH_KEY), 'key-refused');
  assert.equal(await ask(403, WITH_KEY), 'key-lacks-scope');
  assert.equal(await ask(502), 'unreachable');
});

test('some other server that answers in JSON is not taken for the service', async () => {
  assert.deepEqual(await askHealth(SERVICE, async () => Response.json({status: 'ok'})), {health: 'not-candor'});
});

const png = {headers: {'Content-Type': 'image/png'}};

test('a heat map comes from the verdict that it explains, with the key', async () => {
  const asked = [];
  const map = await askExplanation(WITH_KEY, ID, async (url, init) => {
    asked.push([url, init.headers]);
    return new Response('drawn', png);
  });
  assert.equal(await map.text(), 'drawn');
  assert.deepEqual(asked, [[`http://127.0.0.1:8000/v1/verdicts/${ID}/explanation.png`, {Authorization: 'Bearer ck_1'}]]);
});

for (const [what, respond] of Object.entries({
  'there is none': async () => Response.json({}, {status: 404}),
  'something else comes': async () => Response.json({}),
  'it is too large to be one': async () => new Response(new Uint8Array(5 * 1024 * 1024), png),
  'the service is away': nobody,
})) {
  test(`without a heat map because ${what}, there is just none`, async () => {
    assert.equal(await askExplanation(SERVICE, ID, respond), null);
  });
}
