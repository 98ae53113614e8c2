"""Checks counted by visit (FEATURES C6, C18, O4, O5): what counts, what does not, and what the page says."""
import contextlib
import time

import pytest

from backends import Place
from mmdb import write_mmdb
from server import wait_until
from shop import gtin

TEA, FOREIGN, OTHER = gtin(730001), gtin(730002), gtin(730003)
PHONE = ("Mozilla/5.0 (Linux; Android 14; V2309A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.0.0 "
         "Mobile Safari/537.36 MicroMessenger/8.0.50.2701(0x2800325B) NetType/4G Language/zh_CN")
IPHONE = ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
          "Version/17.5 Mobile/15E148 Safari/604.1")
CRAWLER = "Mozilla/5.0 (compatible; Examplebot/2.1; +https://example.com/bot)"


@pytest.fixture(scope="module")
def place():
    place = Place("visits")
    place.shop.record("product", {"gtin": TEA, "name.en": "Counted tea"}, {"gtin": FOREIGN, "name.en": "Foreign tea"})
    place.shop.record("lot", {"gtin": TEA, "lot": "L1"})
    place.shop.show("product.name")
    place.suyuan("jobs", "--once", status=0)  # there are keys
    yield place
    place.remove()


@pytest.fixture(scope="module")
def node(place):
    with place.server("asan", workers=2) as node:
        other = place.shop.codes(FOREIGN)[0]  # a worker that just began may lack the day's key: nothing is counted yet
        wait_until(lambda: look(node, other).status == 200 and said(node, other) == 1, 20)
        yield node


def look(node, path, agent=PHONE, headers="", method="GET", accept="text/html", source="127.0.0.1"):
    """One request of its own connection."""
    path = getattr(path, "path", path)
    agent = f"User-Agent: {agent}\r\n" if agent else ""
    with node.client(source=source) as client:
        return client.ask(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\nAccept-Language: en\r\n"
                          f"{agent}{headers}\r\n", to_head=method == "HEAD")


def said(node, code):
    """The number the answer's data says, asked without being counted; 0 where it says none."""
    return seen(node, code).get("visits", 0)


def seen(node, code):
    """What the answer's data says of looks at the code."""
    return look(node, code, accept="application/json").json["item"]


@contextlib.contextmanager
def another_node(place, code, build="release", **settings):
    """One that has everything in memory that it needs to answer."""
    with place.server(build, **settings) as node:
        wait_until(lambda: look(node, code, accept="application/json").status == 200)
        yield node


def roll_up(place):
    """Everything that was sent is counted."""
    time.sleep(0.7)  # a worker sends twice a second
    place.suyuan("jobs", "--once", status=0)


def counts(place, gtin, serial=None):
    with place.database() as cursor:
        if serial:
            cursor.execute("SELECT visits FROM pub.seen WHERE gtin = %s AND serial = %s", [int(gtin), serial])
            return (cursor.fetchone() or [0])[0]
        cursor.execute("SELECT kind, sum(times)::integer FROM code.check_count WHERE gtin = %s GROUP BY 1", [int(gtin)])
        return dict(cursor.fetchall())


@pytest.fixture
def code(place):
    return place.shop.codes(TEA, lot="L1")[0]


def test_the_first_visitor_is_told_so_and_the_second_sees_two_at_once(place, node, code):
    today = time.strftime("%Y-%m-%d", time.gmtime())
    assert look(node, code).status == 200
    answer = seen(node, code)
    assert (answer["visits"], answer["first_seen"]) == (1, today)
    assert look(node, code, agent=IPHONE, headers="Sec-Fetch-Dest: document\r\n").status == 200
    assert said(node, code) == 2
    look(node, code, source="127.0.0.2")
    assert said(node, code) == 3
    roll_up(place)
    assert counts(place, TEA, code.serial) == 3 and said(node, code) == 3
    with another_node(place, code) as another:  # one that never saw any of them
        assert said(another, code) == 3
        look(another, code, source="127.0.0.9")
        assert said(another, code) == 4


def test_reloads_do_not_count_whichever_worker_they_meet(place, node, code):
    for _ in range(20):
        assert look(node, code).status == 200
    assert said(node, code) == 1
    roll_up(place)
    assert counts(place, TEA, code.serial) == 1


NO_VISITS = [
    {"method": "HEAD"}, {"accept": "application/json"}, {"accept": "application/ld+json"}, {"agent": CRAWLER},
    {"agent": None}, {"agent": "facebookexternalhit/1.1"}, {"agent": "WhatsApp/2.23.20.0"},
    {"headers": "Sec-Purpose: prefetch\r\n"}, {"headers": "Sec-Purpose: prefetch;prerender\r\n"},
    {"headers": "Purpose: prefetch\r\n"}, {"headers": "X-Moz: prefetch\r\n"}, {"headers": "X-Purpose: preview\r\n"},
    {"headers": "Sec-Fetch-Dest: image\r\n"}, {"headers": "Sec-Fetch-Dest: empty\r\n"}]


