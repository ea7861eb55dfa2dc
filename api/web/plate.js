/** The picture or clip on the page, the outlines of the faces over it, and the maps. */

import { drawing, element } from "/extension/verdict/elements.js";
import { inPercent, labelOf } from "/extension/verdict/words.js";
import { heatMaps } from "/web/heat.js";
import { speech, text } from "/web/texts.js";

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
  clearMaps(plate);
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

function clearMaps(plate) {
  const below = plate.nextElementSibling;
  if (below?.matches(".heat")) below.remove();
}

/**
 * Boxes are in pixels of the upright picture, which is how browsers show it; so percents fit.
 *
 * @param {HTMLElement} plate
 * @param {import("/web/service.js").Seen} verdict
 * @param {(() => Promise<object[]>) | null} explain where the picture is at hand: has its looks made
 */
export function outline(plate, verdict, explain = null) {
  const { width, height, faces, thresholds, looks, explained } = verdict;
  // A blank sheet takes the shape of the picture that it stands for.
  if (width && height) plate.style.setProperty("--ratio", width / height);
  drawFaces(plate, faces, verdict, thresholds);
  clearMaps(plate);
  const edge = faces.some((face) => face.edge);
  if (explained) plate.after(heatMaps(plate, { looks, size: verdict, edge }, explain));
}

/** Outlines over what is shown, in place of those before. */
export function drawFaces(plate, faces, size, thresholds) {
  plate.querySelector(".outlines")?.remove();
  if (!faces.length || !size.width || !size.height) return;
  const count = faces.length === 1 ? text("outlined_one") : text("outlined", faces.length);
  const overlay = drawing("svg", { class: "outlines", role: "img", "aria-label": count });
  faces.forEach((face, index) => overlay.append(...outlined(face, index, size, thresholds)));
  plate.append(overlay);
}

function outlined({ left, top, width, height, probability, track }, index, picture, thresholds) {
  const share = (part, whole) => `${(100 * part) / whole}%`;
  const place = {
    x: share(left, picture.width),
    y: share(top, picture.height),
    width: share(width, picture.width),
    height: share(height, picture.height),
  };
  const right = (left + width / 2) / picture.width > 0.7;
  const above = top / picture.height > 0.1;
  const tag = drawing(
    "text",
    {
      x: right ? share(left + width, picture.width) : place.x,
      y: place.y,
      dx: right ? -2 : 2,
      dy: above ? -7 : 20,
      "text-anchor": right ? "end" : "start",
    },
    speech().say("face_tag", track ?? index + 1, inPercent(probability)),
  );
  const face = thresholds ? labelOf(probability, thresholds) : "";
  return [
    drawing("rect", { ...place, class: "halo" }),
    drawing("rect", { ...place, class: `face ${face}` }),
    tag,
  ];
}
