/** "Check this page": once, with no more permission than the press on the toolbar gave. */

import {element} from '../ui/elements.js';

const button = element('check-page', HTMLButtonElement);
const hint = element('check-page-hint', HTMLElement);

/**
 * @param {chrome.tabs.Tab | undefined} tab
 * @param {import('../shared/settings.js').Settings} settings
 * @param {import('../shared/texts.js').Message} message
 */
export function offerCheck(tab, {service}, message) {
  if (tab?.id === undefined || !/^https?:/.test(tab.url ?? '')) return;
  hint.textContent = message('check_page_hint', [service]);
  button.disabled = false;
  button.addEventListener('click', async () => {
    const started = await chrome.runtime.sendMessage({type: 'check-page', tab: tab.id});
    if (!started) hint.textContent = message('check_page_refused');
  });
}
