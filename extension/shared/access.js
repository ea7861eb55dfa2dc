/**
 * The browser's permission to read pictures on all sites. Pictures mostly lie on other hosts than
 * their page, so the page's own host would not do.
 */

export const ALL_SITES = {origins: ['<all_urls>']};

/** @returns {Promise<boolean>} Whether it stands now; it may be withdrawn at any time. */
export function hasAccess() {
  return chrome.permissions.contains(ALL_SITES);
}
