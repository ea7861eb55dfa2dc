/**
 * What can be said of one picture, as the worker tells the page. The types that both sides share.
 *
 * An outcome is JSON-safe: it travels in messages and rests in session storage.
 *
 * @typedef {'real' | 'fake' | 'uncertain'} Label
 *
 * @typedef {object} Verdict
 * @property {string} id By which the service knows it.
 * @property {Label} state
 * @property {number} probability That the picture is fake, 0 to 1, calibrated by the service.
 * @property {string} reason One sentence, in the service's words.
 * @property {string} model Id of the model that spoke.
 *
 * @typedef {'too-large' | 'unreadable' | 'different' | 'site-off' | 'refused-by-service'} NoVerdictCause
 * @typedef {'network' | 'busy' | 'forbidden' | 'unexpected'} UnreachableCause
 *
 * @typedef {object} NoVerdict
 * @property {'unsupported'} state
 * @property {NoVerdictCause} cause
 * @property {string} [reason]
 *
 * @typedef {object} Unreachable
 * @property {'unreachable'} state
 * @property {UnreachableCause} cause
 * @property {string} [reason]
 *
 * @typedef {object} Pending
 * @property {'queued' | 'checking'} state
 *
 * @typedef {Verdict | NoVerdict | Unreachable} Answer What the worker replies.
 * @typedef {Answer | Pending} Outcome What a badge shows.
 *
 * @typedef {object} Picture As the page has it.
 * @property {string} url
 * @property {number} width Natural, in CSS pixels; 0 where unknown.
 * @property {number} height
 *
 * @typedef {Picture | {dataUrl: string}} PictureSource Where the worker finds the bytes.
 *
 * @typedef {'connected' | 'not-ready' | 'unreachable'} Health
 *
 * @typedef {'admitted' | 'key-needed' | 'key-refused' | 'key-lacks-scope'} Admission
 *
 * @typedef {object} HealthReport
 * @property {Health} health
 * @property {string} [model] Id of the model that answers now.
 *
 * @typedef {object} Counts
 * @property {number} real
 * @property {number} fake
 * @property {number} uncertain
 * @property {number} other
 */

/** @type {readonly string[]} */
const LABELS = ['real', 'fake', 'uncertain'];

/**
 * @param {unknown} text
 * @returns {text is Label}
 */
export function isLabel(text) {
  return typeof text === 'string' && LABELS.includes(text);
}

/**
 * @param {unknown} text
 * @returns {text is string}
 */
export function isVerdictId(text) {
  return typeof text === 'string' && /^[0-9a-f]{32}$/.test(text);
}

/**
 * @param {Outcome} outcome
 * @returns {outcome is Verdict}
 */
export function isVerdict(outcome) {
  return isLabel(outcome.state);
}

/**
 * @param {Outcome} outcome
 * @returns {boolean} A failure that has nothing to do with the picture: worth another attempt.
 */
export function mayPass(outcome) {
  return outcome.state === 'unreachable' && (outcome.cause === 'network' || outcome.cause === 'busy');
}

/**
 * @param {Iterable<Outcome>} outcomes
 * @returns {Counts}
 */
export function countOutcomes(outcomes) {
  const counts = {real: 0, fake: 0, uncertain: 0, other: 0};
  for (const outcome of outcomes) {
    if (isVerdict(outcome)) counts[outcome.state] += 1;
    else if (outcome.state === 'unsupported' || outcome.state === 'unreachable') counts.other += 1;
  }
  return counts;
}
