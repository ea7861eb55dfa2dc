/**
 * Messages to the worker.
 *
 * The worker may be ended by the browser in the middle of an answer; a lost answer reads as null
 * and is the caller's to repeat. When the extension itself was updated or removed, this script has
 * lost its worker for good, and `Orphaned` is thrown so that the page can be tidied.
 */

/** @typedef {{type: 'check', picture: import('../shared/outcomes.js').PictureSource} | {type: 'health'} | {type: 'report', verdict: string}} Message */

export class Orphaned extends Error {}

/**
 * @param {Message} message
 * @returns {Promise<any>}
 */
export async function tellWorker(message) {
  try {
    return (await chrome.runtime.sendMessage(message)) ?? null;
  } catch {
    if (!chrome.runtime?.id) throw new Orphaned();
    return null;
  }
}
