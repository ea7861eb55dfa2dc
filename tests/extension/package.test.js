import assert from 'node:assert/strict';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {test} from 'node:test';

import {messages} from './messages.js';

const ROOT = new URL('../../extension/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('manifest.json', ROOT), 'utf8'));
const sources = readdirSync(ROOT, {recursive: true})
  .filter((name) => /\.(js|html)$/.test(name))
  .map((name) => readFileSync(new URL(name, ROOT), 'utf8'));

const pages = readdirSync(ROOT).filter((name) => name.endsWith('.html'))
  .map((name) => readFileSync(new URL(name, ROOT), 'utf8'));
const korean = JSON.parse(readFileSync(new URL('_locales/ko/messages.json', ROOT), 'utf8'));

/** Keys that are put together at run time, by what they begin with. */
const FAMILIES = {
  state_: ['queued', 'checking', 'real', 'fake', 'uncertain', 'unsupported', 'unreachable'],
  title_: ['real', 'fake', 'uncertain'],
  sentence_: ['queued', 'checking', 'unsupported', 'unreachable'],
  cause_: ['too_large', 'unreadable', 'different', 'site_off', 'refused_by_service', 'network', 'busy', 'forbidden', 'unexpected'],
  service_: ['admitted', 'key_needed', 'key_refused', 'key_lacks_scope', 'not_ready', 'unreachable'],
};
const assembled = Object.entries(FAMILIES).flatMap(([family, names]) => names.map((name) => family + name));

function keysInSources() {
  const quoted = /(?:getMessage|message)\('(\w+)'|data-(?:message|label)="(\w+)"|'((?:service|site|address)_\w+)'/g;
  const named = JSON.stringify(manifest).matchAll(/__MSG_(\w+)__/g);
  const found = [...sources.flatMap((source) => [...source.matchAll(quoted)]), ...named];
  return found.map(([, ...groups]) => groups.find(Boolean));
}

test('every text that is asked for is there, and every text that is there is asked for', () => {
  assert.deepEqual([...new Set([...keysInSources(), ...assembled])].sort(), Object.keys(messages).sort());
});

test('Korean has every text, with the same places to fill in', () => {
  assert.deepEqual(Object.keys(korean), Object.keys(messages));
  for (const [key, {message, placeholders}] of Object.entries(korean)) {
    assert.deepEqual(placeholders, messages[key].placeholders, key);
    const places = (text) => (text.match(/\$\w+\$/g) ?? []).sort();
    assert.deepEqual(places(message), places(messages[key].message), key);
    if (key !== 'name' && key !== 'percent' && key !== 'verdict') assert.match(message, /[가-힣]/, key);
  }
  assert.ok(korean.description.message.length <= 132);
});

test('no text stands in code or pages', () => {
  for (const page of pages) assert.doesNotMatch(page.replace(/<(title|style).*?<\/\1>/gs, ''), />\s*[A-Za-z가-힣]{2,}[^<]*</);
  for (const source of sources) assert.doesNotMatch(source, /(textContent|title|placeholder|ariaLabel) = ['"`][A-Za-z]/);
});

test('the description promises no more than images, and fits the shops', () => {
  const description = messages.description.message;
  assert.doesNotMatch(description, /every|all/i);
  assert.ok(description.length <= 132);
});

test('installing gives access to this machine only; all else is asked for later', () => {
  assert.deepEqual(manifest.permissions, ['activeTab', 'contextMenus', 'scripting', 'storage']);
  assert.deepEqual(manifest.host_permissions, ['http://127.0.0.1/*', 'http://localhost/*']);
  assert.equal(manifest.content_scripts, undefined);
});

test('every file that the manifest names is there', () => {
  const named = JSON.stringify(manifest).match(/"[\w/-]+\.(js|html|png)"/g).map((name) => JSON.parse(name));
  for (const name of named) assert.ok(existsSync(new URL(name, ROOT)), name);
});
