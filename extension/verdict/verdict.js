//# allFunctionsCalledOnLoad
/**
 * What is known of one picture, read from the service's answer. The page and the extension share
 * this folder, so nothing in it knows of the extension's own interfaces or of the page around it.
 *
 * Everything that is not wholly a verdict becomes nothing: better none than a wrong one. A verdict
 * is JSON-safe: it travels in messages and rests in session storage.
 *
 * @typedef {'real' | 'fake' | 'uncertain'} Label
 *
 * @typedef {object} Look Maps of 14 by 14 cells over a square of the picture; base64, 0-255 each.
 * @property {{left: number, top: number, width: number, height: number}} area
 * @property {string} attention Where the model expects the edge of something blended in.
 * @property {string} gradient What spoke for a fake; empty where nobody asked.
 *
 * @typedef {object} Face In pixels of the upright picture that was judged.
 * @property {number} left
 * @property {number} top
 * @property {number} width
 * @property {number} height
 * @property {number} probability That it is fake, 0 to 1.
 * @property {string} edge Where a blending edge stands out; empty where none does.
 * @property {string} decisive Where what spoke most for a fake lies; empty where nobody asked.
 *
 * @typedef {{realBelow: number, fakeFrom: number}} Thresholds
 *
 * @typedef {{name: string, probability: number}} Member One of several networks that make up an expert.
 *
 * @typedef {Member & {members: Member[]}} Expert
 *
 * @typedef {object} Related A picture known to the service that looks much like this one.
 * @property {string} id
 * @property {Label} label A person's where one looked.
 * @property {number} probability
 * @property {boolean} same Whether it is the same picture.
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
 * @typedef {{at: string, model: Label | ''}} Review That a person looked at it, and the label is theirs;
 *   `model` is what the model says.
 *
 * @typedef {object} Verdict
 * @property {string} id By which the service knows it; empty where it was asked to forget it.
 * @property {Label} state
 * @property {number} probability That the picture is fake, 0 to 1, calibrated by the service.
 * @property {string} reason In the service's words; may be empty.
 * @property {string} model Id of the model that spoke.
 * @property {Thresholds | null} thresholds Those that decided: its own, or further apart where its networks
 *   disagree; null where unknown.
 * @property {boolean} open Whether the answer would be another one if they agreed.
 * @property {Expert[]} experts
 * @property {string} checkedAt ISO 8601; empty where unknown.
 * @property {string} source From where the service answered: `miss` is the model itself, else a memory.
 * @property {number} tookMs 0 where unknown.
 * @property {string} from The address the service fetched it from; empty where it was sent.
 * @property {Review | null} review
 * @property {string} format
 * @property {number} frames Of which the first was judged.
 * @property {number} width Of the upright picture in pixels; 0 where unknown.
 * @property {number} height
 * @property {Face[]} faces
 * @property {Related[]} related
 * @property {boolean} conflict Whether one of these was called the opposite.
 * @property {Claim[]} claims
 * @property {boolean} explained Whether the service offers a heat map of what its model looked at.
 */

/** @type {readonly Label[]} */
export const LABELS = ['real', 'uncertain', 'fake'];

/** Session storage is small, and so is a card. */
const MOST_CHARACTERS = 400;
const MOST_REASON = 1000;
const MOST_FACES = 24;
const MOST_EXPERTS = 6;
const MOST_MEMBERS = 6;
const MOST_RELATED = 6;
const MOST_CLAIMS = 6;

const STANDINGS = ['signed', 'tampered', 'invalid', 'unsigned', 'unread'];

/** IPTC's names of pictures that a machine made, wholly or in part. */
const GENERATED = /trainedAlgorithmicMedia|compositeWithTrainedAlgorithmicMedia|algorithmicMedia/;

/**
 * @param {unknown} text
 * @returns {text is Label}
 */
export function isLabel(text) {
  return LABELS.includes(/** @type {Label} */ (text));
}

/**
 * @param {unknown} text
 * @returns {text is string}
 */
export function isVerdictId(text) {
  return typeof text === 'string' && /^[0-9a-f]{32}$/.test(text);
}

/**
 * @param {any} body As the service sends it.
 * @returns {Verdict | null}
 */
export function verdictOf(body) {
  const {id, label, fake_probability: probability, model} = body ?? {};
  if (!isLabel(label) || !isProbability(probability) || typeof model?.id !== 'string') return null;
  if (!isVerdictId(id)) return null;
  return {id, state: label, probability, model: text(model.id), ...detailsOf(body)};
}

/**
 * The maps of each face, of which session storage holds none. In the order of the faces.
 *
 * @param {any} body As `verdictOf` takes it.
 * @returns {Look[]}
 */
