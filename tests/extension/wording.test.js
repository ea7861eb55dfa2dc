import assert from 'node:assert/strict';
import {test} from 'node:test';

import {countOutcomes} from '../../extension/shared/outcomes.js';
import {wordingOf} from '../../extension/shared/wording.js';
import {message} from './messages.js';

const verdict = (state, probability) => ({state, probability, reason: 'Because.', model: 'm'});
const badge = (outcome) => {
  const {word, percent} = wordingOf(outcome, message);
  return `${word} ${percent}`.trim();
};

test('the percentage is the confidence in the label that is shown', () => {
  assert.equal(badge(verdict('real', 0.07)), 'Real 93 %');
  assert.equal(badge(verdict('fake', 0.88)), 'Fake 88 %');
});

test('nothing is ever 0 % or 100 %', () => {
  assert.equal(badge(verdict('real', 0)), 'Real 99 %');
  assert.equal(badge(verdict('fake', 1)), 'Fake 99 %');
});

test('a label that is the less likely of the two carries no number', () => {
  assert.equal(badge(verdict('real', 0.6)), 'Real');
  assert.equal(badge(verdict('fake', 0.4)), 'Fake');
  assert.equal(badge(verdict('fake', 0.5)), 'Fake 50 %');
  assert.equal(wordingOf(verdict('fake', 0.4), message).sentence, 'Likely fake. Because.');
});

test('an uncertain verdict claims no confidence', () => {
  assert.equal(badge(verdict('uncertain', 0.5)), 'Unsure');
});

test('a failure is worded as one and carries no percentage', () => {
  assert.equal(badge({state: 'unreachable', cause: 'network'}), 'No service');
  assert.equal(badge({state: 'unsupported', cause: 'unreadable'}), 'No verdict');
});

test('the sentence says the label, the confidence and the reason', () => {
  const {sentence} = wordingOf(verdict('fake', 0.88), message);
  assert.equal(sentence, 'Likely fake, with 88 % confidence. Because.');
});

for (const [state, title] of [['real', 'Likely real'], ['fake', 'Likely fake'], ['uncertain', 'Uncertain']]) {
  test(`${state}: with room to say so, it reads "${title}"`, () => {
    const wording = wordingOf(verdict(state, 0.5), message);
    assert.equal(wording.title, title);
    assert.ok(wording.sentence.startsWith(title));
  });
}

test("the service's own sentence comes before a general one", () => {
  const refused = {state: 'unsupported', cause: 'refused-by-service'};
  assert.equal(wordingOf({...refused, reason: 'It is 20 px wide.'}, message).reason, 'It is 20 px wide.');
  assert.equal(wordingOf(refused, message).reason, message('cause_refused_by_service'));
});

test('a picture that waits has a sentence too', () => {
  assert.equal(wordingOf({state: 'queued'}, message).sentence, 'This picture is waiting to be checked.');
  assert.equal(wordingOf({state: 'checking'}, message).sentence, 'This picture is being checked.');
});

test('pictures count once answered, failures as other', () => {
  const outcomes = [
    verdict('real', 0.1), verdict('real', 0.2), verdict('fake', 0.9), verdict('uncertain', 0.5),
    {state: 'unsupported', cause: 'unreadable'}, {state: 'unreachable', cause: 'busy'},
    {state: 'queued'}, {state: 'checking'},
  ];
  assert.deepEqual(countOutcomes(outcomes), {real: 2, fake: 1, uncertain: 1, other: 2});
});
