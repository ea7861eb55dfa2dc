/**
 * What the person chose, and which model was last heard of. The only module that knows how these
 * are laid out in storage.
 *
 * One key a site, so that two windows that switch two sites cannot overwrite each other.
 */

import {DEFAULT_SERVICE} from './address.js';

const SITE = 'site:';

/** @typedef {{service: string, id: string}} HeardModel */

/** @returns {Promise<string>} */
export async function readService() {
  const {service} = await chrome.storage.local.get({service: DEFAULT_SERVICE});
  return String(service);
}

/**
 * @param {string} service
 * @param {string} key Empty for none. It is this service's, and no other is ever sent it.
 */
export function saveService(service, key) {
  return chrome.storage.local.set({service, key: {service, key}});
}

/**
 * @param {string} service
 * @returns {Promise<string>} The key for this very address; empty where there is none.
 */
export async function readKey(service) {
  const {key} = /** @type {{key?: {service: string, key: string}}} */ (await chrome.storage.local.get('key'));
  return key?.service === service ? key.key : '';
}

/**
 * @param {string} origin
 * @returns {Promise<boolean>}
 */
export async function isSiteOn(origin) {
  const found = await chrome.storage.local.get(SITE + origin);
  return found[SITE + origin] === true;
}

/** @param {string} origin */
export function switchSiteOn(origin) {
  return chrome.storage.local.set({[SITE + origin]: true});
}

/** @param {string[]} origins */
export function switchSitesOff(origins) {
  return chrome.storage.local.remove(origins.map((origin) => SITE + origin));
}

/** @returns {Promise<string[]>} The origins that are switched on. */
export async function sitesOn() {
  const everything = await chrome.storage.local.get(null);
  return Object.keys(everything)
    .filter((key) => key.startsWith(SITE) && everything[key] === true)
    .map((key) => key.slice(SITE.length));
}

/**
 * The one site that is to be on if the browser gives access. Not kept beyond the session.
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
 * The person asked for pictures of this tab by hand.
 *
 * @param {number} tab
 * @param {string} origin Of the page, or of the frame, that shows them.
 */
export function noteAsked(tab, origin) {
  return chrome.storage.session.set({[`asked:${tab}:${origin}`]: true});
}

/**
 * @param {number | undefined} tab
 * @param {string} origin
 * @returns {Promise<boolean>}
 */
export async function isAsked(tab, origin) {
  const key = `asked:${tab}:${origin}`;
  return tab !== undefined && (await chrome.storage.session.get(key))[key] === true;
}

/** @param {number} tab That was closed. */
export async function forgetAsked(tab) {
  const keys = Object.keys(await chrome.storage.session.get(null));
  await chrome.storage.session.remove(keys.filter((key) => key.startsWith(`asked:${tab}:`)));
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
 * @param {{site?: () => void, service?: () => void, model?: () => void}} listener `site`: a site
 *   was switched. `service`: it has another address or key. `model`: the same service answers with
 *   another one.
 * @param {string} [origin] Tell only of this site.
 */
export function onSettings(listener, origin) {
  chrome.storage.local.onChanged.addListener((changes) => {
    const keys = Object.keys(changes);
    if (keys.some((key) => (origin ? key === SITE + origin : key.startsWith(SITE)))) listener.site?.();
    if (changes['service'] || changes['key']) listener.service?.();
    if (modelReplaced(changes['model'])) listener.model?.();
  });
}

/** @param {chrome.storage.StorageChange | undefined} change */
function modelReplaced(change) {
  const before = /** @type {HeardModel | undefined} */ (change?.oldValue);
  const after = /** @type {HeardModel | undefined} */ (change?.newValue);
  return Boolean(before && after && before.service === after.service && before.id !== after.id);
}
