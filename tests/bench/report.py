"""Tables that read well on a terminal and as Markdown."""


def table(titles, rows):
    """The first column to the left, the others to the right."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [titles, *rows]) for i in range(len(titles))]

    def line(cells):
        return "| " + " | ".join(c.ljust(w) if i == 0 else c.rjust(w)
                                 for i, (c, w) in enumerate(zip(cells, widths))) + " |"

    rule = "|" + "|".join("-" * (w + 2) if i == 0 else "-" * (w + 1) + ":"
                          for i, w in enumerate(widths)) + "|"
    return "\n".join([line(titles), rule, *map(line, rows)])


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def spread(side, value, form=number):
    """Median (least – most)."""
    return "{} ({}–{})".format(*(form(v) for v in side.spread(value)))


def percent(value):
    return f"{100 * value:.0f} %"


def sides_table(sides, base, kind):
    """Rates, latencies and CPU; `base` is what the last column compares with."""
    titles = ["", f"{kind}/s", "p50 ms", "p99 ms", f"CPU µs/{kind[:-1]}", "server's core",
              "client", "× CPU"]
    rows = []
    for side in sides:
        busy = side.median(lambda r: side.core_seconds(r) / r.answers.seconds)
        own = side.median(lambda r: r.cpu_us())
        rows.append([side.name, spread(side, lambda r: r.rate),
                     f"{side.median(lambda r: r.answers.p50_ms):.2f}",
                     f"{side.median(lambda r: r.answers.p99_ms):.2f}",
                     spread(side, lambda r: r.cpu_us()), percent(busy),
                     percent(side.median(lambda r: r.client / r.answers.seconds)),
                     f"{own / base.median(lambda r: r.cpu_us()):.2f}"])
    return table(titles, rows)


def expectations(rows):
    """Of each: its name, what was measured, what was expected, whether that is met."""
    return table(["", "measured", "expected", ""], [[*row[:-1], "met" if row[-1] else "not met"] for row in rows])
