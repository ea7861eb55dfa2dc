/**
 * One picture or one page, because the person asks for it now. The press that asks also lets the
 * extension into that tab (`activeTab`), so nothing needs to be allowed before.
 */

import {noteAsked} from './settings.js';

/**
 * @param {{id: number, url: string}} tab
 * @param {{frame?: number, picture?: string}} [what] The frame, 0 for the page itself, and the
 *   address of the one picture; all of them unless it is given.
 */
export async function checkNow(tab, {frame = 0, picture} = {}) {
  await noteAsked(tab.id, new URL(tab.url).origin);
  await chrome.scripting.executeScript({
    target: {tabId: tab.id, frameIds: [frame]},
    files: ['page/start.js'],
  });
  await chrome.tabs.sendMessage(tab.id, {type: 'watch', picture}, {frameId: frame});
}
