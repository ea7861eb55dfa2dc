/**
 * The service's address and key, and whether it answers there: asked for real when the page opens
 * and whenever they are saved.
 */

import {hostPattern, isOnThisMachine, parseAddress} from '../shared/address.js';
import {saveService} from '../shared/settings.js';
import {element} from '../ui/elements.js';
import {showHealth, tellHealth} from '../ui/health.js';

/** @typedef {import('../shared/texts.js').Message} Message */

const address = element('service-address', HTMLInputElement);
const key = element('service-key', HTMLInputElement);

/**
 * @param {import('../shared/settings.js').Settings} settings
 * @param {Message} message
 */
export function showService(settings, message) {
  address.value = settings.service;
  key.value = settings.key;
  const hint = () => showHint(message);
  address.addEventListener('input', hint);
  key.addEventListener('input', hint);
  element('service-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    save(message);
  });
  hint();
  showHealth(message);
}

/** @param {Message} message */
async function save(message) {
  const parsed = parseAddress(address.value);
  address.setAttribute('aria-invalid', String('problem' in parsed));
  if ('problem' in parsed) return tellHealth('invalid', message(parsed.problem));
  // Not awaited before: browsers grant this only straight from a press.
  const granted = await chrome.permissions.request({origins: [hostPattern(parsed.address)]});
  if (!granted) return tellHealth('invalid', message('service_denied'));
  await saveService(parsed.address, key.value.trim());
  address.value = parsed.address;
  await showHealth(message);
}

/** @param {Message} message */
function showHint(message) {
  const parsed = parseAddress(address.value);
  const readable = key.value !== '' && 'address' in parsed
    && parsed.address.startsWith('http:') && !isOnThisMachine(parsed.address);
  element('key-hint', HTMLElement).textContent = message(readable ? 'options_key_insecure' : 'options_key_hint');
}
