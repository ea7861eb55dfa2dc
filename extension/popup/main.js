/**
 * The popup: what can be done with the page in the current tab, what was found on it, and whether
 * the service is there. Each has a module of its own.
 */

import {readSettings} from '../shared/settings.js';
import {loadTexts} from '../shared/texts.js';
import {element} from '../ui/elements.js';
import {showHealth} from '../ui/health.js';
import {writeTexts} from '../ui/write-texts.js';
import {watchFindings} from './findings.js';
import {offerCheck} from './page-check.js';
import {showSite} from './site-switch.js';

const settings = await readSettings();
const texts = await loadTexts(settings.language);
writeTexts(texts);
element('open-options', HTMLButtonElement).addEventListener('click', () => chrome.runtime.openOptionsPage());

const [tab] = await chrome.tabs.query({active: true, currentWindow: true});
showSite(tab, settings, texts.message);
offerCheck(tab, settings, texts.message);
watchFindings(tab?.id, texts);
showHealth(texts.message);
