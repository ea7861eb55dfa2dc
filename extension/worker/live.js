/**
 * The frames of a video that somebody watches, one after the other: sent on to the service, which
 * scores and forgets them. Nothing is remembered here either.
 *
 * A page that cannot read its video's frames names an area of itself instead, and the browser's own
 * picture of the tab is cut to that. Only of the tab that asks, and only while it is in front.
 *
 * @typedef {{left: number, top: number, width: number, height: number, viewWidth: number, viewHeight: number}} Area
 *   In CSS pixels of the page, of which so much is seen.
 * @typedef {import('../shared/outcomes.js').Answer} Answer
 *
 * @typedef {object} Desk
 * @property {(frame: Blob, signal: AbortSignal) => Promise<Answer>} ask
 * @property {() => Promise<boolean>} isAllowed
 */

import {asBlob} from '../shared/data-urls.js';
import {jpegOf} from '../verdict/frames.js';

/** 640 pixels of noise at this quality have no more than half of this. */
const MOST_CHARACTERS = 2 ** 20;
const JPEG = 'data:image/jpeg;base64,';

/** @type {Answer} */
const SITE_OFF = {state: 'unsupported', cause: 'site-off'};
/** @type {Answer} */
const UNREADABLE = {state: 'unsupported', cause: 'unreadable'};

/**
 * @param {chrome.runtime.Port} port
 * @param {Desk} desk
 */
export function accompany(port, {ask, isAllowed}) {
  const gone = new AbortController();
  port.onDisconnect.addListener(() => gone.abort());
  port.onMessage.addListener(async (message) => {
    const answer = (await isAllowed()) ? await answerTo(message, port, ask, gone.signal) : SITE_OFF;
    if (!gone.signal.aborted) port.postMessage(answer);
  });
}

/**
 * @param {any} message A stranger's: content scripts live in the process of the page.
 * @param {chrome.runtime.Port} port
 * @param {Desk['ask']} ask
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
async function answerTo(message, port, ask, signal) {
  try {
    const frame = isFrame(message?.dataUrl) ? asBlob(message.dataUrl, 'image/jpeg') : await cut(message?.area, port.sender);
    return frame ? await ask(frame, signal) : UNREADABLE;
  } catch (error) {
    if (!signal.aborted) console.error(error);
    return UNREADABLE;
  }
}

/** @param {unknown} text */
function isFrame(text) {
  return typeof text === 'string' && text.startsWith(JPEG) && text.length <= MOST_CHARACTERS;
}

/**
 * @param {Area | undefined} area
 * @param {chrome.runtime.MessageSender | undefined} sender
 * @returns {Promise<Blob | null>}
 */
async function cut(area, sender) {
  const tab = sender?.tab;
  // A frame in a page does not know where it lies.
  if (!area || !isArea(area) || tab?.id === undefined || sender?.frameId !== 0) return null;
  if (!(await isInFront(tab.id))) return null;
  const picture = await chrome.tabs.captureVisibleTab(tab.windowId, {format: 'png'});
  // Somebody may have turned to another tab meanwhile.
  if (!(await isInFront(tab.id))) return null;
  const whole = await createImageBitmap(asBlob(picture, 'image/png'));
  const scale = {x: whole.width / area.viewWidth, y: whole.height / area.viewHeight};
  try {
    return await jpegOf(whole, {
      left: area.left * scale.x, top: area.top * scale.y, width: area.width * scale.x, height: area.height * scale.y,
    });
  } finally {
    whole.close();
  }
}

/** @param {number} tab */
async function isInFront(tab) {
  return (await chrome.tabs.get(tab)).active;
}

/** @param {Area} area */
function isArea({left, top, width, height, viewWidth, viewHeight}) {
  return [left, top, width, height, viewWidth, viewHeight].every(Number.isFinite)
    && left >= 0 && top >= 0 && width > 0 && height > 0 && left + width <= viewWidth + 1 && top + height <= viewHeight + 1;
}
