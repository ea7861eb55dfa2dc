/**
 * The worker: the only part of the extension that talks to the service.
 *
 *     page/ ──check──▶ main ──▶ checks ──▶ originals (bytes of the picture)
 *     page/ ─report──▶   │         │  └──▶ service   (HTTP) ──▶ answers
 *     popup ─health──▶   │         │
 *                        │         └─────▶ verdicts  (what is already known)
 *     menu ──────────▶   ├──▶ sites (which pages run page/ whenever they are open)
 *                        └──▶ menu, by-hand (which run it now, because the person asks)
 *
 * Here events are wired to those modules and nothing is decided. The browser ends the worker when
 * it idles; listeners are therefore added at once, and nothing that matters lives in variables.
 */

import {createLimiter} from '../shared/limiter.js';
import {forgetAsked, heardModel, noteModel, onSettings, readKey, readService} from '../shared/settings.js';
import {Checks} from './checks.js';
import {offerMenu, onMenu} from './menu.js';
import {isCheck, isConnection, isHealth, isOurs, isReport} from './messages.js';
import {obtain} from './originals.js';
import {askAdmission, askHealth, askVerdict, sendReport} from './service.js';
import {isWatched, onAccess, syncSites} from './sites.js';
import {Verdicts} from './verdicts.js';

const CONCURRENT_CHECKS = 4;

const checks = new Checks({
  isWatched,
  obtain,
  askVerdict: async (service, original) => askVerdict(service, await readKey(service), original),
  heardModel,
  noteModel,
  verdicts: new Verdicts(chrome.storage.session),
  limit: createLimiter(CONCURRENT_CHECKS),
});

/**
 * @param {unknown} message
 * @param {string} page Origin of who sent it.
 * @param {number} [tab]
 * @returns {Promise<unknown> | null}
 */
function answer(message, page, tab) {
  if (isCheck(message)) {
    return readService().then((service) => checks.check({picture: message.picture, page, tab, service}));
  }
  if (isHealth(message)) return health();
  if (isConnection(message)) return connection();
  if (isReport(message)) return report(message.verdict, page, tab);
  return null;
}

/** What the popup shows of the service: whether it answers, and if so, whether it takes pictures. */
async function connection() {
  const state = await health();
  const service = await readService();
  return state === 'connected' ? await askAdmission(service, await readKey(service)) : state;
}

/** Whether the service answers; learns on the way whether the model is still the same. */
async function health() {
  const service = await readService();
  const report = await askHealth(service);
  if (report.model && report.model !== (await heardModel(service))) await noteModel(service, report.model);
  return report.health;
}

/**
 * @param {string} verdict
 * @param {string} page
 * @param {number} [tab]
 */
async function report(verdict, page, tab) {
  const service = await readService();
  return (await isWatched(page, tab)) && sendReport(service, await readKey(service), verdict);
}

chrome.runtime.onMessage.addListener((message, sender, reply) => {
  const answered = isOurs(sender) ? answer(message, sender.origin ?? '', sender.tab?.id) : null;
  if (!answered) return false;
  answered.then(reply, (error) => {
    console.error(error);
    reply(null);
  });
  return true;
});

chrome.runtime.onInstalled.addListener(syncSites);
chrome.runtime.onInstalled.addListener(offerMenu);
chrome.contextMenus.onClicked.addListener(onMenu);
chrome.tabs.onRemoved.addListener(forgetAsked);
chrome.runtime.onStartup.addListener(syncSites);
chrome.permissions.onAdded.addListener(onAccess);
chrome.permissions.onRemoved.addListener(syncSites);
onSettings({site: syncSites});
