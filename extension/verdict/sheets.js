//# allFunctionsCalledOnLoad
/** Adds rules to a document or a shadow root. */

/**
 * @param {Document | ShadowRoot} root
 * @param {string} css
 */
export function addSheet(root, css) {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  } catch {
    // Firefox keeps content scripts from assigning this to what belongs to the page.
    const style = document.createElement('style');
    style.textContent = css;
    ('head' in root ? root.head : root).append(style);
  }
}
