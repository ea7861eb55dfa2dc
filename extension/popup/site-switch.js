/**
 * On or off for the site in the current tab. What is sent and where stands beside the switch
 * before anybody presses it, and the browser asks once more.
 */

import {isSiteOn, onSettings, readService, switchSite} from '../shared/settings.js';
import {element} from './elements.js';

/** Pictures mostly lie on other hosts than their page, so the page's own host would not do. */
const PICTURES = {origins: ['<all_urls>']};

const control = element('site-switch', HTMLInputElement);
const state = element('site-state', HTMLElement);

/** @param {string | undefined} address Of the current tab; the browser hides those it protects. */
export async function showSite(address) {
  showDisclosure();
  onSettings({answers: showDisclosure});
  const origin = originOf(address);
  if (!origin) {
    state.textContent = chrome.i18n.getMessage('site_impossible');
    return;
  }
  element('site-origin', HTMLElement).textContent = new URL(origin).host;
  control.disabled = false;
  control.addEventListener('change', () => change(origin));
  show((await isSiteOn(origin)) && (await chrome.permissions.contains(PICTURES)));
}

/**
 * The browser closes the popup when it asks, so the choice is written down before: whoever
 * agrees finds the site on, and whoever refuses is asked again at the next press.
 *
 * @param {string} origin
 */
async function change(origin) {
  const on = control.checked;
  const chosen = switchSite(origin, on);
  // Not awaited before: browsers grant this only straight from a press.
  const granted = !on || (await chrome.permissions.request(PICTURES));
  await chosen;
  if (!granted) await switchSite(origin, false);
  show(on && granted);
  if (!granted) state.textContent = chrome.i18n.getMessage('site_denied');
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
