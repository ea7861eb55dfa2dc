/**
 * What the person chose, and which model was last heard of. The only module that knows how these
 * are laid out in local storage.
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

/** @param {string} service */
export function saveService(service) {
  return chrome.storage.local.set({service});
}

/**
 * @param {string} origin
 * @returns {Promise<boolean>}
 */
export async function isSiteOn(origin) {
  const found = await chrome.storage.local.get(SITE + origin);
  return found[SITE + origin] === true;
}

/**
 * @param {string} origin
 * @param {boolean} on
 */
export function switchSite(origin, on) {
  const key = SITE + origin;
  return on ? chrome.storage.local.set({[key]: true}) : chrome.storage.local.remove(key);
}

/** @returns {Promise<string[]>} The origins that are switched on. */
export async function sitesOn() {
  const everything = await chrome.storage.local.get(null);
  return Object.keys(everything)
    .filter((key) => key.startsWith(SITE) && everything[key] === true)
    .map((key) => key.slice(SITE.length));
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
 * @param {{site?: () => void, answers?: () => void}} listener `site`: a site was switched.
 *   `answers`: the service moved or its model changed, so that what is shown no longer holds.
 * @param {string} [origin] Tell only of this site.
 */
export function onSettings(listener, origin) {
  chrome.storage.local.onChanged.addListener((changes) => {
    const keys = Object.keys(changes);
    if (keys.some((key) => (origin ? key === SITE + origin : key.startsWith(SITE)))) listener.site?.();
    if (changes['service'] || modelReplaced(changes['model'])) listener.answers?.();
  });
}

/** @param {chrome.storage.StorageChange | undefined} change */
function modelReplaced(change) {
  const before = /** @type {HeardModel | undefined} */ (change?.oldValue);
  const after = /** @type {HeardModel | undefined} */ (change?.newValue);
  return Boolean(before && after && before.service === after.service && before.id !== after.id);
}
