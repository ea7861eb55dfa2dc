/** What is checked without being asked for: everywhere or not, and the sites that differ. */

import {ALL_SITES, hasAccess} from '../shared/access.js';
import {parseAddress} from '../shared/address.js';
import {
  clearPendingSite, forgetSites, onSettings, readSettings, saveSettings, setPendingSite, switchedSites, switchSite,
} from '../shared/settings.js';
import {element} from '../ui/elements.js';

/** @typedef {import('../shared/texts.js').Message} Message */

const everywhere = element('everywhere', HTMLInputElement);
const privateWindows = element('private-windows', HTMLInputElement);
const address = element('site-address', HTMLInputElement);
const siteState = element('site-state', HTMLElement);

/**
 * @param {import('../shared/settings.js').Settings} settings
 * @param {Message} message
 */
export function showAutomatic(settings, message) {
  element('disclosure', HTMLElement).textContent = message('disclosure', [settings.service]);
  privateWindows.checked = settings.privateWindows;
  privateWindows.addEventListener('change', () => saveSettings({privateWindows: privateWindows.checked}));
  everywhere.addEventListener('change', () => switchEverywhere(message));
  element('site-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    const {submitter} = /** @type {SubmitEvent} */ (event);
    addSite(submitter?.getAttribute('value') === 'on', message);
  });
  onSettings({sites: () => showSites(message)});
  showSites(message);
}

/** @param {Message} message */
async function switchEverywhere(message) {
  const on = everywhere.checked;
  const granted = !on || (await requestAccess(''));
  await saveSettings({everywhere: on && granted});
  everywhere.checked = on && granted;
  element('everywhere-state', HTMLElement).textContent = granted ? '' : message('site_denied');
}

/**
 * @param {boolean} on
 * @param {Message} message
 */
async function addSite(on, message) {
  const parsed = parseAddress(address.value.includes('://') ? address.value : `https://${address.value}`);
  address.setAttribute('aria-invalid', String('problem' in parsed));
  if ('problem' in parsed) {
    siteState.textContent = message(parsed.problem);
    return;
  }
  const {origin} = new URL(parsed.address);
  const granted = !on || (await requestAccess(origin));
  siteState.textContent = granted ? '' : message('site_denied');
  if (!granted) return;
  await switchSite(origin, on);
  address.value = '';
}

/** @param {string} site That waits for it; empty for all. */
async function requestAccess(site) {
  const noted = setPendingSite(site);
  // Not awaited before: browsers grant this only straight from a press.
  const granted = await chrome.permissions.request(ALL_SITES);
  await noted;
  await clearPendingSite();
  return granted;
}

/** @param {Message} message */
async function showSites(message) {
  const [settings, access, sites] = await Promise.all([readSettings(), hasAccess(), switchedSites()]);
  everywhere.checked = settings.everywhere && access;
  write('sites-on', sites.on, message);
  write('sites-off', sites.off, message);
}

/**
 * @param {string} id
 * @param {string[]} origins
 * @param {Message} message
 */
function write(id, origins, message) {
  const items = origins.map((origin) => {
    const item = document.createElement('li');
    const remove = document.createElement('button');
    remove.type = 'button';
    remove.className = 'remove';
    remove.setAttribute('aria-label', message('options_remove', [origin]));
    remove.textContent = '×';
    remove.addEventListener('click', () => forgetSites([origin]));
    item.append(origin, remove);
    return item;
  });
  const none = document.createElement('li');
  none.className = 'quiet';
  none.textContent = message('options_none');
  element(id, HTMLElement).replaceChildren(...(items.length > 0 ? items : [none]));
}
