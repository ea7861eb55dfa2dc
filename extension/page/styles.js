/**
 * How badges and the popover look. One sheet for all of them.
 *
 * `all: initial` and `!important` on the host: the page's own rules reach the host, and lose there.
 * White on each colour keeps a contrast of 4.5 or more; the light rim keeps a badge apart from any
 * picture.
 */

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

[hidden] { display: none !important; }

.badge, .popover {
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
.badge[data-state=checking] svg { animation: turn .9s linear infinite; }
@keyframes turn { to { transform: rotate(1turn); } }

.word { overflow: hidden; text-overflow: ellipsis; line-height: 1.4; }
.percent { flex: none; font-variant-numeric: tabular-nums; opacity: .92; }
.percent:empty { display: none; }
.compact { gap: 3px; padding: 0 5px; font-size: 11px; }
.compact .word { display: none; }

.popover {
  width: max-content;
  max-width: min(300px, calc(100vw - 12px));
  padding: 10px 12px;
  border: 1px solid light-dark(#d4d9e0, #48505c);
  border-radius: 10px;
  background: light-dark(#fff, #23282f);
  color: light-dark(#1c2128, #eceff3);
  box-shadow: 0 6px 24px rgb(0 0 0 / .28);
  font-weight: 400;
  font-size: 13px;
  line-height: 1.4;
  overflow-wrap: anywhere;
}
.popover strong { font-size: 14px; font-weight: 650; }
.popover p { margin: 4px 0 0; }
.popover p:empty { display: none; }
.wrong {
  margin: 8px 0 0;
  padding: 0;
  border: 0;
  background: none;
  color: light-dark(#1f4e5f, #9cc9d8);
  font: inherit;
  text-decoration: underline;
  cursor: pointer;
}
.wrong:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
.popover[data-state=real] strong { color: light-dark(#12744a, #5fd39c); }
.popover[data-state=fake] strong { color: light-dark(#b4231a, #ff8f86); }
.popover[data-state=uncertain] strong { color: light-dark(#85560a, #f0bd67); }

@media (prefers-reduced-motion: reduce) {
  .badge[data-state=checking] svg { animation: none; }
}
`;

/** @param {ShadowRoot} root */
export function addStyles(root) {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
  } catch {
    // Firefox keeps content scripts from assigning this to what belongs to the page.
    const style = document.createElement('style');
    style.textContent = CSS;
    root.append(style);
  }
}
