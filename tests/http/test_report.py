"""Reports of suspicious codes: from a form without JavaScript to the brand, photos bare, nothing half, nobody's address."""
import email.mime.multipart
import email.mime.nonmultipart
import email.policy
import itertools
import json
import os
import re
import signal
import socket
import subprocess
import time

import pytest
from hypothesis import given, strategies as st

from backends import Place
from examples import examples
from pictures import png, size_of_jpeg
from server import Client, UNVERIFIED, wait_until
from shop import gtin
from steps import TOP

TEA, OTHERS, UNISSUED = gtin(740001), gtin(740002), gtin(740003)
KB, MB = 1 << 10, 1 << 20
_addresses, _references = itertools.count(1), itertools.count(1)


@pytest.fixture(scope="module")
def place():
    place = Place("reports")
    place.shop.record("product", *({"gtin": g, "name.en": "Tea"} for g in (TEA, UNISSUED)))
    place.shop("brand", "add", "rival", "--name", "en=Rival")
    place.shop("brand", "own", "rival", OTHERS)
    place.shop.codes(OTHERS)
    yield place
    place.remove()


@pytest.fixture(scope="module")
def code(place):
    return place.shop.codes(TEA)[0]


@pytest.fixture(scope="module")
def server(place, code):
    with place.server("asan", workers=1) as server:
        # Until its worker knows the GTINs.
        wait_until(lambda: server.get(code.path).status == 200)
        wait_until(lambda: post(server, dict(code=code.path, place="x")).status == 200)
        yield server


@pytest.fixture(autouse=True)
def empty(place):
    with place.database() as cursor:
        cursor.execute("DELETE FROM inbox.report")
        cursor.execute("DELETE FROM trace.report")


def fresh_address():
    """A loopback address that has sent nothing, of a neighbourhood that has sent nothing."""
    number = next(_addresses)
    return f"127.{100 + number // 250}.{number % 250}.7"


class From(Client):
    """A connection from an address of its own."""

    def __init__(self, port, address=None, seconds=20):
        plain = socket.socket()
        plain.settimeout(seconds)
        plain.bind((address or fresh_address(), 0))
        plain.connect(("127.0.0.1", port))
        self.socket = UNVERIFIED.wrap_socket(plain, server_hostname="localhost")
        self.buffer = b""


def form(fields, boundary=b"xYzZY"):
    """fields: name -> text, bytes, or (file name, type, bytes)."""
    out = b""
    for name, value in fields.items():
        out += b"--" + boundary + b"\r\nContent-Disposition: form-data; name=\"" + name.encode() + b'"'
        if isinstance(value, tuple):
            file, kind, value = value
            out += f'; filename="{file}"\r\nContent-Type: {kind}'.encode()
        out += b"\r\n\r\n" + (value.encode() if isinstance(value, str) else value) + b"\r\n"
    return out + b"--" + boundary + b"--\r\n"


def head(length, *more, boundary="xYzZY", path="/report"):
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {length}",
             f"Content-Type: multipart/form-data; boundary={boundary}", "Accept-Language: en", *more]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def follow(client, answer):
    """The page that a stored report leads to."""
    return client.get(answer.headers["location"]) if answer.status == 303 else answer


def post(server, fields, *more, address=None, raw=None):
    body = form(fields) if raw is None else raw
    with From(server.port, address) as client:
        return follow(client, client.ask(head(len(body), *more) + body))


def inbox(place):
    with place.database() as cursor:
        cursor.execute("SELECT gtin, serial, place, note, photo, reference FROM inbox.report ORDER BY id")
        return [(g, s, p, n, None if b is None else bytes(b), r) for g, s, p, n, b, r in cursor.fetchall()]


def reports(place, *options):
    return [json.loads(l) for l in place.suyuan("report", "list", "--json", *options, status=0).out.splitlines()]


def take_in(place):
    place.suyuan("jobs", "--once", status=0)


# --- the way of a report


