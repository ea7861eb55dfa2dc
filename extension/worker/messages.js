/**
 * Which messages the worker listens to, and what they must look like.
 *
 * Content scripts live in the process of the page, so what they send is checked like a stranger's.
 *
 * @typedef {{type: 'check', picture: import('../shared/outcomes.js').PictureSource}} CheckMessage
 * @typedef {{type: 'health'}} HealthMessage
 * @typedef {{type: 'connection'}} ConnectionMessage
 * @typedef {{type: 'report', verdict: string}} ReportMessage
 */

import {isVerdictId} from '../shared/outcomes.js';

/** @param {chrome.runtime.MessageSender} sender */
export function isOurs(sender) {
  return sender.id === chrome.runtime.id;
}

/**
 * @param {unknown} message
 * @returns {message is CheckMessage}
 */
export function isCheck(message) {
  return isObject(message) && message['type'] === 'check' && isSource(message['picture']);
}

/**
 * @param {unknown} message
 * @returns {message is HealthMessage}
 */
export function isHealth(message) {
  return isObject(message) && message['type'] === 'health';
}

/**
 * @param {unknown} message
 * @returns {message is ConnectionMessage}
 */
export function isConnection(message) {
  return isObject(message) && message['type'] === 'connection';
}

/**
 * @param {unknown} message
 * @returns {message is ReportMessage}
 */
export function isReport(message) {
  return isObject(message) && message['type'] === 'report' && isVerdictId(message['verdict']);
}

/** @param {unknown} picture */
function isSource(picture) {
  if (!isObject(picture)) return false;
  const {url, dataUrl, width, height} = picture;
  if (typeof url === 'string') return dataUrl === undefined && isWeb(url) && isLength(width) && isLength(height);
  return typeof dataUrl === 'string' && dataUrl.startsWith('data:');
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
