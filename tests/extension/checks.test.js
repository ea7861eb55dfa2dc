import assert from 'node:assert/strict';
import {test} from 'node:test';

import {createLimiter} from '../../extension/shared/limiter.js';
import {Checks} from '../../extension/worker/checks.js';
import {Verdicts} from '../../extension/worker/verdicts.js';
import {MemoryArea} from './area.js';

const SERVICE = 'http://127.0.0.1:8000';
const PAGE = 'https://example.org';
const CAT = {url: 'https://example.org/cat.jpg', width: 300, height: 200};
const DOG = {...CAT, url: 'https://example.org/dog.jpg'};
const UNREADABLE = {state: 'unsupported', cause: 'unreadable'};
const DOWN = {state: 'unreachable', cause: 'network'};
const verdict = (model = 'm1') => ({state: 'real', probability: 0.1, reason: '', model});

/** Checks with a service that answers in turn, the last for good, and what it was asked. */
function checksWith(...answers) {
  const asked = [];
  const models = new Map();
  const checks = new Checks({
    isWatched: async () => true,
    obtain: async (picture) => ('url' in picture ? picture : UNREADABLE),
    askVerdict: async (service, original) => {
      asked.push(original.url);
      return answers.length > 1 ? answers.shift() : answers[0];
    },
    heardModel: async (service) => models.get(service) ?? null,
    noteModel: async (service, id) => { models.set(service, id); },
    verdicts: new Verdicts(new MemoryArea()),
    limit: createLimiter(4),
    sleep: async () => {},
  });
  const check = (picture, {page = PAGE, service = SERVICE} = {}) => checks.check({picture, page, service});
  return {asked, check, models};
}

test('two tabs that ask for one picture at a time share one request', async () => {
  const {asked, check} = checksWith(verdict());
  const answers = await Promise.all([check(CAT), check(CAT)]);
  assert.equal(asked.length, 1);
  assert.equal(answers[0], answers[1]);
});

test('a picture seen again needs no request', async () => {
  const {asked, check} = checksWith(verdict());
  await check(CAT);
  assert.deepEqual(await check(CAT), verdict());
  assert.equal(asked.length, 1);
});

test('another picture and another service are asked for themselves', async () => {
  const {asked, check} = checksWith(verdict());
  await check(CAT);
  await check(DOG);
  await check(CAT, {service: 'http://127.0.0.1:9000'});
  assert.equal(asked.length, 3);
});

test('what was said on one page is not said of another, where the address may hold another picture', async () => {
  const {asked, check} = checksWith(verdict());
  await check(CAT);
  await check(CAT, {page: 'https://example.net'});
  await check({...CAT, width: 200});
  assert.equal(asked.length, 3);
});

test('a new model makes every earlier verdict void', async () => {
  const {asked, check, models} = checksWith(verdict('m1'), verdict('m2'));
  await check(CAT);
  await check(DOG);
  assert.equal(models.get(SERVICE), 'm2');
  assert.equal((await check(CAT)).model, 'm2');
  assert.equal(asked.length, 3);
});

test('a failure is not remembered: the next ask reaches the service again', async () => {
  const {asked, check} = checksWith(DOWN, DOWN, DOWN, verdict());
  assert.deepEqual(await check(CAT), DOWN);
  assert.deepEqual(await check(CAT), verdict());
  assert.equal(asked.length, 4);
});

test('a picture that the service refuses is not remembered either', async () => {
  const refused = {state: 'unsupported', cause: 'refused-by-service'};
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
