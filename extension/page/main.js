//# allFunctionsCalledOnLoad
/**
 * One frame of one page: watched while the worker says so, left without a trace when it does not.
 *
 *     main ──▶ watch ──▶ scanner, roots, bearers  which pictures are there
 *          │        ├──▶ sight                    which of them are in view, and large enough
 *          │        ├──▶ checking, asking         what the worker says of them
 *          │        └──▶ overlay, badge, card     showing the answer
 *          └──▶ overview                          telling the popup and the toolbar
 */

import {textsOf} from '../shared/texts.js';
import {Overview} from './overview.js';
import {Watch} from './watch.js';
import {Orphaned, tellWorker} from './worker-link.js';

/** @type {Watch | null} */
let watch = null;

/** Between questions that get no answer. */
const PAUSES_MS = [200, 1000, 3000];

/** Of several calls in a row, only the last may act on what it hears. */
let turn = 0;

/** @param {boolean} [anew] Whether what is shown must be made again. */
async function follow(anew = false) {
  turn += 1;
  const own = turn;
  const guidance = await askGuidance();
  if (own !== turn) return;
  if (anew || guidance?.watched === 'nothing') stop();
  if (!guidance?.spoken) return;
  watch ??= new Watch(guidance, textsOf(guidance.spoken), {
    changed: () => overview.changed(), orphaned: stop, framesLeft: () => overview.tellAgain(),
  });
  watch.widen(guidance.watched === 'all');
  // Also where there is nothing to see: what the tab showed before has gone.
  overview.changed();
}

/**
 * @returns {Promise<import('./watch.js').Guidance | null>} Null where the worker was ended each time
 *   that it was asked, or has gone for good.
 */
async function askGuidance() {
  try {
    for (const pauseMs of PAUSES_MS) {
      const guidance = await tellWorker({type: 'hello'});
      if (guidance) return guidance;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    return null;
  } catch (error) {
    if (!(error instanceof Orphaned)) throw error;
    stop();
    return null;
  }
}

/** Another document stands where the last one stood. */
export function lookAnew() {
  follow(true);
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
  toolbar: () => overview.tellAgain(),
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

// A frame that goes counts no more. When the page itself does, the browser clears the button.
addEventListener('pagehide', () => {
  if (window !== top) overview.leave();
});

// A page that comes back out of the browser's cache may have missed what was said meanwhile. Its
// line was cut without a word, and the toolbar has shown another page since.
addEventListener('pageshow', ({persisted}) => {
  if (!persisted) return;
  watch?.resume();
  overview.tellAgain();
  follow();
});
follow();
