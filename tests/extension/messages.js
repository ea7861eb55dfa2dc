/** The English texts as Chromium would give them, for tests of modules that take `message`. */

import {readFileSync} from 'node:fs';

const TEXTS = new URL('../../extension/_locales/en/messages.json', import.meta.url);

/** @type {Record<string, {message: string, placeholders?: Record<string, {content: string}>}>} */
export const messages = JSON.parse(readFileSync(TEXTS, 'utf8'));

/**
 * @param {string} key
 * @param {string[]} [substitutions]
 */
export function message(key, substitutions = []) {
  const entry = messages[key];
  if (!entry) throw new Error(`There is no text for ${key}.`);
  return entry.message.replace(/\$(\w+)\$/g, (_, name) => {
    const {content} = entry.placeholders[name.toLowerCase()];
    return substitutions[Number(content.slice(1)) - 1];
  });
}
