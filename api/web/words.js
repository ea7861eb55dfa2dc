/** How labels and numbers are said. Nothing here touches the page. */

export const WORDS = { real: "Likely real", fake: "Likely fake", uncertain: "Uncertain" };

/** What a claim in a file rests on. */
export const STANDINGS = {
  signed: "Signed.",
  tampered: "Changed since it was signed.",
  invalid: "Badly signed.",
  unsigned: "Unsigned.",
  unread: "Unread.",
};

/** What a report may say that the label should have been. */
export const EXPECTED = { "": "I cannot say", real: "Real", fake: "Fake", uncertain: "Uncertain" };

const SOURCES = {
  miss: "the model, just now",
  bytes: "memory: this very file was checked before",
  pixels: "memory: the same picture was checked before",
  near: "memory: a larger or equal copy was checked before, and compared with this one",
};

const EXPERTS = { face: "on its faces", whole: "on the whole picture" };

/** No score is certain, so none is shown as 0 or 100. */
export function percent(probability) {
  return Math.min(99, Math.max(1, Math.round(probability * 100)));
}

export function said(probability) {
  return `${percent(probability)}\u00a0%`;
}

/** The label of a single score under the model's thresholds. */
export function labelOf(probability, { real_below, fake_from }) {
  if (probability < real_below) return "real";
  return probability < fake_from ? "uncertain" : "fake";
}

export function expert(name) {
  return EXPERTS[name] ?? name;
}

export function source(cache) {
  return SOURCES[cache] ?? "the service";
}

/** What is said where a look-alike was called the opposite; empty when none was. */
export function conflict(label, related) {
  const other = { real: "fake", fake: "real" }[label];
  const against = related.filter((one) => (one.review ?? one.label) === other);
  if (!against.length) return "";
  const what = against.some((one) => one.same_picture) ? "A copy of this picture" : "A picture that looks much like this one";
  return `${what} was called ${other}. One of them may have been altered: compare both.`;
}

/** That a person looked at exactly this picture; empty where nobody did. */
export function reviewed(review) {
  if (!review) return "";
  const model = WORDS[review.model_label].toLowerCase();
  return `by a person, ${moment(review.at)}; the model says ${model}`;
}

export function duration(milliseconds) {
  if (milliseconds < 1000) return `${Math.max(1, Math.round(milliseconds))}\u00a0ms`;
  return `${(milliseconds / 1000).toFixed(1)}\u00a0s`;
}

export function moment(iso) {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
