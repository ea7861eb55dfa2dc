//# allFunctionsCalledOnLoad
/**
 * At most so many tasks at a time, the others first come, first served.
 *
 * @param {number} most
 * @returns {<T>(task: () => Promise<T>) => Promise<T>}
 */
export function createLimiter(most) {
  let running = 0;
  /** @type {(() => void)[]} */
  const waiting = [];

  /** @returns {Promise<void>} */
  function enter() {
    if (running < most) {
      running += 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => waiting.push(resolve));
  }

  function leave() {
    const next = waiting.shift();
    // The place passes on without being freed, so that no newcomer can slip in between.
    if (next) next();
    else running -= 1;
  }

  return async (task) => {
    await enter();
    try {
      return await task();
    } finally {
      leave();
    }
  };
}
