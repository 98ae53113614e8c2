"""`GET /v1/batches/{id}/codes`: the same bytes as `suyuan batch --again`, in every form, whole and in
parts, to clients that are slow, leave, or come back after the worker died."""
import contextlib
import csv
import gzip
import io
import json
import os
import re
import signal
import socket
import struct
import subprocess
import time
import uuid

import pytest
from hypothesis import given, strategies

from examples import examples
from lines import Line, fresh_gtin, problem
from server import Server, cpu_seconds, status_of, wait_until
from shop import Shop

NAME = "芝麻 \"黑\", =1 kg"
QUANTITY = 12345


class Batch:
    """A batch of a product with a name that CSV and JSON must escape, and its file by `suyuan`."""

    def __init__(self, suyuan, console, folder):
        gtin, slug = fresh_gtin(), f"brand-{uuid.uuid4().hex[:12]}"
        shop = Shop(suyuan, folder, slug, en="Codes & Co")
        suyuan("brand", "own", slug, gtin, status=0)
        shop.record("product", {"gtin": gtin, "name.zh-CN": NAME})
        shop.record("lot", {"gtin": gtin, "lot": "L-7", "produced_on": "2026-03-01"})
        self.line = Line(suyuan, console, "--rate", 1000000, brand=slug, gtins=[])
        self.line.gtin = gtin
        made = self.line.batch(quantity=QUANTITY, lot="L-7")
        self.id, self.path = made["id"], made["codes"]
        self.gtin = gtin
        self.again(suyuan, folder / "plain.csv")
        self.plain = (folder / "plain.csv").read_bytes()
        self.again(suyuan, folder / "sheet.csv", "--spreadsheet")
        self.spreadsheet = (folder / "sheet.csv").read_bytes()
        self.rows = list(csv.DictReader(io.StringIO(self.plain.decode(), newline="")))

    def again(self, suyuan, path, *words):
        suyuan("batch", "--again", self.id, "--out", path, *words, status=0)

    def get(self, query="", **headers):
        return self.line.get(self.path + query, **headers)

    def send(self, method, query="", **headers):
        return self.line.send(method, self.path + query, **headers)


@pytest.fixture(scope="module")
def batch(suyuan, console, tmp_path_factory):
    return Batch(suyuan, console, tmp_path_factory.mktemp("codes"))


# --- forms ----------------------------------------------------------------------------------------


def test_the_file_is_the_one_of_the_command_line(batch):
    answer = batch.get()
    assert answer.status == 200 and answer.body == batch.plain
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-length"] == str(len(batch.plain))
    assert answer.headers["accept-ranges"] == "bytes" and "content-encoding" not in answer.headers
    assert answer.headers["content-disposition"] == \
        f'attachment; filename="codes-{batch.gtin}-{batch.id}.csv"'
    assert answer.headers["cache-control"] == "private, no-cache"
    assert {"accept", "accept-encoding"} <= set(re.split(", *", answer.headers["vary"]))
    assert "ratelimit" in answer.headers
    assert len(batch.rows) == QUANTITY and batch.rows[0]["product"] == NAME


def test_the_variant_for_spreadsheets_is_that_of_the_command_line(batch):
    assert batch.get("?spreadsheet=1").body == batch.spreadsheet


@pytest.mark.parametrize("query,words", [
    ("?format=ndjson", ["--format", "ndjson"]), ("?format=txt", ["--format", "txt"]), ("?bom=1", ["--bom"]),
    ("?encoding=utf-16le", ["--utf16"]), ("?format=txt&encoding=utf-16le", ["--format", "txt", "--utf16"]),
])
def test_both_doors_write_every_form_alike(batch, suyuan, tmp_path, query, words):
    batch.again(suyuan, tmp_path / "codes", *words)
    assert batch.get(query).body == (tmp_path / "codes").read_bytes()


def test_the_command_line_refuses_what_does_not_go_together(batch, suyuan, tmp_path):
    for words in (["--format", "pdf"], ["--format", "ndjson", "--bom"], ["--format", "txt", "--spreadsheet"]):
        assert suyuan("batch", "--again", batch.id, "--out", tmp_path / "codes", *words).status == 2


def test_a_byte_order_mark_is_all_that_differs(batch):
    assert batch.get("?bom=1").body == b"\xef\xbb\xbf" + batch.plain


def test_utf16_has_the_same_columns_between_tabs(batch):
    answer = batch.get("?encoding=utf-16le")
    assert answer.headers["content-type"] == "text/tab-separated-values; charset=utf-16le"
    assert answer.headers["content-disposition"].endswith('.tsv"')
    assert answer.body.startswith(b"\xff\xfe")
    text = io.StringIO(answer.body.decode("utf-16"), newline="")
    assert list(csv.DictReader(text, delimiter="\t")) == batch.rows