def test_robots_previews_prefetch_head_and_data_do_not_count(place, node, code):
    look(node, code)
    for request in NO_VISITS:
        for _ in range(2):
            assert look(node, code, source="127.0.0.5", **request).status == 200
        assert said(node, code) == 1, request
    roll_up(place)
    assert counts(place, TEA, code.serial) == 1
    assert counts(place, TEA)["robot"] > 0


def test_a_visitor_who_has_the_page_counts_although_nothing_is_sent(place, node, code):
    look(node, code)
    look(node, code, source="127.0.0.3")
    tag = look(node, code).headers["etag"]
    assert look(node, code, headers=f"If-None-Match: {tag}\r\n").status == 304
    again = look(node, code, source="127.0.0.4", headers=f"If-None-Match: {tag}\r\n")
    assert again.status == 200 and said(node, code) == 3  # the number is another: so is the page


def test_a_serial_made_elsewhere_is_counted_too(place, node):
    place.suyuan("serials", "import", "--gtin", FOREIGN, "-", input="ELSE-1\n", status=0)
    path = f"/01/{FOREIGN}/21/ELSE-1"
    wait_until(lambda: look(node, path, accept="application/json").status == 200)
    look(node, path)
    look(node, path, source="127.0.0.6")
    assert said(node, path) == 2
    roll_up(place)
    assert counts(place, FOREIGN, "ELSE-1") == 2


def test_codes_that_were_never_issued_are_counted_apart(place, node):
    code = place.shop.codes(TEA, lot="L1")[0]
    before = counts(place, TEA)
    forged = code.path[:-5] + "ZZZZZ"
    for source in ("127.0.0.7", "127.0.0.8", "127.0.0.7"):
        assert look(node, forged, source=source).status == 404
    assert look(node, code.path[:-4], source="127.0.0.7").status == 404
    assert look(node, f"/01/{OTHER}/21/{code.serial}").status == 404  # nobody's GTIN
    roll_up(place)
    after = counts(place, TEA)
    assert after["never_issued"] - before.get("never_issued", 0) == 2
    assert after["mistyped"] - before.get("mistyped", 0) == 1
    with place.database() as cursor:
        cursor.execute("SELECT count(*) FROM pub.seen WHERE gtin = %s AND serial LIKE '%%ZZZZZ'", [int(TEA)])
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM code.check_count WHERE gtin = %s", [int(OTHER)])
        assert cursor.fetchone() == (0,)


def test_many_visits_are_a_hint_with_numbers(place, node, code):
    for i in range(9):
        look(node, code, source=f"127.0.1.{i + 1}")
    assert not seen(node, code).get("many_visits", False)
    look(node, code, source="127.0.1.10")
    assert seen(node, code)["many_visits"] is True


def test_no_address_and_no_program_is_stored(place, node, code):
    look(node, code, source="127.66.55.44", agent=IPHONE + " Marked/1")
    time.sleep(0.7)
    with place.database() as cursor:
        cursor.execute("SELECT string_agg(s::text, ' ') FROM inbox.scan AS s")
        waiting = cursor.fetchone()[0]
    roll_up(place)
    with place.database() as cursor:
        cursor.execute("SELECT string_agg(r::text, ' ') FROM inbox.recent AS r")
        kept = cursor.fetchone()[0]
    assert code.serial in waiting and kept and code.serial not in kept
    for text in (waiting, kept, (node.folder / "out").read_text(), node.errors()):
        assert "127.66" not in text and "Marked" not in text and "iPhone" not in text


def test_the_country_is_counted_where_a_database_says_it(place, code, tmp_path):
    write_mmdb(tmp_path / "c.mmdb", {"127.1.0.0/16": "CN", "127.2.0.0/16": "FR"})
    with another_node(place, code, "asan", country_file=tmp_path / "c.mmdb") as node:
        for source in ("127.1.0.1", "127.1.0.2", "127.2.0.1", "127.3.0.1"):
            look(node, code, source=source)
        roll_up(place)
    with place.database() as cursor:
        cursor.execute("SELECT country, sum(times)::integer FROM code.check_count WHERE gtin = %s AND country <> ''"
                       " GROUP BY 1", [int(TEA)])
        assert dict(cursor.fetchall()) == {"CN": 2, "FR": 1}


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x00" * 5000, b"x" * 3000 + b"\xab\xcd\xefMaxMind.com\xe0"],
                         ids=["empty", "short", "zeros", "no-metadata"])
