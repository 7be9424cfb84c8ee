import { Markup } from './markup.ts';

/** One column on a phone, light and dark after the reader's own setting, no colour without a sign beside it. */
export const style = new Markup(`
:root { color-scheme: light dark; --ink: #1b1f24; --dim: #57606a; --paper: #fff; --box: #f6f8fa; --line: #d0d7de;
  --passed: #1a7f37; --failed: #cf222e; --inconclusive: #9a6700; --other: #57606a; --bar: #0969da; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --dim: #9198a1; --paper: #0d1117; --box: #161b22;
  --line: #3d444d; --passed: #3fb950; --failed: #ff7b72; --inconclusive: #d29922; --other: #9198a1; --bar: #4493f8; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; } h3, h4 { font-size: 1rem; margin: 1rem 0 .25rem; }
a { color: var(--bar); } .skip { position: absolute; left: -100rem; } .skip:focus { left: 1rem; }
:focus-visible { outline: 3px solid var(--bar); outline-offset: 2px; }
.system { font-size: 1.2rem; margin: .25rem 0; } .dim { color: var(--dim); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; margin: .5rem 0; } dt { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; }
.counts { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; padding: 0; }
.counts li, .verdict { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .7rem; white-space: nowrap; }
.passed { color: var(--passed); } .failed { color: var(--failed); } .inconclusive { color: var(--inconclusive); } .not-applicable, .not-run { color: var(--other); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; padding: 0; }
details.claim { border: 1px solid var(--line); border-radius: .4rem; margin: .4rem 0; }
details.claim > summary { padding: .5rem .75rem; cursor: pointer; display: flex; gap: .6rem; align-items: baseline; flex-wrap: wrap; }
summary .title { flex: 1 1 16rem; } .id { font-weight: 600; font-variant-numeric: tabular-nums; }
.body { padding: 0 .75rem .75rem; border-top: 1px solid var(--line); }
pre { background: var(--box); border: 1px solid var(--line); border-radius: .3rem; padding: .5rem; overflow: auto; max-height: 30rem; font-size: .85rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .9rem; } th, td { border: 1px solid var(--line); padding: .15rem .5rem; text-align: left; vertical-align: top; }
caption { text-align: left; color: var(--dim); } th { background: var(--box); }
.note { border-left: .25rem solid var(--inconclusive); padding: .25rem .75rem; background: var(--box); margin: .5rem 0; }
svg { width: 100%; height: auto; } .scroll > svg { min-width: 40rem; } svg { font: 13px system-ui, sans-serif; } svg text { fill: var(--ink); } svg .dim { fill: var(--dim); }
svg .box { fill: var(--box); stroke: var(--line); } svg .wire { stroke: var(--dim); stroke-width: 3; } svg .session { fill: none; stroke: var(--bar); stroke-dasharray: 5 4; stroke-width: 1.5; }
svg .session.failed { stroke: var(--failed); } svg .session.passed { stroke: var(--passed); } svg .bar { fill: var(--bar); }
@media print { details { break-inside: avoid; } }
`);
