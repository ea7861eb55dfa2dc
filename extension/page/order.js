//# allFunctionsCalledOnLoad
/**
 * @param {Element} one
 * @param {Element} other
 * @returns {boolean} Whether one stands before the other in the page.
 */
export function isBefore(one, other) {
  return Boolean(one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);
}
