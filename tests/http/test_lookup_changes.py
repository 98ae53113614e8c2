"""What a brand changes reaches every node within a second, kept pages included, Redis or not."""
import contextlib
import datetime
import os
import re
import signal
import time

import pytest

from backends import Place, Redis, soon
from server import wait_until
from shop import gtin

TEA, NEIGHBOUR = gtin(720001), gtin(720002)
WITHIN = 1.0  # seconds
FORMS = [(a, l) for a in ("text/html", "application/json", "application/ld+json") for l in ("en", "zh-CN")]


@pytest.fixture(scope="module")
def place():
    place = Place("changes")
    place.shop.record("product", {"gtin": TEA, "name.en": "Changing tea", "name.zh-CN": "Changing tea",
                                  "ingredients.en": "Marked leaves", "ingredients.zh-CN": "Marked leaves"},
                      {"gtin": NEIGHBOUR, "name.en": "Neighbour"})
    place.shop.record("lot", {"gtin": TEA, "lot": "L1"}, {"gtin": TEA, "lot": "L2"}, {"gtin": NEIGHBOUR, "lot": "N"})
    place.shop.show("product.name", "product.ingredients", "lot.number", "lot.best_before")
    yield place
    place.remove()


@pytest.fixture(scope="module")
def redis():
    with Redis() as redis:
        yield redis


@pytest.fixture(scope="module")
def nodes(place, redis):
    """Two servers, two workers each, sharing one Redis."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(place.server("release", redis_url=redis.url, workers=2)) for _ in range(2)]


def ask(node, code, accept="application/json", language="en"):
    return node.ask(f"GET {code.path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n"
                    f"Accept-Language: {language}\r\n\r\n")


def gauge(node, name):
    _, _, text = node.ask_admin("/metrics")
    return float(re.search(rf"^{name} (\S+)$", text, re.M)[1])


def everywhere(nodes, code):
    """Every form and language, of every node, on several connections so that each worker is asked."""
    return [ask(node, code, *form) for node in nodes for form in FORMS for _ in range(3)]


def wait_everywhere(nodes, code, good, since):
    """Until every answer is good, which must be within a second of the change."""
    while True:
        started = time.monotonic()
        if all(good(a) for a in everywhere(nodes, code)):
            assert started - since <= WITHIN, started - since
            return
        assert started - since <= WITHIN + 2, [a.text[:300] for a in everywhere(nodes, code) if not good(a)][:1]


def change(place, *words):
    """Runs a command; the moment it was done."""
    place.suyuan(*words, status=0)
    return time.monotonic()


@pytest.mark.parametrize("redis_state", ["running", "hung", "killed"])
def test_a_hidden_field_is_gone_and_a_shown_one_back_within_a_second(place, redis, nodes, redis_state):
    code = place.shop.codes(TEA, lot="L1")[0]
    shown, gone = (lambda a: a.status == 200 and "Marked leaves" in a.text), (
        lambda a: a.status == 200 and "Marked leaves" not in a.text)
    wait_everywhere(nodes, code, shown, time.monotonic())
    with redis.hung() if redis_state == "hung" else contextlib.nullcontext():
        if redis_state == "killed":
            redis.kill()
        for _ in range(3):
            since = change(place, "policy", "hide", "--gtin", TEA, "product.ingredients")
            wait_everywhere(nodes, code, gone, since)
            since = change(place, "policy", "show", "--gtin", TEA, "product.ingredients")
            wait_everywhere(nodes, code, shown, since)
    if redis_state == "killed":
        redis.start()


@pytest.mark.parametrize("redis_runs", [True, False])
def test_a_recall_is_on_every_page_of_its_lot_within_a_second(place, redis, nodes, redis_runs):
    recalled, other = place.shop.codes(TEA, lot="L1")[0], place.shop.codes(TEA, lot="L2")[0]
    calm, alarm = (lambda a: a.status == 200 and "Sharp edges" not in a.text), (
        lambda a: a.status == 200 and "Sharp edges" in a.text)
    everywhere(nodes, recalled)
    if not redis_runs:
        redis.kill()
    for _ in range(3):
        since = change(place, "recall", "start", "--gtin", TEA, "--lot", "L1", "--reason", "und=Sharp edges")
        wait_everywhere(nodes, recalled, alarm, since)
        assert all(calm(a) for a in everywhere(nodes, other))
        since = change(place, "recall", "end", "--gtin", TEA, "--lot", "L1")
        wait_everywhere(nodes, recalled, calm, since)
    if not redis_runs:
        redis.start()


# --- a day ends by the brand's clock ---

UTC = datetime.timezone.utc


def verdicts(nodes, code):
    """What every node says, in data and on the page, on several connections so that each worker is asked."""
    said = {ask(node, code, language=l).json["verdict"]["code"] for node in nodes for l in ("en", "zh-CN") for _ in range(4)}
    pages = [ask(node, code, "text/html").text for node in nodes for _ in range(2)]
    return said | {"expired" if "Past its best-before date" in page else "not expired" for page in pages}


EXPIRED, GOOD = {"expired"}, {"active", "not expired"}


def test_the_brands_clock_decides_whether_a_date_has_passed(place, nodes):
    """At every moment it is a later day on Kiritimati than at twelve hours west, now and in an hour."""
    day = (datetime.datetime.now(UTC) - datetime.timedelta(hours=11)).date()
    place.shop.record("lot", {"gtin": TEA, "lot": "CLOCK", "best_before": day})
    code = place.shop.codes(TEA, lot="CLOCK")[0]
    for words, said in ((["brand", "set", "changes", "--time-zone", "Etc/GMT+12"], GOOD),
                        (["brand", "set", "changes", "--time-zone", "Pacific/Kiritimati"], EXPIRED),
                        (["policy", "hide", "--gtin", TEA, "lot.best_before"], GOOD),
                        (["policy", "show", "--gtin", TEA, "lot.best_before"], EXPIRED)):
        place.suyuan(*words, status=0)
        soon(lambda: verdicts(nodes, code), lambda v: v == said, seconds=10)


def end_day(place, day, moment):
    """Lets the brand's day end at that moment, by a clock that no place has, and every node know it."""
    ahead = int((datetime.datetime.combine(day, datetime.time(), UTC) + datetime.timedelta(1)).timestamp()) - moment
    size = abs(ahead)
    zone = f"DAY{'-' if ahead > 0 else '+'}{size // 3600:02}:{size // 60 % 60:02}:{size % 60:02}"
    with place.database() as cursor:
        cursor.execute("UPDATE pub.brand SET time_zone = %s RETURNING pub.best_until(%s, %s)", [zone, str(day), zone])
        assert cursor.fetchall() == [(moment,)]
        cursor.execute("SELECT pub.touch_brand(brand_id) FROM pub.brand")


