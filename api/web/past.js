/** What was checked in this browser: names and verdicts, never pictures. Kept in this browser. */

import { isLabel } from "/extension/verdict/verdict.js";

const PLACE = "candor-history";
const AT_MOST = 100;

/**
 * @typedef {object} Past
 * @property {string | null} id of the verdict, or of the check of a clip
 * @property {string} name
 * @property {"real" | "uncertain" | "fake"} label
 * @property {number} fake_probability
 * @property {string} at ISO 8601
 * @property {boolean} [isClip]
 *
 * @returns {Past[]}
 */
export function past() {
  try {
    const kept = JSON.parse(localStorage.getItem(PLACE) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isPast) : [];
  } catch {
    return [];
  }
}

/** Other versions of this page, and whoever opens the browser's tools, write there too. */
function isPast(one) {
  return isLabel(one?.label) && typeof one.fake_probability === "number" && !Number.isNaN(Date.parse(one.at));
}

export function remember({ name, verdict, check, isClip }) {
  const { state: label, probability } = verdict;
  const id = isClip ? check.id : verdict.id;
  const one = { id, name, label, fake_probability: probability, at: new Date().toISOString(), isClip };
  try {
    localStorage.setItem(PLACE, JSON.stringify([one, ...past()].slice(0, AT_MOST)));
  } catch {
    // Full or forbidden: the answer stands all the same.
  }
}

export function forget() {
  localStorage.removeItem(PLACE);
}
