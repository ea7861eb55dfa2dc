/**
 * A playing video, frame after frame, with a verdict that follows slowly: the page's camera, and a
 * video that somebody watches with the extension.
 *
 * Ends by itself when the video pauses, ends, loses its picture or leaves the page, and when the
 * page is hidden: nothing is sent of what nobody sees.
 *
 * @typedef {import('./verdict.js').Verdict} Verdict
 * @typedef {'paused' | 'hidden' | 'gone'} Ending Why it is over.
 *
 * @typedef {object} Told
 * @property {import('./running.js').Running} running Of all frames so far.
 * @property {Verdict} frame Of the newest.
 * @property {number} rate Frames a second; 0 where there was but one.
 */

/**
 * @template F
 * @typedef {object} Watching
 * @property {(video: HTMLVideoElement) => Promise<F | null>} grab A frame, or where it is to be had; null
 *   where there is none just now.
 * @property {(frame: F, signal: AbortSignal) => Promise<Verdict>} ask
 * @property {(told: Told) => void} told
 * @property {AbortSignal} signal Ends it.
 * @property {number} [pauseMs] From one frame to the next at least.
 */

import {RunningVerdict} from './running.js';

/** If the service is as fast as that: 2.5 frames a second leave a core to the browser. */
const PAUSE_MS = 400;
/** Faces are looked for at 640. */
const LONGEST_SIDE = 640;
const QUALITY = 0.85;
/** Share of the newest distance between two frames in the rate that is told. */
const NEWEST = 0.2;

/**
 * @template F
 * @param {HTMLVideoElement} video That plays.
 * @param {Watching<F>} watching
 * @returns {Promise<Ending | 'stopped'>}
 * @throws {unknown} What `grab` and `ask` throw, unless it was stopped.
 */
export async function watchFrames(video, {grab, ask, told, signal, pauseMs = PAUSE_MS}) {
  const over = new AbortController();
  const whole = AbortSignal.any([signal, over.signal]);
  const stopListening = onEnding(video, (ending) => over.abort(ending));
  try {
    await loop(video, {grab, ask, told, signal: whole, pauseMs});
  } catch (error) {
    if (!whole.aborted) throw error;
  } finally {
    stopListening();
  }
  return signal.aborted ? 'stopped' : over.signal.reason;
}

/**
 * @template F
 * @param {HTMLVideoElement} video
 * @param {Required<Watching<F>>} watching
 */
async function loop(video, {grab, ask, told, signal, pauseMs}) {
  const running = new RunningVerdict();
  let distance = 0;
  let latest = 0;
  while (!signal.aborted) {
    const began = performance.now();
    const frame = await grab(video);
    if (frame && !signal.aborted) {
      const verdict = await ask(frame, signal);
      if (signal.aborted) return;
      if (latest) distance = distance ? (1 - NEWEST) * distance + NEWEST * (began - latest) : began - latest;
      latest = began;
      told({running: running.after(verdict), frame: verdict, rate: distance ? 1000 / distance : 0});
    }
    await pause(began + pauseMs - performance.now(), signal);
  }
}

/**
 * @param {HTMLVideoElement} video
 * @param {(ending: Ending) => void} end
 * @returns {() => void}
 */
function onEnding(video, end) {
  const listening = new AbortController();
  const {signal} = listening;
  for (const type of ['pause', 'ended']) video.addEventListener(type, () => end(video.isConnected ? 'paused' : 'gone'), {signal});
  video.addEventListener('emptied', () => end('gone'), {signal});
  document.addEventListener('visibilitychange', () => document.hidden && end('hidden'), {signal});
  addEventListener('pagehide', () => end('hidden'), {signal});
  const present = setInterval(() => video.isConnected || end('gone'), PAUSE_MS);
  if (!video.isConnected) end('gone');
  else if (document.hidden) end('hidden');
  else if (video.paused || video.ended) end('paused');
  return () => {
    clearInterval(present);
    listening.abort();
  };
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal} signal
 */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, milliseconds));
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve(undefined);
    }, {once: true});
  });
}

/**
 * What a video shows now, as JPEG.
 *
 * @param {HTMLVideoElement} video
 * @returns {Promise<Blob | null>} Null before the first frame.
 * @throws {DOMException} SecurityError where the frames are another site's.
 */
export async function frameOf(video) {
  const {videoWidth, videoHeight} = video;
  if (!videoWidth || !videoHeight || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
  return jpegOf(video, {left: 0, top: 0, width: videoWidth, height: videoHeight});
}

/**
 * @param {HTMLVideoElement | ImageBitmap} source
 * @param {{left: number, top: number, width: number, height: number}} part Of it, in its own pixels.
 * @returns {Promise<Blob>}
 */
export function jpegOf(source, {left, top, width, height}) {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
  canvas.getContext('2d')?.drawImage(source, left, top, width, height, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({type: 'image/jpeg', quality: QUALITY});
}

/** Whether a canvas gives back what was drawn on it: some browsers add noise, which changes verdicts. */
export function readsTrue() {
  const side = 16;
  const context = new OffscreenCanvas(side, side).getContext('2d', {willReadFrequently: true});
  if (!context) return false;
  const drawn = new ImageData(side, side);
  drawn.data.forEach((_, at) => { drawn.data[at] = at % 4 === 3 ? 255 : (at * 37) % 256; });
  context.putImageData(drawn, 0, 0);
  const {data} = context.getImageData(0, 0, side, side);
  return data.every((value, at) => value === drawn.data[at]);
}