def test_a_file_that_is_no_country_database_is_refused(place, tmp_path, content):
    (tmp_path / "c.mmdb").write_bytes(content)
    refused(place, "country_file", tmp_path / "c.mmdb")


@pytest.mark.parametrize("content", ["", "{}", "[1]", '[{"pattern": ""}]', '[{"pattern": "a(b"}]', '[{"url": "x"}]'])
def test_a_file_that_is_no_list_of_robots_is_refused(place, tmp_path, content):
    (tmp_path / "r.json").write_text(content)
    refused(place, "robots_file", tmp_path / "r.json")


def refused(place, setting, path):
    server = place.server("release", **{setting: path})
    server.start(ready=False)
    assert server.process.wait(10) == 1
    assert f"{setting}: {path}" in server.errors()
    server.temporary.cleanup()


def test_an_own_list_of_robots_replaces_ours(place, code, tmp_path):
    (tmp_path / "r.json").write_text('[{"pattern": "MicroMessenger"}]')
    with another_node(place, code, robots_file=tmp_path / "r.json") as node:
        look(node, code)
        look(node, code, agent=CRAWLER)
        assert said(node, code) == 1


def test_a_visitor_counts_again_when_the_time_is_over(place, node, code):
    look(node, code)
    roll_up(place)
    with place.database() as cursor:  # an hour later
        cursor.execute("UPDATE inbox.recent SET at = at - interval '1 hour'")
    with another_node(place, code) as later:
        look(later, code)
    place.suyuan("jobs", "--once", status=0)  # its orderly end has sent what waited
    assert counts(place, TEA, code.serial) == 2


def test_the_jobs_forget_visitors_when_their_time_is_over(place, code):
    with place.database() as cursor:
        cursor.execute("INSERT INTO inbox.recent SELECT n, now() - n * interval '1 hour'"
                       " FROM unnest(ARRAY[1, 47, 49]) AS n")
        cursor.execute("INSERT INTO code.check_count SELECT %s, now() - n * interval '1 day', 'OLD', '', 'visit', 1"
                       " FROM unnest(ARRAY[399, 401]) AS n", [int(TEA)])
        place.suyuan("jobs", "--once", status=0)
        cursor.execute("SELECT count(*) FROM inbox.recent WHERE who IN (1, 47, 49)")
        assert cursor.fetchone() == (2,)
        cursor.execute("SELECT count(*) FROM code.check_count WHERE lot_handle = 'OLD'")
        assert cursor.fetchone() == (1,)


def test_two_nodes_that_meet_one_visitor_count_one(place, node, code):
    with another_node(place, code) as another:
        wait_until(lambda: has_key(place))
        time.sleep(0.3)
        look(node, code)
        look(another, code)
        roll_up(place)
    assert counts(place, TEA, code.serial) == 1


def has_key(place):
    with place.database() as cursor:
        cursor.execute("SELECT count(*) FROM pub.visitor_key WHERE day >= (now() AT TIME ZONE 'UTC')::date")
        return cursor.fetchone()[0] == 2


def test_the_command_line_tells_visits(place, node):
    code = place.shop.codes(FOREIGN, lot="C1")[0]
    look(node, code)
    look(node, code, source="127.0.0.3")
    look(node, code, agent=CRAWLER)
    roll_up(place)
    today = time.strftime("%Y-%m-%d", time.gmtime())
    [row] = place.suyuan("visits", "--gtin", FOREIGN, "--lot", "C1", "--json", status=0).json_lines
    assert row == {"day": today, "visits": 2, "never_issued": 0, "mistyped": 0, "robots": 1}
    assert place.suyuan("visits", "--gtin", FOREIGN, "--lot", "NO", status=0).out == ""
    assert place.suyuan("visits", "--gtin", FOREIGN, "--to", "2020-01-01", status=0).out == ""
    [row] = place.suyuan("visits", "--gtin", FOREIGN, "--by", "country", "--from", today, "--json", status=0).json_lines
    assert row["country"] == "" and row["visits"] >= 2
    [row] = place.suyuan("visits", code.url, "--json", status=0).json_lines
    assert row["visits"] == 2 and row["first_at"].startswith(today)
    assert "2 visits, first " in place.suyuan("visits", "--gtin", FOREIGN, code.serial, status=0).out
    assert place.suyuan("visits", code.url[:-1], status=0).out.endswith(": 0 visits\n")
    place.suyuan("visits", "https://example.com/nothing", status=3)
    for words in ([], ["--gtin", FOREIGN, "--from", "today"], ["--gtin", FOREIGN, "--by", "year"]):
        place.suyuan("visits", *words, status=2)
    place.suyuan("visits", "--gtin", FOREIGN, "--from", "2026-02-30", status=1)
