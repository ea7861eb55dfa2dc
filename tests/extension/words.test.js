/** What a card says, in words. */

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {speechIn} from '../../extension/verdict/texts.js';
import {looksOf, thresholdsOf} from '../../extension/verdict/verdict.js';
import {claimOf, conflictOf, durationOf, expertOf, labelOf, reasonOf, reviewOf, sourceOf} from '../../extension/verdict/words.js';
import {face, verdict} from './verdict.js';

const english = speechIn('en');
const korean = speechIn('ko');
const thresholds = {realBelow: 0.4, fakeFrom: 0.8};
const relative = (label, same = false) => ({id: '1', label, probability: 0.5, same});

test('without a face the number told is that of the verdict, whatever the expert says by itself', () => {
  const one = verdict({probability: 0.75, experts: [{name: 'whole', probability: 0.95}]});
  assert.match(reasonOf(one, korean), /75\u00a0%/);
  assert.doesNotMatch(reasonOf(one, korean), /95/);
});

test('English reads the sentence of the service, Korean the numbers and the places', () => {
  const faces = [face({edge: 'jaw'}), face({probability: 0.1, edge: 'nose'})];
  const one = verdict({state: 'fake', probability: 0.9, reason: 'The face looks swapped.', thresholds, faces});
  assert.equal(reasonOf(one, english), 'The face looks swapped.');
  assert.equal(reasonOf(one, korean), '얼굴 2개 가운데 가장 의심스러운 얼굴이 가짜일 확률은 90\u00a0%입니다. 얼굴 1의 합성 경계: 턱선.');
});

test('what spoke most for a fake is told where it was asked for', () => {
  const faces = [face({decisive: 'left side'})];
  assert.match(reasonOf(verdict({faces, thresholds}), english), /What spoke most for a fake in face 1: left side\.$/);
  assert.doesNotMatch(reasonOf(verdict({faces: [face({decisive: 'holy'})], thresholds}), english), /spoke/);
});

test('that networks disagree is told in numbers too', () => {
  assert.match(reasonOf(verdict({open: true}), korean), /의견이 엇갈려/);
  assert.doesNotMatch(reasonOf(verdict({}), korean), /의견이 엇갈려/);
});

test('that a person decided comes first', () => {
  const one = verdict({reason: 'No face was found.', review: {at: '', model: ''}});
  assert.match(reasonOf(one, english), /^A person looked .* No face was found\.$/);
});

test('nothing is said where nothing contradicts, nor of an uncertain picture', () => {
  assert.equal(conflictOf(verdict({related: [relative('fake')]}), english), '');
  assert.equal(conflictOf(verdict({state: 'uncertain', conflict: true, related: [relative('fake')]}), english), '');
});

test('a look-alike that was called the opposite is told, and a copy is called one', () => {
  const told = (state, related) => conflictOf(verdict({state, conflict: true, related}), english);
  assert.match(told('real', [relative('fake')]), /^A picture that looks much like this one was called fake/);
  assert.match(told('fake', [relative('fake'), relative('real')]), /was called real/);
  assert.match(told('real', [relative('fake', true)]), /^A copy of this picture was called fake/);
});

test('a review says when, and what the model says', () => {
  assert.equal(reviewOf(null, english), '');
  const at = '2026-03-29T12:00:00Z';
  assert.match(reviewOf({at, model: 'fake'}, english), /^by a person, .*2026.*; the model says likely fake$/);
  assert.equal(reviewOf({at: '', model: 'fake'}, english), 'by a person');
});

test('what a file says of itself is told in facts where the sentence cannot be read', () => {
  const claim = {standing: 'signed', sentence: 'It was signed.', tool: 'Brush', signer: 'Ann', generated: true};
  assert.equal(claimOf(claim, english), 'It was signed.');
  assert.equal(claimOf(claim, korean), '기계가 사진을 만들었다고 적혀 있습니다. 프로그램: Brush. 서명자: Ann.');
});

test('sources and experts that nobody has words for are left out, or called by their names', () => {
  assert.match(sourceOf('near', english), /compared with this one/);
  assert.equal(sourceOf('oracle', english), '');
  assert.equal(expertOf('oracle', english), 'oracle');
});

test('a score has the label of its band', () => {
  assert.deepEqual([0.39, 0.4, 0.79, 0.8].map((one) => labelOf(one, thresholds)), ['real', 'uncertain', 'uncertain', 'fake']);
});

test('times are told in the unit that fits', () => {
  assert.deepEqual([0.2, 41.4, 999, 1500].map(durationOf), ['1\u00a0ms', '41\u00a0ms', '999\u00a0ms', '1.5\u00a0s']);
});

test('thresholds that are none are no thresholds', () => {
  assert.deepEqual(thresholdsOf({thresholds: {real_below: 0.4, fake_from: 0.8}}), thresholds);
  for (const odd of [undefined, {}, {thresholds: {real_below: 0.8, fake_from: 0.4}}, {thresholds: {real_below: -1, fake_from: 2}}]) {
    assert.equal(thresholdsOf(odd), null);
  }
});

test('maps are read where they are whole', () => {
  const area = {left: 0, top: 0, width: 9, height: 9};
  const faces = [{look: {area, attention: 'AA=='}}, {look: null}, {look: {area: {}}}, null];
  assert.deepEqual(looksOf({faces}), [{area, attention: 'AA==', gradient: ''}]);
});
