//# allFunctionsCalledOnLoad
/**
 * How a card looks on a page, and what it points at: on most pages none is ever opened.
 */

import {addSheet} from '../verdict/sheets.js';
import {addVerdictStyles} from '../verdict/styles.js';

const CSS = `
.card {
  --ground: light-dark(#fff, #23282f);
  --raised: light-dark(#f3f5f8, #2e343d);
  --ink: light-dark(#1c2128, #eceff3);
  --real: light-dark(#12744a, #5fd39c);
  --fake: light-dark(#b4231a, #ff8f86);
  --uncertain: light-dark(#85560a, #f0bd67);
  --line: light-dark(#d4d9e0, #48505c);
  --edge: light-dark(#868f9b, #6d7683);
  --quiet: light-dark(#59626e, #a5afbb);
  --accent: light-dark(#1f4e5f, #9cc9d8);
  position: absolute;
  left: 0;
  top: 0;
  box-sizing: border-box;
  width: 320px;
  max-width: calc(100vw - 12px);
  max-height: min(540px, calc(100vh - 12px));
  overflow: auto;
  overscroll-behavior: contain;
  padding: 12px 14px;
  border: 1px solid var(--line);
  border-radius: 10px;
  background: var(--ground);
  color: var(--ink);
  box-shadow: 0 6px 24px rgb(0 0 0 / .28);
  font: 400 13px/1.45 system-ui, sans-serif;
  pointer-events: auto;
  overflow-wrap: anywhere;
  text-align: start;
  cursor: default;
  user-select: text;
  z-index: 1;
}
.live { width: 240px; }
.live .quiet { margin: 4px 0 0; }
.live .quiet:empty, .live .reason:empty { display: none; }
.card:focus { outline: none; }
.card:focus-visible { outline: 2px solid var(--accent); }
.card .word { padding-inline-end: 24px; }
.card button { font: inherit; cursor: pointer; }
.card button:focus-visible, .card summary:focus-visible, .card select:focus-visible, .card textarea:focus-visible {
  outline: 2px solid var(--accent);
  outline-offset: 1px;
}
.close {
  position: absolute;
  inset: 8px 8px auto auto;
  width: 24px;
  height: 24px;
  padding: 0;
  border: 0;
  border-radius: 6px;
  background: none;
  color: var(--quiet);
  font-size: 18px !important;
  line-height: 1;
}
.close:dir(rtl) { inset: 8px auto auto 8px; }
.map {
  display: grid;
  gap: 4px;
  justify-items: center;
  width: 100%;
  margin-top: 8px;
  padding: 6px;
  border: 1px solid var(--line);
  border-radius: 8px;
  background: var(--raised);
  color: var(--quiet);
  font-size: 12px !important;
}
.map canvas { max-width: 100%; border-radius: 4px; }
.map[aria-pressed=true] { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.sheet { position: absolute; left: 0; top: 0; pointer-events: none; }
.actions { display: flex; flex-wrap: wrap; gap: 6px 12px; align-items: baseline; margin-top: 10px; }
.actions > button, .report button {
  padding: 3px 10px;
  border: 1px solid var(--line);
  border-radius: 7px;
  background: var(--raised);
  color: inherit;
}

.face {
  position: absolute;
  left: 0;
  top: 0;
  box-sizing: border-box;
  border: 2px solid #fff;
  border-radius: 4px;
  box-shadow: 0 0 0 1px #1c2128, inset 0 0 0 1px #1c2128;
  pointer-events: none;
}
.face span {
  position: absolute;
  inset: 100% auto auto -2px;
  padding: 1px 5px;
  border-radius: 4px;
  background: #1c2128;
  color: #fff;
  font: 600 11px/1.4 system-ui, sans-serif;
  white-space: nowrap;
}

@media (forced-colors: active) {
  .card { border: 1px solid CanvasText; }
}
`;

/** @type {WeakSet<Node>} */
const styled = new WeakSet();

/** @param {ShadowRoot} root In which cards stand; told again, it has them once. */
export function addCardStyles(root) {
  if (styled.has(root)) return;
  styled.add(root);
  addSheet(root, CSS);
  addVerdictStyles(root);
}
