import assert from 'node:assert/strict';
import {test} from 'node:test';

import {countOutcomes} from '../../extension/shared/outcomes.js';
import {wordingOf} from '../../extension/shared/wording.js';
import {english, korean} from './messages.js';
import {verdict as whole} from './verdict.js';

const verdict = (state, probability, more = {}) => whole({state, probability, ...more});
const badge = (outcome) => {
  const {word, percent} = wordingOf(outcome, english);
  return `${word} ${percent}`.trim();
};

test('the percentage is the confidence in the label that is shown', () => {
  assert.equal(badge(verdict('real', 0.07)), 'Real 93\u00a0%');
  assert.equal(badge(verdict('fake', 0.88)), 'Fake 88\u00a0%');
});

test('nothing is ever 0 % or 100 %', () => {
  assert.equal(badge(verdict('real', 0)), 'Real 99\u00a0%');
  assert.equal(badge(verdict('fake', 1)), 'Fake 99\u00a0%');
});

test('a label that is the less likely of the two carries no number', () => {
  assert.equal(badge(verdict('real', 0.6)), 'Real');
  assert.equal(badge(verdict('fake', 0.4)), 'Fake');
  assert.equal(badge(verdict('fake', 0.5)), 'Fake 50\u00a0%');
  assert.equal(wordingOf(verdict('fake', 0.4), english).sentence, 'Likely fake. No face was found.');
});

test('an uncertain verdict claims no confidence', () => {
  assert.equal(badge(verdict('uncertain', 0.5)), 'Unsure');
});

test('a failure is worded as one and carries no percentage', () => {
  assert.equal(badge({state: 'unreachable', cause: 'network'}), 'No service');
  assert.equal(badge({state: 'unsupported', cause: 'unreadable'}), 'No verdict');
});

test('the sentence says the label, the confidence and the reason', () => {
  const {sentence} = wordingOf(verdict('fake', 0.88), english);
  assert.equal(sentence, 'Likely fake, with 88\u00a0% confidence. No face was found.');
});

for (const [state, title] of [['real', 'Likely real'], ['fake', 'Likely fake'], ['uncertain', 'Uncertain']]) {
  test(`${state}: with room to say so, it reads "${title}"`, () => {
    const wording = wordingOf(verdict(state, 0.5), english);
    assert.equal(wording.title, title);
    assert.ok(wording.sentence.startsWith(title));
  });
}

test('faces and the whole picture are told by their numbers', () => {
  const faces = [{probability: 0.2}, {probability: 0.97}];
  const {reason} = wordingOf(verdict('fake', 0.9, {faces, experts: [{name: 'whole', probability: 0.31}]}), english);
  assert.match(reason, /2 faces.*97\s%.*31\s%/);
  assert.match(wordingOf(verdict('fake', 0.9, {faces: [faces[1]]}), english).reason, /^Its face .*97\s%/);
});

test('where a person decided, no number of the model stands beside their label', () => {
  const reviewed = verdict('real', 0.02, {review: {at: '', model: ''}});
  assert.equal(badge(reviewed), 'Real');
  assert.match(wordingOf(reviewed, english).reason, /^A person/);
});

test('every cause has a sentence of its own, in every language', () => {
  const causes = {
    unsupported: ['too-large', 'too-small', 'unreadable', 'different', 'site-off', 'no-picture', 'format', 'source', 'refused'],
    unreachable: ['network', 'busy', 'forbidden', 'key', 'unexpected'],
  };
  for (const texts of [english, korean]) {
    const said = Object.entries(causes).flatMap(([state, all]) => all.map((cause) => wordingOf({state, cause}, texts).reason));
    assert.equal(new Set(said).size, 14);
  }
});

test('a picture that waits has a sentence too', () => {
  assert.equal(wordingOf({state: 'queued'}, english).sentence, 'This picture is waiting to be checked.');
  assert.equal(wordingOf({state: 'checking'}, english).sentence, 'This picture is being checked.');
});

test('pictures count once answered, failures as other', () => {
  const outcomes = [
    verdict('real', 0.1), verdict('real', 0.2), verdict('fake', 0.9), verdict('uncertain', 0.5),
    {state: 'unsupported', cause: 'unreadable'}, {state: 'unreachable', cause: 'busy'},
    {state: 'queued'}, {state: 'checking'},
  ];
  assert.deepEqual(countOutcomes(outcomes), {real: 2, fake: 1, uncertain: 1, other: 2});
});
