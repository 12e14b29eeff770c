namespace Thpc.NodeAgent.Fleet;

/// <summary>The style sheet of the fleet page: light and dark, for wide screens and phones.</summary>
internal static class FleetStyle
{
    // Every text colour has a contrast of at least 4.5 on the card and on the page (WCAG 2.2, 1.4.3).
    public const string Sheet =
        """
        :root { color-scheme: light dark; --page: #f3f5f8; --card: #ffffff; --ink: #16202c; --muted: #526071; --line: #d5dce4;
          --lane: #eef1f5;
          --good: #2e8b57; --bad: #c8372d; --warn: #b7791f; --run: #2b7bb9; --bin: #4c7fd9; --tail: #c77d11; --red: #b3261e; }
        @media (prefers-color-scheme: dark) { :root { --page: #0f141b; --card: #18202a; --ink: #e7edf4; --muted: #a3b2c3; --line: #33404f;
          --lane: #222c38;
          --good: #4fb37f; --bad: #f0776c; --warn: #d9a441; --run: #5aa7e0; --bin: #6f9df0; --tail: #e0a23c; --red: #ff9a91; } }
        * { box-sizing: border-box; }
        body { margin: 0; padding: 24px 16px 48px; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif;
          overflow-wrap: anywhere; }
        main { max-width: 1080px; margin: 0 auto; }
        h1 { font-size: 26px; line-height: 1.25; margin: 0; }
        h2 { font-size: 18px; margin: 0 0 4px; }
        h3 { font-size: 15px; margin: 0; display: flex; flex-wrap: wrap; gap: 0 12px; align-items: baseline; }
        p { margin: 2px 0; }
        section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px; margin-top: 16px; }
        article { border-top: 1px solid var(--line); margin-top: 14px; padding-top: 14px; }
        .muted, footer { color: var(--muted); }
        .red { color: var(--red); }
        .light { font-weight: normal; }
        footer { margin-top: 16px; font-size: 13px; }
        code { font: 13px/1.5 ui-monospace, monospace; }
        summary { cursor: pointer; }
        ul { list-style: none; margin: 8px 0 0; padding: 0; }
        .legend { display: flex; flex-wrap: wrap; gap: 4px 24px; }
        .dot { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 7px; }
        svg { display: block; width: 100%; overflow: hidden; }
        svg text { font: 12px system-ui, sans-serif; fill: var(--muted); }
        .good { fill: var(--good); background: var(--good); } .bad { fill: var(--bad); background: var(--bad); }
        .warn { fill: var(--warn); background: var(--warn); }
        .run { fill: var(--run); background: var(--run); } .bin { fill: var(--bin); } .tail { fill: var(--tail); }
        .idle { fill: var(--muted); }
        .lane { fill: var(--lane); } .axis { stroke: var(--line); } .mark { stroke: var(--ink); stroke-width: 2; }
        .dashed { stroke-dasharray: 4 3; }
        .rows { display: grid; grid-template-columns: minmax(0, 340px) minmax(0, 1fr) 96px; grid-auto-flow: row dense; gap: 3px 12px;
          align-items: center; margin-top: 8px; font-size: 13px; line-height: 1.4; }
        .rows svg { grid-column: 2; }
        .rows .name { grid-column: 1; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
        .rows .step { padding-left: 14px; }
        .rows .time { grid-column: 3; text-align: right; white-space: nowrap; }
        @media (max-width: 700px) { body { padding: 16px 10px 32px; } section { padding: 14px; }
          .rows { grid-template-columns: minmax(0, 1fr) auto; grid-auto-flow: row; }
          .rows .name { white-space: normal; } .rows .time { grid-column: 2; } .rows svg { grid-column: 1 / -1; margin-bottom: 4px; } }
        """;
}
