/** A whole verdict as the worker hands it on, for tests. */

export const ID = '0123456789abcdef0123456789abcdef';

/** @param {object} [changes] */
export const verdict = (changes = {}) => ({
  id: ID, state: 'real', probability: 0.1, model: 'm1',
  whole: null, checkedAt: '', remembered: false, reviewed: false, width: 0, height: 0,
  faces: [], related: [], conflict: false, claims: [], explained: false, ...changes,
});

/** @param {object} [changes] The same as the service sends it. */
export const served = (changes = {}) => ({
  id: ID, label: 'real', fake_probability: 0.1, reason: '', model: {id: 'm1'}, ...changes,
});
