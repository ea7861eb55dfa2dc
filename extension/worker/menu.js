/** 'Check this picture', where the browser offers what can be done with a picture. */

import {checkNow} from '../shared/by-hand.js';

const PICTURE = 'picture';

export function offerMenu() {
  chrome.contextMenus.removeAll(() => {
    chrome.contextMenus.create({
      id: PICTURE,
      title: chrome.i18n.getMessage('menu_picture'),
      contexts: ['image'],
      documentUrlPatterns: ['http://*/*', 'https://*/*'],
    });
  });
}

/**
 * @param {chrome.contextMenus.OnClickData} press
 * @param {chrome.tabs.Tab | undefined} tab
 */
export async function onMenu({menuItemId, srcUrl, frameId, frameUrl}, tab) {
  const url = frameUrl ?? tab?.url;
  if (menuItemId !== PICTURE || tab?.id === undefined || !url || !srcUrl) return;
  try {
    await checkNow({id: tab.id, url}, {frame: frameId ?? 0, picture: srcUrl});
  } catch (error) {
    // Some pages, such as the browser's own shop, refuse every extension.
    console.warn(error);
  }
}
