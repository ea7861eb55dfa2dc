/**
 * The worker: the only part of the extension that talks to the service.
 *
 *     page/ ═══asks═══▶ conversation ──▶ checks ──▶ originals (bytes of the picture)
 *     page/ ──hello──▶   │                │  └────▶ batches ──▶ service (HTTP) ──▶ answers
 *     popup, options ─▶ main              └──────▶ verdicts  (what is already known)
 *     menu, shortcut ─▶  ├──▶ by-hand  (what was asked for once)
 *     page/ ══frames══▶  ├──▶ live     (a video as it plays) ──▶ service
 *                        ├──▶ sites    (which pages run page/)
 *                        └──▶ toolbar  (the number on the button)
 *
 * Here events are wired to those modules and nothing is decided. The browser ends the worker when
 * it idles; listeners are therefore added at once, and nothing that matters lives in variables.
 */

import {asDataUrl} from '../shared/data-urls.js';
import {createLimiter} from '../shared/limiter.js';
import {closeToPages, heardModel, noteModel, onSettings, readSettings} from '../shared/settings.js';
import {readSpoken} from '../shared/texts.js';
import {Batches} from './batches.js';
import {checkPage, onMenu, writeMenu} from './by-hand.js';
import {Checks} from './checks.js';
import {converse} from './conversation.js';
import {createKeeper} from './keeping.js';
import {accompany} from './live.js';
import {isCheckPage, isExplain, isOurPage, isOurs, isPlain, isReport} from './messages.js';
import {download, readByPage} from './originals.js';
import {askAdmission, askAnew, askExplanation, askGlance, askHealth, askVerdicts, sendReport} from './service.js';
import {decideAnew, forgetHand, onAccess, startFrames, syncSites, watchedOf} from './sites.js';
import {forgetState, showState} from './toolbar.js';
import {Verdicts} from './verdicts.js';
import {wakefully} from './wakefulness.js';

const CONCURRENT_DOWNLOADS = 6;

/** No batch is forgotten, so pictures of private windows go one by one, no more at once than batches do. */
const CONCURRENT_GLANCES = 2;

/** The service and the key that it wants to see. */
const service = createKeeper(async () => {
  const {service: address, key} = await readSettings();
  return {address, key};
});
const model = createKeeper(heardModel);
/** By language: pages cannot read the files themselves. */
const spoken = createKeeper((language) => readSpoken(/** @type {import('../shared/settings.js').Language} */ (language)));

function readAnew() {
  service.forget();
  model.forget();
  decideAnew();
}

const verdicts = new Verdicts(chrome.storage.session);
const batches = new Batches(askVerdicts);
const inPassing = createLimiter(CONCURRENT_GLANCES);
const checks = new Checks({
  download,
  readByPage,
  ask: (service, original, signal) => batches.ask(service, original, signal),
  askAnew,
  askInPassing: (...question) => inPassing(() => askGlance(...question)),
  heardModel: (address) => model.get(address),
  noteModel: hearModel,
  verdicts,
  isThere: async (service) => (await healthOf(service)) !== 'unreachable',
  limit: createLimiter(CONCURRENT_DOWNLOADS),
});

/**
 * An answer may come when another service has been chosen since; of that one it says nothing.
 *
 * @param {string} address
 * @param {string} id
 */
async function hearModel(address, id) {
  if ((await service.get()).address !== address) return;
  await noteModel(address, id);
  model.forget();
}

/** Whether the service answers, and if so, whether it takes pictures from here. */
async function connection() {
  const state = await health();
  return state === 'connected' ? askAdmission(await service.get()) : state;
}

async function health() {
  return healthOf(await service.get());
}

/**
 * Whether a service answers; learns on the way whether the model is still the same.
 *
 * @param {import('./service.js').Service} asked
 */
async function healthOf(asked) {
  const report = await askHealth(asked);
  if (report.health !== 'unreachable') checks.isBack(asked);
  if (report.model && report.model !== (await model.get(asked.address))) await hearModel(asked.address, report.model);
  return report.health;
}

/**
 * What a page is told when it starts, and whenever it is told that something changed.
 *
 * @param {chrome.runtime.MessageSender} sender
 */
