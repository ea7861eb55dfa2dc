/** A storage area of the browser, in memory, for tests. */
export class MemoryArea {
  stored = {};

  async get() {
    return structuredClone(this.stored);
  }

  async set(items) {
    Object.assign(this.stored, structuredClone(items));
  }

  async remove(keys) {
    for (const key of keys) delete this.stored[key];
  }
}