def test_ndjson_tells_the_same(batch):
    answer = batch.get(Accept="application/x-ndjson")
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.text.endswith("\n") and len(lines) == QUANTITY
    for line, row in zip(lines, batch.rows):
        assert list(line) == list(row)
        assert {k: "" if v is None else str(v) for k, v in line.items()} == row
    assert lines[0]["seq"] == 1 and lines[0]["expiry"] is None


def test_text_has_an_address_a_line(batch):
    answer = batch.get("?format=txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == "".join(row["url"] + "\r\n" for row in batch.rows)


@pytest.mark.parametrize("accept,kind", [
    ("text/csv", "text/csv"), ("*/*", "text/csv"), ("text/*", "text/csv"), ("", "text/csv"),
    ("application/*", "application/x-ndjson"), ("text/plain", "text/plain"),
    ("text/csv;q=0.2, application/x-ndjson;q=0.9", "application/x-ndjson"),
    ("text/html, application/json;q=0.9, */*;q=0.1, text/csv;q=0", "application/x-ndjson"),
])
def test_accept_chooses(batch, accept, kind):
    answer = batch.send("HEAD", "", Accept=accept)
    assert answer.status == 200 and answer.headers["content-type"].split(";")[0] == kind


def test_what_cannot_be_had_is_406_and_a_format_in_the_address_wins(batch):
    problem(batch.get(Accept="text/html"), 406, "Accept")
    assert batch.get("?format=ndjson&to=1", Accept="text/html").status == 200


@pytest.mark.parametrize("query,member", [
    ("format=pdf", "format"), ("format=", "format"), ("spreadsheet=yes", "spreadsheet"), ("bom=2", "bom"),
    ("encoding=gbk", "encoding"), ("format=ndjson&bom=1", "format"), ("format=txt&spreadsheet=1", "format"),
    ("format=ndjson&encoding=utf-16le", "format"), ("from=0", "from"), ("to=0", "to"), ("from=x", "from"),
    (f"to={QUANTITY + 1}", "to"), ("from=6&to=5", "from"), (f"from={QUANTITY + 1}", "from"),
])
def test_what_is_wrong_with_the_query_is_named(batch, query, member):
    problem(batch.get("?" + query), 400, member)


def test_a_slice_of_the_codes_is_a_file_of_its_own(batch):
    head, first = batch.plain.partition(b"\r\n")[0] + b"\r\n", 9990
    lines = batch.plain.split(b"\r\n")
    answer = batch.get(f"?from={first}&to={first + 20}")
    assert answer.body == head + b"".join(line + b"\r\n" for line in lines[first:first + 21])
    assert answer.headers["content-length"] == str(len(answer.body))
    assert f"-{first}-{first + 20}.csv" in answer.headers["content-disposition"]
    assert answer.headers["etag"] != batch.get(f"?from={first}&to={first + 21}").headers["etag"]


# --- parts ----------------------------------------------------------------------------------------


QUERIES = ["", "?format=ndjson", "?format=txt", "?encoding=utf-16le", "?spreadsheet=1", "?from=95&to=1010"]


@pytest.fixture(scope="module")
def wholes(batch):
    return {query: batch.get(query).body for query in QUERIES}


@examples(150)
@given(query=strategies.sampled_from(QUERIES), data=strategies.data())
def test_every_part_is_that_part_of_the_whole(batch, wholes, query, data):
    whole = wholes[query]
    first = data.draw(strategies.integers(0, len(whole) - 1))
    last = data.draw(strategies.integers(first, len(whole) + 10))
    answer = batch.get(query, Range=f"bytes={first}-{last}")
    assert answer.status == 206 and answer.body == whole[first:last + 1]
    end = min(last, len(whole) - 1)
    assert answer.headers["content-range"] == f"bytes {first}-{end}/{len(whole)}"
    assert answer.headers["content-length"] == str(end - first + 1)


def test_the_end_and_an_open_part(batch):
    size = len(batch.plain)
    answer = batch.get(Range="bytes=-100")
    assert answer.status == 206 and answer.body == batch.plain[-100:]
    answer = batch.get(Range=f"bytes={size - 7}-")
    assert answer.status == 206 and answer.body == batch.plain[-7:]


def test_a_part_beyond_the_end_is_416(batch):
    size = len(batch.plain)
    answer = batch.get(Range=f"bytes={size}-")
    problem(answer, 416)
    assert answer.headers["content-range"] == f"bytes */{size}"


@pytest.mark.parametrize("value", ["bytes=0-1,5-6", "bytes=5-2", "lines=1-2", "bytes=a-b"])
def test_what_is_no_single_part_gets_the_whole(batch, value):
    answer = batch.get(Range=value)
    assert answer.status == 200 and answer.body == batch.plain


def test_a_part_is_only_of_the_file_it_was_begun_with(batch):
    tag = batch.send("HEAD").headers["etag"]
    assert batch.get(Range="bytes=10-19", If_Range=tag).body == batch.plain[10:20]
    other = batch.get(Range="bytes=10-19", If_Range='"other"')
    assert other.status == 200 and other.body == batch.plain


def test_head_says_all_and_sends_nothing(batch):
    for query in QUERIES:
        whole, head = batch.get(query), batch.send("HEAD", query, Range="bytes=0-1")
        assert head.status == 200 and head.body == b""
        for name in ("content-length", "content-type", "etag", "accept-ranges", "content-disposition"):
            assert head.headers[name] == whole.headers[name]


def test_who_has_it_is_not_sent_it_again(batch):
    tag = batch.send("HEAD").headers["etag"]
    assert not tag.startswith("W/")
    answer = batch.get(If_None_Match=f'"x", {tag}')
    assert answer.status == 304 and answer.body == b"" and answer.headers["etag"] == tag
    assert "content-type" not in answer.headers
    assert batch.get(If_None_Match='"x"').status == 200
    problem(batch.get(If_Match='"x"'), 412)
    assert batch.get(If_Match=tag).status == 200


def test_every_form_has_a_tag_of_its_own(batch):
    queries = QUERIES + ["?bom=1", "?format=txt&encoding=utf-16le", "?encoding=utf-16le&spreadsheet=1"]
    tags = [batch.send("HEAD", query).headers["etag"] for query in queries]
    assert len(set(tags)) == len(queries)


# --- compressed -----------------------------------------------------------------------------------


@pytest.mark.parametrize("query", QUERIES)
def test_gzip_is_the_same_smaller(batch, wholes, query):
    answer = batch.get(query, Accept_Encoding="gzip, deflate, br")
    assert answer.headers["content-encoding"] == "gzip" and gzip.decompress(answer.body) == wholes[query]
    assert "accept-ranges" not in answer.headers and "content-length" not in answer.headers
    assert len(answer.body) < len(wholes[query]) / 2
    tag = answer.headers["etag"]
    assert tag.startswith("W/") and tag[2:] != batch.send("HEAD", query).headers["etag"]
    again = batch.get(query, Accept_Encoding="gzip", If_None_Match=tag)
    assert again.status == 304 and again.headers["etag"] == tag
    head = batch.send("HEAD", query, Accept_Encoding="gzip")
    assert head.headers["etag"] == tag and head.headers["content-encoding"] == "gzip"


def test_a_part_is_never_compressed(batch):
    answer = batch.get(Range="bytes=0-99", Accept_Encoding="gzip")
    assert answer.status == 206 and answer.body == batch.plain[:100]
    assert "content-encoding" not in answer.headers


# --- whose ----------------------------------------------------------------------------------------


def test_the_batch_of_another_brand_is_404(batch, suyuan, console):
    problem(Line(suyuan, console).get(batch.path), 404)


def test_a_gtin_that_the_key_is_not_for_is_404(batch, suyuan, console):
    other = fresh_gtin()
    suyuan("brand", "own", batch.line.brand, other, status=0)
    line = Line(suyuan, console, "--gtin", other, brand=batch.line.brand, gtins=[])
    problem(line.get(batch.path), 404)
    allowed = Line(suyuan, console, "--gtin", batch.gtin, brand=batch.line.brand, gtins=[])
    assert allowed.get(batch.path, Range="bytes=0-9").body == batch.plain[:10]


def test_an_unknown_batch_is_404_and_no_key_is_401(batch, console):
    problem(batch.line.get(f"/v1/batches/{uuid.uuid4()}/codes"), 404)
    problem(batch.line.get("/v1/batches/x/codes"), 404)
    problem(console.get(batch.path), 401)


def test_nothing_but_reading_is_allowed(batch):
    assert batch.send("DELETE").status == 405


# --- large, slow, broken --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(instance, batch):
    with console_server(instance, batch) as running:
        yield running


@contextlib.contextmanager
def console_server(instance, batch, **more):
    """A console of our own on the same database, which it has reached."""
    # In the instance's own file the socket is where its workers see it, in their chroot.
    conf = dict(line.split(" = ", 1) for line in instance.config.read_text().splitlines() if " = " in line)
    database = conf["console_database_url"].partition("@")[0] + "@" + \
        instance.env["DATABASE_URL"].partition("@")[2]
    more = {"console_database_url": database, "master_key_file": instance.var / "secrets/master.key", **more}
    with Server("probe", "console", **more) as server:
        wait_until(lambda: is_up(server, batch), 20)
        yield server


def is_up(server, batch):
    try:
        with server.client() as client:
            return client.ask(request(batch, f"/v1/batches/{batch.id}")).status == 200
    except (OSError, EOFError):
        return False


def request(batch, path, *more):
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {batch.line.key}", *more]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@pytest.fixture(scope="module")
def billion(batch):
    made = batch.line.batch(quantity=10**9)
    return made["codes"]


def test_a_billion_codes_have_a_length_and_an_end(batch, billion, server):
    with server.client() as client:
        head = client.ask(request(batch, billion).replace(b"GET", b"HEAD", 1), to_head=True)
        length = int(head.headers["content-length"])
        assert 10**11 < length < 10**12
        part = client.ask(request(batch, billion, f"Range: bytes={length - 1000}-"))
        assert part.status == 206 and len(part.body) == 1000
        assert part.body.endswith(b'"1"\r\n') and b'"1000000000","' in part.body


def resident_kb(pid):
    return int(status_of(pid)["VmRSS"].split()[0])


def test_a_slow_reader_of_a_billion_codes_costs_little(batch, billion, server):
    worker = server.workers[0]
    with server.client() as client:
        client.ask(request(batch, billion, "Range: bytes=0-9999999"))
    resident = resident_kb(worker)
    with server.client(receive_buffer=65536) as client:
        client.send(request(batch, billion))
        client.head()
        before = cpu_seconds(worker)
        for _ in range(20):
            assert client.socket.recv(16384)
            time.sleep(0.1)
        assert resident_kb(worker) - resident < 1024
        assert cpu_seconds(worker) - before < 0.5


def test_a_vanished_client_ends_the_work(batch, billion, server):
    client = server.client()
    client.send(request(batch, billion))
    client.head()
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    assert server.log_of(route="batch_codes", status=499)
    before = cpu_seconds(server.workers[0])
    time.sleep(0.5)
    assert cpu_seconds(server.workers[0]) - before < 0.1


@pytest.mark.parametrize("more", [(), ("Accept-Encoding: gzip",)], ids=["plain", "gzip"])
def test_other_requests_are_answered_meanwhile(batch, billion, server, more, record_property):
    """The time is reported, not judged: the machine may be busy."""
    taken = []
    command = ["curl", "-sk", "-o", "/dev/null", "-H", f"Authorization: Bearer {batch.line.key}",
               *(word for line in more for word in ("-H", line)), f"https://localhost:{server.port}{billion}"]
    downloads = [subprocess.Popen(command) for _ in range(2)]
    try:
        with server.client() as client:
            for _ in range(200):
                started = time.perf_counter()
                assert client.ask(request(batch, f"/v1/batches/{batch.id}")).status == 200
                taken.append(time.perf_counter() - started)
        assert all(download.poll() is None for download in downloads)
    finally:
        for download in downloads:
            download.kill()
            download.wait()
    taken.sort()
    record_property("p99_ms", 1000 * taken[int(0.99 * len(taken))])
    print(f"p50 {1000 * taken[len(taken) // 2]:.1f} ms, p99 {1000 * taken[int(0.99 * len(taken))]:.1f} ms")


def take(client, wanted):
    """Body bytes until there are `wanted` or more, or the connection ends."""
    body, client.buffer = bytearray(client.buffer), b""
    try:
        while len(body) < wanted and (piece := client.socket.recv(65536)):
            body += piece
    except OSError:
        pass
    return bytes(body)


def test_after_a_kill_of_the_worker_the_rest_is_the_same(batch, instance):
    """Large enough not to lie in the buffers of the sockets as a whole."""
    path = batch.line.batch(quantity=100_000, lot="L-7")["codes"]
    whole = batch.line.get(path).body
    with console_server(instance, batch) as server:
        body, tag = b"", None
        for kill_at in (100_000, 4_000_000, 12_000_000, None):
            more = () if tag is None else (f"Range: bytes={len(body)}-", f"If-Range: {tag}")
            with server.client(receive_buffer=4096) as client:
                client.send(request(batch, path, *more))
                status, headers, _ = client.head()
                assert status == (200 if tag is None else 206)
                assert tag in (None, headers["etag"])
                tag = headers["etag"]
                if kill_at is not None:
                    body += take(client, kill_at - len(body))
                    os.kill(server.workers[0], signal.SIGKILL)
                body += take(client, len(whole) - len(body))
            assert whole.startswith(body)
            wait_until(lambda: is_up(server, batch), 20)
        assert body == whole


def test_a_stopping_server_cuts_what_takes_too_long(batch, billion, instance):
    with console_server(instance, batch, drain_seconds=1) as server:
        with server.client(receive_buffer=65536) as client:
            client.send(request(batch, billion))
            client.head()
            started = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - started < 10
        assert server.log_of(route="batch_codes", status=503)


def test_a_server_without_the_master_key_says_so(batch, instance, tmp_path):
    with console_server(instance, batch, master_key_file=tmp_path / "none") as server:
        with server.client() as client:
            answer = client.ask(request(batch, batch.path))
            assert answer.status == 503 and "key" in answer.json["detail"]
