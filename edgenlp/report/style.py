"""How the page looks, by day and by night."""

from __future__ import annotations

from typing import Final

from edgenlp.report.charts import COLOURS

STYLE: Final = """
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1d2430; --soft: #5b6573; --rule: #d9dee5; --shade: #f4f6f9; --bar: #cfe0f7;
  --c0: #1f6feb; --c1: #b35900; --c2: #1a7f4b; --c3: #a3248f;
  --c4: #6b5b00; --c5: #c62f3b; --c6: #0b7285; --c7: #5f3dc4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12161d; --ink: #e6e9ee; --soft: #9aa5b4; --rule: #2d3541; --shade: #1a202a; --bar: #21406b;
    --c0: #6cb0ff; --c1: #ffab5c; --c2: #5bd69a; --c3: #f08be0;
  --c4: #e3cc4d; --c5: #ff8a8f; --c6: #5fd0e0; --c7: #b9a5ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 62rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 3rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1rem; margin: 1.75rem 0 .25rem; }
p { margin: .25rem 0 .75rem; max-width: 46rem; }
.soft, figcaption, caption { color: var(--soft); font-size: .875rem; }
a { color: var(--c0); }
figure { margin: 1rem 0; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem; }
.figures figure { flex: 1 1 26rem; min-width: 0; max-width: 30rem; }
svg { display: block; width: 100%; height: auto; font: 12px system-ui, sans-serif; overflow: visible; }
svg text { fill: var(--soft); }
svg .axis { fill: var(--ink); }
.grid, .rule { stroke: var(--rule); stroke-width: 1; }
.rule { stroke: var(--soft); }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
svg .name { font-weight: 600; paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0 1rem; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .375rem; }
caption span { display: block; max-width: min(46rem, 100vw - 2.5rem); }
th, td { padding: .3rem .75rem .3rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); }
thead th { vertical-align: bottom; color: var(--soft); font-weight: 600; }
th.number, td.number { text-align: right; white-space: nowrap; }
tbody th { font-weight: 600; }
.label { font: .8125rem ui-monospace, monospace; overflow-wrap: anywhere; }
.bar { display: inline-block; height: .7em; margin-right: .4em; background: var(--bar); }
.missing { margin: .5rem 0; padding: .5rem .75rem; background: var(--shade);
  border-left: 3px solid var(--rule); font-size: .875rem; }
details { margin: 1rem 0; }
summary { cursor: pointer; color: var(--soft); font-size: .875rem; }
pre { background: var(--shade); padding: .75rem; overflow-x: auto; font: .8125rem/1.45 ui-monospace, monospace; }
@media print { body { max-width: none; } details { display: none; } }
""" + "".join(
    f"svg .name.c{number} {{ fill: var(--c{number}); }} .line.c{number} {{ stroke: var(--c{number}); }} "
    f".mark.c{number} {{ fill: var(--c{number}); }}\n"
    for number in range(COLOURS)
)