def test_a_report_reaches_its_brand_with_a_bare_photo(place, server, code):
    photo = png(2000, 1500)
    answer = post(server, {"code": code.path, "place": " Market hall,\tstand 7 ", "note": "Label\r\nis crooked. 标签歪了",
                           "photo": ("IMG.png", "image/png", photo)})
    assert answer.status == 200 and answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    reference = number_in(answer)
    assert inbox(place) == [(int(TEA), code.serial, "Market hall, stand 7", "Label\nis crooked. 标签歪了", photo, reference)]
    assert reports(place) == []
    take_in(place)
    assert inbox(place) == []
    [row] = reports(place, "--brand", "reports")
    assert (row["reference"], row["gtin"], row["serial"]) == (reference, TEA, code.serial)
    assert row["photo"] == {"width": 1600, "height": 1200} and row["photo_note"] == "" and row["closed_at"] == ""
    assert reports(place, "--brand", "rival") == []
    out = place.folder / "photo.jpg"
    shown = place.suyuan("report", "show", reference.lower(), "--photo-out", out, status=0).out
    assert "Market hall, stand 7" in shown and "crooked" in shown
    size, markers = size_of_jpeg(out.read_bytes())
    assert size == (1600, 1200) and {m for m in markers if m > 0xe0} == set()
    assert b"at home" not in out.read_bytes()
    place.suyuan("report", "close", reference, "--note", "printer's fault", status=0)
    assert reports(place) == [] and reports(place, "--all")[0]["closing_note"] == "printer's fault"
    assert "no such report" in place.suyuan("report", "close", "0000000000", status=1).err
    assert "no such report" in place.suyuan("report", "show", "0000000000", status=1).err


@pytest.mark.parametrize("fields", [dict(place="shop"), dict(note="odd"), dict(photo=("a", "image/png", png(30, 30)))],
                         ids=["place", "note", "photo"])
def test_one_word_or_picture_is_enough(place, server, code, fields):
    assert post(server, {"code": code.path, **fields}).status == 200
    take_in(place)
    [row] = reports(place)
    assert (row["photo"] is not None) == ("photo" in fields)


def test_a_code_may_be_typed_in_many_ways_and_need_not_be_issued(place, server, code):
    for typed in (code.url, code.path + "?x=1", "localhost" + code.path, f"/01/{TEA}", f"/01/{TEA}/21/0123456789ABCD",
                  f"/gtin/{TEA}/ser/0123456789ABCD", f" https://elsewhere.example/a/01/{TEA}/10/L/21/AB "):
        assert post(server, {"code": typed, "place": "x"}).status == 200, typed
    assert [row[1] for row in inbox(place)] == [code.serial, code.serial, code.serial, "", "0123456789ABCD",
                                                "0123456789ABCD", "AB"]


def test_nobody_is_recognised_in_what_is_stored(place, server, code):
    address = fresh_address()
    assert post(server, {"code": code.path, "note": "x"}, "User-Agent: marked-agent", "Cookie: marked=cookie",
                "Referer: https://marked.example/", address=address).status == 200
    take_in(place)
    with place.database() as cursor:
        cursor.execute("SELECT to_jsonb(r)::text FROM trace.report AS r")
        [(row,)] = cursor.fetchall()
    assert address not in row and "marked" not in row
    [line] = server.log_of(route="report", status=303)[-1:]
    assert address not in json.dumps(line)


def number_in(answer):
    [reference] = set(re.findall(r"\b[0-9A-HJKMNP-TV-Z]{10}\b", answer.text))
    return reference


