/**
 * "Check this picture", "Check this page" and "Check the video that plays": what the person asks for once, without any lasting
 * permission. A press on the menu or the toolbar gives access to that one tab.
 */

import {loadTexts} from '../shared/texts.js';
import {readSettings} from '../shared/settings.js';
import {startIn, watchByHand} from './sites.js';

const PICTURE = 'picture';
const PAGE = 'page';
const VIDEO = 'video';

/** The browser keeps the menu; it is written anew when the language changes. */
export async function writeMenu() {
  const {message} = await loadTexts((await readSettings()).language);
  await chrome.contextMenus.removeAll();
  chrome.contextMenus.create({id: PICTURE, title: message('menu_picture'), contexts: ['image']});
  chrome.contextMenus.create({id: PAGE, title: message('menu_page'), contexts: ['page', 'frame', 'link', 'video']});
  // Players lay their own buttons over a video, so that it is the page that is pressed.
  chrome.contextMenus.create({id: VIDEO, title: message('menu_video'), contexts: ['video', 'page', 'frame']});
}

/**
 * @param {chrome.contextMenus.OnClickData} info
 * @param {chrome.tabs.Tab} [tab]
 */
export async function onMenu(info, tab) {
  if (tab?.id === undefined) return;
  if (info.menuItemId === PAGE) await checkPage(tab.id);
  else if (info.menuItemId === VIDEO) await tellFrame(tab, info.frameId ?? 0, {type: 'watch-video', url: info.srcUrl ?? ''});
  else if (info.srcUrl) await tellFrame(tab, info.frameId ?? 0, {type: 'check-picture', url: info.srcUrl});
}

/**
 * @param {number} tab
 * @returns {Promise<boolean>} False where the browser lets no extension in.
 */
export async function checkPage(tab) {
  const {url} = await chrome.tabs.get(tab);
  if (!url || !/^https?:/.test(url)) return false;
  await watchByHand(tab, {origin: new URL(url).origin, whole: true});
  try {
    await startIn(tab);
    await chrome.tabs.sendMessage(tab, {type: 'changed', what: 'sites'});
    return true;
  } catch {
    return false;
  }
}

/**
 * Has one frame of a page do what was asked of it alone.
 *
 * @param {chrome.tabs.Tab} tab
 * @param {number} frame
 * @param {{type: 'check-picture' | 'watch-video', url: string}} message
 */
async function tellFrame({id, url: page}, frame, message) {
  if (id === undefined || !page || !/^https?:/.test(page)) return;
  await watchByHand(id, {origin: new URL(page).origin, whole: false});
  await startIn(id);
  await chrome.tabs.sendMessage(id, message, {frameId: frame});
}
