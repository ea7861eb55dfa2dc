/**
 * The service's address and key, and whether it answers there and takes pictures: asked for real
 * when the popup opens and whenever either is saved.
 */

import {hostPattern, parseAddress} from '../shared/address.js';
import {readKey, readService, saveService} from '../shared/settings.js';
import {element} from './elements.js';

const field = element('service-address', HTMLInputElement);
const key = element('service-key', HTMLInputElement);
const state = element('service-state', HTMLElement);

export async function showService() {
  element('service-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    save();
  });
  field.value = await readService();
  key.value = await readKey(field.value);
  await showHealth();
}

async function save() {
  const parsed = parseAddress(field.value);
  if ('problem' in parsed) return show('invalid', parsed.problem);
  // Not awaited before: browsers grant this only straight from a press.
  const granted = await chrome.permissions.request({origins: [hostPattern(parsed.address)]});
  if (!granted) return show('invalid', 'service_denied');
  await saveService(parsed.address, key.value.trim());
  field.value = parsed.address;
  await showHealth();
}

async function showHealth() {
  show('asking', 'service_asking');
  const connection = await chrome.runtime.sendMessage({type: 'connection'});
  show(connection, `service_${connection.replaceAll('-', '_')}`);
}

/**
 * @param {string} health
 * @param {string} key
 */
function show(health, key) {
  field.setAttribute('aria-invalid', String(health === 'invalid'));
  state.dataset['health'] = health;
  state.textContent = chrome.i18n.getMessage(key);
}
