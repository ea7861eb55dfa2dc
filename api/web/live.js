/** The camera, frame after frame, with a verdict that follows slowly. */

import { element } from "/extension/verdict/elements.js";
import { frameOf, readsTrue, watchFrames } from "/extension/verdict/frames.js";
import { drawFaces } from "/web/plate.js";
import { glance } from "/web/service.js";
import { speech, text } from "/web/texts.js";

/** Frames a second are told with one place behind the point. */
const PLACES = 1;

export class Live {
  #button;
  #note;
  #plate;
  #page;
  /** @type {AbortController | null} While the camera is on, or being asked for. */
  #stopping = null;

  /**
   * @param {HTMLElement} place for the button and its note
   * @param {HTMLElement} plate
   * @param {object} page
   * @param {() => void} page.begun
   * @param {(running: import("/extension/verdict/running.js").Running) => void} page.told
   * @param {(error: Error) => void} page.failed
   */
  constructor(place, plate, page) {
    this.#plate = plate;
    this.#page = page;
    this.#button = element("button", { type: "button" }, text("live_start"));
    this.#note = element("p", { class: "quiet" }, text("live_note"));
    this.#button.addEventListener("click", () => (this.#stopping ? this.stop() : this.start()));
    place.replaceChildren(this.#button, this.#note);
    place.hidden = !navigator.mediaDevices?.getUserMedia;
    place.closest("candor-check").addEventListener("leave", () => this.stop());
  }

  async start() {
    this.#page.begun();
    const stopping = new AbortController();
    this.#stopping = stopping;
    this.#button.textContent = text("live_stop");
    try {
      if (!readsTrue()) throw new Error(speech().say("live_altered"));
      await this.#watch(await camera(stopping.signal), stopping.signal);
    } catch (error) {
      if (!stopping.signal.aborted) this.#page.failed(error);
    } finally {
      // Unless it was started anew meanwhile.
      if (this.#stopping === stopping) this.stop();
    }
  }

  stop() {
    this.#stopping?.abort();
    this.#stopping = null;
    this.#button.textContent = text("live_start");
    this.#note.textContent = text("live_note");
  }

  async #watch(stream, signal) {
    const video = element("video", { playsinline: "", autoplay: "", "aria-label": text("live_alt") });
    video.muted = true;
    video.srcObject = stream;
    this.#plate.hidden = false;
    this.#plate.classList.remove("blank");
    this.#plate.replaceChildren(video);
    await video.play();
    await watchFrames(video, {
      grab: frameOf,
      ask: glance,
      signal,
      told: ({ running, frame, rate }) => {
        drawFaces(this.#plate, frame.faces, frame, frame.thresholds);
        this.#page.told(running);
        if (rate) this.#note.textContent = speech().say("live_rate", rate.toFixed(PLACES));
      },
    });
  }
}

/** The camera, which goes off with the signal, also where that comes while the browser still asks. */
async function camera(signal) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 } } }).catch((error) => {
    throw new Error(text("live_denied", error.message));
  });
  const off = () => stream.getTracks().forEach((track) => track.stop());
  if (signal.aborted) off();
  signal.throwIfAborted();
  signal.addEventListener("abort", off);
  return stream;
}
