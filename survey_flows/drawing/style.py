"""How a picture looks: one style sheet, light and dark.

Every colour is a custom property on `.survey-flow`, so that a page that shows the picture can set its own. A page with
a strict content policy, where the sheet inside the picture is not applied, links `CSS` from its own origin.
"""

CSS = """
.survey-flow { --sf-paper: #fbfbfd; --sf-ink: #1d2130; --sf-muted: #6b7183; --sf-card: #ffffff; --sf-edge: #dfe2ea;
  --sf-line: #a9afbf; --sf-score: #5b4bdb; --sf-pick: #0b8a7d; --sf-open: #b4690e; --sf-say: #64708a;
  --sf-good: #d5f0de; --sf-middle: #fbeecb; --sf-bad: #fbdcd9; --sf-plain: #e7e6fb; --sf-on-band: #3b4152;
  --sf-done: #1b7f4b; --sf-stop: #8a4b4b; --sf-lit: #5b4bdb; --sf-glow: #5b4bdb66; --sf-frame: #5b4bdb0a;
  color: var(--sf-ink);
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
@media (prefers-color-scheme: dark) {
  .survey-flow { --sf-paper: #14161d; --sf-ink: #eceef5; --sf-muted: #9aa1b5; --sf-card: #1f222c; --sf-edge: #343948;
  --sf-line: #626a80; --sf-score: #a79bff; --sf-pick: #4fd1c1; --sf-open: #f0b35e; --sf-say: #a3adc4;
  --sf-good: #1f4a33; --sf-middle: #50431c; --sf-bad: #552a2a; --sf-plain: #35326a; --sf-on-band: #e3e6f0;
  --sf-done: #63cf97; --sf-stop: #e39a9a; --sf-lit: #a79bff; --sf-glow: #a79bff66; --sf-frame: #a79bff12; } }
.survey-flow .sf-paper { fill: var(--sf-paper); }
.survey-flow text { fill: currentColor; }
.survey-flow .sf-title { font-size: 19px; font-weight: 650; letter-spacing: -0.2px; }
.survey-flow .sf-about, .survey-flow .sf-foot { font-size: 12px; fill: var(--sf-muted); }
.survey-flow .sf-card { fill: var(--sf-card); stroke: var(--sf-edge); stroke-width: 1; }
.survey-flow .sf-score { --sf-own: var(--sf-score); } .survey-flow .sf-pick { --sf-own: var(--sf-pick); }
.survey-flow .sf-open { --sf-own: var(--sf-open); } .survey-flow .sf-say { --sf-own: var(--sf-say); }
.survey-flow .sf-dot { fill: var(--sf-own); }
.survey-flow .sf-type { font-size: 10px; font-weight: 650; letter-spacing: 0.6px; fill: var(--sf-own); }
.survey-flow .sf-id { font-size: 10.5px; fill: var(--sf-muted);
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.survey-flow .sf-text { font-size: 13px; }
.survey-flow .sf-answers { font-size: 11px; fill: var(--sf-muted); }
.survey-flow .sf-note { font-size: 10px; fill: var(--sf-muted); font-style: italic; }
.survey-flow .sf-good { fill: var(--sf-good); } .survey-flow .sf-middle { fill: var(--sf-middle); }
.survey-flow .sf-bad { fill: var(--sf-bad); } .survey-flow .sf-plain { fill: var(--sf-plain); }
.survey-flow .sf-point { font-size: 9.5px; fill: var(--sf-on-band); font-variant-numeric: tabular-nums; }
.survey-flow .sf-frame > rect { fill: var(--sf-frame); stroke: var(--sf-line); stroke-dasharray: 5 4; }
.survey-flow .sf-frame-note { font-size: 11px; font-weight: 600; fill: var(--sf-muted); }
.survey-flow .sf-heading { font-size: 11.5px; font-weight: 600; }
.survey-flow .sf-way { fill: none; stroke: var(--sf-line); stroke-width: 1.4; }
.survey-flow .sf-tip { fill: var(--sf-line); }
.survey-flow .sf-label rect { fill: var(--sf-paper); }
.survey-flow .sf-label text { font-size: 10.5px; fill: var(--sf-muted); }
.survey-flow .sf-pill text { font-size: 12.5px; font-weight: 600; }
.survey-flow .sf-start rect { fill: var(--sf-ink); } .survey-flow .sf-start text { fill: var(--sf-paper); }
.survey-flow .sf-ending { --sf-own: var(--sf-stop); } .survey-flow .sf-completed { --sf-own: var(--sf-done); }
.survey-flow .sf-ending rect { fill: var(--sf-card); stroke: var(--sf-own); stroke-width: 1.5; }
.survey-flow .sf-ending text { fill: var(--sf-own); }
.survey-flow .sf-current > .sf-card, .survey-flow .sf-pill.sf-current > rect { stroke: var(--sf-lit); stroke-width: 2.5;
  filter: drop-shadow(0 0 7px var(--sf-glow)); }
"""
