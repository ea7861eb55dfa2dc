/** The picture on the page, and the outlines of the faces over it. */

import { drawing, element } from "/web/element.js";
import { labelOf, said } from "/web/words.js";

let url = null;

/** Shows a File at once; of an address nothing can be shown, since the page loads no strangers. */
export function show(plate, picture) {
  URL.revokeObjectURL(url);
  url = null;
  plate.hidden = false;
  plate.style.removeProperty("--ratio");
  if (typeof picture === "string") return blank(plate, "Not shown: this page loads nothing from other sites.");
  url = URL.createObjectURL(picture);
  const image = element("img", { src: url, alt: `The picture you gave: ${picture.name}` });
  image.addEventListener("error", () => {
    if (image.isConnected) blank(plate, "This browser cannot show this file.");
  });
  plate.classList.remove("blank");
  plate.replaceChildren(image);
}

function blank(plate, why) {
  plate.classList.add("blank");
  plate.replaceChildren(element("p", {}, why));
}

/** Boxes are in pixels of the upright picture, which is how browsers show it; so percents fit. */
export function outline(plate, { picture, faces, model }) {
  // A blank sheet takes the shape of the picture that it stands for.
  plate.style.setProperty("--ratio", picture.width / picture.height);
  const count = faces.length === 1 ? "One face is outlined" : `${faces.length} faces are outlined`;
  const overlay = drawing("svg", { class: "outlines", role: "img", "aria-label": count });
  faces.forEach((face, index) => overlay.append(...outlined(face, index, picture, model)));
  if (faces.length) plate.append(overlay);
}

function outlined({ box, fake_probability }, index, picture, model) {
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
    `${index + 1} · ${said(fake_probability)} fake`,
  );
  const face = labelOf(fake_probability, model.thresholds);
  return [
    drawing("rect", { ...place, class: "halo" }),
    drawing("rect", { ...place, class: `face ${face}` }),
    tag,
  ];
}