@pytest.mark.parametrize("postgres", ["running", "hung"])
def test_no_kept_answer_outlives_the_day(place, redis, nodes, postgres):
    """Nothing changes and nobody is told: the day ends."""
    day, lot = datetime.datetime.now(UTC).date(), f"DAY-{postgres}"
    place.shop.record("lot", {"gtin": TEA, "lot": lot, "best_before": day})
    code = place.shop.codes(TEA, lot=lot)[0]
    for seconds in (2, 4, 8, 16, 32):
        moment = int(time.time()) + seconds
        end_day(place, day, moment)
        soon(lambda: verdicts(nodes, code), lambda v: v == GOOD or time.time() >= moment, seconds=60)
        kept = verdicts(nodes, code)
        if time.time() < moment:
            break  # else this machine is slow, and there was no time to look before the day ended
    assert kept == GOOD
    with place.postgres_hung() if postgres == "hung" else contextlib.nullcontext():
        soon(lambda: time.time(), lambda now: now >= moment, seconds=60)
        # much sooner than an answer is too old to be sent, however slow the machine
        soon(lambda: verdicts(nodes, code), lambda v: v == EXPIRED, seconds=5)
    if postgres == "running":
        with place.server("release", redis_url=redis.url) as late:
            soon(lambda: verdicts([late], code), lambda v: v == EXPIRED, seconds=10)
            assert gauge(late, 'suyuan_document_loads_total{from="redis"}') >= 1


def test_a_change_reaches_nodes_that_hear_no_notification(place, nodes):
    """As behind a pooler, or on a replica: the poll alone brings it."""
    code = place.shop.codes(TEA, lot="L1")[0]
    everywhere(nodes, code)
    with place.database() as cursor:
        cursor.execute("UPDATE pub.product SET document = jsonb_set(document, '{ingredients,en}', '\"Silent\"')"
                       " WHERE gtin = %s", [int(TEA)])
        cursor.execute("UPDATE pub.gtin SET epoch = epoch + 1, tx = pg_current_xact_id() WHERE gtin = %s", [int(TEA)])
    wait_everywhere(nodes, code, lambda a: "Silent" in a.text or a.headers["content-language"] != "en", time.monotonic())


