/** What was checked in this browser: names and verdicts, never pictures. Kept in this browser. */

const PLACE = "candor-history";
const AT_MOST = 100;

/** @returns {{id: string | null, name: string, label: string, fake_probability: number, at: string}[]} */
export function past() {
  try {
    const kept = JSON.parse(localStorage.getItem(PLACE) ?? "[]");
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

export function remember({ name, verdict, isClip }) {
  const { id, label, fake_probability } = verdict;
  // The service keeps no clips, so nothing is found by their ids.
  const one = { id: isClip ? null : id, name, label, fake_probability, at: new Date().toISOString() };
  try {
    localStorage.setItem(PLACE, JSON.stringify([one, ...past()].slice(0, AT_MOST)));
  } catch {
    // Full or forbidden: the answer stands all the same.
  }
}

export function forget() {
  localStorage.removeItem(PLACE);
}