export function looksOf(body) {
  return list(body?.faces).flatMap(({look}) => (isBox(look?.area) ? [
    {area: look.area, attention: text(look.attention), gradient: text(look.gradient)},
  ] : []));
}

/**
 * @param {any} model
 * @returns {Thresholds | null}
 */
export function thresholdsOf(model) {
  const {real_below: realBelow, fake_from: fakeFrom} = model?.thresholds ?? {};
  return isProbability(realBelow) && isProbability(fakeFrom) && realBelow <= fakeFrom ? {realBelow, fakeFrom} : null;
}

/**
 * What a card tells beyond the verdict. What is missing or odd is left out: the verdict stands.
 *
 * @param {any} body
 */
function detailsOf(body) {
  return {
    reason: text(body.reason, MOST_REASON),
    thresholds: thresholdsOf({thresholds: body.widened}) ?? thresholdsOf(body.model),
    open: isOpen(body),
    experts: list(body.experts).flatMap(expertOf).slice(0, MOST_EXPERTS),
    checkedAt: isDate(body.checked_at) ? body.checked_at : '',
    source: text(body.cache),
    tookMs: length(body.timings?.total_ms),
    from: text(body.provenance?.final_url ?? body.provenance?.url),
    review: reviewOf(body.review),
    format: text(body.picture?.format),
    frames: length(body.picture?.frames) || 1,
    width: length(body.picture?.width),
    height: length(body.picture?.height),
    faces: list(body.faces).flatMap(faceOf).slice(0, MOST_FACES),
    related: list(body.related).flatMap(relatedOf).slice(0, MOST_RELATED),
    conflict: body.conflict === true,
    claims: list(body.provenance?.claims).flatMap(claimOf).slice(0, MOST_CLAIMS),
    explained: typeof body.explanation === 'string',
  };
}

/** @param {any} body */
function isOpen({label, fake_probability: probability, model, widened}) {
  const own = thresholdsOf(model);
  if (!own || !thresholdsOf({thresholds: widened}) || label !== 'uncertain') return false;
  return probability < own.realBelow || probability >= own.fakeFrom;
}

/**
 * @param {any} face
 * @returns {Face[]}
 */
function faceOf({box, fake_probability: probability, look}) {
  if (!isBox(box) || !isProbability(probability)) return [];
  const {left, top, width, height} = box;
  return [{left, top, width, height, probability, edge: text(look?.edge), decisive: text(look?.decisive)}];
}

/**
 * @param {any} expert
 * @returns {Expert[]}
 */
function expertOf(expert) {
  const members = list(expert.members).flatMap(memberOf).slice(0, MOST_MEMBERS);
  return memberOf(expert).map((one) => ({...one, members}));
}

/**
 * @param {any} member
 * @returns {Member[]}
 */
function memberOf({name, fake_probability: probability}) {
  return typeof name === 'string' && isProbability(probability) ? [{name: text(name), probability}] : [];
}

/**
 * @param {any} related
 * @returns {Related[]}
 */
function relatedOf({verdict_id: id, label, review, fake_probability: probability, same_picture: same}) {
  const best = isLabel(review) ? review : label;
  return isVerdictId(id) && isLabel(best) && isProbability(probability) ? [{id, label: best, probability, same: same === true}] : [];
}

/**
 * @param {any} claim
 * @returns {Claim[]}
 */
function claimOf({standing, sentence, tool, signer, digital_source_type: kind}) {
  if (!STANDINGS.includes(standing)) return [];
  return [{standing, sentence: text(sentence), tool: text(tool), signer: text(signer), generated: GENERATED.test(text(kind))}];
}

/**
 * @param {any} review
 * @returns {Review | null}
 */
function reviewOf(review) {
  if (!isLabel(review?.label)) return null;
  return {at: isDate(review.at) ? review.at : '', model: isLabel(review.model_label) ? review.model_label : ''};
}

/**
 * @param {unknown} value
 * @returns {any[]}
 */
function list(value) {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : [];
}

/** @param {any} box */
function isBox(box) {
  const {left, top, width, height} = box ?? {};
  return [left, top, width, height].every(Number.isFinite);
}

/** @param {unknown} value */
function isProbability(value) {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

/** @param {unknown} value */
function isDate(value) {
  return typeof value === 'string' && value.length < 40 && !Number.isNaN(Date.parse(value));
}

/** @param {unknown} value */
function length(value) {
  return typeof value === 'number' && value > 0 && Number.isFinite(value) ? value : 0;
}

/**
 * @param {unknown} value
 * @param {number} [most]
 */
function text(value, most = MOST_CHARACTERS) {
  return typeof value === 'string' ? value.slice(0, most) : '';
}
