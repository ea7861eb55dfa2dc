import assert from 'node:assert/strict';
import {afterEach, beforeEach, mock, test} from 'node:test';

import {Recovery} from '../../extension/page/recovery.js';

const settle = () => new Promise((resolve) => setImmediate(resolve));
const world = {back: false, asked: 0, recovered: 0};
let end;
let recovery;

async function pass(ms) {
  mock.timers.tick(ms);
  await settle();
}

beforeEach(() => {
  Object.assign(world, {back: false, asked: 0, recovered: 0});
  globalThis.document = {hidden: false};
  mock.timers.enable({apis: ['setTimeout', 'Date']});
  end = new AbortController();
  recovery = new Recovery(
    async () => { world.asked += 1; return world.back; },
    () => { world.recovered += 1; },
    end.signal,
  );
});

afterEach(() => {
  mock.timers.reset();
  delete globalThis.document;
});

test('many failures lead to one question', async () => {
  for (let failures = 0; failures < 50; failures += 1) recovery.failed();
  await pass(1_500);
  assert.equal(world.asked, 1);
  assert.equal(world.recovered, 0);
});

test('it asks until the service is back, and then says so once', async () => {
  recovery.failed();
  await pass(1_500);
  world.back = true;
  await pass(20_000);
  await pass(60_000);
  assert.equal(world.recovered, 1);
  assert.equal(world.asked, 2);
});

test('it asks more and more rarely', async () => {
  recovery.failed();
  for (let second = 0; second < 60; second += 1) await pass(1_000);
  assert.ok(world.asked >= 4 && world.asked <= 8, `asked ${world.asked} times in a minute`);
});

test('a page that nobody looks at does not ask', async () => {
  globalThis.document.hidden = true;
  recovery.failed();
  await pass(20_000);
  assert.equal(world.asked, 0);
});

test('a page that is let alone stops asking', async () => {
  recovery.failed();
  end.abort();
  recovery.failed();
  await pass(20_000);
  assert.equal(world.asked, 0);
});

test('a service that says how long it wants to be let alone is let alone so long', async () => {
  world.back = true;
  recovery.failed(60_000);
  recovery.failed(2_000);
  await pass(59_000);
  assert.equal(world.asked, 0);
  await pass(1_000);
  assert.equal(world.recovered, 1);
});

test('that holds for a wait that has begun, too', async () => {
  recovery.failed();
  await pass(1_000);
  recovery.failed(10_000);
  await pass(9_000);
  assert.equal(world.asked, 0);
  await pass(1_000);
  assert.equal(world.asked, 1);
});

test('another service is not let alone for what the last one said', async () => {
  recovery.failed(60_000);
  recovery.startOver();
  recovery.failed();
  await pass(1_500);
  assert.equal(world.asked, 1);
});
