"""`GET /v1/batches/{id}/codes?pin=1`: PINs in a last column, each byte where it was computed to be."""
import csv
import gzip
import io
import json
import random

import pytest

from lines import Line, problem

QUANTITY = 2345


class Batch:
    def __init__(self, suyuan, console, folder):
        self.line = Line(suyuan, console, "--rate", 1000000)
        self.plain = self.line.batch(quantity=3)  # made before there were PINs
        suyuan("pin", "on", "--gtin", self.line.gtin, "--digits", 5, status=0)
        made = self.line.batch(quantity=QUANTITY)
        self.path = made["codes"]
        suyuan("batch", "--again", made["id"], "--with-pin", "--out", folder / "pins.csv", status=0)
        self.file = (folder / "pins.csv").read_bytes()
        self.rows = list(csv.DictReader(io.StringIO(self.file.decode(), newline="")))

    def get(self, query="?pin=1", **headers):
        return self.line.get(self.path + query, **headers)


@pytest.fixture(scope="module")
def batch(suyuan, console, tmp_path_factory):
    return Batch(suyuan, console, tmp_path_factory.mktemp("pins"))


def test_the_file_is_the_one_of_the_command_line(batch):
    answer = batch.get()
    assert answer.status == 200 and answer.body == batch.file
    assert answer.headers["content-length"] == str(len(batch.file))
    assert list(batch.rows[0])[-1] == "pin" and {len(r["pin"]) for r in batch.rows} == {5}
    assert gzip.decompress(batch.get(Accept_Encoding="gzip").body) == batch.file


def test_lines_of_json_and_utf16_hold_the_same_pins(batch, suyuan):
    lines = [json.loads(line) for line in batch.get("?pin=1&format=ndjson").text.splitlines()]
    assert [line["pin"] for line in lines] == [r["pin"] for r in batch.rows]
    wide = batch.get("?pin=1&encoding=utf-16le").body.decode("utf-16")
    assert [r[-1] for r in csv.reader(io.StringIO(wide), delimiter="\t")][1:] == [r["pin"] for r in batch.rows]
    assert suyuan("pin", "show", "--code", batch.rows[7]["url"], status=0).out.strip() == batch.rows[7]["pin"]


@pytest.mark.parametrize("query", ["?pin=1", "?pin=1&format=ndjson", "?pin=1&encoding=utf-16le", "?pin=1&from=95&to=1234"])
def test_any_part_is_of_the_whole(batch, query):
    whole, chance = batch.get(query).body, random.Random(7)
    for _ in range(12):
        first = chance.randrange(len(whole))
        last = min(first + chance.randrange(1, 70000), len(whole) - 1)
        answer = batch.get(query, Range=f"bytes={first}-{last}")
        assert answer.status == 206 and answer.body == whole[first:last + 1]


def test_with_and_without_are_two_files(batch):
    tags = {batch.line.send("HEAD", batch.path + query).headers["etag"]
            for query in ("", "?pin=1", "?pin=0", "?pin=1&format=ndjson", "?format=ndjson")}
    assert len(tags) == 4
    assert b"pin" not in batch.get("").body


def test_refuses_what_has_none(batch):
    problem(batch.line.get(batch.plain["codes"] + "?pin=1"), 409, "pin")
    problem(batch.get("?pin=1&format=txt"), 400, "format")
    problem(batch.get("?pin=yes"), 400, "pin")
    assert batch.line.get(batch.plain["codes"]).status == 200
