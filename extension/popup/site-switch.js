/**
 * On or off for the site in the current tab. What is sent and where stands beside the switch
 * before anybody presses it, and the browser asks once more.
 */

import {ALL_SITES, hasAccess} from '../shared/access.js';
import {
  clearPendingSite, isSiteOn, onSettings, readService, setPendingSite, switchSiteOn, switchSitesOff,
} from '../shared/settings.js';
import {element} from './elements.js';

const control = element('site-switch', HTMLInputElement);
const state = element('site-state', HTMLElement);

/** @param {string | undefined} address Of the current tab; the browser hides those it protects. */
export async function showSite(address) {
  showDisclosure();
  onSettings({service: showDisclosure});
  // A popup that is opened anew means that the last request was refused, or has been dealt with.
  await clearPendingSite();
  const origin = originOf(address);
  if (!origin) {
    state.textContent = chrome.i18n.getMessage('site_impossible');
    return;
  }
  element('site-origin', HTMLElement).textContent = new URL(origin).host;
  control.disabled = false;
  control.addEventListener('change', () => (control.checked ? switchOn(origin) : switchOff(origin)));
  show((await isSiteOn(origin)) && (await hasAccess()));
}

/**
 * The browser may close the popup when it asks. The site is then pending, and the worker switches
 * it on if access comes.
 *
 * @param {string} origin
 */
async function switchOn(origin) {
  const noted = setPendingSite(origin);
  // Not awaited before: browsers grant this only straight from a press.
  const granted = await chrome.permissions.request(ALL_SITES);
  await noted;
  await clearPendingSite();
  if (granted) await switchSiteOn(origin);
  show(granted);
  if (!granted) state.textContent = chrome.i18n.getMessage('site_denied');
}

/** @param {string} origin */
async function switchOff(origin) {
  await switchSitesOff([origin]);
  show(false);
}

/** @param {boolean} on */
function show(on) {
  control.checked = on;
  state.textContent = chrome.i18n.getMessage(on ? 'site_on' : 'site_off');
}

async function showDisclosure() {
  element('disclosure', HTMLElement).textContent = chrome.i18n.getMessage('disclosure', [await readService()]);
}

/** @param {string | undefined} address */
function originOf(address) {
  return address && /^https?:/.test(address) ? new URL(address).origin : null;
}
