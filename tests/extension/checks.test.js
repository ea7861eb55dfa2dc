import assert from 'node:assert/strict';
import {test} from 'node:test';

import {createLimiter} from '../../extension/shared/limiter.js';
import {Checks} from '../../extension/worker/checks.js';
import {Verdicts} from '../../extension/worker/verdicts.js';
import {MemoryArea} from './area.js';
import {verdict} from './verdict.js';

const SERVICE = 'http://127.0.0.1:8000';
const PAGE = 'https://example.org';
const CAT = {url: 'https://example.org/cat.jpg', width: 300, height: 200};
const DOG = {...CAT, url: 'https://example.org/dog.jpg'};
const UNREADABLE = {state: 'unsupported', cause: 'unreadable'};
const DOWN = {state: 'unreachable', cause: 'network'};
const OFF = {state: 'unsupported', cause: 'site-off'};
const DOWNLOAD_MS = 5;
const {signal: forever} = new AbortController();

/** Checks with a service that answers in turn, the last for good, and what was done for them. */
function checksWith(...answers) {
  const [asked, anew, inPassing, downloaded] = [[], [], [], []];
  const [models, area, passing] = [new Map(), new MemoryArea(), new Set()];
  const health = {asked: 0, answers: true};
  const site = {answers: null, refuses: false};
  const bytes = {[CAT.url]: 'cat', [DOG.url]: 'dog'};
  const answer = () => (answers.length > 1 ? answers.shift() : answers[0]);
  const checks = new Checks({
    download: async (picture, {page}, ended) => {
      if (!('url' in picture)) return UNREADABLE;
      downloaded.push(picture.url);
      await (site.answers ?? new Promise((resolve) => setTimeout(resolve, DOWNLOAD_MS)));
      ended.throwIfAborted();
      return site.refuses ? null : {blob: new Blob([bytes[picture.url] ?? page]), freshMs: passing.has(picture.url) ? 0 : Infinity};
    },
    readByPage: async ({url}, {readInPage}) => {
      const read = await readInPage(url);
      return read ? {blob: new Blob([read]), freshMs: 0} : {url};
    },
    ask: async (_, original) => {
      asked.push(original);
      return answer();
    },
    askAnew: async (_, original) => {
      anew.push(original);
      return answer();
    },
    askInPassing: async (_, picture) => {
      inPassing.push(picture);
      return answer();
    },
    heardModel: async (service) => models.get(service) ?? null,
    noteModel: async (service, id) => { models.set(service, id); },
    verdicts: new Verdicts(area),
    isThere: async () => {
      health.asked += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return health.answers;
    },
    limit: createLimiter(4),
    sleep: async () => {},
  });
  const check = (picture, {page = PAGE, anew = false, isPrivate = false, service = SERVICE, signal = forever, isAllowed = async () => true, readInPage = async () => null, ...more} = {}) => checks.check({
    picture, service: {address: service, key: ''}, where: {page, anew, readInPage, private: isPrivate},
    isAllowed, fresh: false, ...more,
  }, signal);
  return {anew, area, asked, bytes, check, checks, downloaded, health, inPassing, models, passing, site};
}

test('two tabs that ask for one picture at a time share one request', async () => {
  const {asked, check, downloaded} = checksWith(verdict());
  const answers = await Promise.all([check(CAT), check(CAT)]);
  assert.equal(asked.length, 1);
  assert.equal(downloaded.length, 1);
  assert.equal(answers[0], answers[1]);
});

test('so do pages of two sites that show the same bytes', async () => {
  const {asked, check} = checksWith(verdict());
  await Promise.all([check(CAT), check(CAT, {page: 'https://example.net'})]);
  assert.equal(asked.length, 1);
  await check(CAT, {page: 'https://example.com'});
  assert.equal(asked.length, 1);
});

test('a picture seen again needs neither a request nor a download', async () => {
  const {asked, check, downloaded} = checksWith(verdict());
  await check(CAT);
  assert.deepEqual(await check(CAT), verdict());
  assert.equal(asked.length, 1);
  assert.equal(downloaded.length, 1);
});

test('another picture and another service are asked for themselves', async () => {
  const {asked, check} = checksWith(verdict());
  await check(CAT);
  await check(DOG);
  await check(CAT, {service: 'http://127.0.0.1:9000'});
  assert.equal(asked.length, 3);
});

