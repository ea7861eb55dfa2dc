/** The service's figures, read from the text that Prometheus reads. Nothing here touches the page. */

const LINE = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-z_]+)="((?:[^"\\]|\\.)*)"/g;

/** @returns {{name: string, labels: Record<string, string>, value: number}[]} */
export function samples(text) {
  return text.split("\n").flatMap((line) => {
    const found = LINE.exec(line);
    if (!found) return [];
    const labels = Object.fromEntries([...(found[2] ?? "").matchAll(LABEL)].map(([, key, value]) => [key, value]));
    return [{ name: found[1], labels, value: Number(found[3]) }];
  });
}

/** Sums of a counter by one of its labels. @returns {Map<string, number>} */
export function sums(all, name, label) {
  const found = new Map();
  for (const { name: called, labels, value } of all) {
    if (called === name) found.set(labels[label], (found.get(labels[label]) ?? 0) + value);
  }
  return found;
}

/**
 * Of a histogram, by one of its labels: how many, and within how many seconds half and 95 % were.
 *
 * @returns {{key: string, count: number, half: number, most: number}[]} Infinity beyond the last bound
 */
export function quantiles(all, name, label) {
  const buckets = new Map();
  for (const { name: called, labels, value } of all) {
    if (called !== `${name}_bucket`) continue;
    const bounds = buckets.get(labels[label]) ?? new Map();
    const bound = labels.le === "+Inf" ? Infinity : Number(labels.le);
    bounds.set(bound, (bounds.get(bound) ?? 0) + value);
    buckets.set(labels[label], bounds);
  }
  return [...buckets].map(([key, bounds]) => {
    const sorted = [...bounds].sort(([a], [b]) => a - b);
    const count = sorted.at(-1)[1];
    const within = (share) => sorted.find(([, value]) => value >= share * count)[0];
    return { key, count, half: within(0.5), most: within(0.95) };
  });
}
