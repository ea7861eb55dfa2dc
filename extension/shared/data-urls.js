//# allFunctionsCalledOnLoad
/**
 * Bytes as text and back: messages between a page and the worker are JSON.
 */

/**
 * A FileReader and not `arrayBuffer()`, which Firefox denies to a content script for a blob of
 * the page.
 *
 * @param {Blob} blob
 * @returns {Promise<string>} A data: URL.
 */
export function asDataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(/** @type {string} */ (reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/**
 * Decoded here and not fetched: what a page may connect to is the page's to say.
 *
 * @param {string} dataUrl As `asDataUrl` makes it.
 * @param {string} type Of the content.
 * @returns {Blob}
 */
export function asBlob(dataUrl, type) {
  const text = atob(dataUrl.slice(dataUrl.indexOf(',') + 1));
  return new Blob([Uint8Array.from(text, (character) => character.charCodeAt(0))], {type});
}