test('what was said on one page is not said of another, where the address holds other bytes', async () => {
  const {asked, bytes, check} = checksWith(verdict());
  delete bytes[CAT.url];
  await check(CAT);
  await check(CAT, {page: 'https://example.net'});
  assert.equal(asked.length, 2);
});

test('a new model makes every earlier verdict void', async () => {
  const {asked, check, models} = checksWith(verdict(), verdict({model: 'm2'}));
  await check(CAT);
  await check(DOG);
  assert.equal(models.get(SERVICE), 'm2');
  assert.equal((await check(CAT)).model, 'm2');
  assert.equal(asked.length, 3);
});

test('a failure is not remembered: the next ask reaches the service again', async () => {
  const {asked, check} = checksWith(DOWN, DOWN, DOWN, DOWN, verdict());
  assert.deepEqual(await check(CAT), DOWN);
  assert.deepEqual(await check(CAT), verdict());
  assert.equal(asked.length, 5);
});

test('while the service is away no picture is sent, and one question stands for all', async () => {
  const {asked, check, health} = checksWith(DOWN);
  health.answers = false;
  assert.deepEqual(await check(CAT), DOWN);
  assert.deepEqual(await Promise.all([check(CAT), check(DOG)]), [DOWN, DOWN]);
  assert.equal(asked.length, 1);
  assert.equal(health.asked, 2);
});

test('what is known is said, be the service away or not', async () => {
  const {check, health, passing} = checksWith(verdict(), DOWN);
  passing.add(CAT.url);
  await check(CAT);
  await check(DOG);
  health.answers = false;
  assert.deepEqual(await check(CAT), verdict());
});

test('a service that was heard meanwhile is not taken for away by who asked before', async () => {
  const {check, checks, health} = checksWith(DOWN, verdict());
  health.answers = false;
  await check(CAT);
  const asked = check(DOG);
  setTimeout(() => checks.isBack({address: SERVICE, key: ''}), 10);
  assert.deepEqual(await asked, verdict());
});

test('a service that is back is asked for verdicts at once, and no more whether it is there', async () => {
  const {check, health} = checksWith(DOWN, verdict());
  assert.deepEqual(await check(CAT), verdict());
  assert.equal(health.asked, 1);
  assert.deepEqual(await check(DOG), verdict());
  assert.equal(health.asked, 1);
});

test('that one service is away says nothing of another', async () => {
  const {check, health} = checksWith(DOWN, DOWN, DOWN, DOWN, verdict());
  await check(CAT);
  health.answers = false;
  assert.deepEqual(await check(CAT, {service: 'http://127.0.0.1:9000'}), verdict());
});

test('a picture that the service refuses is not remembered either', async () => {
  const refused = {state: 'unsupported', cause: 'refused'};
  const {asked, check} = checksWith(refused);
  await check(CAT);
  assert.deepEqual(await check(CAT), refused);
  assert.equal(asked.length, 2);
});

test('a picture whose bytes cannot be had never reaches the service', async () => {
  const {asked, check} = checksWith(verdict());
  assert.deepEqual(await check({dataUrl: 'data:broken'}), UNREADABLE);
  assert.deepEqual(asked, []);
});

test('the service looks anew when it is asked to, and the new verdict holds from then on', async () => {
  const {anew, asked, check} = checksWith(verdict(), verdict({probability: 0.2}));
  await check(CAT);
  assert.equal((await check(CAT, {fresh: true})).probability, 0.2);
  assert.equal((await check(CAT)).probability, 0.2);
  assert.deepEqual([asked.length, anew.length], [1, 1]);
});

test('where a picture was loaded once more, its bytes are looked at again, and only new ones are sent', async () => {
  const {asked, bytes, check, downloaded} = checksWith(verdict(), verdict({state: 'fake'}));
  await check(CAT);
  assert.equal((await check(CAT, {anew: true})).state, 'real');
  bytes[CAT.url] = 'another cat';
  assert.equal((await check(CAT, {anew: true})).state, 'fake');
  assert.deepEqual([downloaded.length, asked.length], [3, 2]);
});

