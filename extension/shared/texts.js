//# allFunctionsCalledOnLoad
/**
 * The texts of the extension in the person's language, and numbers and times as it writes them.
 *
 * The browser's own `i18n` follows the browser alone; here the language may also be chosen. Both
 * read the same files.
 *
 * @typedef {Record<string, {message: string, placeholders?: Record<string, {content: string}>}>} Catalogue
 * @typedef {(key: string, substitutions?: string[]) => string} Message
 *
 * @typedef {import('../verdict/texts.js').Speech & {message: Message}} Texts What the extension says
 *   itself (`message`), and what is said of a verdict (`say`).
 * @typedef {{language: Language, ui: string, catalogue: Catalogue}} Spoken The same as data. `ui`: BCP 47,
 *   of the browser.
 */

import {LANGUAGES, speechIn} from '../verdict/texts.js';

/** @typedef {import('../verdict/texts.js').Language} Language */

const FALLBACK = 'en';

/**
 * @param {import('./settings.js').Language} choice
 * @returns {Promise<Texts>}
 */
export async function loadTexts(choice) {
  return textsOf(await readSpoken(choice));
}

/**
 * @param {import('./settings.js').Language} choice
 * @returns {Promise<Spoken>}
 */
export async function readSpoken(choice) {
  const ui = chrome.i18n.getUILanguage();
  const language = languageOf(choice, ui);
  const response = await fetch(chrome.runtime.getURL(`_locales/${language}/messages.json`));
  return {language, ui, catalogue: await response.json()};
}

/**
 * @param {Spoken} spoken
 * @returns {Texts}
 */
export function textsOf({language, ui, catalogue}) {
  // Of a browser in British English, British dates; else those of the language that is read.
  return {message: messageOf(catalogue), ...speechIn(language, ui.startsWith(language) ? ui : language)};
}

/**
 * @param {import('./settings.js').Language} choice
 * @param {string} ui BCP 47, of the browser.
 * @returns {Language}
 */
export function languageOf(choice, ui) {
  const wanted = choice === 'auto' ? ui.split('-')[0] : choice;
  return LANGUAGES.find((language) => language === wanted) ?? FALLBACK;
}

/**
 * @param {Catalogue} catalogue
 * @returns {Message}
 */
export function messageOf(catalogue) {
  return (key, substitutions = []) => {
    const entry = catalogue[key];
    if (!entry) throw new Error(`There is no text for ${key}.`);
    return entry.message.replace(/\$(\w+)\$/g, (_, name) => {
      const content = entry.placeholders?.[name.toLowerCase()]?.content ?? '';
      return substitutions[Number(content.slice(1)) - 1] ?? '';
    });
  };
}
