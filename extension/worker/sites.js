/**
 * Runs `page/` on the sites that are switched on, and on no other.
 *
 * The choice and the browser's permission are two things: a site counts as on only with both, and
 * either may change at any time, so what is registered is always derived anew from both.
 */

import {hostPattern} from '../shared/address.js';
import {sitesOn} from '../shared/settings.js';

const SCRIPT = {
  id: 'page',
  js: ['page/start.js'],
  runAt: /** @type {const} */ ('document_idle'),
};

/** Registering twice at once fails, so one follows the other. */
let turn = Promise.resolve();

export function syncSites() {
  turn = turn.then(sync).catch((error) => console.error(error));
  return turn;
}

async function sync() {
  const granted = await chrome.permissions.contains({origins: ['<all_urls>']});
  const matches = granted ? [...new Set((await sitesOn()).map(hostPattern))] : [];
  await register(matches);
  if (matches.length > 0) await startInOpenTabs(matches);
}

/** @param {string[]} matches */
async function register(matches) {
  const registered = await chrome.scripting.getRegisteredContentScripts({ids: [SCRIPT.id]});
  const script = {...SCRIPT, matches};
  if (matches.length === 0) {
    if (registered.length > 0) await chrome.scripting.unregisterContentScripts({ids: [SCRIPT.id]});
  } else if (registered.length > 0) {
    await chrome.scripting.updateContentScripts([script]);
  } else {
    await chrome.scripting.registerContentScripts([script]);
  }
}

/**
 * Pages that were open before need no reload. A page that runs already ignores the second start;
 * some pages, such as the browser's own shop, refuse every extension.
 *
 * @param {string[]} matches
 */
async function startInOpenTabs(matches) {
  const tabs = await chrome.tabs.query({url: matches});
  const started = tabs.map(({id}) => {
    if (id === undefined) return undefined;
    return chrome.scripting.executeScript({target: {tabId: id}, files: SCRIPT.js});
  });
  await Promise.allSettled(started);
}