test('an address whose site vouches for nothing is looked at each time', async () => {
  const {asked, bytes, check, passing} = checksWith(verdict(), verdict({state: 'fake'}));
  passing.add(CAT.url);
  await check(CAT);
  assert.equal((await check(CAT)).state, 'real');
  assert.equal(asked.length, 1, 'the same bytes are known');
  bytes[CAT.url] = 'another cat';
  assert.equal((await check(CAT)).state, 'fake');
});

test('of a private window nothing is kept, neither here nor by the service', async () => {
  const {area, anew, asked, check, inPassing} = checksWith(verdict());
  await check(CAT, {isPrivate: true});
  await check(CAT, {isPrivate: true});
  await check(CAT, {isPrivate: true, fresh: true});
  assert.deepEqual(area.stored, {});
  assert.deepEqual([inPassing.length, asked.length, anew.length], [3, 0, 0]);
});

test('what is known to other windows is not told in a private one, nor shared with it', async () => {
  const {asked, check, downloaded, inPassing} = checksWith(verdict());
  await Promise.all([check(CAT), check(CAT, {isPrivate: true})]);
  await check(CAT, {isPrivate: true});
  assert.deepEqual([asked.length, inPassing.length, downloaded.length], [1, 2, 3]);
});

test('a verdict that the service forgets leads nowhere', async () => {
  const whole = verdict({explained: true, related: [{id: 'f'.repeat(32), label: 'real', probability: 0.2, same: true}]});
  const {check} = checksWith(whole);
  assert.deepEqual(await check(CAT, {isPrivate: true}), verdict({id: ''}));
});

test('without leave nothing is downloaded, and leave that goes meanwhile sends nothing', async () => {
  const {asked, check, downloaded} = checksWith(verdict());
  assert.deepEqual(await check(CAT, {isAllowed: async () => false}), OFF);
  assert.deepEqual(downloaded, []);
  assert.deepEqual(await check(CAT, {isAllowed: async () => downloaded.length === 0}), OFF);
  assert.deepEqual(asked, []);
});

test('who leaves hears nothing, and the others do', async () => {
  const {check} = checksWith(verdict());
  const gone = new AbortController();
  const [lost, kept] = [check(CAT, {signal: gone.signal}).catch(() => 'gone'), check(CAT)];
  gone.abort();
  assert.equal(await lost, 'gone');
  assert.deepEqual(await kept, verdict());
});

test('a tab that closes, or whose leave goes, ends nothing for another that asks for the same', async () => {
  const {asked, check, downloaded, site} = checksWith(verdict());
  let arrive;
  site.answers = new Promise((resolve) => { arrive = resolve; });
  const closed = new AbortController();
  let watched = true;
  const lost = check(CAT, {signal: closed.signal, isAllowed: async () => watched}).catch(() => 'gone');
  const off = check(CAT, {isAllowed: async () => watched});
  const kept = check(CAT);
  while (downloaded.length === 0) await new Promise((resolve) => setImmediate(resolve));
  watched = false;
  closed.abort();
  arrive();
  assert.deepEqual(await Promise.all([lost, off, kept]), ['gone', OFF, verdict()]);
  assert.deepEqual([downloaded.length, asked.length], [1, 1]);
});

test('each tab reads for itself what its site gives to pages alone, and the same bytes are sent once', async () => {
  const {asked, check, site} = checksWith(verdict());
  site.refuses = true;
  const reading = (bytes) => ({readInPage: async () => bytes});
  await Promise.all([check(CAT, reading('cat')), check(CAT, reading('cat')), check(CAT, reading(null))]);
  const sent = await Promise.all(asked.map(({blob, url}) => blob?.text() ?? url));
  assert.deepEqual(sent.sort(), ['cat', CAT.url]);
});

test('two tabs that wait for a busy service have a picture sent once more, not twice', async () => {
  const {asked, check} = checksWith({state: 'unreachable', cause: 'busy'}, verdict());
  await Promise.all([check(CAT), check(CAT, {page: 'https://example.net'})]);
  assert.equal(asked.length, 2);
});

test('where the service alone sees the bytes, it is asked each time', async () => {
  const {asked, check, site} = checksWith(verdict(), verdict({state: 'fake'}));
  site.refuses = true;
  assert.equal((await check(CAT)).state, 'real');
  assert.equal((await check(CAT)).state, 'fake');
  assert.deepEqual(asked, [CAT, CAT].map(({url}) => ({url})));
});
