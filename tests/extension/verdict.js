/** A whole verdict as the worker hands it on, for tests. */

export const ID = '0123456789abcdef0123456789abcdef';

/** @param {object} [changes] */
export const verdict = (changes = {}) => ({
  id: ID, state: 'real', probability: 0.1, reason: '', model: 'm1', thresholds: null, open: false, experts: [],
  checkedAt: '', source: '', tookMs: 0, from: '', review: null, format: '', frames: 1, width: 0, height: 0,
  faces: [], related: [], conflict: false, claims: [], explained: false, ...changes,
});

/** @param {object} [changes] */
export const face = (changes = {}) => ({
  left: 1, top: 2, width: 30, height: 40, probability: 0.9, edge: '', decisive: '', ...changes,
});

/** @param {object} [changes] The same as the service sends it. */
export const served = (changes = {}) => ({
  id: ID, label: 'real', fake_probability: 0.1, reason: '', model: {id: 'm1'}, ...changes,
});
