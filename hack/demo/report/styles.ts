/** Light and dark, as the reader's system is set. */
export const styles = `
:root { color-scheme: light dark; --ink: #1c2530; --soft: #5c6875; --faint: #dfe4ea; --paper: #ffffff; --card: #f6f8fa;
  --v1: #3268c4; --v2: #17886b; --v3: #8a4fbf; --bad: #c8322b; --window: #d9720b; --band: #c8322b14; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ef; --soft: #9aa7b4; --faint: #303944; --paper: #14191f; --card: #1c232b;
  --v1: #6ea0f2; --v2: #45bd9b; --v3: #bb8be6; --bad: #f0766f; --window: #f0a04b; --band: #f0766f1f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; } h1 em { font-style: normal; color: var(--v1); }
h2 { font-size: 19px; margin: 40px 0 8px; }
p { margin: 0 0 8px; } header p { color: var(--soft); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin-top: 20px; }
.figures div { background: var(--card); border-radius: 10px; padding: 12px 14px; }
.figures b { display: block; font-size: 24px; line-height: 1.25; font-variant-numeric: tabular-nums; } .figures span { color: var(--soft); font-size: 14px; }
svg { display: block; width: 100%; height: auto; font-family: inherit; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); gap: 16px; }
.plots svg { background: var(--card); border-radius: 10px; }
text { fill: var(--ink); font-size: 13px; }
.title { font-weight: 600; font-size: 14px; } .note { fill: var(--soft); font-size: 12.5px; }
.tick { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; } .end { text-anchor: end; } .middle { text-anchor: middle; }
.grid { stroke: var(--faint); stroke-width: 1; } .axis { stroke: var(--soft); stroke-width: 1; }
.event { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 2 4; opacity: 0.7; }
.mark { fill: var(--paper); stroke: var(--ink); stroke-width: 1.5; } .number { font-size: 11.5px; font-weight: 600; }
.pattern { fill: var(--band); }
.line { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
.line.v1 { stroke: var(--v1); } .line.v2 { stroke: var(--v2); } .line.v3 { stroke: var(--v3); }
.share { stroke: none; shape-rendering: crispEdges; } .share.v1 { fill: var(--v1); } .share.v2 { fill: var(--v2); } .share.v3 { fill: var(--v3); }
.limit { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 6 4; fill: none; }
circle.dot { stroke: var(--paper); stroke-width: 1.5; } .dot.calm, .column.calm { fill: var(--soft); } .dot.breached, .column.breached { fill: var(--bad); }
.baseline-area { fill: var(--soft); opacity: 0.28; } .window-area { fill: var(--window); opacity: 0.28; }
.baseline-line { fill: none; stroke: var(--soft); stroke-width: 1.5; } .window-line { fill: none; stroke: var(--window); stroke-width: 2; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 22px; color: var(--soft); font-size: 14px; margin: 10px 0; }
.legend span { display: inline-flex; align-items: center; gap: 7px; }
.legend i { width: 16px; height: 10px; border-radius: 3px; background: var(--soft); }
.legend i.v1 { background: var(--v1); } .legend i.v2 { background: var(--v2); } .legend i.v3 { background: var(--v3); }
.legend i.dot { width: 10px; border-radius: 50%; } .legend i.breached { background: var(--bad); } .legend i.window { background: var(--window); }
.legend i.limit { background: none; height: 0; border-radius: 0; border-top: 2px dashed var(--bad); } .legend i.pattern { background: var(--band); border: 1px solid var(--faint); }
.events { columns: 2; column-gap: 40px; padding: 0 0 0 26px; margin: 12px 0 0; font-size: 14px; }
.events li { break-inside: avoid; margin-bottom: 4px; padding-left: 4px; overflow-wrap: anywhere; } .events li::marker { font-weight: 600; font-size: 12px; }
.events time { color: var(--soft); font-variant-numeric: tabular-nums; margin-right: 6px; }
@media (max-width: 760px) { .events { columns: 1; } }
`;
