/**
 * One page of one site: watched while the site is on, or since the person asked by hand; left
 * without a trace when it is off.
 *
 *     main ──▶ watch ──▶ scanner  which pictures are there
 *                   ├──▶ sight    which of them are in view, and large enough
 *                   ├──▶ checking, asking, source, recovery   what the worker says of them
 *                   └──▶ overlay, badge, popover         showing the answer
 */

import {countOutcomes} from '../shared/outcomes.js';
import {isSiteOn, onSettings} from '../shared/settings.js';
import {Watch} from './watch.js';

/** @type {Watch | null} */
let watch = null;

/** Addresses of the pictures that the person asked for by hand. @type {Set<string>} */
const asked = new Set();

/** Whether all of them are wanted. */
let all = false;

async function follow() {
  all = await isSiteOn(location.origin);
  if (all) begin();
  else stop();
}

/** @param {string | undefined} picture All pictures unless one is named. */
function byHand(picture) {
  if (picture === undefined) all = true;
  else asked.add(picture);
  begin();
}

function begin() {
  watch ??= new Watch(stop, (url) => all || asked.has(url));
  watch.lookAgain();
}

function stop() {
  asked.clear();
  watch?.stop();
  watch = null;
}

chrome.runtime.onMessage.addListener((message, sender, reply) => {
  if (sender.id !== chrome.runtime.id) return false;
  if (message?.type === 'counts') reply(countOutcomes(watch?.outcomes() ?? []));
  if (message?.type === 'watch') byHand(message.picture);
  return false;
});

onSettings({site: follow, service: () => watch?.startOver(), model: () => watch?.recheck()}, location.origin);
if (await isSiteOn(location.origin)) await follow();
