"""The PIN under the scratch-off field: five tries, the first right one, and nothing told that was not counted."""
import collections
import concurrent.futures
import contextlib
import csv
import gzip
import io
import os
import re
import signal
import time

import pytest

from backends import Place
from server import Client, children, wait_until
from shop import gtin

TEA, PLAIN, EIGHT = gtin(741001), gtin(741002), gtin(741003)
WITHIN = 1.0  # seconds
SAYS = {"asked": "can be used once", "wrong": "does not match", "right": "this is its first use",
        "opened": "The PIN was used on", "locked": "none can be tried any more", "busy": "could not be checked just now"}
PLACES = 2


@pytest.fixture(scope="module")
def place():
    place = Place("pins")
    place.shop.record("product", *({"gtin": g, "name.en": "Tea"} for g in (TEA, PLAIN, EIGHT)))
    place.old = place.shop.codes(TEA, 1)[0]
    place.suyuan("pin", "on", "--gtin", TEA, status=0)
    place.suyuan("pin", "on", "--gtin", EIGHT, "--digits", 8, status=0)
    place.codes = iter(place.shop.codes(TEA, 60))
    yield place
    place.remove()


@pytest.fixture(scope="module")
def nodes(place):
    """Two servers of two workers; a customer's misses are not what is tested here."""
    with contextlib.ExitStack() as stack:
        nodes = [stack.enter_context(place.server("release", workers=2)) for _ in range(PLACES)]
        for _ in range(4):  # whichever worker answers, its memory is complete
            wait_until(lambda: all(n.ask(request(place.old)).status == 200 for n in nodes))
        yield nodes


@pytest.fixture
def code(place):
    code = next(place.codes)
    code.pin = pin_of(place, code)
    code.wrong = f"{(int(code.pin) + 1) % 10**len(code.pin):0{len(code.pin)}d}"
    return code


def pin_of(place, code):
    return place.suyuan("pin", "show", "--code", code.url, status=0).out.strip()


