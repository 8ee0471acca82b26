"""The report as one HTML page that needs nothing else: readable in light and dark, and on paper. Nothing in it runs."""

from collections.abc import Iterable
from html import escape
from secrets import token_hex

from markdown_it import MarkdownIt

from warroom.incident.events import Event
from warroom.incident.place import title_mark
from warroom.protocol.model import Protocol
from warroom.report.history import gather
from warroom.report.markdown import markdown
from warroom.report.svg import plots
from warroom.text import plain

STYLE = """
:root { color-scheme: light dark; --ink: #1c2733; --paper: #fff; --dim: #5d6b7a; --rule: #d3dae2; --head: #eef2f6;
  --candidate: #b3261e; --stable: #1a6fb5; --limit: #8a6d00; }
@media (prefers-color-scheme: dark) { :root { --ink: #dde5ee; --paper: #12181f; --dim: #93a1b0; --rule: #33404d;
  --head: #1d2731; --candidate: #ff8a80; --stable: #7db9f0; --limit: #d9b93c; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 64rem;
  margin: 2rem auto; padding: 0 1.2rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; } h2 { margin-top: 2.2rem; border-bottom: 1px solid var(--rule); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; display: block; overflow-x: auto; }
th, td { border: 1px solid var(--rule); padding: .3rem .5rem; text-align: left; vertical-align: top; }
thead th { background: var(--head); } thead th:empty { padding: 0; border: 0; }
a { color: var(--stable); } em { color: var(--dim); } pre { overflow-x: auto; }
figure { margin: 1rem 0; } figcaption { color: var(--dim); font-size: .9rem; }
svg { width: 100%; height: auto; } svg text { font: 11px system-ui, sans-serif; fill: var(--dim); }
svg .axis { stroke: var(--rule); } svg .limit { stroke: var(--limit); stroke-dasharray: 6 4; }
svg polyline { fill: none; stroke-width: 1.8; }
svg .candidate, svg .traffic { stroke: var(--candidate); } svg .stable { stroke: var(--stable); }
svg circle.candidate { fill: var(--candidate); } svg circle.stable { fill: var(--stable); }
span.candidate, span.traffic { color: var(--candidate); } span.stable { color: var(--stable); }
@media print { body { margin: 0; max-width: none; font-size: 11px; } h2, h3 { break-after: avoid; }
  tr, figure { break-inside: avoid; } table { display: table; } a { color: inherit; } }
"""

POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(events: Iterable[Event], protocol: Protocol, now: float) -> str:
    """The report at `now` (Unix seconds) of an incident's events, whole and in order. Raises FoldError for none."""
    log = tuple(events)
    history = gather(log)
    place = f"plots-{token_hex(8)}"
    reader = MarkdownIt("commonmark", {"html": False, "xhtmlOut": True}).enable(["table", "strikethrough"])
    reader.disable("image")
    drawn = plots(history, protocol) or "<p>No metrics were recorded.</p>"
    body = reader.render(markdown(log, protocol, now, plots=place)).replace(f"<p>{place}</p>", drawn)
    incident = history.incident
    title = escape(f"{title_mark(incident.declared)}{incident.id} {plain(incident.title, 200)}")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8"/>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"/>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
