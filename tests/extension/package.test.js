import assert from 'node:assert/strict';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {test} from 'node:test';

import {parse} from 'espree';

import {catalogue} from '../../extension/verdict/texts.js';
import {catalogues} from './messages.js';

const ROOT = new URL('../../extension/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('manifest.json', ROOT), 'utf8'));
const sources = Object.fromEntries(readdirSync(ROOT, {recursive: true})
  .filter((name) => /\.(js|html)$/.test(name))
  .map((name) => [name, readFileSync(new URL(name, ROOT), 'utf8')]));
const {en, ko} = catalogues;

/** Keys that are put together at run time, by what they begin with. */
const FAMILIES = {
  live_: ['stop', 'resume', 'capture', 'stopped', 'paused', 'hidden'],
  state_: ['queued', 'checking', 'real', 'fake', 'uncertain', 'unsupported', 'unreachable'],
  sentence_: ['queued', 'checking', 'unsupported', 'unreachable'],
  cause_: [
    'too_large', 'too_small', 'unreadable', 'different', 'site_off', 'no_picture', 'format', 'source', 'refused', 'private',
    'network', 'busy', 'forbidden', 'key', 'unexpected',
  ],
  service_: ['connected', 'not_ready', 'not_candor', 'key_needed', 'key_refused', 'key_lacks_scope', 'forbidden', 'unreachable'],
};
const assembled = Object.entries(FAMILIES).flatMap(([family, names]) => names.map((name) => family + name));

function keysInSources() {
  const quoted = /data-(?:message|label)="(\w+)"|'([a-z]+(?:_[a-z]+)*)'/g;
  const named = [...JSON.stringify(manifest).matchAll(/__MSG_(\w+)__/g)].map(([, key]) => key);
  const found = Object.values(sources).flatMap((source) => [...source.matchAll(quoted)]).map(([, one, other]) => one ?? other);
  return new Set([...named, ...assembled, ...found]);
}

/** What the sources ask for by `message('…')`, whatever stands in between. */
function keysAskedFor() {
  const asked = Object.values(sources).flatMap((source) => [...source.matchAll(/\bmessage\((?:\w+ \? )?'(\w+)'(?: : '(\w+)')?/g)]);
  return asked.flatMap(([, one, other]) => (other ? [one, other] : [one]));
}

test('every text that is asked for is there', () => {
  const missing = [...assembled, ...keysAskedFor()].filter((key) => !(key in en));
  assert.deepEqual(missing, []);
  for (const source of Object.values(sources)) {
    for (const [, key] of source.matchAll(/data-(?:message|label)="(\w+)"/g)) assert.ok(key in en, key);
  }
});

test('every text that is there is asked for', () => {
  const used = keysInSources();
  assert.deepEqual(Object.keys(en).filter((key) => !used.has(key)), []);
});

test('each language has the same texts, with the same gaps, and none of them is empty', () => {
  assert.deepEqual(Object.keys(ko), Object.keys(en));
  for (const [key, {message, placeholders}] of Object.entries(en)) {
    const gaps = (text) => [...text.matchAll(/\$(\w+)\$/g)].map(([, gap]) => gap.toLowerCase()).sort();
    assert.deepEqual(gaps(ko[key].message), gaps(message), key);
    assert.deepEqual(Object.keys(placeholders ?? {}).sort(), gaps(message), key);
    assert.deepEqual(ko[key].placeholders, placeholders, key);
    assert.ok(message.trim() && ko[key].message.trim(), key);
  }
});

test('Korean is written in Korean', () => {
  const same = Object.keys(en).filter((key) => ko[key].message === en[key].message);
  assert.deepEqual(same, ['name', 'verdict', 'flagged_item', 'options_language_en', 'options_language_ko']);
});

/** Texts of verdicts whose keys are put together at run time, by what they begin with. */
const SAID = {
  title_: ['real', 'fake', 'uncertain'],
  label_: ['real', 'fake', 'uncertain'],
  report_: ['real', 'fake', 'uncertain'],
  standing_: ['signed', 'tampered', 'invalid', 'unsigned', 'unread'],
  expert_: ['face', 'whole'],
  source_: ['miss', 'bytes', 'pixels', 'near'],
  place_: ['forehead', 'eyes', 'nose', 'mouth', 'jaw', 'left side', 'right side', 'surroundings'],
};

test('every text about a verdict stands in both languages, with the same gaps, and is asked for', () => {
  const gaps = (text) => [...text.matchAll(/\{\d\}/g)].map(String).sort();
  const families = Object.entries(SAID).flatMap(([family, names]) => names.map((name) => family + name));
  const all = Object.values(sources).join('\n');
  for (const key of families) assert.ok(key in catalogue(), key);
  for (const [, key, other] of all.matchAll(/\bsay\((?:\w+ \? )?'([^']+)'(?: : '(\w+)')?/g)) {
    for (const asked of [key, other ?? key]) assert.ok(asked in catalogue(), asked);
  }
  for (const [key, both] of Object.entries(catalogue())) {
    assert.equal(both.length, 2, key);
    assert.ok(both.every((text) => text.trim()), key);
    assert.deepEqual(gaps(both[0]), gaps(both[1]), key);
    assert.ok(families.includes(key) || all.includes(`'${key}'`), key);
    if (!['picture_size', 'face_size'].includes(key)) assert.notEqual(both[0], both[1], key);
  }
});

/** The words in a piece of code that a person could come to read. */
function* wordsIn(node, silent = false) {
  if (!node || typeof node !== 'object') return;
  if (Array.isArray(node)) {
    for (const one of node) yield* wordsIn(one, silent);
    return;
  }
  const text = node.type === 'Literal' ? node.value : node.type === 'TemplateElement' ? node.value.cooked : null;
  if (!silent && typeof text === 'string' && /\p{L}{2,}[,.]? \p{L}{2,}/u.test(text)) yield text;
  // What is thrown is for who mends it.
  const thrown = node.type === 'NewExpression' && /Error$/.test(node.callee.name ?? '');
  for (const [key, child] of Object.entries(node)) if (key !== 'loc') yield* wordsIn(child, silent || thrown);
}

for (const [name, source] of Object.entries(sources)) {
  if (['page/styles.js', 'page/card-styles.js', 'verdict/styles.js', 'verdict/texts.js'].includes(name)) continue;
  test(`${name} holds no text that a person reads`, () => {
    if (name.endsWith('.js')) {
      const program = parse(source, {ecmaVersion: 'latest', sourceType: name === 'page/start.js' ? 'script' : 'module'});
      assert.deepEqual([...wordsIn(program.body)], []);
    } else {
      const text = source.replace(/<!doctype html>/i, '').replace(/<[^>]*>/g, '').trim();
      assert.equal(text, '');
      assert.doesNotMatch(source, /\b(?:title|placeholder|aria-label|alt)="[^"]/);
    }
  });
}

test('no sentence is written by setting a text in code', () => {
  for (const [name, source] of Object.entries(sources)) {
    assert.doesNotMatch(source, /(?:textContent|title|ariaLabel|placeholder) = '\p{L}/u, name);
    assert.doesNotMatch(source, /setAttribute\('(?:aria-label|title|placeholder|alt)', '/, name);
  }
});

for (const [language, {description}] of Object.entries(catalogues)) {
  test(`the description in ${language} promises no more than images, and fits the shops`, () => {
    assert.doesNotMatch(description.message, /every|all|모든/i);
    assert.ok(description.message.length <= 132);
  });
}

test('installing gives access to this machine only; all else is asked for later', () => {
  assert.deepEqual(manifest.permissions, ['activeTab', 'contextMenus', 'scripting', 'storage']);
  assert.deepEqual(manifest.host_permissions, ['http://127.0.0.1/*', 'http://localhost/*']);
  assert.equal(manifest.content_scripts, undefined);
});

test('every file that the manifest names is there', () => {
  const named = JSON.stringify(manifest).match(/"[\w/-]+\.(js|html|png)"/g).map((name) => JSON.parse(name));
  for (const name of named) assert.ok(existsSync(new URL(name, ROOT)), name);
});

test('every module that one names is there', () => {
  for (const [name, source] of Object.entries(sources)) {
    for (const [, path] of source.matchAll(/from '(\.[^']+)'/g)) {
      assert.ok(existsSync(new URL(path, new URL(name, ROOT))), `${name} names ${path}`);
    }
  }
});

/** What a module brings along, itself included. */
function closureOf(name, known = new Set()) {
  if (known.has(name)) return known;
  known.add(name);
  for (const [, path] of sources[name].matchAll(/^(?:import|export) [^;]*?from '(\.[^']+)'/gm)) {
    closureOf(new URL(path, new URL(name, ROOT)).href.slice(ROOT.href.length), known);
  }
  return known;
}

test('what every page loads is compiled while it is fetched, and holds no card', () => {
  const loaded = closureOf('page/main.js');
  for (const name of loaded) assert.match(sources[name], /^\/\/# allFunctionsCalledOnLoad\n/, name);
  assert.ok(loaded.has('page/overlay.js'));
  assert.ok(!loaded.has('page/card.js'));
});
