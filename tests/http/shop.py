"""A brand of a test's own, made by the command line as an operator would, and its codes."""
import csv
import io
import re

from steps import TOP


def gtin(number):
    """The 14 digits of the `number`th GTIN of a company prefix kept for examples."""
    body = f"0950600{number:06d}"
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(body))
    return body + str(-total % 10)


def columns(profile):
    """Every column a profile reads."""
    return re.findall(r"= column (\S+)", profile.read_text(encoding="utf-8"))


def as_csv(header, rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=header)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


class Code:
    """One printed code."""

    def __init__(self, url):
        self.url = url
        self.path = "/" + url.split("://", 1)[1].partition("/")[2]
        self.serial = self.path.rpartition("/")[2]
        self.gtin = self.path.split("/")[2]


class Shop:
    def __init__(self, suyuan, folder, slug, **names):
        self.suyuan, self.folder, self.slug, self.batches = suyuan, folder, slug, 0
        names = [f"{language.replace('_', '-')}={text}" for language, text in names.items()]
        self("brand", "add", slug, *(w for n in names for w in ("--name", n)))

    def __call__(self, *words, **more):
        return self.suyuan(*words, **{"status": 0, **more})

    def record(self, table, *rows):
        """Imports rows; columns that are not named are empty."""
        profile = TOP / f"conf/profiles/{table}.profile"
        self("import", "--brand", self.slug, "--profile", profile, "--all-or-nothing", "-",
             input=as_csv(columns(profile), rows))

    def show(self, *fields):
        self("policy", "show", "--brand", self.slug, *fields)

    def hide(self, *fields):
        self("policy", "hide", "--brand", self.slug, *fields)

    def codes(self, gtin, quantity=1, lot=None, used=True, length=None):
        """New codes of a GTIN, put into use unless told otherwise."""
        self.batches += 1
        out = self.folder / f"{self.slug}-{self.batches}.csv"
        words = ["--gtin", gtin, "--quantity", quantity, "--out", out, "--json"]
        words += ["--lot", lot] if lot else []
        words += ["--length", length] if length else []
        batch = self("batch", *words).json
        if used:
            self("commission", "--batch", batch["id"])
        with open(out, encoding="utf-8", newline="") as rows:
            return [Code(row["url"]) for row in csv.DictReader(rows)]
