"""A part of the report: label sheets as PDF, beside libharu."""
import json

import machine
import report
from servers import PROGRAMS, run

TURNS = 9
LABELS_LEAST = 50_000  # a second and core


class Sheets:
    def __init__(self, bench):
        listed = run(machine.pinned(bench.server_core, [PROGRAMS / "pdf", TURNS]))
        self.sheets = [json.loads(line) for line in listed.splitlines()]

    def text(self):
        ours, theirs, *pieces, symbols = self.sheets
        whole = ours["median_ns"] + symbols["median_ns"]
        rows = [[s["name"], f"{1e9 / s['median_ns']:,.0f}", f"{s['median_ns'] / 1000:.1f}",
                 f"{s['min_ns'] / 1000:.1f}–{s['max_ns'] / 1000:.1f}", f"{s['bytes']:.0f}",
                 f"{theirs['median_ns'] / s['median_ns']:.1f}"] for s in (ours, theirs)]
        parts = ", ".join(f"{p['name']} {p['median_ns'] / ours['median_ns']:.0%}" for p in pieces)
        return ("## Label sheets as PDF: symbol and three lines of text, one of them Chinese\n\n" +
                report.table(["", "labels/s", "µs of CPU", "least–most", "bytes a label",
                              "× libharu"], rows) +
                f"\n\nOn one core, the symbols drawn before; with ours drawn too it is {1e9 / whole:,.0f} labels "
                f"a second. Of ours: {parts}; the rest is text, arrangement and the file.")

    def expected(self):
        """Rows of the table of expectations: name, measured, bound, met."""
        rate = 1e9 / self.sheets[0]["median_ns"]
        return [("label sheets: labels a second and core", f"{rate:,.0f}", f"≥ {LABELS_LEAST:,}",
                 rate >= LABELS_LEAST)]
