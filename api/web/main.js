/**
 * The page: takes a picture, asks about it, shows the answer. One picture at a time; a new one
 * ends the request for the one before, whose answer nobody waits for any more.
 */

import { element } from "/web/element.js";
import { receive } from "/web/intake.js";
import { askForKey } from "/web/key.js";
import { outline, show } from "/web/plate.js";
import { evidence, headline, progress, refused } from "/web/reading.js";
import { Refusal, check } from "/web/service.js";

const desk = document.querySelector("#desk");
const plate = document.querySelector("#plate");
const answer = document.querySelector("#answer");
const details = document.querySelector("#evidence");
const choose = document.querySelector("#choose");

let current = new AbortController();

async function consider(picture) {
  current.abort();
  current = new AbortController();
  const { signal } = current;
  choose.textContent = "Choose another picture";
  show(plate, picture);
  await ask(picture, signal);
}

async function ask(picture, signal) {
  enter("checking", progress(typeof picture === "string" ? picture : picture.name));
  try {
    const verdict = await check(picture, signal);
    const [words, rest] = [headline(verdict), evidence(verdict)];
    outline(plate, verdict);
    enter("answered", words, rest);
  } catch (error) {
    if (!signal.aborted) fail(picture, error);
  }
}

function fail(picture, error) {
  const known = error instanceof Refusal;
  if (!known) console.error(error);
  const sentence = known ? error.message : "The answer could not be read. Reload the page.";
  enter("failed", refused(sentence), known ? wayOut(error, picture) : []);
}

function wayOut(error, picture) {
  if (error.keyless) return [askForKey(() => consider(picture))];
  return error.again ? [again(picture)] : [];
}

function again(picture) {
  const button = element("button", { type: "button" }, "Try again");
  button.addEventListener("click", () => {
    // The button goes, and the keyboard must not be left nowhere.
    answer.focus();
    consider(picture);
  });
  return button;
}

function enter(state, words, rest = []) {
  desk.dataset.state = state;
  answer.replaceChildren(...words);
  details.replaceChildren(...rest);
  // On a narrow screen the answer lies below the picture.
  if (state !== "checking") answer.scrollIntoView({ block: "nearest" });
}

receive(desk, consider);
