import { Markup } from './markup.ts';

/**
 * One column on a phone, areas beside the claims on a desk; light and dark after the reader's own setting; no colour
 * without a sign or a word beside it. Every text has a contrast of at least 4.5 to what it is on (browser.test.ts).
 */
export const style = new Markup(`
:root { color-scheme: light dark; --ink: #1c2430; --dim: #566070; --paper: #fbfbfa; --card: #ffffff; --box: #f3f4f4; --line: #dcdfe3; --edge: #7b8594;
  --passed: #1b7046; --failed: #b3261e; --inconclusive: #855700; --other: #566070; --accent: #2458a6; --bar: #5b86c4;
  --passed-box: #e9f4ee; --failed-box: #fbecea; --inconclusive-box: #faf1de; --other-box: #eef0f2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7eb; --dim: #a0a9b6; --paper: #14171c; --card: #1b1f26; --box: #232831; --line: #343b46; --edge: #768193;
  --passed: #6cc795; --failed: #ff9a91; --inconclusive: #e3b15a; --other: #a0a9b6; --accent: #8db7f5; --bar: #5f8fd2;
  --passed-box: #1b2c24; --failed-box: #351f20; --inconclusive-box: #302817; --other-box: #262b33; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body { margin: 0; font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; color: var(--ink); background: var(--paper); }
.wrap { max-width: 78rem; margin: 0 auto; padding: 0 1rem 4rem; }
a { color: var(--accent); text-underline-offset: .15em; }
.skip { position: absolute; left: -100rem; background: var(--card); padding: .5rem 1rem; } .skip:focus { left: 1rem; top: .5rem; z-index: 2; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: .2rem; }
h1, h2, h3, h4 { line-height: 1.25; font-weight: 650; } h1 { font-size: 1.65rem; margin: .2rem 0 .6rem; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; } h3 { font-size: 1rem; margin: 1.25rem 0 .35rem; }
p { margin: .4rem 0; } li { margin: .35rem 0; overflow-wrap: anywhere; } .dim { color: var(--dim); } code, .id, pre, td, .num { font-variant-numeric: tabular-nums; }
.kicker { text-transform: uppercase; letter-spacing: .08em; font-size: .78rem; color: var(--dim); margin: 0; }
header { padding: 2rem 0 .5rem; }
.state { display: inline-flex; gap: .5rem; align-items: baseline; border-radius: .5rem; padding: .35rem .8rem; font-weight: 600; margin: .25rem 0 .75rem; }
.state.good { background: var(--passed-box); color: var(--passed); } .state.bad { background: var(--failed-box); color: var(--failed); } .state.unsure { background: var(--inconclusive-box); color: var(--inconclusive); }
.stack { display: flex; height: .8rem; border-radius: .4rem; overflow: hidden; gap: 2px; margin: .5rem 0 .6rem; } .stack span { display: block; min-width: 3px; background: currentColor; } .stack .not-run { opacity: .35; }
.counts { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; list-style: none; padding: 0; margin: .25rem 0 1rem; } .counts strong { font-size: 1.15rem; }
.passed { color: var(--passed); } .failed { color: var(--failed); } .inconclusive { color: var(--inconclusive); } .not-applicable, .not-run { color: var(--other); }
dl.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(9.5rem, 100%), 1fr)); gap: .6rem 1.5rem; margin: 1rem 0; padding: 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .7rem; }
dl.facts div { min-width: 0; } dt { color: var(--dim); font-size: .85rem; } dd { margin: 0; overflow-wrap: anywhere; }
dl.about { display: grid; grid-template-columns: minmax(6.5rem, max-content) 1fr; gap: .3rem 1.2rem; margin: .75rem 0; } dl.about dd { min-width: 0; }
.sides { display: block; } nav ul { list-style: none; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: .3rem .4rem; } nav a { display: flex; gap: .6rem; justify-content: space-between; text-decoration: none; color: var(--ink); padding: .3rem .7rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); font-size: .92rem; } nav a .dim { white-space: nowrap; flex: none; } nav a:hover { border-color: var(--edge); }
@media (min-width: 62rem) { .sides { display: grid; grid-template-columns: 15rem minmax(0, 1fr); gap: 2.5rem; } nav { position: sticky; top: 1rem; align-self: start; max-height: calc(100vh - 2rem); overflow-y: auto; margin-top: 2.4rem; } nav ul { display: block; } nav li { margin: .25rem 0; } main { min-width: 0; } }
fieldset { border: 0; padding: 0; margin: 1.2rem 0 0; display: flex; flex-wrap: wrap; gap: .3rem 1rem; font-size: .92rem; } legend { float: left; color: var(--dim); padding: 0 .4rem 0 0; } fieldset label { display: inline-flex; gap: .35rem; align-items: center; cursor: pointer; } input { accent-color: var(--accent); }
body:has(#show-run:checked) .not-run-claim, body:has(#show-attention:checked) .calm, body:has(#show-corrections:checked) .plain { display: none; }
details.claim { border: 1px solid var(--line); border-radius: .7rem; margin: .45rem 0; background: var(--card); } details.claim { content-visibility: auto; contain-intrinsic-size: auto 3.2rem; } details.claim[open] { border-color: var(--edge); }
summary { cursor: pointer; } details.claim > summary { padding: .6rem .9rem; display: grid; grid-template-columns: 1.6rem 5rem minmax(0, 1fr) auto; gap: .1rem .5rem; align-items: baseline; list-style: none; } details.claim > summary::-webkit-details-marker { display: none; }
details.claim > summary:hover .title { text-decoration: underline; text-decoration-color: var(--edge); text-underline-offset: .2em; }
.id { font-weight: 650; white-space: nowrap; } .title { min-width: 0; } .meta { color: var(--dim); font-size: .88rem; white-space: nowrap; text-align: right; }
.badge { display: inline-flex; width: 1.45rem; height: 1.45rem; border-radius: 50%; align-items: center; justify-content: center; font-size: .85rem; font-weight: 700; line-height: 1; } .badge.passed { background: var(--passed-box); } .badge.failed { background: var(--failed-box); } .badge.inconclusive { background: var(--inconclusive-box); } .badge.not-applicable, .badge.not-run { background: var(--other-box); }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.tag { display: inline-block; border: 1px solid var(--line); border-radius: .35rem; padding: 0 .4rem; font-size: .78rem; color: var(--dim); margin-left: .3rem; }
@media (max-width: 40rem) { details.claim > summary { grid-template-columns: 1.6rem 1fr auto; } details.claim > summary .title { grid-column: 1 / -1; grid-row: 2; } dl.about { grid-template-columns: 1fr; gap: 0; } dl.about dd { margin-bottom: .5rem; } }
.body { padding: .3rem .9rem 1rem; border-top: 1px solid var(--line); }
pre { background: var(--box); border-radius: .5rem; padding: .6rem .8rem; overflow: auto; max-height: 28rem; font: .84rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere; margin: .4rem 0; }
.reason { border-left: .25rem solid var(--failed); } .reason.inconclusive { border-color: var(--inconclusive); color: inherit; } .reason.not-applicable { border-color: var(--edge); color: inherit; }
.note { border-left: .25rem solid var(--inconclusive); border-radius: .2rem; padding: .5rem .9rem; background: var(--inconclusive-box); margin: .75rem 0; } .note q { font-style: italic; }
details.evidence { border-top: 1px solid var(--line); padding: .4rem 0; } details.evidence > summary { font-weight: 600; padding: .15rem 0; overflow-wrap: anywhere; }
details.rest { margin: .6rem 0; } details.rest > summary { color: var(--dim); padding: .3rem 0; }
details.evidence .file { font-size: .82rem; color: var(--dim); overflow-wrap: anywhere; }
.scroll { overflow-x: auto; max-width: 100%; } table { border-collapse: collapse; font-size: .88rem; margin: .4rem 0; } th, td { border-bottom: 1px solid var(--line); padding: .25rem .9rem .25rem 0; text-align: left; vertical-align: top; } thead th { color: var(--dim); font-weight: 600; white-space: nowrap; } tbody th { font-weight: 500; } td:first-child, tbody th { min-width: 8rem; } tr.step td.num { white-space: nowrap; } caption.sr { position: absolute; } caption { text-align: left; color: var(--dim); font-size: .85rem; padding-bottom: .2rem; }
tr.gone td, tr.missing td { background: var(--failed-box); } tr.new td, tr.extra td { background: var(--inconclusive-box); } tr.gone td:first-child, tr.missing td:first-child, tr.new td:first-child, tr.extra td:first-child { padding-left: .5rem; } td.unseen { color: var(--dim); font-style: italic; }
tr.step td:first-child { min-width: 4.5rem; } tr.step td { overflow-wrap: anywhere; } td.depth-1 { padding-left: 1.2rem; } td.depth-2 { padding-left: 2.4rem; } td.depth-3 { padding-left: 3.6rem; }
.figure { overflow-x: auto; margin: .5rem 0; } svg { display: block; width: 100%; height: auto; max-width: 46rem; font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; } .figure svg { min-width: 30rem; } .map svg { width: auto; max-width: none; }
svg text { fill: var(--ink); } svg .dim { fill: var(--dim); } svg .strong { font-weight: 650; } svg .small { font-size: 11.5px; }
svg .net { fill: var(--box); } svg .box { fill: var(--card); stroke: var(--line); stroke-width: 1.2; } svg .router { stroke: var(--edge); } svg .wire { stroke: var(--edge); stroke-width: 2; } svg .lane, svg .grid { stroke: var(--line); stroke-width: 1; }
svg .session { fill: none; stroke: var(--bar); stroke-width: 1.8; stroke-dasharray: 6 4; } svg .session.failed { stroke: var(--failed); } svg .session.passed { stroke: var(--passed); } svg .hop { fill: none; stroke: var(--bar); stroke-width: 1.8; }
svg .bar, svg .mark, svg .span { fill: var(--bar); } svg .ticks { stroke: var(--bar); stroke-width: 1.6; } svg .ticks.fault { stroke: var(--failed); } svg .event { stroke: var(--inconclusive); stroke-width: 1.5; stroke-dasharray: 4 3; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); color: var(--dim); font-size: .85rem; }
@media print { body { background: #fff; } details.claim { break-inside: avoid; } nav, fieldset { display: none; } }
`);
