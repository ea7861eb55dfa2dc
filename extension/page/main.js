/**
 * One page of one site: watched while the site is on, left without a trace when it is off.
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

async function follow() {
  const on = await isSiteOn(location.origin);
  if (on) watch ??= new Watch(stop);
  else stop();
}

function stop() {
  watch?.stop();
  watch = null;
}

chrome.runtime.onMessage.addListener((message, sender, reply) => {
  if (sender.id !== chrome.runtime.id || message?.type !== 'counts') return false;
  reply(countOutcomes(watch?.outcomes() ?? []));
  return false;
});

onSettings({site: follow, service: () => watch?.startOver(), model: () => watch?.recheck()}, location.origin);
follow();
