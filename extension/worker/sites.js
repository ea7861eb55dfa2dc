/**
 * Which pages are watched. By themselves: those of the sites that are on, with the browser's
 * permission. By hand: one tab, for as long as it stays on its site, because the person asked.
 *
 * The choice and the browser's permission are two things: a site counts as on only with both, and
 * either may change at any time, so what is registered is always derived anew from both.
 *
 * @typedef {'all' | 'asked' | 'nothing'} Watched Of the pictures of a page.
 */

import {hasAccess} from '../shared/access.js';
import {hostPattern} from '../shared/address.js';
import {
  clearPendingSite, forgetSites, isSiteOn, readPendingSite, readSettings, saveSettings, switchedSites, switchSite,
} from '../shared/settings.js';
import {createKeeper} from './keeping.js';

const SCRIPT = {
  id: 'page',
  js: ['page/start.js'],
  // Before `document_idle`, so that the modules are there by then; nothing is added to the page earlier.
  runAt: /** @type {const} */ ('document_end'),
  allFrames: true,
  matchOriginAsFallback: true,
};
const HAND = 'hand:';
/** Of the session, as what is watched by hand: which sites were off when that was last looked at. */
const OFF = 'off';
/** The browser's number for the frame that is the page itself. */
const OUTERMOST = 0;

/** @typedef {{origin: string, whole: boolean}} Hand A tab that is watched by hand. */

/** Registering twice at once fails, so one follows the other. */
let turn = Promise.resolve();

export function syncSites() {
  turn = turn.then(sync).catch((error) => console.error(error));
  return turn;
}

/** By page, for every picture asks. */
const decisions = createKeeper((page) => decide(JSON.parse(page)));

/**
 * @param {chrome.runtime.MessageSender | undefined} sender A page, or a frame in it.
 * @returns {Promise<Watched>}
 */
export async function watchedOf(sender) {
  const origin = sender && siteOf(sender);
  if (!origin) return 'nothing';
  return decisions.get(JSON.stringify({origin, tab: sender.tab?.id, incognito: sender.tab?.incognito === true}));
}

/** A setting, the browser's permission or what is watched by hand may be another now. */
export function decideAnew() {
  decisions.forget();
}

/**
 * @param {{origin: string, tab?: number, incognito: boolean}} page
 * @returns {Promise<Watched>}
 */
async function decide({origin, tab, incognito}) {
  if (await isOnByItself(origin, incognito)) return 'all';
  const hand = await handOf(tab);
  if (hand?.origin !== origin) return 'nothing';
  return hand.whole ? 'all' : 'asked';
}

/**
 * @param {number} tab
 * @param {Hand} hand
 */
export async function watchByHand(tab, hand) {
  const before = await handOf(tab);
  // It was given for a page, and this may be the next one in the tab: nothing of ours runs in that yet.
  const whole = hand.whole || (before?.origin === hand.origin && before.whole && (await isThere(tab, OUTERMOST)));
  await chrome.storage.session.set({[HAND + tab]: {...hand, whole}});
  decideAnew();
}

/** @param {number} tab That was closed. */
export async function forgetHand(tab) {
  await chrome.storage.session.remove(HAND + tab);
  decideAnew();
}

/**
 * "Off" is the person's later word on a site than "check this page". On a site that has been off
 * before, it is the other way round.
 *
 * @param {string[]} off The origins that are.
 */
async function forgetHands(off) {
  const {[OFF]: before} = /** @type {Record<string, string[]>} */ (await chrome.storage.session.get({[OFF]: []}));
  if (String(before) === String(off)) return;
  const fresh = off.filter((origin) => !before?.includes(origin));
  const stored = /** @type {Record<string, Hand>} */ (fresh.length > 0 ? await chrome.storage.session.get(null) : {});
  const theirs = Object.keys(stored).filter((key) => key.startsWith(HAND) && fresh.includes(stored[key]?.origin ?? ''));
  await chrome.storage.session.remove(theirs);
  await chrome.storage.session.set({[OFF]: off});
  decideAnew();
}

