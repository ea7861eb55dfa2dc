//# allFunctionsCalledOnLoad
/**
 * When a page may be added to. While its own scripts put it together, some of them take a stranger's
 * element for a mistake of theirs and build the whole page once more.
 *
 * It is what browsers call `document_idle`, for a content script that came earlier.
 */

/** After all that the page brings along has run. */
const LATEST_MS = 200;

/** @returns {Promise<void>} */
export async function composed() {
  if (document.readyState === 'complete') return;
  await new Promise((resolve) => {
    addEventListener('load', resolve, {once: true});
    setTimeout(resolve, LATEST_MS);
  });
}
