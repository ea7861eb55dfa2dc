/**
 * The button in the toolbar: how many pictures of the tab are suspicious, or that the service is
 * away. Told by each frame of a page; their numbers are added up.
 *
 * @typedef {{suspicious: number, away: boolean}} State Of one frame.
 */

const RED = '#b4231a';
const GREY = '#434b57';

/** @type {Map<number, Map<number, State>>} By tab and frame; lost with the worker, and told again. */
const tabs = new Map();

/**
 * @param {chrome.runtime.MessageSender} sender
 * @param {State} state
 */
export async function showState({tab, frameId = 0}, state) {
  if (tab?.id === undefined) return;
  const frames = tabs.get(tab.id) ?? new Map();
  // A new page in the tab: what was in its frames has gone.
  if (frameId === 0) frames.clear();
  frames.set(frameId, state);
  tabs.set(tab.id, frames);
  await write(tab.id, [...frames.values()]);
}

/** @param {number} tab */
export function forgetState(tab) {
  tabs.delete(tab);
}

/**
 * @param {number} tabId
 * @param {State[]} states
 */
async function write(tabId, states) {
  const away = states.some((state) => state.away);
  const suspicious = states.reduce((sum, state) => sum + state.suspicious, 0);
  await chrome.action.setBadgeBackgroundColor({tabId, color: away ? GREY : RED});
  await chrome.action.setBadgeText({tabId, text: away ? '!' : suspicious > 0 ? String(suspicious) : ''});
}
