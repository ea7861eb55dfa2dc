/** Whether the service answers: asked for real, and said in a sentence that tells the way out. */

import {element} from './elements.js';

const state = element('service-state', HTMLElement);

/** @param {import('../shared/texts.js').Message} message */
export async function showHealth(message) {
  tellHealth('asking', message('service_asking'));
  const health = (await chrome.runtime.sendMessage({type: 'connection'})) ?? 'unreachable';
  tellHealth(health, message(`service_${health.replaceAll('-', '_')}`));
}

/**
 * @param {string} health
 * @param {string} sentence
 */
export function tellHealth(health, sentence) {
  state.dataset['health'] = health;
  state.textContent = sentence;
}
