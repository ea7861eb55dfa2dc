/** How many pictures of the page got which answer, kept up to date while the popup is open. */

import {element} from './elements.js';

const EVERY_MS = 700;

/** @param {number | undefined} tab */
export function watchCounts(tab) {
  if (tab === undefined) return;
  const update = async () => show(await ask(tab));
  update();
  setInterval(update, EVERY_MS);
}

/**
 * @param {number} tab
 * @returns {Promise<Partial<import('../shared/outcomes.js').Counts>>}
 */
async function ask(tab) {
  try {
    return (await chrome.tabs.sendMessage(tab, {type: 'counts'})) ?? {};
  } catch {
    // Nobody listens on a page of a site that is off.
    return {};
  }
}

/** @param {Partial<Record<string, number>>} counts */
function show(counts) {
  for (const tile of element('counts', HTMLElement).querySelectorAll('[data-count]')) {
    const count = counts[tile.getAttribute('data-count') ?? ''] ?? 0;
    const number = tile.querySelector('dd');
    if (number) number.textContent = String(count);
  }
}
