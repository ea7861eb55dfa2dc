/**
 * What a person gave, one after the other: each goes to the service when its turn comes, and its
 * answer is kept as long as the page is open. Nothing here touches the page.
 */

import { isClip } from "/web/intake.js";
import { keys } from "/web/key.js";
import { remember } from "/web/past.js";
import { clipOf } from "/web/clip-reading.js";
import { Refusal, cancelClip, check, clip, followClip, sendClip } from "/web/service.js";
import { text } from "/web/texts.js";

/** Pictures on their way at once: one is scored while another travels. */
const AT_ONCE = 2;

/** A service that wants to be left alone for longer has said no: of a day, nobody waits for the end. */
const WAIT_AT_MOST_MS = 10 * 60_000;

/** For one item, which a service that is busy for good would hold up without end. */
const HELD_UP_AT_MOST = 20;

/** In which the service tells of one clip; a proxy may end each after a minute. */
const LINES_LOST_AT_MOST = 60;

/** Between two of them: a service that is started anew takes its time. */
const LINE_AGAIN_MS = 1000;

export class Item {
  /** @param {File | string} source */
  constructor(source) {
    this.source = source;
    this.name = typeof source === "string" ? source : source.name;
    this.isClip = isClip(source);
    this.begin();
  }

  begin() {
    this.state = "waiting";
    this.verdict = null;
    this.error = null;
    this.check = null;
    this.heldUp = 0;
    this.stopping = new AbortController();
  }

  get ended() {
    return this.state === "answered" || this.state === "failed";
  }

  /** Whether it failed for something that may have passed, and not by anybody's wish. */
  get unlucky() {
    return this.state === "failed" && this.error.again && !this.stopping.signal.aborted;
  }
}

/** Tells of a "change" of an item, and of the "queue" when many wait anew, or it pauses or goes on. */
export class Items extends EventTarget {
  all = [];
  /** While a busy service is left alone: why, in its own words. @type {Refusal | null} */
  pause = null;
  #running = 0;

  constructor() {
    super();
    keys.addEventListener("given", () => this.#allAgain(({ error }) => error?.keyless));
  }

  /** @returns {Item} the first of what came */
  add(sources) {
    const added = sources.map((source) => new Item(source));
    this.all.push(...added);
    this.#go();
    return added[0];
  }

  again(item) {
    this.#allAgain((one) => one === item);
  }

  /** Whatever a connection or a service that was away took with it. */
  unluckyAgain() {
    this.#allAgain((item) => item.unlucky);
  }

  #allAgain(wanted) {
    for (const item of this.all.filter((one) => one.ended && wanted(one))) item.begin();
    this.dispatchEvent(new Event("queue"));
    this.#go();
  }

  /** Ends what is under way for this item. */
  async cancel(item) {
    item.stopping.abort();
    if (item.state === "waiting") {
      item.error = new Refusal(text("cancelled"), true);
      this.#tell(item, "failed");
    }
    if (item.check) await cancelClip(item.check.id).catch(() => {});
  }

  #go() {
    for (const item of this.all) {
      if (this.#running >= AT_ONCE || this.pause) return;
      if (item.state === "waiting") this.#work(item);
    }
  }

  async #work(item) {
    this.#running += 1;
    this.#tell(item, "checking");
    try {
      item.verdict = item.isClip ? await this.#clip(item) : await check(item.source, item.stopping.signal);
      remember(item);
      this.#tell(item, "answered");
    } catch (error) {
      this.#miss(item, item.stopping.signal.aborted ? new Refusal(text("cancelled"), true) : understood(error));
    }
    this.#running -= 1;
    this.#go();
  }

  #miss(item, error) {
    const passing = error.waitMs > 0 && error.waitMs <= WAIT_AT_MOST_MS && !item.check;
    if (passing && (item.heldUp += 1) < HELD_UP_AT_MOST) {
      this.#holdUp(error);
      this.#tell(item, "waiting");
    } else {
      item.error = error;
      this.#tell(item, "failed");
    }
  }

  /** Sends nothing for as long as the service asked; of two that were refused, the first has said it. */
  #holdUp(error) {
    if (this.pause) return;
    this.pause = error;
    this.dispatchEvent(new Event("queue"));
    setTimeout(() => {
      this.pause = null;
      this.dispatchEvent(new Event("queue"));
      this.#go();
    }, error.waitMs);
  }

  async #clip(item) {
    const { signal } = item.stopping;
    item.check = await sendClip(item.source, signal);
    for (let lost = 0; !isOver(item.check); lost += 1) {
      if (lost === LINES_LOST_AT_MOST) throw new Refusal(text("clip_lost"), true);
      await this.#follow(item, signal).catch(passing);
      if (isOver(item.check)) break;
      // Something in between hung up: the clip need not be sent again for that.
      await pause(LINE_AGAIN_MS, signal);
      item.check = (await clip(item.check.id, signal).catch(passing)) ?? item.check;
    }
    const { verdict, problem, state } = item.check;
    if (verdict) return clipOf(verdict);
    throw new Refusal(problem?.detail ?? text(state === "cancelled" ? "cancelled" : "no_answer"), true);
  }

  async #follow(item, signal) {
    for await (const news of followClip(item.check.id, signal)) {
      item.check = news.check;
      this.#tell(item, "checking");
    }
  }

  #tell(item, state) {
    item.state = state;
    this.dispatchEvent(new CustomEvent("change", { detail: item }));
  }
}

/** Lets go of what may be otherwise the next time. A service that lost the clip must be sent it again. */
function passing(error) {
  if (error.unknown) throw new Refusal(text("clip_lost"), true);
  if (!error.again) throw error;
}

/** Throws what the signal was given, as soon as it is. */
async function pause(ms, signal) {
  signal.throwIfAborted();
  await new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}

function isOver({ state }) {
  return ["done", "failed", "cancelled"].includes(state);
}

function understood(error) {
  if (error instanceof Refusal) return error;
  console.error(error);
  return new Refusal(text("unreadable"), false);
}