def test_what_is_sent_twice_is_one_report_and_its_page_may_be_loaded_again(place, server, code):
    address, serial = fresh_address(), itertools.count()

    def sent_twice():
        """On two connections at a time, as by pressing the button twice; who pressed does not see the first answer."""
        empty_inbox(place)
        fields = {"code": code.path, "place": f"Stand {next(serial)}", "photo": ("p", "image/png", png(40, 30))}
        body = form(fields)
        with From(server.port, address) as first, From(server.port, address) as second:
            first.send(head(len(body)) + body)
            second.send(head(len(body)) + body)
            answers = [first.answer(), second.answer()]
        assert [a.status for a in answers] == [303, 303]
        # Before the server has the day's key, and as a day begins, the second may have another number.
        return fields, [a.headers["location"] for a in answers]

    take_in(place)  # makes the day's key
    fields, (there, again) = wait_until(lambda: (got := sent_twice())[1][0] == got[1][1] and got, 15)
    assert there.endswith("&lang=en") and "no-store" in server.get(there).headers["cache-control"]
    reference = number_in(server.get(there))
    assert reference in there and number_in(server.get(there)) == reference
    assert "<form" not in server.get(there).text and "<form" in server.get("/report?done=%3Cb%3E567890").text
    assert number_in(post(server, fields, address=address)) == reference
    others = [number_in(post(server, fields)), number_in(post(server, {**fields, "note": "x"}, address=address)),
              number_in(post(server, {**fields, "photo": ("p", "image/png", png(30, 40))}, address=address))]
    assert len({reference, *others}) == 4
    take_in(place)
    assert number_in(post(server, fields, address=address)) == reference
    take_in(place)
    assert sorted(row["reference"] for row in reports(place)) == sorted([reference, *others]) and inbox(place) == []


# --- what is refused, and what stays typed


def test_the_form_is_a_page_that_needs_no_script(server, code):
    for path, known in (("/report", False), (f"/report?code={code.path}", True), ("/report?code=nonsense", False),
                        ("/report?lang=zh-CN", False)):
        answer = server.get(path)
        assert answer.status == 200 and "<script" not in answer.text and 'enctype="multipart/form-data"' in answer.text
        assert (f'type="hidden" name="code" value="{code.path}"' in answer.text) == known
        assert "form-action 'self'" in answer.headers["content-security-policy"]
        assert "8" in answer.text


@pytest.mark.parametrize("wrong, field, status", [
    (dict(place="x" * 201), "place", 422), (dict(note="字" * 2001), "note", 422),
    (dict(photo=("a.gif", "image/gif", b"GIF89a...")), "photo", 422),
    (dict(photo=("a.jpg", "image/jpeg", b"<html>")), "photo", 422),
    (dict(photo=("a.jpg", "image/jpeg", b"\xff\xd8\xff" + bytes(8 * MB - 2))), "photo", 413),
    (dict(code="/01/09506000134353/21/A"), "code", 422), (dict(code=f"/01/{gtin(749999)}/21/A"), "code", 422),
    (dict(code=f"/01/{UNISSUED}/21/A"), "code", 422), (dict(code=""), "code", 422), (dict(code="my tea"), "code", 422),
    (dict(note="", place=" \t", photo=("", "application/octet-stream", b"")), None, 422)], ids=lambda value: str(value)[:20])
def test_a_refusal_names_the_field_and_keeps_what_was_typed(place, server, code, wrong, field, status):
    fields = {"code": code.path, "place": "<b>Here</b>", "note": "Kept & safe", **wrong}
    answer = post(server, fields)
    assert answer.status == status
    if field in ("code", "place", "note", "photo"):
        [tag] = re.findall(rf'<[^<]* id="{field}"[^>]*>', answer.text)
        assert 'aria-invalid="true"' in tag
    if "place" not in wrong:
        assert "&lt;b&gt;Here&lt;/b&gt;" in answer.text or 'value="&lt;b>Here&lt;/b>"' in answer.text
    if "note" not in wrong:
        assert "Kept &amp; safe" in answer.text
    assert "<b>Here" not in answer.text
    assert inbox(place) == []


def test_the_limits_are_characters_and_what_fits_is_taken(place, server, code):
    fields = {"code": code.path, "place": "𝄞" * 200, "note": "a\r\n" * 999 + "bc"}
    assert post(server, fields).status == 200
    assert len(inbox(place)[0][2]) == 200 and len(inbox(place)[0][3]) == 2000
    whole = png(1, 1) + bytes(8 * MB - len(png(1, 1)))
    assert post(server, {"code": code.path, "photo": ("p", "image/png", whole)}).status == 200