def test_a_change_in_a_long_transaction_is_not_lost(place, nodes):
    """Transactions end in another order than they began; a watermark must not pass one by."""
    code = place.shop.codes(TEA, lot="L1")[0]
    everywhere(nodes, code)
    with place.database() as slow:
        slow.execute("BEGIN")
        slow.execute("UPDATE pub.product SET document = jsonb_set(document, '{name,en}', '\"Long tea\"')"
                     " WHERE gtin = %s", [int(TEA)])
        slow.execute("UPDATE pub.gtin SET epoch = epoch + 1, tx = pg_current_xact_id() WHERE gtin = %s", [int(TEA)])
        for i in range(5):  # others come and go meanwhile
            with place.database() as cursor:
                cursor.execute("SELECT pub.touch(ARRAY[%s]::bigint[])", [int(NEIGHBOUR)])
            time.sleep(0.15)
        slow.execute("COMMIT")
    wait_everywhere(nodes, code, lambda a: "Long tea" in a.text or a.headers["content-language"] != "en", time.monotonic())


def test_notifications_at_any_moment_of_the_poll_do_no_harm(place):
    """Ten thousand in a row, so that some meet a poll that is about to begin, under way, just ended."""
    with place.server("release", change_poll_ms=10) as node, place.database() as cursor:
        worker = node.workers[0]
        for _ in range(10000):
            cursor.execute("NOTIFY suyuan_change")
        assert node.workers[0] == worker


def test_new_codes_and_products_are_known_at_once(place, nodes):
    for used in (True, False):
        code = place.shop.codes(TEA, lot="L1", used=used)[0]
        wait_everywhere(nodes, code, lambda a: a.status == 200, time.monotonic())


def test_a_new_key_is_known_at_once(place, nodes):
    place.suyuan("key", "add", status=0)
    code = place.shop.codes(TEA, lot="L1")[0]
    assert code.serial[0] != "0"
    wait_everywhere(nodes, code, lambda a: a.status == 200, time.monotonic())


# --- what forged codes cost --------------------------------------------------------------------

def scans(place):
    """How often PostgreSQL looked at the tables that a lookup needs."""
    time.sleep(1.2)  # it counts with a delay
    with place.database() as cursor:
        cursor.execute("SELECT relname, coalesce(seq_scan, 0) + coalesce(idx_scan, 0) FROM pg_stat_user_tables"
                       " WHERE schemaname = 'pub' AND relname IN ('run', 'item', 'product', 'lot')")
        return dict(cursor.fetchall())


def test_ten_thousand_forged_serials_cost_the_database_nothing(place, nodes):
    genuine = place.shop.codes(NEIGHBOUR, 2, lot="N")
    forged = [genuine[0].path[:-4] + f"{i:05d}"[-4:] for i in range(10000)]
    ask(nodes[0], genuine[0])
    assert nodes[0].get(forged[0]).status == 404
    with nodes[0].client() as client:  # the product's own page is loaded once in each worker
        client.get(forged[1])
    with nodes[0].client() as client:
        assert client.get(forged[2]).status == 404
        before = scans(place)
        denied = sum(client.get(path, b"Accept: application/json\r\n").status == 404 for path in forged)
        after = scans(place)
        assert denied >= len(forged) - 2  # the genuine ones may be among them
        assert after["run"] - before["run"] <= len(forged) - denied
        assert after["product"] - before["product"] <= 1
        client.get(genuine[1].path)
    assert scans(place)["run"] > after["run"]  # that what was counted counts


# --- what is private ---------------------------------------------------------------------------

def marked(table, keys, **columns):
    """A row whose every other text field holds a mark of its own."""
    return {**{name: f"CANARY-{table}-{name}" for name in columns["texts"]}, **keys}


