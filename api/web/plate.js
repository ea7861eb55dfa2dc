/** The picture or clip on the page, the outlines of the faces over it, and the heat map. */

import { drawing, element } from "/web/element.js";
import { heatMap } from "/web/service.js";
import { text } from "/web/texts.js";
import { labelOf, limits, said } from "/web/words.js";

let urls = [];

function addressOf(blob) {
  const url = URL.createObjectURL(blob);
  urls.push(url);
  return url;
}

/** Clears the plate for something else. */
function clear(plate) {
  for (const url of urls) URL.revokeObjectURL(url);
  urls = [];
  plate.hidden = false;
  plate.style.removeProperty("--ratio");
  plate.classList.remove("blank");
}

/** Shows a File at once; of an address nothing can be shown, since the page loads no strangers. */
export function show(plate, picture) {
  clear(plate);
  if (typeof picture === "string") return blank(plate, text("not_shown"));
  const image = element("img", { src: addressOf(picture), alt: text("given", picture.name) });
  image.addEventListener("error", () => {
    if (image.isConnected) blank(plate, text("not_shown_file"));
  });
  plate.replaceChildren(image);
}

/** Shows a clip with its controls. @returns {HTMLVideoElement | null} if there is one to show */
export function showClip(plate, clip) {
  clear(plate);
  if (typeof clip === "string") {
    blank(plate, text("not_shown"));
    return null;
  }
  const label = text("given_clip", clip.name);
  const video = element("video", { src: addressOf(clip), controls: "", playsinline: "", "aria-label": label });
  video.muted = true;
  video.addEventListener("error", () => {
    if (video.isConnected) blank(plate, text("not_shown_file"));
  });
  plate.replaceChildren(video);
  return video;
}

/** A sheet in the place of a picture that nobody has here. */
export function showNothing(plate) {
  clear(plate);
  blank(plate, text("not_kept"));
}

function blank(plate, why) {
  plate.classList.add("blank");
  plate.replaceChildren(element("p", {}, why));
}

/** Boxes are in pixels of the upright picture, which is how browsers show it; so percents fit. */
export function outline(plate, verdict) {
  const { picture, faces, explanation } = verdict;
  // A blank sheet takes the shape of the picture that it stands for.
  plate.style.setProperty("--ratio", picture.width / picture.height);
  drawFaces(plate, faces, picture, limits(verdict));
  const edge = faces.some(({ look }) => look?.edge);
  if (explanation) plate.append(heatToggle(plate, explanation, edge));
}

/** Outlines over what is shown, in place of those before. */
export function drawFaces(plate, faces, size, thresholds) {
  plate.querySelector(".outlines")?.remove();
  if (!faces.length) return;
  const count = faces.length === 1 ? text("outlined_one") : text("outlined", faces.length);
  const overlay = drawing("svg", { class: "outlines", role: "img", "aria-label": count });
  faces.forEach((face, index) => overlay.append(...outlined(face, index, size, thresholds)));
  plate.append(overlay);
}

function outlined({ box, fake_probability, track }, index, picture, thresholds) {
  const share = (part, whole) => `${(100 * part) / whole}%`;
  const place = {
    x: share(box.left, picture.width),
    y: share(box.top, picture.height),
    width: share(box.width, picture.width),
    height: share(box.height, picture.height),
  };
  const right = (box.left + box.width / 2) / picture.width > 0.7;
  const above = box.top / picture.height > 0.1;
  const tag = drawing(
    "text",
    {
      x: right ? share(box.left + box.width, picture.width) : place.x,
      y: place.y,
      dx: right ? -2 : 2,
      dy: above ? -7 : 20,
      "text-anchor": right ? "end" : "start",
    },
    text("face_tag", track ?? index + 1, said(fake_probability)),
  );
  const face = labelOf(fake_probability, thresholds);
  return [
    drawing("rect", { ...place, class: "halo" }),
    drawing("rect", { ...place, class: `face ${face}` }),
    tag,
  ];
}

/** A button that lays the heat map over the picture, fetched when it is first wanted. */
function heatToggle(plate, explanation, edge) {
  const button = element("button", { type: "button", class: "heat", "aria-pressed": "false" }, text("heat"));
  button.addEventListener("click", async () => {
    let map = plate.querySelector(".map");
    if (!map) {
      button.disabled = true;
      try {
        const image = await heatMap(explanation);
        map = element("img", { class: "map", src: addressOf(image), alt: text("heat_alt"), hidden: "" });
        plate.append(map);
      } catch (error) {
        button.textContent = error.message;
        return;
      } finally {
        button.disabled = false;
      }
    }
    map.hidden = !map.hidden;
    button.setAttribute("aria-pressed", String(!map.hidden));
    // A map without an edge is all but clear, and must not look broken.
    button.textContent = text(map.hidden || edge ? "heat" : "heat_none");
  });
  return button;
}
