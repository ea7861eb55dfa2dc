/**
 * The browser's permission to read pictures on all sites. Pictures mostly lie on other hosts than
 * their page, so the page's own host would not do.
 */

/** Firefox asks besides whether what a page shows may leave the browser; Chromium knows no such thing. */
const SENDING = chrome.runtime.getURL('').startsWith('moz-extension:') ? {data_collection: ['websiteContent']} : {};

/** @type {chrome.permissions.Permissions} */
export const ALL_SITES = {origins: ['<all_urls>'], ...SENDING};

/** @returns {Promise<boolean>} Whether it stands now; it may be withdrawn at any time. */
export function hasAccess() {
  return chrome.permissions.contains(ALL_SITES);
}