def test_no_private_value_is_in_any_answer_log_or_in_redis(place, redis, nodes):
    secret = gtin(720009)
    shop = place.shop
    shop.record("supplier", marked("supplier", {"code": "S9", "country": "CN"},
                                   texts=["name.en", "name.zh-CN", "place.en", "contact"]))
    shop.record("facility", marked("facility", {"code": "F9", "country": "CN", "time_zone": "Asia/Shanghai"},
                                   texts=["name.en", "place.en", "address"]))
    shop.record("product", marked("product", {"gtin": secret, "name.en": "Open tea", "unit_cost": "31337.42"},
                                  texts=["description.en", "category.en", "net_content",
                                         "origin_place.en", "responsible.en", "care.en", "internal_note"]))
    shop.record("lot", marked("lot", {"gtin": secret, "lot": "SHOWN-9", "facility": "F9",
                                      "best_before": "2999-12-31"}, texts=["internal_note"]))
    shop.record("material", marked("material", {"gtin": secret, "position": "1", "country": "CN", "supplier": "S9"},
                                   texts=["name.en", "hazard.en"]))
    shop.record("inspection", marked("inspection", {
        "gtin": secret, "lot": "SHOWN-9", "test_code": "T", "verdict": "pass", "value": "31337.43",
        "measured_at": "2026-01-01T00:00:00Z"}, texts=["test.en", "method", "laboratory.en", "instrument", "certificate"]))
    shop.record("step", marked("step", {"gtin": secret, "lot": "SHOWN-9", "position": "1",
                                        "started_at": "2026-01-01T00:00:00Z"}, texts=["name.en", "operator"]))
    # The number of a lot that is private finds the lot's page all the same.
    closed = gtin(720010)
    shop.record("product", {"gtin": closed, "name.en": "Closed tea"})
    shop.record("lot", {"gtin": closed, "lot": "CANARY-lot-number", "best_before": "2998-12-31"})
    shop("policy", "show", "--gtin", closed, "product.name", "lot.best_before")
    shop("policy", "hide", "--gtin", closed, "lot.number")
    shop("recall", "start", "--gtin", closed, "--lot", "CANARY-lot-number", "--reason", "en=Sour leaves")
    code = shop.codes(secret, lot="SHOWN-9")[0]
    of_closed = shop.codes(closed, lot="CANARY-lot-number")[0]
    seen = [a.raw_head + a.body for a in everywhere(nodes, code)]
    forged = type(code)("https://x" + code.path[:-1] + ("0" if code.path[-1] != "0" else "1"))
    seen += [a.raw_head + a.body for a in everywhere(nodes, forged)]
    of_closed = [a.raw_head + a.body for a in everywhere(nodes, of_closed)]
    assert any(b"2998-12-31" in s for s in of_closed) and any(b"Sour leaves" in s for s in of_closed)
    seen += of_closed
    assert any(b"Open tea" in s for s in seen)
    stored = {k: redis.client.get(k) for k in redis.client.keys("*")}
    assert all(any(g.encode() in k for k in stored) for g in (secret, closed))
    seen += [*stored.keys(), *stored.values()]
    seen += [(n.folder / f).read_bytes() for n in nodes for f in ("out", "err")]
    for text in seen:
        assert b"CANARY-" not in text and b"31337" not in text
    for text in [s for n in nodes for s in [(n.folder / "out").read_bytes()]]:
        assert code.serial.encode() not in text and b"SHOWN-9" not in text


def test_a_link_that_is_taken_away_is_gone_on_two_nodes_within_a_second(place):
    """Without Redis; the second node has two workers."""
    tea, code = NEIGHBOUR, place.shop.codes(NEIGHBOUR)[0]
    add = ["links", "set", "--gtin", tea, "--type", "gs1:faqs", "--title", "x", "--default", "one", "--href"]
    with place.server("release") as one, place.server("release", workers=2) as two:
        def everywhere(good, since):
            while True:
                started = time.monotonic()
                answers = [n.get(p) for n in (one, two) for _ in range(4)
                           for p in (f"/01/{tea}?linkType=gs1:faqs", f"{code.path}?linkType=all", f"/01/{tea}")]
                if all(good(a) for a in answers):
                    assert started - since <= WITHIN
                    return
                assert started - since <= WITHIN + 2, [a.text for a in answers if not good(a)][:1]
        for i in range(3):
            place.suyuan(*add, f"https://faq{i}.example/", status=0)
            everywhere(lambda a: f"faq{i}.example" in a.text + a.headers.get("location", ""), time.monotonic())
            place.suyuan("links", "remove", "--gtin", tea, status=0)
            everywhere(lambda a: "faq" not in a.text + a.headers.get("location", ""), time.monotonic())


