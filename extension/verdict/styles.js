/**
 * How a card looks, wherever it stands: in `.verdict`, in the sizes of its surroundings. These set
 * --real, --fake, --uncertain, --ink, --ground, --line, --quiet and --accent, and may set --word-family,
 * --word-size, --word-weight and --edge.
 *
 * Colour says nothing that a word and a symbol do not say too.
 */

import {addSheet} from './sheets.js';

const CARD_CSS = `
.symbol {
  flex: none;
  width: 1em;
  height: 1em;
  vertical-align: -0.12em;
  fill: none;
  stroke: currentcolor;
  stroke-width: 2;
  stroke-linecap: round;
  stroke-linejoin: round;
}
.verdict .real { color: var(--real); }
.verdict .fake { color: var(--fake); }
.verdict .uncertain { color: var(--uncertain); }
.verdict .quiet { color: var(--quiet); font-weight: 400; font-size: 0.92em; }
.verdict a { color: var(--accent); }

.verdict .word { display: flex; align-items: center; gap: 0.3em; margin: 0; font-family: var(--word-family, inherit); font-size: var(--word-size, 1.25em); font-weight: var(--word-weight, 600); line-height: 1.2; color: var(--ink); }
.verdict .word .symbol { width: 0.8em; height: 0.8em; }
.verdict .word.real { color: var(--real); }
.verdict .word.fake { color: var(--fake); }
.verdict .word.uncertain { color: var(--uncertain); }
.verdict .chance { margin: 0.35em 0 0; }
.verdict .chance b, .verdict .scores b { font-variant-numeric: tabular-nums; white-space: nowrap; }
.verdict .reason { margin: 0.35em 0 0; max-width: 34rem; overflow-wrap: anywhere; }
.verdict .conflict {
  max-width: 34rem;
  margin: 0.9em 0 0;
  padding: 0.5em 0.7em;
  border-inline-start: 0.25em solid var(--uncertain);
  background: color-mix(in srgb, var(--uncertain) 8%, transparent);
}

.verdict .scale { margin: 1.3em 0 0; }
.verdict .track { position: relative; display: flex; gap: 2px; }
.verdict .band { flex: 1 1 auto; min-width: 0; }
.verdict .band > span { display: block; padding-top: 0.25em; overflow: hidden; font-size: 0.82em; text-align: center; text-overflow: ellipsis; }
.verdict .band::before { content: ""; display: block; height: 0.6em; background: currentcolor; }
.verdict .band.uncertain::before { background: repeating-linear-gradient(135deg, currentcolor 0 3px, transparent 3px 6px); }
.verdict .band:first-child::before { border-radius: 0.3em 0 0 0.3em; }
.verdict .band:nth-last-child(2)::before { border-radius: 0 0.3em 0.3em 0; }
.verdict .marker {
  position: absolute;
  top: -0.4em;
  width: 0.3em;
  height: 1.4em;
  margin-left: -0.15em;
  border-radius: 0.15em;
  background: var(--ink);
  box-shadow: 0 0 0 2px var(--ground);
}
.verdict .cuts { position: relative; height: 1.3em; color: var(--quiet); font-size: 0.78em; }
.verdict .cuts span { position: absolute; translate: -50% 0; white-space: nowrap; }

.verdict h3 { margin: 1.4em 0 0.3em; color: var(--quiet); font-size: 0.9em; font-weight: 600; line-height: inherit; }
.verdict .scored { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 1em; }
.verdict .scores { margin: 0; padding: 0; list-style: none; }
.verdict .scores li { display: flex; align-items: center; gap: 0.3em 0.75em; padding: 0.35em 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
.verdict ol.scores { counter-reset: face; }
.verdict ol.scores li::before { counter-increment: face; content: counter(face); min-width: 1em; color: var(--quiet); font-variant-numeric: tabular-nums; }
.verdict .scores .member { padding-inline-start: 1em; border-top: 0; color: var(--quiet); }
.verdict .scores .member > span:first-child { font-size: 0.875em; }
.verdict .scores .member > b { font-weight: normal; }
.verdict .scores li > b { margin-left: auto; }
.verdict .bar { flex: 1; max-width: 9rem; height: 0.375em; margin-left: auto; border-radius: 0.2em; background: var(--line); overflow: hidden; }
.verdict .bar span { display: block; height: 100%; background: var(--quiet); }
.verdict .scores li > .bar + b { min-width: 3em; margin: 0; text-align: right; }

.verdict dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0.2em 1em; margin: 0; font-size: 0.9em; }
.verdict dt { color: var(--quiet); }
.verdict dd { margin: 0; overflow-wrap: anywhere; }

.verdict .report { margin-top: 1.1em; }
.verdict .report summary { width: fit-content; color: var(--accent); text-decoration: underline; cursor: pointer; list-style: none; }
.verdict .report summary::-webkit-details-marker { display: none; }
.verdict .report form { display: grid; gap: 0.35em; justify-items: start; max-width: 34rem; margin-top: 0.5em; }
.verdict .report label { margin: 0; color: var(--quiet); font-size: 0.92em; }
.verdict .report :is(select, textarea) {
  box-sizing: border-box;
  width: 100%;
  padding: 0.35em 0.5em;
  border: 1px solid var(--edge, var(--line));
  border-radius: 0.4em;
  background: var(--ground);
  color: inherit;
  font: inherit;
  resize: vertical;
}
.verdict .report button { margin-top: 0.3em; }
.verdict .report p { margin: 0.4em 0 0; }
.verdict .report p:empty { display: none; }
.verdict .report [hidden] { display: none; }

@media (forced-colors: active) {
  .verdict .band::before, .verdict .marker, .verdict .bar span { forced-color-adjust: none; }
}
`;

/** @param {Document | ShadowRoot} root In which cards stand. */
export function addVerdictStyles(root) {
  addSheet(root, CARD_CSS);
}
