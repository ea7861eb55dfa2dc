/**
 * What the browser has to be asked for, and every picture needs: asked once, and kept until it is
 * told to have changed.
 *
 * @template T
 * @param {(key: string) => Promise<T>} read
 */
export function createKeeper(read) {
  /** @type {Map<string, Promise<T>>} */
  let kept = new Map();

  return {
    /**
     * @param {string} [key] Of what is wanted, where there are several.
     * @returns {Promise<T>}
     */
    get(key = '') {
      const known = kept.get(key);
      if (known) return known;
      const mine = kept;
      const reading = read(key);
      mine.set(key, reading);
      reading.catch(() => mine.delete(key));
      return reading;
    },

    /** What was being read meanwhile may be old already, and is not kept either. */
    forget() {
      kept = new Map();
    },
  };
}
