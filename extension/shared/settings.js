/**
 * What the person chose, and which model was last heard of. The only module that knows how these
 * are laid out in storage.
 *
 * One key a site, so that two windows that switch two sites cannot overwrite each other. Pages
 * cannot read any of it, since the key of the service is among it; they are told what they need.
 *
 * @typedef {'all' | 'suspicious'} Show Which verdicts get a badge.
 * @typedef {'auto' | 'en' | 'ko'} Language
 *
 * @typedef {object} Settings
 * @property {string} service Address of the service.
 * @property {string} key That the service wants to see; empty where it wants none.
 * @property {boolean} everywhere Whether a site is on that was never switched.
 * @property {boolean} privateWindows Whether sites may be on in private windows too.
 * @property {Show} show
 * @property {number} leastSide Pictures shown smaller than this get no badge. CSS pixels.
 * @property {Language} language
 *
 * @typedef {{service: string, id: string}} HeardModel
 */

import {DEFAULT_SERVICE} from './address.js';

const SITE = 'site:';

/** @type {Omit<Settings, 'key'>} */
const DEFAULTS = {
  service: DEFAULT_SERVICE,
  everywhere: false,
  privateWindows: false,
  show: 'all',
  leastSide: 64,
  language: 'auto',
};

/** @returns {Promise<Settings>} */
export async function readSettings() {
  const {keyed, ...settings} = /** @type {Settings & {keyed: {service: string, key: string} | null}} */ (
    await chrome.storage.local.get({...DEFAULTS, keyed: null})
  );
  return {...settings, key: keyed?.service === settings.service ? keyed.key : ''};
}

/**
 * @param {string} service
 * @param {string} key Empty for none. It is this service's, and no other is ever sent it.
 */
export function saveService(service, key) {
  return chrome.storage.local.set({service, keyed: {service, key}});
}

/** @param {Partial<Omit<Settings, 'service' | 'key'>>} changes */
export function saveSettings(changes) {
  return chrome.storage.local.set(changes);
}

/** Where the browser can, storage is closed to the process of a page. */
export async function closeToPages() {
  await chrome.storage.local.setAccessLevel?.({accessLevel: 'TRUSTED_CONTEXTS'});
}

/**
 * @param {string} origin
 * @returns {Promise<boolean>}
 */
export async function isSiteOn(origin) {
  const found = await chrome.storage.local.get({everywhere: DEFAULTS.everywhere, [SITE + origin]: null});
  return found[SITE + origin] === null ? found['everywhere'] === true : found[SITE + origin] === true;
}

/**
 * @param {string} origin
 * @param {boolean} on False also takes it out of "everywhere".
 */
export function switchSite(origin, on) {
  return chrome.storage.local.set({[SITE + origin]: on});
}

/** @param {string[]} origins That from now on are like any other. */
export function forgetSites(origins) {
  return chrome.storage.local.remove(origins.map((origin) => SITE + origin));
}

/** @returns {Promise<{on: string[], off: string[]}>} The origins that were switched. */
export async function switchedSites() {
  const sites = Object.entries(await chrome.storage.local.get(null)).filter(([key]) => key.startsWith(SITE));
  const those = (/** @type {boolean} */ on) => sites
    .filter(([, value]) => value === on)
    .map(([key]) => key.slice(SITE.length))
    .sort();
  return {on: those(true), off: those(false)};
}

/**
 * The one site that is to be on if the browser gives access; the empty text stands for all. Not
 * kept beyond the session.
 *
 * @param {string} origin
 */
export function setPendingSite(origin) {
  return chrome.storage.session.set({pending: origin});
}

export function clearPendingSite() {
  return chrome.storage.session.remove('pending');
}

/** @returns {Promise<string | null>} */
export async function readPendingSite() {
  const {pending} = await chrome.storage.session.get('pending');
  return typeof pending === 'string' ? pending : null;
}

/**
 * @param {string} service
 * @returns {Promise<string | null>} Id of the model that this service last answered with.
 */
export async function heardModel(service) {
  const {model} = /** @type {{model?: HeardModel}} */ (await chrome.storage.local.get('model'));
  return model?.service === service ? model.id : null;
}

/**
 * @param {string} service
 * @param {string} id
 */
export function noteModel(service, id) {
  return chrome.storage.local.set({model: {service, id}});
}

/**
 * @param {{sites?: () => void, service?: () => void, model?: () => void, look?: () => void}} listener
 *   `sites`: what is on has changed. `service`: its address or the key. `model`: the same service
 *   answers with another one. `look`: what is shown, and in which language.
 */
export function onSettings(listener) {
  chrome.storage.local.onChanged.addListener((changes) => {
    const changed = (/** @type {(key: string) => boolean} */ of) => Object.keys(changes).some(of);
    if (changed((key) => key.startsWith(SITE) || key === 'everywhere' || key === 'privateWindows')) listener.sites?.();
    if (changes['service'] || changes['keyed']) listener.service?.();
    if (changed((key) => ['show', 'leastSide', 'language'].includes(key))) listener.look?.();
    if (modelReplaced(changes['model'])) listener.model?.();
  });
}

/** @param {chrome.storage.StorageChange | undefined} change */
function modelReplaced(change) {
  const before = /** @type {HeardModel | undefined} */ (change?.oldValue);
  const after = /** @type {HeardModel | undefined} */ (change?.newValue);
  return Boolean(before && after && before.service === after.service && before.id !== after.id);
}
