/**
 * Where badges and the popover go. Pure geometry in CSS pixels of the viewport.
 *
 * @typedef {{left: number, top: number, right: number, bottom: number}} Box
 * @typedef {{x: number, y: number, room: number}} BadgePlace `room` is the width that the badge
 *   may take.
 */

/** Between the edge of the picture and the badge. */
const INSET = 4;

/** Height of a badge, as the style sheet has it. */
const HEIGHT = 22;

/** Symbol and percentage need this much. */
const LEAST_ROOM = 52;

/** Between the badge and its popover, and between that and the edge of the window. */
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
 * @returns {BadgePlace | null} Null where a badge would stick out of the picture.
 */
export function placeBadge(part) {
  const room = part.right - part.left - 2 * INSET;
  if (room < LEAST_ROOM || part.bottom - part.top < HEIGHT + 2 * INSET) return null;
  return {x: part.left + INSET, y: part.top + INSET, room: Math.floor(room)};
}

/**
 * Below the badge, or above it where there is no room, and never out of the window.
 *
 * @param {{x: number, y: number}} badge
 * @param {{width: number, height: number}} size
 * @param {{width: number, height: number}} view
 */
export function placePopover(badge, size, view) {
  const below = badge.y + HEIGHT + GAP;
  const fitsBelow = below + size.height + GAP <= view.height;
  const y = fitsBelow ? below : Math.max(GAP, badge.y - GAP - size.height);
  const x = Math.max(GAP, Math.min(badge.x, view.width - size.width - GAP));
  return {x, y};
}
