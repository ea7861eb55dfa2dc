/**
 * The button in the toolbar: how many pictures of the tab are suspicious, or that the service is
 * away. Told by each frame of a page; their numbers are added up.
 *
 * @typedef {{suspicious: number, away: boolean}} State Of one frame.
 *
 * @typedef {object} Tab
 * @property {string | null} page Which one stands in it; null until its outermost frame has told.
 * @property {Map<number, State>} frames Those with something to tell.
 */

import {isThere} from './sites.js';

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
  if (state.suspicious > 0 || state.away) current.frames.set(frameId, state);
  else current.frames.delete(frameId);
  tabs.set(tab.id, current);
  await write(tab.id, current);
  // Frames may have told the worker that was ended, or before the page did.
  if (current !== known) await chrome.tabs.sendMessage(tab.id, {type: 'changed', what: 'toolbar'}).catch(() => {});
  await forgetGone(tab.id, current, frameId);
}

/**
 * Of a frame that is taken out of its page, the last word may be lost.
 *
 * @param {number} tabId
 * @param {Tab} tab
 * @param {number} present A frame that is there: it has just told.
 */
async function forgetGone(tabId, tab, present) {
  const others = [...tab.frames].filter(([frameId]) => frameId !== present);
  const gone = await Promise.all(others.map(async ([frameId, state]) => {
    if (await isThere(tabId, frameId) || tab.frames.get(frameId) !== state) return false;
    return tab.frames.delete(frameId);
  }));
  if (gone.includes(true)) await write(tabId, tab);
}

/** @param {number} tab */
export function forgetState(tab) {
  tabs.delete(tab);
}

/**
 * @param {number} tabId
 * @param {Tab} tab
 */
async function write(tabId, {frames}) {
  const states = [...frames.values()];
  const away = states.some((state) => state.away);
  const suspicious = states.reduce((sum, state) => sum + state.suspicious, 0);
  await chrome.action.setBadgeBackgroundColor({tabId, color: away ? GREY : RED});
  await chrome.action.setBadgeText({tabId, text: away ? '!' : suspicious > 0 ? String(suspicious) : ''});
}