def test_refuses_what_is_no_form(place, server):
    good = form({"code": "x", "place": "y"})
    with From(server.port) as client:
        assert client.ask(b"POST /report HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
                          b"Content-Type: application/x-www-form-urlencoded\r\n\r\na=b").status == 415
    with From(server.port) as client:
        assert client.ask(b"POST /report HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n").status == 415
    for raw in (b"", good[:-6], good.replace(b"form-data", b"attachment"), form({"place": b"\xff\xfe"}),
                form({"place": "a"})[:-11] + form({"place": "b"}), b"--xYzZY--"):
        answer = post(server, {}, raw=raw)
        assert answer.status in (400, 422), raw
        assert answer.status == 400 or raw == b"--xYzZY--"
    assert post(server, {"place": "x"}, "Sec-Fetch-Site: cross-site").status == 403
    assert inbox(place) == []


# --- bodies


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(server):
    for length in (8 * MB + 64 * KB + 1, 1 << 40):
        with From(server.port) as client:
            started = time.monotonic()
            answer = client.ask(head(length))
            assert answer.status == 413 and "text/html" in answer.headers["content-type"]
            assert answer.headers["connection"] == "close" and time.monotonic() - started < 5
        with From(server.port) as client:  # who asks first hears it instead of 100
            assert client.ask(head(length, "Expect: 100-continue")).status == 413


def test_who_asks_first_is_told_to_go_on(server, code):
    body = form({"code": code.path, "place": "x", "photo": ("p", "image/png", png(100, 100, noise=True))})
    with From(server.port) as client:
        assert client.ask(head(len(body), "Expect: 100-continue")).status == 100
        assert client.ask(body).status == 303
        assert client.get("/report").status == 200, "and the connection goes on"


def test_other_addresses_take_a_few_kilobytes(server, code):
    for path in (code.path, "/media/x.jpg", "/nowhere", "/repor%74"):
        with From(server.port) as client:
            answer = client.ask(head(8193, path=path))
            assert answer.status == 413, path
        with From(server.port) as client:
            assert client.ask(head(8192, path=path) + bytes(8192)).status != 413


def test_one_address_sends_two_photos_at_a_time_and_a_worker_takes_eight(server, code):
    body = form({"code": code.path, "photo": ("p", "image/png", png(300, 300, noise=True))})
    assert len(body) > 64 * KB
    address = fresh_address()
    waiting = [From(server.port, address) for _ in range(2)]
    for client in waiting:
        client.send(head(len(body)) + body[:-1])
    wait_until(lambda: post(server, {}, address=address, raw=body).status == 429)
    refused = post(server, {}, address=address, raw=body)
    assert refused.status == 429 and int(refused.headers["retry-after"]) >= 1
    others = [From(server.port) for _ in range(6)]
    for client in others:
        client.send(head(len(body)) + body[:-1])
    wait_until(lambda: post(server, {}, raw=body).status == 503)
    assert post(server, {}, raw=body).headers["retry-after"]
    assert post(server, {"code": code.path, "place": "small ones go on"}).status == 200
    others[0].close()  # who leaves makes room
    wait_until(lambda: post(server, {}, raw=body).status == 200)
    for client in waiting + others[1:]:
        client.send(body[-1:])
        assert client.answer().status == 303
        client.close()


def test_a_photos_memory_is_not_kept(server, code):
    body = form({"code": code.path, "photo": ("p", "image/png", png(1, 1) + bytes(7 * MB))})
    rss = lambda: int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{server.workers[0]}/status").read())[1])
    clients = []
    for _ in range(6):
        clients.append(From(server.port))
        assert clients[-1].ask(head(len(body)) + body).status == 303
    # The sanitizer keeps what was freed for a while, 256 MB of it.
    assert rss() < 500 * 1024
    for client in clients:
        assert client.get("/report").status == 200
        client.close()


# --- how often


def test_too_many_from_one_address_wait_and_others_do_not(place, server, code):
    address = fresh_address()
    fields = {"code": code.path, "place": "x"}
    answers = [post(server, fields, address=address) for _ in range(12)]
    assert [a.status for a in answers] == [200] * 10 + [429] * 2
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60 and len(inbox(place)) == 10
    neighbour = address.rsplit(".", 1)[0] + ".8"
    assert post(server, fields, address=neighbour).status == 200
    with From(server.port, address) as client:
        assert client.get("/report").status == 200
        assert client.ask(head(9 * MB)).status == 413


