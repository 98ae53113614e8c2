"""A part of the report: what one core computes by itself, serials and QR symbols."""
import json
import os

import machine
import report
from servers import PROGRAMS, run

CODES = int(os.environ.get("BENCH_CODES", "1000000"))
# What issue and design promised.
SERIALS_LEAST, QR_LEAST = 10_000_000, 10


def times(spread):
    return f"{spread['median']:,.0f} ({spread['min']:,.0f}–{spread['max']:,.0f})"


def a_second(spread):
    return f"{1e9 / spread['median']:,.0f}"


class Compute:
    def __init__(self, bench):
        listed = run(machine.pinned(bench.server_core, [PROGRAMS / "compute", CODES]))
        self.serials, *self.symbols = [json.loads(line) for line in listed.splitlines()]

    @staticmethod
    def ratio(row):
        return row["theirs"]["median"] / row["ours"]["median"]

    def text(self):
        serials = self.serials["ns"]
        rows = [[row["text"], f"{row['version']}-{row['level']}", f"{row['symbols']:,}",
                 times(row["ours"]), times(row["theirs"]), a_second(row["ours"]),
                 a_second(row["theirs"]), f"{self.ratio(row):.1f}"] for row in self.symbols]
        compared = sum(row["symbols"] for row in self.symbols)
        return (f"## What one core computes\n\n"
                f"A serial takes {times(serials)} ns of CPU in a batch: {a_second(serials)} a "
                f"second.\n\nQR symbols of random texts, ours and libqrencode's drawn in turns; "
                f"all {compared:,} are the same in every module.\n\n" +
                report.table(["", "version", "compared", "ours, ns", "libqrencode, ns",
                              "ours/s", "libqrencode/s", "× libqrencode"], rows))

    def expected(self):
        """Rows of the table of expectations: name, measured, bound, met."""
        rate = 1e9 / self.serials["ns"]["median"]
        usual, worst = self.ratio(self.symbols[0]), min(map(self.ratio, self.symbols))
        return [("serials a second and core", f"{rate:,.0f}", f"≥ {SERIALS_LEAST:,}",
                 rate >= SERIALS_LEAST),
                ("QR symbols / libqrencode's, usual address", f"{usual:.1f}", f"≥ {QR_LEAST}",
                 usual >= QR_LEAST),
                ("QR symbols / libqrencode's, worst shape", f"{worst:.1f}", f"≥ {QR_LEAST}",
                 worst >= QR_LEAST)]
