/**
 * Runs `page/` on the sites that are switched on, and on no other.
 *
 * The choice and the browser's permission are two things: a site counts as on only with both, and
 * either may change at any time, so what is registered is always derived anew from both.
 */

import {hasAccess} from '../shared/access.js';
import {hostPattern} from '../shared/address.js';
import {
  clearPendingSite, isAsked, isSiteOn, readPendingSite, sitesOn, switchSiteOn, switchSitesOff,
} from '../shared/settings.js';

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

/**
 * @param {string} origin Of a page that wants something.
 * @param {number} [tab] That it is in.
 */
export async function isWatched(origin, tab) {
  return ((await isSiteOn(origin)) && (await hasAccess())) || isAsked(tab, origin);
}

/** The browser gave access: the site for which the person asked is on, and no other. */
export async function onAccess() {
  // It may be access to the address of a service and to nothing else.
  if (!(await hasAccess())) return;
  const origin = await readPendingSite();
  await clearPendingSite();
  if (origin) await switchSiteOn(origin);
  await syncSites();
}

async function sync() {
  // Read before access is: a site that is switched on meanwhile has just been given it.
  const sites = await sitesOn();
  if (await hasAccess()) {
    const matches = [...new Set(sites.map(hostPattern))];
    await register(matches);
    if (matches.length > 0) await startInOpenTabs(matches);
  } else {
    // Pages hear of this and stop. Access that comes back for another site must not revive them.
    await switchSitesOff(sites);
    await register([]);
  }
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
