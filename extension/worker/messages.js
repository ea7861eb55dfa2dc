/**
 * Which messages the worker listens to, and what they must look like.
 *
 * Content scripts live in the process of the page, so what they send is checked like a stranger's.
 *
 * @typedef {import('../shared/outcomes.js').PictureSource} PictureSource
 *
 * @typedef {{ask: number, picture: PictureSource, fresh?: boolean, reloaded?: boolean}} Ask Judge this.
 * @typedef {{asks: unknown[]}} Asks Over a port.
 * @typedef {{read: number, dataUrl: string | null}} Read Over a port: the bytes that were asked for.
 *
 * @typedef {{type: 'report', verdict: string, expected: import('../shared/outcomes.js').Label | null, note: string}} Report
 * @typedef {{type: 'explain', verdict: string}} Explain
 * @typedef {{type: 'check-page', tab: number}} CheckPage
 */

import {isLabel, isVerdictId} from '../shared/outcomes.js';

const MOST_NOTE = 1000;

/** @param {chrome.runtime.MessageSender | undefined} sender */
export function isOurs(sender) {
  return sender?.id === chrome.runtime.id;
}

/**
 * @param {chrome.runtime.MessageSender} sender
 * @returns {boolean} Whether a page of the extension itself sent it.
 */
export function isOurPage(sender) {
  return sender.url?.startsWith(chrome.runtime.getURL('')) === true;
}

/**
 * @param {unknown} message
 * @returns {message is Asks}
 */
export function isAsks(message) {
  return isObject(message) && Array.isArray(message['asks']);
}

/**
 * @param {unknown} message
 * @returns {message is Ask}
 */
export function isAsk(message) {
  return isObject(message) && typeof message['ask'] === 'number' && isSource(message['picture']);
}

/**
 * @param {unknown} message
 * @returns {message is Read}
 */
export function isRead(message) {
  if (!isObject(message) || typeof message['read'] !== 'number') return false;
  return message['dataUrl'] === null || isDataUrl(message['dataUrl']);
}

/**
 * @param {unknown} message
 * @param {string} type
 * @returns {boolean}
 */
export function isPlain(message, type) {
  return isObject(message) && message['type'] === type;
}

/**
 * @param {unknown} message
 * @returns {message is Report}
 */
export function isReport(message) {
  if (!isObject(message) || message['type'] !== 'report') return false;
  const {verdict, expected, note} = message;
  const fits = typeof note === 'string' && note.length <= MOST_NOTE;
  return isVerdictId(verdict) && (expected === null || isLabel(expected)) && fits;
}

/**
 * @param {unknown} message
 * @returns {message is Explain}
 */
export function isExplain(message) {
  return isObject(message) && message['type'] === 'explain' && isVerdictId(message['verdict']);
}

/**
 * @param {unknown} message
 * @returns {message is CheckPage}
 */
export function isCheckPage(message) {
  return isObject(message) && message['type'] === 'check-page' && Number.isInteger(message['tab']);
}

/** @param {unknown} picture */
function isSource(picture) {
  if (!isObject(picture)) return false;
  const {url, dataUrl, width, height} = picture;
  if (typeof url === 'string') return dataUrl === undefined && isWeb(url) && isLength(width) && isLength(height);
  return isDataUrl(dataUrl);
}

/** @param {unknown} text */
function isDataUrl(text) {
  return typeof text === 'string' && text.startsWith('data:');
}

/** @param {string} url */
function isWeb(url) {
  return /^https?:\/\//i.test(url) && URL.canParse(url);
}

/** @param {unknown} value */
function isLength(value) {
  return typeof value === 'number' && value >= 0;
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isObject(value) {
  return typeof value === 'object' && value !== null;
}
