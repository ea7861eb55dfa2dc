/** The settings page. Each part has a module of its own; changes hold as soon as they are made. */

import {readSettings} from '../shared/settings.js';
import {loadTexts} from '../shared/texts.js';
import {writeTexts} from '../ui/write-texts.js';
import {showAutomatic} from './automatic.js';
import {showLook} from './look.js';
import {showService} from './service-form.js';

const settings = await readSettings();
const texts = await loadTexts(settings.language);
const {message} = texts;
writeTexts(texts);
showService(settings, message);
showAutomatic(settings, message);
showLook(settings, message);
