/**
 * Keeps the worker alive while somebody waits for what it does.
 *
 * Chrome ends one that for 30 s was sent nothing by the browser and asked nothing of it, and a
 * request under way does not count. What such a request had sent was lost, and sent again.
 */

/** Well within those 30 s. */
const EVERY_MS = 20_000;

let underway = 0;
/** @type {ReturnType<typeof setInterval> | undefined} */
let timer;

/**
 * @template {unknown[]} Details
 * @template Result
 * @param {(...details: Details) => Promise<Result>} task That ends by itself, whatever the network does.
 * @returns {(...details: Details) => Promise<Result>} The same, through which the worker lives.
 */
export function wakefully(task) {
  return async (...details) => {
    underway += 1;
    timer ??= setInterval(stir, EVERY_MS);
    try {
      return await task(...details);
    } finally {
      underway -= 1;
      if (underway === 0) {
        clearInterval(timer);
        timer = undefined;
      }
    }
  };
}

/** Any question will do; this one costs nothing. */
function stir() {
  chrome.runtime.getPlatformInfo();
}
