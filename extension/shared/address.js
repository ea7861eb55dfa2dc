/**
 * The address of the service: what a person may type, and the one form in which it is kept.
 *
 * Pure; nothing is asked of the network here.
 */

export const DEFAULT_SERVICE = 'http://127.0.0.1:8000';

/** @typedef {'address_unreadable' | 'address_scheme' | 'address_credentials' | 'address_extra'} AddressProblem */

/**
 * @param {string} text
 * @returns {{address: string} | {problem: AddressProblem}} The address without a slash at its end,
 *   or the key of the message that says what is wrong with it.
 */
export function parseAddress(text) {
  const url = readUrl(text.trim());
  if (!url) return {problem: 'address_unreadable'};
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return {problem: 'address_scheme'};
  if (url.username || url.password) return {problem: 'address_credentials'};
  if (url.search || url.hash) return {problem: 'address_extra'};
  return {address: url.origin + url.pathname.replace(/\/+$/, '')};
}

/**
 * People leave the scheme out: `localhost:8000` would otherwise read as the scheme "localhost".
 *
 * @param {string} text
 */
function readUrl(text) {
  const candidate = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  return text && !/\s/.test(text) && URL.canParse(candidate) ? new URL(candidate) : null;
}

/**
 * The match pattern that covers an origin. Firefox knows no ports in patterns, and Chromium reads
 * a pattern without one as every port, so ports are left out.
 *
 * @param {string} address
 */
export function hostPattern(address) {
  const {protocol, hostname} = new URL(address);
  return `${protocol}//${hostname}/*`;
}

/** @param {string} address */
export function isOnThisMachine(address) {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(address).hostname);
}