def request(code, pin=None, body=None, path=None, headers="", accept="text/html",
            content_type="application/x-www-form-urlencoded"):
    """A GET of the item's page, or a POST of its form."""
    path = path or code.path
    if pin is None and body is None:
        return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\nAccept-Language: en\r\n\r\n".encode()
    body = (f"pin={pin}" if body is None else body).encode()
    return (f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\nAccept-Language: en\r\n{headers}"
            f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


def said(answer):
    """What the page says of the PIN; None: nothing. Exactly one thing."""
    words = [name for name, text in SAYS.items() if text in answer.text]
    assert len(words) <= 1, words
    return words[0] if words else None


def left(answer):
    found = re.search(r"(\d) (?:try|tries) left", answer.text)
    return int(found[1]) if found else None


def give(node, code, pin, **more):
    return node.ask(request(code, pin, **more))


def look(node, code):
    return node.ask(request(code))


def status(place, code):
    return place.suyuan("pin", "status", "--code", code.url, "--json", status=0).json


# --- one customer -----------------------------------------------------------------------------

def test_the_first_right_pin_is_told_and_later_ones_hear_when(place, nodes, code):
    page = look(nodes[0], code)
    assert (page.status, said(page), left(page)) == (200, "asked", 5)
    assert 'name="pin"' in page.text and code.pin not in page.text
    answer = give(nodes[0], code, code.pin)
    assert (answer.status, said(answer), answer.headers["cache-control"]) == (200, "right", "no-store")
    assert "etag" not in answer.headers and code.pin not in answer.text
    for pin in (code.pin, code.wrong, ""):
        assert said(give(nodes[1], code, pin)) == "opened"
    assert time.strftime("%Y", time.gmtime()) in give(nodes[0], code, code.pin).text
    now = status(place, code)
    assert (now["pin"], now["wrong"], [e["step"] for e in now["events"]]) == ("opened", 0, ["opened"])


def test_five_wrong_ones_lock_it_even_for_the_right_one(place, nodes, code):
    heard = []
    for _ in range(5):
        answer = give(nodes[0], code, code.wrong)
        heard.append((answer.status, said(answer), left(answer)))
    assert heard == [(200, "wrong", n) for n in (4, 3, 2, 1)] + [(200, "locked", None)]
    assert said(give(nodes[1], code, code.pin)) == "locked"
    assert said(look(nodes[1], code)) == "locked"
    now = status(place, code)
    assert (now["pin"], now["wrong"], [e["step"] for e in now["events"]]) == ("locked", 5, ["locked"])


def test_support_unlocks_it(place, nodes, code):
    for _ in range(5):
        give(nodes[0], code, code.wrong)
    assert place.suyuan("pin", "unlock", "--code", code.url, "--json", status=0).json["changed"]
    assert not place.suyuan("pin", "unlock", "--code", code.url, "--json", status=0).json["changed"]
    assert said(give(nodes[0], code, code.wrong)) == "wrong"
    assert said(give(nodes[0], code, code.pin)) == "right"
    assert [e["step"] for e in status(place, code)["events"]] == ["locked", "unlocked", "opened"]
    assert place.suyuan("pin", "unlock", "--code", code.url).status == 1


@pytest.mark.parametrize("written", ["+{} ", "{0[0]}-{0[1]}+{0[2]}%20{0[3]}{0[4]}{0[5]}", "wide"])
def test_takes_a_pin_as_people_type_it(nodes, code, written):
    pin = "".join(f"%EF%BC%{0x90 + int(d):02X}" for d in code.pin) if written == "wide" else \
        written.format(code.pin).replace(" ", "%E3%80%80")
    assert said(give(nodes[0], code, pin)) == "right"


def test_what_cannot_be_a_pin_is_no_try(place, nodes, code):
    for typed, says in (("", "asked"), ("+", "asked"), ("12345", "wrong"), ("1234567", "wrong"),
                        (code.pin + "0", "wrong"), ("12345678901234567890", "wrong")):
        answer = give(nodes[0], code, typed)
        assert (said(answer), left(answer)) == (says, 5), typed
    assert status(place, code)["wrong"] == 0


def test_the_form_keeps_the_language(nodes, code):
    answer = give(nodes[0], code, code.wrong, path=code.path + "?lang=zh-CN")
    assert answer.headers["content-language"] == "zh-CN" and said(answer) is None


def plain(answer):
    compressed = answer.headers.get("content-encoding") == "gzip"
    return (gzip.decompress(answer.body) if compressed else answer.body).decode()


def test_compressed_and_json_answers_say_the_same(place, nodes, code):
    answer = give(nodes[0], code, code.pin, headers="Accept-Encoding: gzip\r\n")
    assert SAYS["right"] in plain(answer) and answer.headers["cache-control"] == "no-store"
    answer = nodes[0].ask(request(code).replace(b"Accept:", b"Accept-Encoding: gzip\r\nAccept:", 1))
    assert SAYS["opened"] in plain(answer)
    assert give(nodes[0], code, code.pin, accept="application/json").json["item"]["pin"]["state"] == "opened"


# --- where there is none ----------------------------------------------------------------------

def test_other_codes_are_not_asked(place, nodes):
    plain = place.shop.codes(PLAIN)[0]
    for code in (plain, place.old):  # made before the GTIN had PINs
        assert said(look(nodes[0], code)) is None
        answer = give(nodes[0], code, "123456")
        assert (answer.status, said(answer)) == (200, None)
        assert place.suyuan("pin", "show", "--code", code.url).status == 1
    with place.database() as cursor:
        cursor.execute("SELECT count(*) FROM pub.seen WHERE gtin = %s", (PLAIN,))
        assert cursor.fetchone() == (0,)


def test_a_code_not_yet_in_use_keeps_its_pin(place, nodes):
    code = place.shop.codes(EIGHT, used=False)[0]
    pin = pin_of(place, code)
    assert len(pin) == 8
    assert said(look(nodes[0], code)) is None and said(give(nodes[0], code, pin)) is None
    assert status(place, code)["events"] == []
    place.suyuan("code", "state", code.url, "commissioned", status=0)
    wait_until(lambda: said(give(nodes[0], code, "")) == "asked")
    assert said(give(nodes[0], code, pin)) == "right"
    place.suyuan("code", "state", code.url, "blocked", status=0)
    wait_until(lambda: "blocked" in look(nodes[0], code).text, WITHIN)
    assert said(look(nodes[0], code)) == "opened"


def test_forged_codes_have_no_tries(place, nodes, code):
    forged = code.path[:-2] + ("00" if not code.path.endswith("00") else "11")
    answer = give(nodes[0], code, code.pin, path=forged)
    assert (answer.status, said(answer)) == (404, None)
    with place.database() as cursor:
        cursor.execute("SELECT count(*) FROM pub.seen WHERE serial = %s", (forged.rpartition("/")[2],))
        assert cursor.fetchone() == (0,)


def test_turning_pins_off_and_on_again(place, nodes):
    of = gtin(741010)
    place.shop.record("product", {"gtin": of, "name.en": "Tea"})
    assert place.suyuan("batch", "--gtin", of, "--quantity", 1, "--with-pin").status == 1
    place.suyuan("pin", "on", "--gtin", of, status=0)
    code = place.shop.codes(of)[0]
    pin = pin_of(place, code)
    wait_until(lambda: said(look(nodes[0], code)) == "asked", WITHIN)
    place.suyuan("pin", "off", "--gtin", of, status=0)
    wait_until(lambda: said(look(nodes[0], code)) is None, WITHIN)
    refused = place.suyuan("pin", "on", "--gtin", of, "--digits", 4)
    assert refused.status == 1 and "6 digits already" in refused.err
    place.suyuan("pin", "on", "--gtin", of, status=0)
    wait_until(lambda: said(look(nodes[0], code)) == "asked", WITHIN)
    assert pin_of(place, code) == pin
    assert place.suyuan("pin", "on", "--gtin", gtin(741099)).status == 1  # nobody's


# --- who may ask ------------------------------------------------------------------------------

@pytest.mark.parametrize("status_, more", [
    (403, {"headers": "Sec-Fetch-Site: cross-site\r\n"}),
    (403, {"headers": "Sec-Fetch-Site: same-site\r\n"}),
    (403, {"headers": "Origin: https://elsewhere.example\r\n"}),
    (403, {"headers": "Origin: http://localhost\r\n"}),
    (415, {"content_type": "text/plain"}),
    (415, {"content_type": "multipart/form-data; boundary=x"}),
    (400, {"body": "code=123456"}),
    (400, {"body": "pin=123456&pin=123457"}),
    (400, {"body": "pin=12345%6"}),
    (400, {"body": "pin=" + "1" * 300}),
    (413, {"body": "pin=" + "1" * 1100}),
])
def test_refuses_what_is_not_its_own_form(place, nodes, code, status_, more):
    answer = give(nodes[0], code, None if "body" in more else code.pin, **more)
    assert answer.status == status_ and answer.headers["content-type"] == "application/problem+json"
    assert status(place, code)["events"] == [] and status(place, code)["wrong"] == 0


@pytest.mark.parametrize("headers", ["Sec-Fetch-Site: same-origin\r\n", "Sec-Fetch-Site: none\r\n",
                                     "Origin: https://localhost\r\n", "Origin: null\r\n", ""])
def test_takes_its_own_form(nodes, code, headers):
    assert said(give(nodes[0], code, code.pin, headers=headers)) == "right"


def test_a_pin_in_the_address_does_nothing(place, nodes, code):
    answer = nodes[0].ask(request(code, path=f"{code.path}?pin={code.pin}"))
    assert (answer.status, said(answer)) == (200, "asked")
    answer = give(nodes[0], code, "", path=f"{code.path}?pin={code.pin}")
    assert (answer.status, said(answer)) == (200, "asked")
    assert status(place, code)["events"] == []


def test_no_pin_stands_in_a_log(place, nodes, code):
    give(nodes[0], code, code.wrong)
    give(nodes[0], code, code.pin)
    nodes[0].ask(request(code, path=f"{code.path}?pin={code.pin}"))
    time.sleep(0.3)
    logs = [n.folder / "out" for n in nodes] + list((place.var / "log").glob("*"))
    for log in logs:
        text = log.read_bytes()
        assert code.pin.encode() not in re.sub(rb'"(?:time|id)":"[^"]*"', b"", text), log


# --- kept answers -----------------------------------------------------------------------------

def workers_pages(nodes, code):
    return [said(look(node, code)) for node in nodes for _ in range(6)]


def test_kept_pages_follow_within_a_second_on_every_node(place, nodes, code):
    for step, says in ((code.wrong, "asked"), (code.pin, "opened")):
        assert "asked" in set(workers_pages(nodes, code))  # kept everywhere now
        give(nodes[0], code, step)
        done = time.monotonic()
        while time.monotonic() < done + WITHIN:
            time.sleep(0.05)
        assert set(workers_pages(nodes, code)) == {says}
    assert left(look(nodes[1], next(place.codes))) == 5


# --- many at once -----------------------------------------------------------------------------

def at_once(nodes, code, pins):
    """All of them are connected before the first is sent."""
    clients = [nodes[i % len(nodes)].client() for i in range(len(pins))]
    try:
        for client, pin in zip(clients, pins):
            client.send(request(code, pin))
        return collections.Counter(said(client.answer()) for client in clients)
    finally:
        for client in clients:
            client.close()


def test_two_hundred_at_once_have_five_tries(place, nodes, code):
    heard = at_once(nodes, code, [code.wrong] * 200)
    assert sum(heard.values()) == heard["wrong"] + heard["locked"] + heard["busy"] == 200
    assert heard["wrong"] == 4 or (heard["busy"] and heard["wrong"] < 4), heard  # the machine may be slow
    now = status(place, code)
    assert (now["wrong"], [e["step"] for e in now["events"]]) == (5, ["locked"])


def test_of_two_hundred_right_ones_one_is_the_first(place, nodes, code):
    heard = at_once(nodes, code, [code.pin] * 200)
    assert sum(heard.values()) == heard["right"] + heard["opened"] + heard["busy"] == 200
    assert heard["right"] == 1 or (heard["busy"] and heard["right"] == 0), heard
    assert [e["step"] for e in status(place, code)["events"]] == ["opened"]


def test_right_and_wrong_ones_mixed_never_pass_five(place, nodes):
    for _ in range(3):
        code = next(place.codes)
        code.pin = pin_of(place, code)
        wrong = [f"{n:06d}" for n in range(60) if f"{n:06d}" != code.pin]
        heard = at_once(nodes, code, wrong[:30] + [code.pin] + wrong[30:])
        now = status(place, code)
        assert now["wrong"] == heard["wrong"] + ("right" not in heard) <= 5
        assert heard["right"] == (now["pin"] == "opened") <= 1
        assert heard["right"] or heard["locked"]


# --- faults -----------------------------------------------------------------------------------

def test_a_lost_answer_reveals_nothing_and_counts_at_most_once(place, nodes, code):
    """The function waits for a lock longer than the worker waits for the function."""
    assert said(give(nodes[0], code, code.wrong)) == "wrong"
    with place.database() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT FROM pub.seen WHERE serial = %s FOR UPDATE", (code.serial,))
        for pin in (code.pin, code.wrong):
            answer = give(nodes[0], code, pin)
            assert (answer.status, said(answer)) == (503, "busy")
            assert answer.headers["retry-after"]
        cursor.execute("COMMIT")
    # PostgreSQL gave up, too, or was done after all: what it says now is what holds.
    wait_until(lambda: not waiting_tries(place))
    before = status(place, code)
    assert before["wrong"] <= 2
    assert said(give(nodes[0], code, code.pin)) == ("opened" if before["pin"] == "opened" else "right")
    assert [e["step"] for e in status(place, code)["events"]] == ["opened"]


def waiting_tries(place):
    with place.database() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%%pub.pin_try%%' AND state = 'active'"
                       " AND pid <> pg_backend_pid()")
        return cursor.fetchone()[0]


