/** What is shown, in which language, and what is remembered. */

import {saveSettings} from '../shared/settings.js';
import {element} from '../ui/elements.js';

/**
 * @param {import('../shared/settings.js').Settings} settings
 * @param {import('../shared/texts.js').Message} message
 */
export function showLook({show, leastSide, language}, message) {
  const showing = element('show', HTMLSelectElement);
  showing.value = show;
  showing.addEventListener('change', () => saveSettings({show: showing.value === 'suspicious' ? 'suspicious' : 'all'}));

  const least = element('least-side', HTMLInputElement);
  least.value = String(leastSide);
  least.addEventListener('change', () => {
    if (!least.reportValidity() || least.value === '') return;
    saveSettings({leastSide: least.valueAsNumber});
  });

  const languages = element('language', HTMLSelectElement);
  languages.value = language;
  languages.addEventListener('change', async () => {
    await saveSettings({language: /** @type {import('../shared/settings.js').Language} */ (languages.value)});
    location.reload();
  });

  element('clear', HTMLButtonElement).addEventListener('click', async () => {
    await chrome.runtime.sendMessage({type: 'clear'});
    element('cleared', HTMLElement).textContent = message('options_cleared');
  });
}
