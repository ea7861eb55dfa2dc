//# allFunctionsCalledOnLoad
/**
 * How badges look, and the frame of a card; what is in it has styles of its own, loaded with the card.
 *
 * `all: initial` and `!important` on the host: the page's own rules reach the host, and lose there.
 * White on each colour keeps a contrast of 4.5 or more; the light rim keeps a badge apart from any
 * picture.
 */

import {addSheet} from '../verdict/sheets.js';

const CSS = `
:host {
  all: initial !important;
  position: fixed !important;
  inset: 0 auto auto 0 !important;
  width: 0 !important;
  height: 0 !important;
  contain: layout style !important;
  pointer-events: none !important;
  z-index: 2147483647 !important;
  color-scheme: light dark !important;
}

.layer {
  display: block;
  position: fixed;
  inset: 0 auto auto 0;
  width: 0;
  height: 0;
  margin: 0;
  padding: 0;
  border: 0;
  background: none;
  overflow: visible;
  pointer-events: none;
}
.layer::backdrop { display: none; }

[hidden] { display: none !important; }

.badge, .card {
  position: absolute;
  left: 0;
  top: 0;
  box-sizing: border-box;
  pointer-events: auto;
  font: 600 12px/1 system-ui, sans-serif;
}

.badge {
  display: flex;
  align-items: center;
  gap: 5px;
  height: 22px;
  margin: 0;
  padding: 0 8px 0 6px;
  border: 1px solid rgb(255 255 255 / .55);
  border-radius: 11px;
  background: #434b57;
  color: #fff;
  box-shadow: 0 1px 4px rgb(0 0 0 / .35);
  white-space: nowrap;
  overflow: hidden;
  cursor: pointer;
}
.badge[data-state=real] { background: #12744a; }
.badge[data-state=fake] { background: #b4231a; }
.badge[data-state=uncertain] { background: #85560a; }
.badge:hover { filter: brightness(1.12); }
.badge:focus-visible { outline: 2px solid #fff; outline-offset: -3px; }

.badge svg {
  flex: none;
  width: 12px;
  height: 12px;
  fill: none;
  stroke: currentColor;
  stroke-width: 2;
  stroke-linecap: round;
  stroke-linejoin: round;
}
.badge[data-state=checking] svg { animation: turn .9s steps(12) .3s infinite; }
@keyframes turn { to { transform: rotate(1turn); } }

.badge .word { overflow: hidden; text-overflow: ellipsis; line-height: 1.4; }
.percent { flex: none; font-variant-numeric: tabular-nums; opacity: .92; }
.percent:empty { display: none; }
.compact { gap: 3px; padding: 0 5px; font-size: 11px; }
.compact .word { display: none; }

.badge[data-state=unreachable], .badge[data-state=unsupported] { opacity: .8; }
.badge:is([data-state=unreachable], [data-state=unsupported]):is(:hover, :focus-visible) { opacity: 1; }
/* A service that is away is said once, in the toolbar; here it stays quiet. */
.badge[data-state=unreachable]:not(:hover, :focus-visible) .word { position: absolute; clip-path: inset(50%); }

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
  font-weight: 400;
  font-size: 13px;
  line-height: 1.45;
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

.face, .ring { position: absolute; left: 0; top: 0; box-sizing: border-box; pointer-events: none; }
.face { border: 2px solid #fff; border-radius: 4px; box-shadow: 0 0 0 1px #1c2128, inset 0 0 0 1px #1c2128; }
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
.ring { border: 4px solid #2f7cf6; border-radius: 6px; box-shadow: 0 0 0 2px #fff; }

@media (forced-colors: active) {
  .badge, .card { border: 1px solid CanvasText; }
}
@media (prefers-reduced-motion: reduce) {
  .badge[data-state=checking] svg { animation: none; }
}
`;

/** @param {ShadowRoot} root */
export function addStyles(root) {
  addSheet(root, CSS);
}
