/** Two maps to lay over the faces: where a blended edge is expected, and what spoke for a fake. */

import { element } from "/extension/verdict/elements.js";
import { text } from "/web/texts.js";

const CELLS = 14;
/** In pixels, whatever the size of the picture; what is drawn is smooth. */
const LONGEST_SIDE = 640;
/** Of the strongest cell, and the colours from weak to strong: as in the service's explanation.png. */
const OPACITY = 0.75;
const COLOURS = [
  [35, 20, 95],
  [150, 25, 110],
  [235, 90, 40],
  [255, 215, 70],
];

/**
 * Buttons, one a map, of which at most one is pressed.
 *
 * @param {HTMLElement} plate on which maps are laid
 * @param {{looks: object[], size: {width: number, height: number}, edge: boolean}} seen
 * @param {null | (() => Promise<object[]>)} explain has the gradients worked out; null where the
 *   picture is not at hand
 */
export function heatMaps(plate, { looks, size, edge }, explain) {
  const note = element("p", { class: "quiet", role: "status" });
  const group = element("div", { class: "heat", role: "group", "aria-label": text("heat") });
  const buttons = new Map();

  function showOnly(kind, map) {
    plate.querySelector(".map")?.remove();
    if (map) plate.append(map);
    for (const [name, button] of buttons) button.setAttribute("aria-pressed", String(Boolean(map) && name === kind));
    // A map without an edge is all but clear, and must not look broken.
    note.textContent = map && kind === "attention" && !edge ? text("heat_none") : "";
  }

  async function press(kind) {
    const button = buttons.get(kind);
    if (button.getAttribute("aria-pressed") === "true") return showOnly(kind, null);
    button.disabled = true;
    try {
      if (kind === "gradient" && !looks.some((look) => look.gradient)) looks = await explain();
      if (group.isConnected) showOnly(kind, drawn(looks, kind, size));
    } catch (error) {
      note.textContent = error.message;
    } finally {
      button.disabled = false;
    }
  }

  for (const kind of explain ? ["attention", "gradient"] : ["attention"]) {
    const button = element("button", { type: "button", "aria-pressed": "false" }, text(`heat_${kind}`));
    button.addEventListener("click", () => press(kind));
    buttons.set(kind, button);
    group.append(button);
  }
  group.append(note);
  return group;
}

function drawn(looks, kind, { width, height }) {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const map = element("canvas", { class: "map", role: "img", "aria-label": text(`heat_${kind}_alt`) });
  [map.width, map.height] = [width, height].map((side) => Math.max(1, Math.round(side * scale)));
  const context = map.getContext("2d");
  context.imageSmoothingQuality = "high";
  for (const { area, [kind]: cells } of looks) {
    const picture = cells && cellsOf(cells);
    if (picture) context.drawImage(picture, area.left * scale, area.top * scale, area.width * scale, area.height * scale);
  }
  return map;
}

function cellsOf(base64) {
  const levels = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  if (levels.length !== CELLS * CELLS) return null;
  const pixels = new ImageData(CELLS, CELLS);
  levels.forEach((level, at) => pixels.data.set(colourOf(level / 255), 4 * at));
  const picture = element("canvas", { width: String(CELLS), height: String(CELLS) });
  picture.getContext("2d").putImageData(pixels, 0, 0);
  return picture;
}

/** @param {number} heat 0 to 1 */
function colourOf(heat) {
  const place = heat * (COLOURS.length - 1);
  const below = Math.min(Math.floor(place), COLOURS.length - 2);
  const mixed = COLOURS[below].map((from, channel) => from + (place - below) * (COLOURS[below + 1][channel] - from));
  return [...mixed, 255 * OPACITY * heat];
}
