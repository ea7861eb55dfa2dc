/** The four ways in which pictures and clips come: picked, dropped, pasted, or by an address. */

const ADDRESS = /^https?:\/\/\S+$/i;
const FIELD = "input:not([type=file]), textarea, [contenteditable]";
const CLIP = /\.(mp4|m4v|mov|webm|mkv|avi)$/i;

/** Calls `take` with Files or an address, one or many at a time. */
export function receive(desk, take) {
  const file = desk.querySelector("#file");
  file.addEventListener("change", () => {
    if (file.files.length) take([...file.files]);
    // So that the same file may be picked twice.
    file.value = "";
  });

  desk.querySelector("#address-form").addEventListener("submit", (event) => {
    event.preventDefault();
    take([desk.querySelector("#address").value.trim()]);
  });

  document.addEventListener("paste", (event) => {
    const found = carried(event.clipboardData, "text/plain");
    if (desk.hidden || !found.length || belongsTo(event.target, found)) return;
    event.preventDefault();
    take(found);
  });

  receiveDrops(desk, take);
}

/** Whether this is to be looked at as a clip. */
export function isClip(what) {
  if (typeof what !== "string") return what.type.startsWith("video/") || CLIP.test(what.name);
  return URL.canParse(what) && CLIP.test(new URL(what).pathname);
}

/** A drop anywhere counts: beside the frame, the browser would leave the page for the file. */
function receiveDrops(desk, take) {
  const over = (is) => desk.classList.toggle("over", is);
  document.addEventListener("dragover", (event) => {
    const words = event.target.closest?.(FIELD) && !event.dataTransfer.types.includes("Files");
    if (!words) event.preventDefault();
    over(!words);
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) over(false);
  });
  document.addEventListener("drop", (event) => {
    over(false);
    const found = carried(event.dataTransfer, "text/uri-list");
    const kept = belongsTo(event.target, found);
    if (kept && !event.dataTransfer.files.length) return;
    event.preventDefault();
    if (kept || !found.length) return;
    if (desk.hidden) location.hash = "check";
    take(found);
  });
}

/**
 * Whether a field that is written in keeps this. A file cannot go into one, but what is shown for it
 * would take a note away half-written; beside the address nothing is lost.
 */
function belongsTo(target, found) {
  const field = target.closest?.(FIELD);
  return Boolean(field && (field.type !== "url" || typeof found[0] !== "object"));
}

/** The files of a transfer, or the address in it. */
function carried(transfer, kind) {
  if (transfer.files.length) return [...transfer.files];
  const line = transfer.getData(kind).trim().split("\n")[0].trim();
  return ADDRESS.test(line) ? [line] : [];
}
