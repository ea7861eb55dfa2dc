//# allFunctionsCalledOnLoad
/**
 * What can be said of one picture, as the worker tells the page. The types that both sides share.
 *
 * An outcome is JSON-safe: it travels in messages and rests in session storage.
 *
 * @typedef {'real' | 'fake' | 'uncertain'} Label
 *
 * @typedef {object} Face In pixels of the upright picture that was judged.
 * @property {number} left
 * @property {number} top
 * @property {number} width
 * @property {number} height
 * @property {number} probability That it is fake, 0 to 1.
 *
 * @typedef {{label: Label, probability: number, same: boolean}} Related A picture known to the
 *   service that looks much like this one; `same` where it is the same picture.
 *
 * @typedef {'signed' | 'tampered' | 'invalid' | 'unsigned' | 'unread'} Standing
 *
 * @typedef {object} Claim What the file says of itself.
 * @property {Standing} standing What that rests on.
 * @property {string} sentence In the service's words.
 * @property {string} tool The program named; may be empty.
 * @property {string} signer The name in the certificate; may be empty.
 * @property {boolean} generated Whether the file says that a machine made the picture.
 *
 * @typedef {object} Verdict
 * @property {string} id By which the service knows it.
 * @property {Label} state
 * @property {number} probability That the picture is fake, 0 to 1, calibrated by the service.
 * @property {number | null} whole What the expert for whole pictures says; null without one.
 * @property {string} model Id of the model that spoke.
 * @property {string} checkedAt ISO 8601; empty where unknown.
 * @property {boolean} remembered Whether the service knew the picture already.
 * @property {boolean} reviewed Whether a person looked at it, and the label is theirs.
 * @property {number} width Of the upright picture in pixels; 0 where unknown.
 * @property {number} height
 * @property {Face[]} faces
 * @property {Related[]} related
 * @property {boolean} conflict Whether one of these was called the opposite.
 * @property {Claim[]} claims
 * @property {boolean} explained Whether the service offers a heat map of what its model looked at.
 *
 * @typedef {'too-large' | 'too-small' | 'unreadable' | 'different' | 'site-off' | 'no-picture' |
 *   'format' | 'source' | 'refused'} NoVerdictCause
 * @typedef {'network' | 'busy' | 'forbidden' | 'key' | 'unexpected'} UnreachableCause
 *
 * @typedef {object} NoVerdict
 * @property {'unsupported'} state
 * @property {NoVerdictCause} cause
 *
 * @typedef {object} Unreachable
 * @property {'unreachable'} state
 * @property {UnreachableCause} cause
 * @property {number} [afterMs] How long the service asks to be let alone.
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
 * @typedef {'connected' | 'not-ready' | 'not-candor' | 'key-needed' | 'key-refused' |
 *   'key-lacks-scope' | 'forbidden' | 'unreachable'} Health
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
 * @returns {outcome is Pending} Nothing is known yet.
 */
export function isPending(outcome) {
  return outcome.state === 'queued' || outcome.state === 'checking';
}

/**
 * @param {Outcome} outcome
 * @returns {boolean} Whether a person should look twice.
 */
export function isSuspicious(outcome) {
  return outcome.state === 'fake' || outcome.state === 'uncertain';
}

/**
 * @param {Outcome} outcome
 * @returns {boolean} A failure that has nothing to do with the picture: worth another attempt.
 */
export function mayPass(outcome) {
  return outcome.state === 'unreachable' && (outcome.cause === 'network' || outcome.cause === 'busy');
}

/**
 * @param {Outcome} outcome
 * @returns {boolean} The service takes no pictures just now: it is down, busy, or wants another key.
 *   An answer that nobody understands is no such thing; asking again would bring it again.
 */
export function isAway(outcome) {
  return outcome.state === 'unreachable' && outcome.cause !== 'unexpected';
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
