/**
 * Puts the texts of the person's language where a page of the extension names them.
 *
 * @param {import('../shared/texts.js').Texts} texts
 */
export function writeTexts({message, locale}) {
  for (const element of document.querySelectorAll('[data-message]')) {
    element.textContent = message(element.getAttribute('data-message') ?? '');
  }
  for (const element of document.querySelectorAll('[data-label]')) {
    element.setAttribute('aria-label', message(element.getAttribute('data-label') ?? ''));
  }
  document.documentElement.lang = locale;
}