def test_a_neighbourhood_has_a_hundred_a_day(place, server, code):
    net = fresh_address().rsplit(".", 1)[0]
    fields = {"code": code.path, "place": "x"}
    answers = [post(server, fields, address=f"{net}.{1 + i // 9}").status for i in range(101)]
    assert answers == [200] * 100 + [429]


def test_workers_count_together(place, code):
    with place.server("asan", workers=2) as server:
        wait_until(lambda: server.get(code.path).status == 200)
        address, fields = fresh_address(), {"code": code.path, "place": "x"}
        for _ in range(2):
            wait_until(lambda: post(server, fields).status == 200)
        answers = [post(server, fields, address=address).status for _ in range(30)]
        assert answers.count(429) == 20, answers


# --- forms of other makers


text = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=60)
raw = st.binary(max_size=3000)


@examples(40)
@given(where=text, note=text, tail=raw, boundary=st.from_regex(r"[0-9A-Za-z'()+_,./:=?-]{1,70}", fullmatch=True),
       preamble=st.sampled_from([b"", b"\r\n", b"This is a form.\r\n"]), quoted=st.booleans())
def test_what_is_written_by_the_rules_is_read_as_written(place, server, code, where, note, tail, boundary, preamble,
                                                         quoted):
    photo = png(2, 2) + tail
    if b"\r\n--" + boundary.encode() in b"\r\n" + photo:
        return
    body = preamble + form({"code": code.path, "place": where, "note": note, "photo": ("é\\\"x", "image/png", photo),
                            "unknown": "field"}, boundary.encode()) + b"epilogue"
    with From(server.port) as client:
        answer = client.ask(head(len(body), boundary=f'"{boundary}"' if quoted or re.search(r"[^\w'+.-]", boundary)
                                 else boundary) + body)
        answer = follow(client, answer)
    clean = lambda s: s.strip(" \t\r\n")
    assert answer.status == 200, answer.text
    [(_, _, got_place, got_note, got_photo, _)] = inbox(place)
    assert (got_place, got_note, got_photo) == (clean(where), clean(note), photo)
    empty_inbox(place)


def empty_inbox(place):
    with place.database() as cursor:
        cursor.execute("DELETE FROM inbox.report")


def test_curl_and_python_send_forms_that_are_understood(place, server, code, tmp_path):
    photo = png(300, 200, noise=True)  # large enough that curl asks first
    (tmp_path / 'a "b;c.png').write_bytes(photo)
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--insecure", "--interface", fresh_address(), "-D", "-",
         "--resolve", f"localhost:{server.port}:127.0.0.1", f"https://localhost:{server.port}/report",
         "-F", f"code={code.path}", "-F", "place=Ort & \"Stelle\"", "-F", "note= ümlaut;type=text/plain",
         "-F", f"photo=@\"{str(tmp_path)}/a \\\"b;c.png\""], capture_output=True, timeout=60)
    assert b" 303 " in done.stdout, (done.stdout[-2000:], done.stderr)
    [(_, serial, where, note, got, _)] = inbox(place)
    assert (serial, where, note, got) == (code.serial, 'Ort & "Stelle"', "ümlaut", photo)
    empty_inbox(place)
    message = email.mime.multipart.MIMEMultipart("form-data", boundary="=_py 7")
    for name, value in (("code", code.path), ("place", "Platz")):
        part = email.mime.nonmultipart.MIMENonMultipart("text", "plain")
        part.add_header("Content-Disposition", "form-data", name=name)
        part.set_payload(value)
        message.attach(part)
    content_type = message["Content-Type"]
    data = message.as_bytes(policy=email.policy.HTTP).split(b"\r\n\r\n", 1)[1]
    with From(server.port) as client:
        answer = client.ask(f"POST /report HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\n"
                            f"Content-Length: {len(data)}\r\n\r\n".encode() + data)
        answer = follow(client, answer)
    assert answer.status == 200, answer.text
    assert inbox(place)[0][2] == "Platz"


# --- accidents