def test_without_postgresql_the_resolver_says_so_and_the_page_lives_on(place):
    tea, code = NEIGHBOUR, place.shop.codes(NEIGHBOUR)[0]
    place.suyuan("links", "add", "--gtin", tea, "--type", "gs1:faqs", "--title", "x", "--href", "https://faq.example/",
                 status=0)
    with place.server("release", database_deadline_ms=300) as node:
        wait_until(lambda: node.get(code.path).status == 200)
        assert node.get(f"/01/{tea}?linkType=gs1:faqs").status == 307
        with place.postgres_hung():
            answer = node.get(f"/01/{tea}?linkType=gs1:faqs")
            assert answer.status == 503 and answer.headers["retry-after"]
            assert answer.headers["access-control-allow-origin"] == "*"
            assert node.get(code.path).status == 200
        wait_until(lambda: node.get(f"/01/{tea}?linkType=gs1:faqs").status == 307, 10)


def test_without_postgresql_a_page_seen_before_comes_in_every_coding_and_language(place):
    code = place.shop.codes(NEIGHBOUR)[0]
    with place.server("release", database_deadline_ms=300) as node:
        wait_until(lambda: node.get(code.path).status == 200)
        with place.postgres_hung():
            for coding in ("br", "gzip", "identity"):
                for accept, language in FORMS:
                    answer = node.ask(f"GET {code.path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n"
                                      f"Accept-Language: {language}\r\nAccept-Encoding: {coding}\r\n\r\n")
                    assert answer.status == 200, (coding, accept, language)
                    assert answer.headers.get("content-encoding", "identity") == coding


def public_backends(place):
    """PostgreSQL's processes for the lookup servers, the oldest first."""
    with place.database() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE usename = 'suyuan_public' ORDER BY pid")
        return [pid for pid, in cursor.fetchall()]


@contextlib.contextmanager
def stopped(pid):
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_code_made_this_moment_is_never_denied(place):
    """The worker has not heard of it: what tells it of changes stands still, its other questions are answered."""
    older = place.shop.codes(TEA)[0]
    place.shop.record("product", {"gtin": gtin(720003), "name.en": "A minute old"})
    before = set(public_backends(place))
    with place.server("release", workers=1) as node:
        wait_everywhere([node], older, lambda a: a.status == 200, time.monotonic() + 5)
        feed = next(pid for pid in public_backends(place) if pid not in before)  # the first a worker opens
        with stopped(feed):
            codes = [place.shop.codes(new, used=False)[0] for new in (TEA, gtin(720003))]
            answers = [ask(node, code) for code in codes]
        assert [(a.status, a.json["verdict"]["code"]) for a in answers] == [(200, "inactive")] * 2


def test_an_item_asked_for_once_takes_a_few_hundred_bytes_and_its_answer_is_kept_from_the_second_time_on(place):
    codes = place.shop.codes(TEA, 30, lot="L1")
    with place.server("release", workers=1) as node:
        wait_until(lambda: b'"active"' in ask(node, codes[0]).body)  # the lot's documents, and its page made ready
        held, asked, bodies = [gauge(node, "suyuan_cache_bytes")], [], []
        for _ in range(3):
            before = gauge(node, "suyuan_database_queries_total")
            bodies.append([ask(node, code).body for code in codes[1:]])
            asked.append(gauge(node, "suyuan_database_queries_total") - before)
            held.append(gauge(node, "suyuan_cache_bytes"))
    first, second, third = (b - a for a, b in zip(held, held[1:]))
    assert bodies[0] == bodies[1] == bodies[2]
    assert 200 < first / 29 < 1000
    assert second / 29 > len(bodies[0][0])
    assert third == 0
    assert asked[0] >= 29 and max(asked[1:]) < 20, asked  # but for the worker's look for changes


def test_who_has_the_page_already_leaves_what_is_known_of_the_item_too(place):
    """Or every reload that is told "not modified" would ask PostgreSQL again."""
    code = place.shop.codes(TEA, lot="L1")[0]
    with place.server("release", workers=1) as other:
        wait_until(lambda: b'"active"' in ask(other, code).body)
        tag = ask(other, code).headers["etag"]
    with place.server("release", workers=1) as node:
        wait_until(lambda: b'"active"' in ask(node, place.shop.codes(TEA, lot="L1")[0]).body)
        asked = []
        for _ in range(2):
            before = gauge(node, "suyuan_cache_entries")
            answer = node.ask(f"GET {code.path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n"
                              f"Accept-Language: en\r\nIf-None-Match: {tag}\r\n\r\n")
            assert answer.status == 304
            asked.append(gauge(node, "suyuan_cache_entries") - before)
    assert asked == [1, 0]

