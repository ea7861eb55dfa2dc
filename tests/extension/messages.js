/** The texts of the extension as it reads them itself, for tests of modules that take them. */

import {readFileSync} from 'node:fs';

import {messageOf} from '../../extension/shared/texts.js';
import {speechIn} from '../../extension/verdict/texts.js';

const read = (language) => JSON.parse(
  readFileSync(new URL(`../../extension/_locales/${language}/messages.json`, import.meta.url), 'utf8'),
);

/** @type {Record<string, Record<string, {message: string, placeholders?: Record<string, {content: string}>}>>} */
export const catalogues = {en: read('en'), ko: read('ko')};
export const english = {message: messageOf(catalogues.en), ...speechIn('en')};
export const korean = {message: messageOf(catalogues.ko), ...speechIn('ko')};
