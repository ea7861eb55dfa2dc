/**
 * The button in the toolbar: how many pictures of the tab are suspicious, or that the service is
 * away. Told by each frame of a page; their numbers are added up.
 *
 * @typedef {{suspicious: number, away: boolean}} State Of one frame.
 *
 * @typedef {object} Tab
 * @property {string | null} page Which one stands in it; null until its outermost frame has told.
 * @property {Map<number, State>} frames
 */

const RED = '#b4231a';
const GREY = '#434b57';

/** @type {Map<number, Tab>} Lost with the worker, and told again. */
const tabs = new Map();

/**
 * @param {chrome.runtime.MessageSender} sender
 * @param {State} state
 * @param {string} document By which the frame knows what it shows now.
 */
export async function showState({tab, frameId = 0}, state, document) {
  if (tab?.id === undefined) return;
  const known = tabs.get(tab.id);
  const isOther = frameId === 0 && known?.page !== null && known?.page !== document;
  const current = known && !isOther ? known : {page: null, frames: new Map()};
  if (frameId === 0) current.page = document;
  current.frames.set(frameId, state);
  tabs.set(tab.id, current);
  await write(tab.id, [...current.frames.values()]);
  // Frames may have told the worker that was ended, or before the page did.
  if (current !== known) await chrome.tabs.sendMessage(tab.id, {type: 'changed', what: 'toolbar'}).catch(() => {});
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
