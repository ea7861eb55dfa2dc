/** 'Check this page now': once, without switching its site on. */

import {checkNow} from '../shared/by-hand.js';
import {element} from './elements.js';

const button = element('page-check', HTMLButtonElement);
const state = element('site-state', HTMLElement);

/** @param {chrome.tabs.Tab | undefined} tab */
export function offerPageCheck(tab) {
  const {id, url} = tab ?? {};
  if (id === undefined || !url || !/^https?:/.test(url)) return;
  button.disabled = false;
  button.addEventListener('click', async () => {
    try {
      await checkNow({id, url});
      state.textContent = chrome.i18n.getMessage('page_checked');
    } catch {
      // Some pages, such as the browser's own shop, refuse every extension.
      state.textContent = chrome.i18n.getMessage('page_refused');
    }
  });
}