def test_the_database_away_is_busy(place, nodes, code):
    assert said(look(nodes[0], code)) == "asked"
    with place.postgres_hung():
        answer = give(nodes[0], code, code.wrong)
        assert answer.status == 503 and said(answer) in ("busy", None)
        assert "wrong" not in str(said(answer))
    wait_until(lambda: give(nodes[0], code, "").status == 200, 10)
    assert status(place, code)["wrong"] <= 1


def test_a_worker_killed_in_the_middle_loses_no_count(place, code):
    with place.server("release", workers=2) as node:
        heard, done = collections.Counter(), False

        def guess():
            while not done:
                with contextlib.suppress(OSError, EOFError):
                    with node.client() as client:
                        heard[said(client.ask(request(code, code.wrong)))] += 1

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            guesses = [pool.submit(guess) for _ in range(4)]
            for _ in range(3):
                time.sleep(0.05)
                for pid in workers_of(node):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            wait_until(lambda: heard["locked"] >= 3, 20)
            done = True
            for g in guesses:
                g.result(30)
        assert heard["wrong"] <= 4
        now = status(place, code)
        assert (now["wrong"], [e["step"] for e in now["events"]]) == (5, ["locked"])


def workers_of(node):
    """Processes that serve: those below Kore's parent."""
    below = [c for p in children(node.process.pid) for c in children(p)]
    return below or children(node.process.pid)