/** The browser gave access: what the person asked for is on, and nothing else. */
export async function onAccess() {
  // It may be access to the address of a service and to nothing else.
  if (!(await hasAccess())) return;
  const origin = await readPendingSite();
  await clearPendingSite();
  if (origin) await switchSite(origin, true);
  else if (origin === '') await saveSettings({everywhere: true});
  await syncSites();
}

/**
 * @param {string} origin
 * @param {boolean} incognito
 */
async function isOnByItself(origin, incognito) {
  if (incognito && !(await readSettings()).privateWindows) return false;
  return (await isSiteOn(origin)) && (await hasAccess());
}

/**
 * @param {number | undefined} tab
 * @returns {Promise<Hand | undefined>}
 */
async function handOf(tab) {
  const key = HAND + tab;
  return /** @type {Record<string, Hand>} */ (await chrome.storage.session.get(key))[key];
}

/**
 * The site that a person sees in the address bar, also for what it embeds.
 *
 * @param {chrome.runtime.MessageSender} sender
 * @returns {string | null}
 */
function siteOf({tab, origin}) {
  const address = tab?.url ?? origin ?? '';
  return /^https?:/.test(address) ? new URL(address).origin : null;
}

async function sync() {
  // Read before access is: a site that is switched on meanwhile has just been given it.
  const [{everywhere}, sites] = await Promise.all([readSettings(), switchedSites()]);
  await forgetHands(sites.off);
  if (await hasAccess()) {
    const matches = everywhere ? ['http://*/*', 'https://*/*'] : [...new Set(sites.on.map(hostPattern))];
    await register(matches);
    if (matches.length > 0) await startInOpenTabs(matches);
  } else {
    // Pages hear of this and stop. Access that comes back for another site must not revive them.
    await forgetSites(sites.on);
    if (everywhere) await saveSettings({everywhere: false});
    await register([]);
  }
}

/** @param {string[]} matches */
async function register(matches) {
  const registered = await chrome.scripting.getRegisteredContentScripts({ids: [SCRIPT.id]});
  const script = {...SCRIPT, matches};
  if (matches.length === 0) {
    if (registered.length > 0) await chrome.scripting.unregisterContentScripts({ids: [SCRIPT.id]});
  } else if (registered.length > 0) {
    await chrome.scripting.updateContentScripts([script]);
  } else {
    await chrome.scripting.registerContentScripts([script]);
  }
}

/**
 * Pages that were open before need no reload. A page that runs already ignores the second start;
 * some pages, such as the browser's own shop, refuse every extension.
 *
 * @param {string[]} matches
 */
async function startInOpenTabs(matches) {
  const tabs = await chrome.tabs.query({url: matches});
  await Promise.allSettled(tabs.map(({id}) => id !== undefined && startIn(id)));
}

/**
 * @param {number} tab
 * @param {number} frame
 * @returns {Promise<boolean>} Whether a script of ours runs in the document that this frame shows now.
 */
export function isThere(tab, frame) {
  // Nobody answers it; where nobody even hears it, it fails.
  return chrome.tabs.sendMessage(tab, {type: 'there'}, {frameId: frame}).then(() => true, () => false);
}

/**
 * What is embedded in a page goes with it, but the browser starts scripts by the address of each
 * frame alone.
 *
 * @param {chrome.runtime.MessageSender} sender A page with frames in it.
 */
export async function startFrames(sender) {
  if (sender.tab?.id === undefined || (await watchedOf(sender)) === 'nothing') return;
  // Some frames refuse every extension.
  await startIn(sender.tab.id).catch(() => {});
}

/**
 * @param {number} tab
 * @returns {Promise<unknown>} Once its pages listen. Rejects where the browser protects them.
 */
export function startIn(tab) {
  return chrome.scripting.executeScript({target: {tabId: tab, allFrames: true}, files: SCRIPT.js});
}
