/**
 * On or off for the site in the current tab. What is sent and where stands beside the switch
 * before anybody presses it, and the browser asks once more.
 */

import {ALL_SITES, hasAccess} from '../shared/access.js';
import {clearPendingSite, isSiteOn, setPendingSite, switchSite} from '../shared/settings.js';
import {element} from '../ui/elements.js';

/** @typedef {import('../shared/texts.js').Message} Message */

const control = element('site-switch', HTMLInputElement);
const state = element('site-state', HTMLElement);

/**
 * @param {chrome.tabs.Tab | undefined} tab The browser hides the address of pages it protects.
 * @param {import('../shared/settings.js').Settings} settings
 * @param {Message} message
 */
export async function showSite(tab, {service, privateWindows}, message) {
  element('disclosure', HTMLElement).textContent = message('disclosure', [service]);
  // A popup that is opened anew means that the last request was refused, or has been dealt with.
  await clearPendingSite();
  const origin = originOf(tab?.url);
  if (!origin) {
    state.textContent = message('site_impossible');
    return;
  }
  element('site-origin', HTMLElement).textContent = new URL(origin).host;
  if (tab?.incognito && !privateWindows) {
    state.textContent = message('site_private');
    return;
  }
  control.disabled = false;
  control.addEventListener('change', () => (control.checked ? switchOn(origin, message) : switchOff(origin, message)));
  show((await isSiteOn(origin)) && (await hasAccess()), message);
}

/**
 * The browser may close the popup when it asks. The site is then pending, and the worker switches
 * it on if access comes.
 *
 * @param {string} origin
 * @param {Message} message
 */
async function switchOn(origin, message) {
  const noted = setPendingSite(origin);
  // Not awaited before: browsers grant this only straight from a press.
  const granted = await chrome.permissions.request(ALL_SITES);
  await noted;
  await clearPendingSite();
  if (granted) await switchSite(origin, true);
  show(granted, message);
  if (!granted) state.textContent = message('site_denied');
}

/**
 * @param {string} origin
 * @param {Message} message
 */
async function switchOff(origin, message) {
  await switchSite(origin, false);
  show(false, message);
}

/**
 * @param {boolean} on
 * @param {Message} message
 */
function show(on, message) {
  control.checked = on;
  // Said before it is switched on; after that there are the pictures to look at.
  element('disclosure', HTMLElement).hidden = on;
  state.textContent = message(on ? 'site_on' : 'site_off');
}

/** @param {string | undefined} address */
function originOf(address) {
  return address && /^https?:/.test(address) ? new URL(address).origin : null;
}