# --- for the labels ---------------------------------------------------------------------------

def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_a_batch_with_pins_has_them_in_a_last_column(place):
    out = place.folder / "with.csv"
    batch = place.suyuan("batch", "--gtin", TEA, "--quantity", 1200, "--with-pin", "--out", out, "--json", status=0).json
    made = rows(out.read_text("utf-8"))
    assert list(made[0])[-1] == "pin" and len(made) == 1200
    for row in made[::300]:
        assert place.suyuan("pin", "show", "--code", row["url"], status=0).out.strip() == row["pin"]
    assert all(row["pin"] not in row["url"] for row in made)
    assert len({row["pin"] for row in made}) > 1100
    plain = place.suyuan("batch", "--again", batch["id"], status=0).out
    assert [r["serial"] for r in rows(plain)] == [r["serial"] for r in made] and "pin" not in rows(plain)[0]
    lines = place.suyuan("batch", "--again", batch["id"], "--with-pin", "--format", "ndjson", status=0).json_lines
    assert [r["pin"] for r in lines] == [r["pin"] for r in made]
    wide = place.suyuan("batch", "--again", batch["id"], "--with-pin", "--utf16", status=0, input=b"").out
    table = list(csv.reader(io.StringIO(wide.decode("utf-16")), delimiter="\t"))
    assert [r[-1] for r in table] == ["pin"] + [r["pin"] for r in made]
    assert place.suyuan("batch", "--again", batch["id"], "--with-pin", "--format", "txt").status == 2