async function guidance(sender) {
  const {show, leastSide, language} = await readSettings();
  const watched = await watchedOf(sender);
  return {watched, show, leastSide, ...(watched !== 'nothing' && {spoken: await spoken.get(language)})};
}

/**
 * @param {import('./messages.js').Report} report
 * @param {chrome.runtime.MessageSender} sender
 */
async function report({verdict, expected, note}, sender) {
  return (await watchedOf(sender)) !== 'nothing' && sendReport(await service.get(), {verdict, expected, note});
}

/**
 * @param {import('./messages.js').Explain} question
 * @param {chrome.runtime.MessageSender} sender
 */
async function explain({verdict}, sender) {
  const map = (await watchedOf(sender)) !== 'nothing' && (await wakefully(askExplanation)(await service.get(), verdict));
  return map ? asDataUrl(map) : null;
}

/**
 * @param {any} message
 * @param {chrome.runtime.MessageSender} sender
 * @returns {Promise<unknown> | null}
 */
function answer(message, sender) {
  if (isPlain(message, 'hello')) return guidance(sender);
  if (isPlain(message, 'wake')) return guidance(sender).then(() => null);
  if (isPlain(message, 'health')) return health();
  if (isPlain(message, 'connection')) return connection();
  if (isPlain(message, 'state')) {
    return showState(sender, {suspicious: Number(message.suspicious), away: message.away === true}, String(message.frame));
  }
  if (isPlain(message, 'frames')) return startFrames(sender);
  if (isReport(message)) return report(message, sender);
  if (isExplain(message)) return explain(message, sender);
  if (!isOurPage(sender)) return null;
  if (isCheckPage(message)) return checkPage(message.tab);
  return isPlain(message, 'clear') ? verdicts.clear() : null;
}

chrome.runtime.onMessage.addListener((message, sender, reply) => {
  const answered = isOurs(sender) ? answer(message, sender) : null;
  if (!answered) return false;
  answered.then(reply, (error) => {
    console.error(error);
    reply(null);
  });
  return true;
});

chrome.runtime.onConnect.addListener((port) => {
  const {sender} = port;
  if (!['checks', 'live'].includes(port.name) || !sender || !isOurs(sender)) return port.disconnect();
  const isAllowed = async (anew = false) => {
    if (anew) decideAnew();
    return (await watchedOf(sender)) !== 'nothing';
  };
  if (port.name === 'live') {
    const ask = wakefully(async (/** @type {Blob} */ frame, /** @type {AbortSignal} */ signal) => askGlance(await service.get(), frame, signal));
    return accompany(port, {ask, isAllowed});
  }
  converse(port, wakefully(async ({picture, fresh, reloaded}, readInPage, signal) => checks.check({
    picture,
    service: await service.get(),
    where: {
      page: sender.origin ?? '',
      readInPage,
      anew: fresh === true || reloaded === true,
      private: sender.tab?.incognito === true,
    },
    isAllowed,
    fresh: fresh === true,
  }, signal)));
});

/** @param {'sites' | 'service' | 'model' | 'look'} what */
async function tellPages(what) {
  const tabs = await chrome.tabs.query({});
  // Nobody listens in most of them.
  await Promise.allSettled(tabs.map(({id}) => id !== undefined && chrome.tabs.sendMessage(id, {type: 'changed', what})));
}

// Before those who act on what has changed.
chrome.storage.local.onChanged.addListener(readAnew);
chrome.permissions.onAdded.addListener(readAnew);
chrome.permissions.onRemoved.addListener(readAnew);
onSettings({
  sites: () => syncSites().then(() => tellPages('sites')),
  service: () => tellPages('service'),
  model: () => tellPages('model'),
  look: () => Promise.all([writeMenu(), tellPages('look')]),
});

chrome.runtime.onInstalled.addListener(() => Promise.all([syncSites(), writeMenu()]));
chrome.runtime.onStartup.addListener(syncSites);
chrome.permissions.onAdded.addListener(onAccess);
chrome.permissions.onRemoved.addListener(syncSites);
chrome.contextMenus.onClicked.addListener(onMenu);
chrome.commands.onCommand.addListener((command, tab) => {
  if (command === 'check-page' && tab?.id !== undefined) checkPage(tab.id);
});
chrome.tabs.onRemoved.addListener((tab) => {
  forgetHand(tab);
  forgetState(tab);
});
closeToPages();