def test_while_postgresql_is_away_nothing_is_stored_and_the_page_says_so(place, code):
    with place.server("asan") as node:
        wait_until(lambda: node.get(code.path).status == 200)
        wait_until(lambda: post(node, {"code": code.path, "place": "before"}).status == 200)
        place.kill_postgres()
        try:
            answer = post(node, {"code": code.path, "place": "Kept here", "note": "and this"})
            assert answer.status == 503 and answer.headers["retry-after"] and "text/html" in answer.headers["content-type"]
        finally:
            place.start_postgres()
        wait_until(lambda: post(node, {"code": code.path, "place": "after"}).status == 200, 10)
        assert [row[2] for row in inbox(place)] == ["before", "after"]


def test_a_full_inbox_says_so(place, server, code):
    with place.database() as cursor:
        cursor.execute("""INSERT INTO inbox.report (reference, gtin, serial, place, note)
            SELECT '0000000000', %s, '', 'x', '' FROM generate_series(1, 1000)""", [int(TEA)])
    assert post(server, {"code": code.path, "place": "one more"}).status == 503
    empty_inbox(place)
    assert post(server, {"code": code.path, "place": "one more"}).status == 200


def put_into_inbox(place, photo, count=1):
    with place.database() as cursor:
        for _ in range(count):
            cursor.execute("""INSERT INTO inbox.report (reference, gtin, serial, place, note, photo)
                VALUES (%s, %s, '', 'x', '', %s)""", [f"{next(_references):010}", int(TEA), photo])


@pytest.mark.parametrize("photo, why", [
    (b"\xff\xd8\xff\xe0rubbish", "cannot be read to its end"), (b"no picture", "neither JPEG, PNG nor WebP"),
    (png(2000, 1000)[:-300], "cannot be read to its end")], ids=["rubbish", "text", "cut"])
def test_a_malformed_photo_is_dropped_with_a_note_and_the_words_stay(place, photo, why):
    put_into_inbox(place, photo)
    take_in(place)
    [row] = reports(place)
    assert row["photo"] is None and why in row["photo_note"] and row["place"] == "x"


def test_jobs_killed_in_the_middle_do_every_report_once(place):
    put_into_inbox(place, png(2400, 2000, noise=True), 3)
    deaths = 0
    for wait in itertools.cycle((0.15, 0.4, 0.8, 1.2, 0.6)):
        jobs = subprocess.Popen([str(TOP / "bin/suyuan"), "--config", str(place.var / "suyuan.conf"), "jobs", "--once"],
                                start_new_session=True, stdout=subprocess.DEVNULL)
        try:
            jobs.wait(wait if deaths < 4 else 60)
        except subprocess.TimeoutExpired:
            os.killpg(jobs.pid, signal.SIGKILL)
            jobs.wait()
            deaths += 1
            # A try that was killed counts; this is about once, not about giving up.
            with place.database() as cursor:
                cursor.execute("UPDATE inbox.report SET tries = 0")
            continue
        if not inbox(place):
            break
    rows = reports(place)
    assert len(rows) == 3 and all(row["photo"] == {"width": 1600, "height": 1333} for row in rows)
    assert deaths >= 1


def test_a_photo_that_ends_the_program_again_and_again_is_given_up(place):
    put_into_inbox(place, png(10, 10))
    with place.database() as cursor:
        cursor.execute("UPDATE inbox.report SET tries = 3")
    take_in(place)
    [row] = reports(place)
    assert row["photo"] is None and "ended the program" in row["photo_note"]


def test_reports_are_removed_when_their_time_is_over(place):
    put_into_inbox(place, None)
    put_into_inbox(place, None)
    take_in(place)
    with place.database() as cursor:
        cursor.execute("UPDATE trace.report SET at = now() - interval '366 days' WHERE id = (SELECT min(id) FROM trace.report)")
    take_in(place)
    assert len(reports(place)) == 1


def test_a_report_on_a_gtin_of_nobody_goes_nowhere(place):
    with place.database() as cursor:
        cursor.execute("""INSERT INTO inbox.report (reference, gtin, serial, place, note)
            VALUES ('0123456789', 1, '', 'x', '')""")
    take_in(place)
    assert inbox(place) == [] and reports(place) == []
