/**
 * One frame of one page: watched while the worker says so, left without a trace when it does not.
 *
 *     main ──▶ watch ──▶ scanner, roots, bearers  which pictures are there
 *          │        ├──▶ sight                    which of them are in view, and large enough
 *          │        ├──▶ checking, asking         what the worker says of them
 *          │        └──▶ overlay, badge, card     showing the answer
 *          └──▶ overview                          telling the popup and the toolbar
 */

import {loadTexts} from '../shared/texts.js';
import {Overview} from './overview.js';
import {Watch} from './watch.js';
import {Orphaned, tellWorker} from './worker-link.js';

/** @type {Watch | null} */
let watch = null;

/** Of several calls in a row, only the last may act on what it hears. */
let turn = 0;

/** @param {boolean} [anew] Whether what is shown must be made again. */
async function follow(anew = false) {
  turn += 1;
  const own = turn;
  const guidance = await askGuidance();
  if (own !== turn) return;
  if (anew || guidance?.watched === 'nothing') stop();
  if (!guidance || guidance.watched === 'nothing') return;
  const texts = await loadTexts(guidance.language);
  if (own !== turn) return;
  watch ??= new Watch(guidance, texts, {changed: () => overview.changed(), orphaned: stop});
  watch.widen(guidance.watched === 'all');
}

/** @returns {Promise<import('./watch.js').Guidance | null>} */
async function askGuidance() {
  try {
    return await tellWorker({type: 'hello'});
  } catch (error) {
    if (!(error instanceof Orphaned)) throw error;
    stop();
    return null;
  }
}

function stop() {
  watch?.stop();
  watch = null;
  overview.changed();
}

const overview = new Overview(() => watch);

const REACTIONS = {
  sites: () => follow(),
  look: () => follow(true),
  service: () => watch?.startOver(),
  model: () => watch?.recheck(),
};

chrome.runtime.onMessage.addListener((message, sender) => {
  if (sender.id !== chrome.runtime.id) return;
  const {type, what, url} = message ?? {};
  if (type === 'changed') REACTIONS[/** @type {keyof typeof REACTIONS} */ (what)]?.();
  if (type === 'check-picture') follow().then(() => watch?.checkPicture(String(url)));
  if (type === 'watch-video') follow().then(() => watch?.watchVideo(String(url)));
});

// The model may have changed while nobody looked.
addEventListener('visibilitychange', () => {
  if (!document.hidden) watch?.askHealth();
});

// A page that comes back out of the browser's cache may have missed what was said meanwhile.
addEventListener('pageshow', ({persisted}) => {
  if (persisted) follow();
});
follow();
