//# allFunctionsCalledOnLoad
/**
 * Where badges and cards go. Pure geometry in CSS pixels of the viewport.
 *
 * @typedef {{left: number, top: number, right: number, bottom: number}} Box
 *
 * @typedef {object} BadgePlace
 * @property {number} x Of the edge at which lines begin: the right one in right-to-left pages.
 * @property {number} y Of the top.
 * @property {number} room The width that the badge may take.
 * @property {boolean} mirrored Whether it grows from `x` to the left.
 */

/** Between the edge of the picture and the badge. */
const INSET = 4;

/** Height of a badge, as the style sheet has it. */
const HEIGHT = 22;

/** Symbol and percentage need this much. */
const LEAST_ROOM = 52;

/** A badge is hardly ever wider than this, however much room there is. */
const LIKELY_WIDTH = 96;

/** Between the badge and its card, and between that and the edge of the window. */
const GAP = 6;

/**
 * @param {Box} box
 * @param {Box[]} clips The scrolling or cropping boxes around the picture.
 * @returns {Box} What of the picture can be seen; turned inside out where that is nothing.
 */
export function visiblePart(box, clips) {
  return clips.reduce(
    (part, clip) => ({
      left: Math.max(part.left, clip.left),
      top: Math.max(part.top, clip.top),
      right: Math.min(part.right, clip.right),
      bottom: Math.min(part.bottom, clip.bottom),
    }),
    box,
  );
}

/**
 * @param {Box} part
 * @param {boolean} [mirrored] In a right-to-left page.
 * @returns {BadgePlace | null} Null where a badge would stick out of the picture.
 */
export function placeBadge(part, mirrored = false) {
  const room = part.right - part.left - 2 * INSET;
  if (room < LEAST_ROOM || part.bottom - part.top < HEIGHT + 2 * INSET) return null;
  const x = mirrored ? part.right - INSET : part.left + INSET;
  return {x, y: part.top + INSET, room: Math.floor(room), mirrored};
}

/**
 * A badge that the person asked for has a place on the smallest picture, even if it sticks out.
 *
 * @param {Box} part
 * @param {boolean} mirrored
 * @returns {BadgePlace | null}
 */
export function placeBadgeAnyway(part, mirrored) {
  if (part.right <= part.left || part.bottom <= part.top) return null;
  const x = mirrored ? part.right : part.left;
  return placeBadge(part, mirrored) ?? {x, y: part.top, room: LEAST_ROOM, mirrored};
}

/**
 * Two opposite corners of a badge, a little outside: nothing that covers one of them may be missed,
 * and what lies there is found sooner than what lies under the badge itself.
 *
 * @param {BadgePlace} place
 * @param {Box} part Of the picture, which they do not leave.
 */
export function cornersOf({x, y, room, mirrored}, part) {
  const width = Math.min(room, LIKELY_WIDTH) - 4;
  const forward = mirrored ? -1 : 1;
  const below = Math.min(y + HEIGHT + 1, part.bottom - 1);
  const above = Math.max(y - 1, part.top + 1);
  return [{x: x + 2 * forward, y: below}, {x: x + width * forward, y: above}];
}

/**
 * Beside the picture, so that its outlined faces stay in sight; null where neither side has room.
 *
 * @param {Box} badge
 * @param {Box} picture
 * @param {{width: number, height: number}} size
 * @param {{width: number, height: number}} view
 */
export function placeBeside(badge, picture, size, view) {
  const right = picture.right + GAP;
  const left = picture.left - GAP - size.width;
  const x = right + size.width + GAP <= view.width ? right : left;
  if (x < GAP) return null;
  return {x, y: Math.max(GAP, Math.min(badge.top, view.height - size.height - GAP))};
}

/**
 * @param {Box} part
 * @param {Box} cover
 * @returns {Box} The largest rectangle of the part that the cover leaves open.
 */
export function uncovered(part, cover) {
  const apart = cover.right <= part.left || cover.left >= part.right || cover.bottom <= part.top || cover.top >= part.bottom;
  if (apart) return part;
  const open = [
    {...part, right: cover.left}, {...part, left: cover.right}, {...part, bottom: cover.top}, {...part, top: cover.bottom},
  ];
  const area = (/** @type {Box} */ {left, top, right, bottom}) => Math.max(0, right - left) * Math.max(0, bottom - top);
  return open.reduce((best, one) => (area(one) > area(best) ? one : best));
}

/**
 * Below the badge, or above it where there is no room, and never out of the window.
 *
 * @param {Box} badge
 * @param {{width: number, height: number}} size
 * @param {{width: number, height: number}} view
 */
export function placePopover(badge, size, view) {
  const below = badge.bottom + GAP;
  const fitsBelow = below + size.height + GAP <= view.height;
  const y = fitsBelow ? below : Math.max(GAP, badge.top - GAP - size.height);
  const x = Math.max(GAP, Math.min(badge.left, view.width - size.width - GAP));
  return {x, y};
}
