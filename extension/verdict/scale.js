/** The score on a scale from real to fake, with the bands that the model's thresholds cut. */

import {element} from './elements.js';
import {inPercent, percentOf} from './words.js';

/**
 * @param {number} probability
 * @param {import('./verdict.js').Thresholds | null} thresholds Without them there are no bands.
 * @param {import('./texts.js').Speech} speech
 */
export function scaleOf(probability, thresholds, speech) {
  const marker = element('span', {class: 'marker'});
  marker.style.left = `${percentOf(probability)}%`;
  const track = element('div', {class: 'track'}, ...bandsOf(thresholds, speech), marker);
  const cuts = thresholds ? [element('div', {class: 'cuts'}, ...Object.values(thresholds).map(cutAt))] : [];
  return element('div', {class: 'scale', role: 'img', 'aria-label': wordsOf(probability, thresholds, speech)}, track, ...cuts);
}

/**
 * @param {number} probability
 * @param {import('./verdict.js').Thresholds | null} thresholds
 * @param {import('./texts.js').Speech} speech
 */
function wordsOf(probability, thresholds, {say}) {
  const said = inPercent(probability);
  return thresholds ? say('scale', said, inPercent(thresholds.realBelow), inPercent(thresholds.fakeFrom)) : say('scale_bare', said);
}

/**
 * @param {import('./verdict.js').Thresholds | null} thresholds
 * @param {import('./texts.js').Speech} speech
 */
function bandsOf(thresholds, {say}) {
  if (!thresholds) return [element('span', {class: 'band'})];
  const {realBelow, fakeFrom} = thresholds;
  const shares = {real: realBelow, uncertain: fakeFrom - realBelow, fake: 1 - fakeFrom};
  return Object.entries(shares).map(([label, share]) => {
    const band = element('span', {class: `band ${label}`}, element('span', {}, say(`label_${label}`)));
    band.style.width = `${share * 100}%`;
    return band;
  });
}

/** @param {number} at */
function cutAt(at) {
  const cut = element('span', {}, inPercent(at));
  cut.style.left = `${at * 100}%`;
  return cut;
}
