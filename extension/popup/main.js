/**
 * The popup: the site in the current tab, what was found on it, and where the service is.
 *
 * Each of the three has a module of its own; here they are given the texts and the tab.
 */

import {watchCounts} from './counts.js';
import {offerPageCheck} from './page-check.js';
import {showService} from './service-form.js';
import {showSite} from './site-switch.js';

for (const element of document.querySelectorAll('[data-message]')) {
  element.textContent = chrome.i18n.getMessage(element.getAttribute('data-message') ?? '');
}
for (const element of document.querySelectorAll('[data-label]')) {
  element.setAttribute('aria-label', chrome.i18n.getMessage(element.getAttribute('data-label') ?? ''));
}
document.documentElement.lang = chrome.i18n.getUILanguage();

const [tab] = await chrome.tabs.query({active: true, currentWindow: true});
showSite(tab?.url);
offerPageCheck(tab);
watchCounts(tab?.id);
showService();
