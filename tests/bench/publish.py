#!/usr/bin/python3
"""How long it takes from asking to publish a field until every lookup node shows it, or shows it no more.

    tests/bench/publish.py [CHANGES]        1,000 by default; on the instance that runs (make up)

A field of a product of its own, of a brand with one lot, is shown and hidden again and again through the API; one
or more nodes of `suyuand lookup` (SUYUAN_SECOND_URL names those beside the instance's own) are asked over kept
connections, one after the other, until all have followed. Counted from the moment the request is sent."""
import http.client
import json
import os
import pathlib
import re
import ssl
import subprocess
import sys
import time
import urllib.parse

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests/http"), str(TOP / "tests/lib"), str(TOP / "tests")]

import psycopg2      # noqa: E402

from conftest import Https      # noqa: E402
from people import Person      # noqa: E402
from shop import gtin as gtin_of      # noqa: E402

VAR = pathlib.Path(os.environ.get("SUYUAN_VAR", TOP / "var"))
if not (VAR / "demo.env").exists():
    raise SystemExit(f"publish.py: no instance has run in {VAR}: start one with `make up`")
ENV = dict(line.split("=", 1) for line in (VAR / "demo.env").read_text().splitlines() if "=" in line)
ENV = {k.removeprefix("export ").strip(): v.strip("'\"") for k, v in ENV.items()}


def suyuan(*words):
    done = subprocess.run([TOP / "bin/suyuan", "--config", VAR / "suyuan.conf", *map(str, words)], check=True,
                          capture_output=True, text=True)
    return done.stdout


def prepare(db):
    slug, gtin = f"bench-{os.getpid()}", gtin_of(500000 + os.getpid() % 90000)
    suyuan("brand", "add", slug, "--name", f"en={slug}")
    suyuan("brand", "own", slug, gtin)
    with db.cursor() as cursor:
        cursor.execute("""INSERT INTO trace.product (brand_id, gtin, name, care) SELECT id, %s, '{"en": "Tea"}', '{"en": "Dry"}'
            FROM trace.brand WHERE slug = %s""", (int(gtin), slug))
        cursor.execute("""INSERT INTO trace.lot (brand_id, gtin, lot, best_before) SELECT id, %s, 'L', '2040-01-01'
            FROM trace.brand WHERE slug = %s""", (int(gtin), slug))
    out = VAR / f"{slug}.csv"
    batch = json.loads(suyuan("batch", "--gtin", gtin, "--lot", "L", "--quantity", 1, "--out", out, "--json"))
    suyuan("commission", "--batch", batch["id"])
    url = re.search(r"https?://[^\s\",]+", out.read_text(), re.I)[0]
    out.unlink()
    return slug, urllib.parse.urlsplit(url).path


class Node:
    def __init__(self, url, path):
        self.parts, self.path = urllib.parse.urlsplit(url), path
        self.context = ssl.create_default_context(cafile=ENV["SUYUAN_CA"])
        self.connection = None

    def shows(self, text):
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(self.parts.hostname, self.parts.port, context=self.context)
        self.connection.request("GET", self.path, headers={"Accept": "application/json", "User-Agent": "bench"})
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{answer.status}: {body[:200]}")
        return text in body.decode()


def main():
    changes = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    db = psycopg2.connect(ENV["DATABASE_URL"])
    db.autocommit = True
    slug, path = prepare(db)
    editor = Person(Https(ENV["SUYUAN_CONSOLE_URL"], ENV["SUYUAN_CA"]), db, slug, "editor")
    urls = [ENV["SUYUAN_LOOKUP_URL"]] + [u for u in os.environ.get("SUYUAN_SECOND_URL", "").split() if u]
    nodes = [Node(url, path) for url in urls]
    taken = {"show": [], "hide": [], "year": []}
    for i in range(changes):
        choice = ("show", "year", "hide")[i % 3]
        answer = editor.ask("PUT", "/v1/fields", {"choices": {"lot.best_before": choice, "product.name": "show"}})
        assert answer.status == 200, answer.text
        begun = time.perf_counter()
        answer = editor.ask("POST", "/v1/fields/publish", {})
        assert answer.status == 200, answer.text
        for node in nodes:
            while node.shows("2040-01-01") != (choice == "show") or (
                    choice == "year" and not node.shows('"2040"')):
                if time.perf_counter() - begun > 10:
                    raise SystemExit(f"{node.parts.netloc} has not followed within 10 s")
        taken[choice].append(1000 * (time.perf_counter() - begun))
    print(f"{changes} changes, {len(nodes)} lookup node(s); from asking to publish until every node has followed, ms")
    for name, times in [*taken.items(), ("all", sum(taken.values(), []))]:
        times = sorted(times)
        if times:
            print(f"{name:5} p50 {times[len(times) // 2]:7.1f}  p99 {times[min(len(times) - 1, len(times) * 99 // 100)]:7.1f}"
                  f"  max {times[-1]:7.1f}")


if __name__ == "__main__":
    main()
