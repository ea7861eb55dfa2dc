/** A storage area of the browser, in memory, for tests. */
export class MemoryArea {
  stored = {};
  #listeners = [];
  onChanged = {addListener: (listener) => this.#listeners.push(listener)};

  /** @param {null | string | Record<string, unknown>} wanted */
  async get(wanted = null) {
    if (wanted === null) return structuredClone(this.stored);
    const defaults = typeof wanted === 'string' ? {} : wanted;
    const keys = typeof wanted === 'string' ? [wanted] : Object.keys(wanted);
    const found = keys.filter((key) => key in this.stored).map((key) => [key, this.stored[key]]);
    return structuredClone({...defaults, ...Object.fromEntries(found)});
  }

  async set(items) {
    this.#change(items, () => Object.assign(this.stored, structuredClone(items)));
  }

  async remove(keys) {
    const gone = Object.fromEntries([keys].flat().filter((key) => key in this.stored).map((key) => [key, undefined]));
    this.#change(gone, () => { for (const key of Object.keys(gone)) delete this.stored[key]; });
  }

  /** Tells of it as the browser does: later, and of nothing where nothing changed. */
  #change(items, apply) {
    const changes = Object.entries(items).map(([key, newValue]) => [key, {oldValue: this.stored[key], newValue}]);
    apply();
    if (changes.length === 0) return;
    for (const listener of this.#listeners) queueMicrotask(() => listener(Object.fromEntries(changes)));
  }
}
