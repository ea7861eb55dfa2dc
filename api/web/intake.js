/** The four ways in which pictures and clips come: picked, dropped, pasted, or by an address. */

const ADDRESS = /^https?:\/\/\S+$/i;
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
    const typing = event.target.closest?.("input[type=url]");
    const found = carried(event.clipboardData, "text/plain");
    if (desk.hidden || !found.length || (typing && typeof found[0] === "string")) return;
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
    event.preventDefault();
    over(true);
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) over(false);
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    const found = carried(event.dataTransfer, "text/uri-list");
    if (found.length) take(found);
  });
}

/** The files of a transfer, or the address in it. */
function carried(transfer, kind) {
  if (transfer.files.length) return [...transfer.files];
  const line = transfer.getData(kind).trim().split("\n")[0].trim();
  return ADDRESS.test(line) ? [line] : [];
}
