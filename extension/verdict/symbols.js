//# allFunctionsCalledOnLoad
/**
 * One symbol a state, told apart by shape alone. Drawn and not typed: fonts differ, and some turn
 * such characters into emoji.
 */

import {drawing} from './elements.js';

/** Strokes in a box of 16. */
const STROKES = {
  queued: 'M3 8h.01 M8 8h.01 M13 8h.01',
  checking: 'M8 2.2a5.8 5.8 0 1 1-5.8 5.8',
  real: 'M2.8 8.6l3.4 3.4 7-7.6',
  fake: 'M8 2 15 14H1Z M8 6.6v3 M8 11.8h.01',
  uncertain: 'M5 5.6a3 3 0 1 1 4.6 2.5C8.5 8.8 8 9.3 8 10.3 M8 13.5h.01',
  unsupported: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Z M5.2 8h5.6',
  unreachable: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Z M3.8 3.8l8.4 8.4',
};

/** @param {keyof typeof STROKES} state */
export function createSymbol(state) {
  const path = drawing('path', {d: STROKES[state]});
  return drawing('svg', {class: 'symbol', viewBox: '0 0 16 16', 'aria-hidden': 'true'}, path);
}

/**
 * @param {Element} symbol That of another state.
 * @param {keyof typeof STROKES} state
 */
export function redrawSymbol(symbol, state) {
  symbol.firstElementChild?.setAttribute('d', STROKES[state]);
}
