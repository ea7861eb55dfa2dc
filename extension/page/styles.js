//# allFunctionsCalledOnLoad
/**
 * How badges look; what is shown beside them has styles of its own, loaded with it.
 *
 * `all: initial` and `!important` on the host: the page's own rules reach the host, and lose there.
 * It scrolls with the page, so that badges keep to their pictures between two frames of a script too;
 * those of pictures that stay put in the window stay put themselves.
 * White on each colour keeps a contrast of 4.5 or more; the light rim keeps a badge apart from any
 * picture.
 */

import {addSheet} from '../verdict/sheets.js';

const CSS = `
:host {
  all: initial !important;
  position: absolute !important;
  inset: 0 auto auto 0 !important;
  width: 0 !important;
  height: 0 !important;
  pointer-events: none !important;
  overflow-anchor: none !important;
  z-index: 2147483647 !important;
  color-scheme: light dark !important;
}

.layer {
  display: block;
  position: absolute;
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
.layer:popover-open { position: fixed; }
.layer::backdrop { display: none; }

/* Contained, so that a page gets no longer or wider by what sticks out of them. */
.page, .window { left: 0; top: 0; width: 0; height: 0; contain: layout style; }
.page { position: absolute; z-index: 1; }
.window { position: fixed; }

[hidden] { display: none !important; }

.badge {
  position: absolute;
  left: 0;
  top: 0;
  box-sizing: border-box;
  pointer-events: auto;
  font: 600 12px/1 system-ui, sans-serif;
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
.badge[data-state=checking] svg { animation: turn 1.6s steps(8) .3s infinite; }
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

.ring {
  position: absolute;
  left: 0;
  top: 0;
  box-sizing: border-box;
  border: 4px solid #2f7cf6;
  border-radius: 6px;
  box-shadow: 0 0 0 2px #fff;
  pointer-events: none;
}

@media (forced-colors: active) {
  .badge { border: 1px solid CanvasText; }
}
@media print {
  :host { display: none !important; }
}
@media (prefers-reduced-motion: reduce) {
  .badge[data-state=checking] svg { animation: none; }
}
`;

/** @param {ShadowRoot} root */
export function addStyles(root) {
  addSheet(root, CSS);
}
