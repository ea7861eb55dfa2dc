/**
 * The camera, frame after frame, with a verdict that follows slowly.
 *
 * Single frames waver; what is shown is a running mean of their log-odds, and its label changes
 * only when the mean has gone beyond a threshold by a margin. So it does not flicker.
 */

import { element } from "/web/element.js";
import { drawFaces } from "/web/plate.js";
import { RunningVerdict } from "/web/running.js";
import { glance } from "/web/service.js";
import { text } from "/web/texts.js";

/** Between two frames, if the service is as fast as that. */
const PAUSE_MS = 400;
const LONGEST_SIDE = 640;
const QUALITY = 0.85;

export class Live {
  #button;
  #plate;
  #page;
  #stream = null;
  #stopping = null;

  /**
   * @param {HTMLElement} place for the button and its note
   * @param {HTMLElement} plate
   * @param {{begun: () => void, told: (verdict: object) => void, failed: (error: Error) => void}} page
   */
  constructor(place, plate, page) {
    this.#plate = plate;
    this.#page = page;
    this.#button = element("button", { type: "button" }, text("live_start"));
    this.note = element("p", { class: "quiet" }, text("live_note"));
    this.#button.addEventListener("click", () => (this.#stream ? this.stop() : this.start()));
    place.replaceChildren(this.#button, this.note);
    place.hidden = !navigator.mediaDevices?.getUserMedia;
    place.closest("candor-check").addEventListener("leave", () => this.stop());
  }

  async start() {
    this.#page.begun();
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 } } });
    } catch (error) {
      this.#page.failed(new Error(text("live_denied", error.message)));
      return;
    }
    this.#button.textContent = text("live_stop");
    this.#stopping = new AbortController();
    const video = element("video", { playsinline: "", autoplay: "", "aria-label": text("live_alt") });
    video.muted = true;
    video.srcObject = this.#stream;
    this.#plate.hidden = false;
    this.#plate.classList.remove("blank");
    this.#plate.replaceChildren(video);
    await video.play();
    await this.#watch(video, this.#stopping.signal);
  }

  stop() {
    this.#stopping?.abort();
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#button.textContent = text("live_start");
    this.note.textContent = text("live_note");
  }

  async #watch(video, signal) {
    const running = new RunningVerdict();
    let rate = 0;
    while (!signal.aborted) {
      const began = performance.now();
      try {
        const frame = await frameOf(video);
        const verdict = await glance(frame, signal);
        if (signal.aborted) return;
        drawFaces(this.#plate, verdict.faces, verdict.picture, verdict.model.thresholds);
        this.#page.told(running.after(verdict));
      } catch (error) {
        if (signal.aborted) return;
        this.stop();
        this.#page.failed(error);
        return;
      }
      const spent = performance.now() - began;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, PAUSE_MS - spent)));
      const now = 1000 / (performance.now() - began);
      rate = rate ? 0.8 * rate + 0.2 * now : now;
      this.note.textContent = text("live_rate", rate.toFixed(1));
    }
  }
}

async function frameOf(video) {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
  const canvas = element("canvas", {
    width: String(Math.round(video.videoWidth * scale)),
    height: String(Math.round(video.videoHeight * scale)),
  });
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  return await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}
