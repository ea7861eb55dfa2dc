/**
 * For how long a site vouches that an address gives the same bytes: what its answer says of caching,
 * as browsers read it. Pure.
 */

/**
 * @param {Headers} headers Of the answer.
 * @param {number} now In ms, as `Date.now()` tells it.
 * @returns {number} In ms from now; 0 where it says nothing.
 */
export function freshMsOf(headers, now) {
  const control = headers.get('Cache-Control') ?? '';
  if (/\b(?:no-store|no-cache)\b/i.test(control)) return 0;
  const date = Date.parse(headers.get('Date') ?? '');
  const began = Number.isNaN(date) ? now : Math.min(date, now);
  // It may come out of a cache, where it has aged since.
  const ageMs = Math.max(Number(headers.get('Age') ?? 0) * 1000 || 0, now - began);
  return Math.max(0, lifetimeMsOf(control, headers.get('Expires'), began) - ageMs);
}

/**
 * @param {string} control
 * @param {string | null} expires Counts where no `max-age` stands.
 * @param {number} began
 */
function lifetimeMsOf(control, expires, began) {
  const [, maxAge] = /(?:^|[\s,])max-age="?(\d+)/i.exec(control) ?? [];
  if (maxAge !== undefined) return Number(maxAge) * 1000;
  const end = Date.parse(expires ?? '');
  return Number.isNaN(end) ? 0 : end - began;
}
