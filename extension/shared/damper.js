//# allFunctionsCalledOnLoad
/**
 * Runs a task at once, but no more often than every so many milliseconds. However many calls come
 * in the pause, one run at its end makes up for them.
 *
 * @param {() => void} task
 * @param {number} pauseMs
 * @param {AbortSignal} signal No run after this.
 * @returns {() => void}
 */
export function createDamper(task, pauseMs, signal) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let pause;
  let missed = false;

  function run() {
    missed = false;
    pause = setTimeout(resume, pauseMs);
    task();
  }

  function resume() {
    pause = undefined;
    if (missed) run();
  }

  signal.addEventListener('abort', () => clearTimeout(pause));
  return () => {
    if (signal.aborted) return;
    if (pause === undefined) run();
    else missed = true;
  };
}
