/** The four ways in which a picture comes: picked, dropped, pasted, or by its address. */

const ADDRESS = /^https?:\/\/\S+$/i;

/** Calls `take` with a File or an address for each picture that comes. */
export function receive(desk, take) {
  const file = desk.querySelector("#file");
  file.addEventListener("change", () => {
    if (file.files.length) take(file.files[0]);
    // So that the same file may be picked twice.
    file.value = "";
  });

  desk.querySelector("#address-form").addEventListener("submit", (event) => {
    event.preventDefault();
    take(desk.querySelector("#address").value.trim());
  });

  document.addEventListener("paste", (event) => {
    const typing = event.target.closest?.("input[type=url]");
    const picture = carried(event.clipboardData, "text/plain");
    if (!picture || (typing && typeof picture === "string")) return;
    event.preventDefault();
    take(picture);
  });

  receiveDrops(desk, take);
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
    const picture = carried(event.dataTransfer, "text/uri-list");
    if (picture) take(picture);
  });
}

/** The first file of a transfer, or the address in it. */
function carried(transfer, kind) {
  if (transfer.files.length) return transfer.files[0];
  const text = transfer.getData(kind).trim().split("\n")[0];
  return ADDRESS.test(text) ? text : null;
}
