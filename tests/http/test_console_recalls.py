"""Recalls and holds at the console: the steps of its pages, two persons by session and token, what lines are told,
what customers see on every node within a second, Redis or not."""
import re
import time
import uuid

import pytest

from conftest import connected
from lines import Line
from people import Person
from test_console_fields import Brand, eventually
from test_lookup_changes import TEA, ask as look, change, everywhere, nodes, place, redis, wait_everywhere


@pytest.fixture(scope="module")
def line(suyuan, console):
    return Line(suyuan, console)


@pytest.fixture
def person(console, owner_db, line):
    return lambda *roles, **more: Person(console, owner_db, line.brand, *(roles or ("quality",)), **more)


@pytest.fixture
def lot(line):
    """A lot with five codes: (its number, the codes)."""
    name = f"L{uuid.uuid4().hex[:10]}"
    made = line.post("/v1/batches", {"gtin": line.gtin, "quantity": 5, "lot": name}, uuid.uuid4().hex)
    return name, line.get(f"/v1/batches/{made.json['id']}/codes?format=txt").text.split(), made.json["id"]


def choice(line, lot, **more):
    return {"by": "lots", "gtin": line.gtin, "lots": [lot[0]], **more}


def counted(who, line, lot, **more):
    made = who.ask("POST", "/v1/recalls/count", choice(line, lot, **more))
    assert made.status == 201, made.text
    return made.headers["location"]


def test_the_steps_of_the_pages_work_without_a_script(person, line, lot, owner_db):
    ann = person()
    line.name_product(owner_db, "Named tea")
    ways = re.findall(r'href="(/recalls/new\?way=\w+)"', ann.page("/recalls/new").text)
    assert len(ways) == 8
    headings = set()
    for way in ways:
        page = ann.page(way)
        assert page.status == 200 and "About this page" not in page.text
        [heading] = re.findall(r"<h1[^>]*>([^<]+)", page.text)
        assert heading.startswith("Recall or hold ")
        headings.add(heading)
    assert len(headings) == 8
    sent = ann.send("/recalls/new?way=lots", {"kind": "recall", "by": "lots", "gtin": line.gtin, "lots": lot[0]})
    assert sent.status == 303, sent.text
    address = sent.headers["location"]
    page = ann.page(address)
    assert lot[0] in page.text and "Start now" in page.text and "No text yet in" in page.text
    assert 'name="shown"' not in page.text, "of a recall nobody is asked"
    assert 'name="shown"' in ann.page(counted(ann, line, lot, kind="hold").removeprefix("/v1")).text
    refused = ann.send(address + "/start", {})
    assert refused.status == 409 and "in one language at least" in refused.text
    said = ann.send(address + "/texts", {"reason.en": "Glass & <b>splinters</b>", "reason.zh-CN": "玻璃碎片",
                                         "advice.en": "Bring it back", "severity": "high"})
    assert said.status == 303, said.text
    page = ann.page(address).text
    assert "Glass &amp; &lt;b&gt;splinters&lt;/b&gt;" in page and "玻璃碎片" in page and "<b>splinters" not in page
    assert ann.send(address + "/start", {}).headers["location"] == address + "?done=halt_started"
    assert "It is in force" in ann.page(address + "?done=halt_started").text
    sheet = ann.page(address + "/sheet").text
    assert "SHA-256" in sheet and ann.name in sheet and f"Named tea · {line.gtin} · {lot[0]}" in sheet
    assert re.search(r"Time zone</dt><dd>UTC[^<]*</dd>", sheet), "evidence says by which clock it tells its times"
    assert ann.send(address + "/lift", {}).status == 400
    assert ann.send(address + "/lift", {"reason": "tested"}).status == 303
    assert "tested" in ann.page(address).text
    assert lot[0] in ann.page("/recalls").text


def test_an_empty_console_says_what_to_do_first(suyuan, console, owner_db):
    other = Line(suyuan, console)
    assert "begin here" in Person(console, owner_db, other.brand, "viewer").page("/recalls").text


def test_a_refused_choice_stands_there_again_with_the_reason_at_its_field(person, line):
    ann = person()
    for way, fields, words in (
            ("lots", {"by": "lots", "gtin": line.gtin, "lots": "TYPO-77"}, "know this lot"),
            ("product", {"by": "product", "gtin": "09506000134352"}, "no GTIN of this brand"),
            ("codes", {"by": "codes", "codes": "https://example.com/01/09506000134352/21/ABC"}, "no code of this brand"),
            ("dates", {"by": "dates", "date": "produced_on", "from": "2026-02-31"}, "must be a date"),
            ("machine", {"by": "machine", "instrument": "none such"}, "Nothing fits"),
            ("lots", {"by": "lots", "gtin": line.gtin, "lots": "\x01"}, "control characters"),
            ("material", {"by": "material", "supplier": "S", "material": "M"}, "required")):
        answer = ann.send(f"/recalls/new?way={way}", {"kind": "recall", **fields})
        assert answer.status in (400, 404, 409) and words in answer.text, (way, answer.status, answer.text[:3000])


@pytest.mark.parametrize("body", [
    {}, {"by": "moon"}, {"by": "lots", "lots": [1]}, {"by": "lots", "lots": {}}, {"by": ["lots"]},
    {"by": "lots", "gtin": "1", "lots": ["A"]}, {"by": "dates", "from": "infinity"}, {"by": "dates", "from": "x" * 10000},
    {"by": "machine", "value": "\u0000"}, {"by": "codes", "codes": []}, {"by": "codes", "codes": ["x" * 10000]},
    {"by": "lots", "kind": "party"}, {"by": "product"}, {"other": 1}])
def test_a_hostile_choice_changes_nothing(person, owner_db, body):
    ann = person()
    answer = ann.ask("POST", "/v1/recalls/count", body)
    assert 400 <= answer.status < 500, answer.text
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM trace.halt WHERE counted_by = %s", ("user:" + ann.name,))
        assert cursor.fetchall() == [(0,)]


@pytest.mark.parametrize("texts", [{"reason": "x"}, {"reason": {"en": 1}}, {"reason": {"en": "x" * 1001}},
                                   {"reason": {"no language": "x"}}, {"reason": {"en": "\u0000"}}, {"evidence": "x" * 10001},
                                   {"severity": "huge"}, {"other": "x"}])
def test_hostile_texts_are_refused(person, line, lot, texts):
    ann = person()
    address = counted(ann, line, lot)
    assert 400 <= ann.ask("POST", address + "/texts", texts).status < 500
    assert ann.get(address).json["reason"] == {}


def test_a_foreign_brands_recall_looks_like_an_unknown_one(suyuan, console, owner_db, person, line, lot):
    address = counted(person(), line, lot)
    stranger = Person(console, owner_db, Line(suyuan, console).brand, "admin")
    for number in (address.rpartition("/")[2], "999999999", "x"):
        for path in ("", "/lines", "/sheet", "/list.csv"):
            assert stranger.get(f"/v1/recalls/{number}{path}").status == 404, path
        for verb, body in (("texts", {}), ("start", {}), ("approve", {}), ("decline", {}), ("lift", {"reason": "x"})):
            assert stranger.ask("POST", f"/v1/recalls/{number}/{verb}", body).status == 404, verb
        assert stranger.page(f"/recalls/{number}").status == 404


def test_the_list_is_what_its_sha256_is_of(person, line, lot):
    import hashlib
    ann = person()
    address = counted(ann, line, lot)
    csv = ann.get(address + "/list.csv")
    assert hashlib.sha256(csv.body).hexdigest() == ann.get(address).json["sha256"]
    assert csv.text.splitlines()[1] == f'{line.gtin},"{lot[0]}",,,,"",5'


def test_nobody_approves_his_own_by_whatever_way_he_comes(suyuan, console, owner_db):
    line = Line(suyuan, console)
    ann, bob, eve, kim = (Person(console, owner_db, line.brand, role) for role in ("quality", "quality", "admin", "admin"))
    assert eve.ask("POST", "/v1/recalls/rule", {"two_persons": True}).json["result"] == "rule_proposed"
    assert eve.send("/recalls/rule", {"two_persons": "on"}).status == 403
    assert bob.ask("POST", "/v1/recalls/rule", {"two_persons": True}).status == 403
    assert kim.send("/recalls/rule", {"two_persons": "on"}).status == 303
    made = line.post("/v1/batches", {"gtin": line.gtin, "quantity": 5, "lot": "TWO"}, uuid.uuid4().hex)
    assert made.status == 201
    address = counted(ann, line, ("TWO",))
    ann.ask("POST", address + "/texts", {"reason": {"en": "Glass"}})
    assert ann.ask("POST", address + "/start", {}).json["result"] == "proposed"
    page = address.removeprefix("/v1")
    assert "somebody else must approve" in ann.page(page).text
    assert ann.send(page + "/approve", {}).status == 403
    assert ann.ask("POST", address + "/approve", {}).status == 403
    assert line.get(address).status == 403 and line.post(address + "/approve", {}).status == 403
    with owner_db.cursor() as cursor:
        cursor.execute("UPDATE team.account SET ended_at = now() WHERE id = %s", (kim.id,))
    assert kim.ask("POST", address + "/approve", {}).status == 401
    assert bob.send(page + "/approve", {"what": "start"}).status == 303
    assert bob.ask("POST", address + "/approve", {}).status == 409
    assert ann.get(address).json["state"] == "running"
    hold = ann.ask("POST", "/v1/holds/count", {"by": "product", "gtin": line.gtin}).headers["location"]
    assert ann.ask("POST", hold + "/start", {}).json["result"] == "started"


def test_the_line_is_told_that_its_codes_are_held(person, line, lot):
    ann = person()
    address = counted(ann, line, lot, kind="hold")
    assert ann.ask("POST", address + "/start", {}).status == 200
    one = line.post("/v1/codes/state", {"state": "commissioned", "code": lot[1][0]})
    assert (one.status, one.json["code"]) == (409, "held")
    some = line.post("/v1/codes/state", {"state": "commissioned", "codes": lot[1]}).json
    assert some["refused"] == 5 and {r["result"] for r in some["results"]} == {"held"}
    whole = line.post("/v1/codes/state", {"state": "commissioned", "batch": lot[2]})
    assert (whole.status, whole.json["code"]) == (409, "held")
    assert ann.ask("POST", address.replace("recalls", "holds") + "/release", {"reason": "fine"}).status == 200
    assert line.post("/v1/codes/state", {"state": "commissioned", "batch": lot[2]}).json["changed"] == 5


@pytest.mark.parametrize("redis_runs", [True, False])
def test_a_recall_or_hold_of_single_codes_is_on_every_node_within_a_second(place, redis, nodes, redis_runs):
    codes = place.shop.codes(TEA, quantity=2, lot="L1")
    uri = f"https://example.com{codes[0].path}"
    calm, alarm, held = (lambda a: a.status == 200 and "Sharp edges" not in a.text), (
        lambda a: a.status == 200 and "Sharp edges" in a.text), (lambda a: a.status == 200 and "A look" in a.text)
    everywhere(nodes, codes[0])
    if not redis_runs:
        redis.kill()
    for words, seen in (("recall", alarm), ("hold", held)):
        reason = "und=Sharp edges" if words == "recall" else "und=A look"
        since = change(place, words, "start", "--first", uri, "--last", uri, "--reason", reason)
        wait_everywhere(nodes, codes[0], seen, since)
        assert len(codes) == 2
        assert all(calm(a) and not held(a) for a in everywhere(nodes, codes[1]))
        [number] = [h["id"] for h in place.suyuan(words, "list", "--json", status=0).json_lines if h["state"] == "running"]
        since = change(place, words, "end", number)
        wait_everywhere(nodes, codes[0], lambda a: calm(a) and not held(a), since)
    if not redis_runs:
        redis.start()


# --- what each says in public, and that it was seen before ---

@pytest.fixture(scope="module")
def sold(instance, suyuan, console, https, tmp_path_factory):
    """A brand with a code in use, and somebody who judges."""
    db = connected(instance.env["DATABASE_URL"])
    brand = Brand(suyuan, console, https, db, tmp_path_factory.mktemp("sold"))
    brand.choose({"product.name": "show", "lot.number": "show"})
    brand.ann = Person(console, db, brand.slug, "quality")
    yield brand
    db.close()


@pytest.mark.parametrize("way", ["lots", "codes"])
@pytest.mark.parametrize("kind,shown,verdict", [
    ("recall", True, "recalled"), ("hold", True, "held"), ("quarantine", True, "held"), ("expire", True, "expired"),
    ("hold", False, "active"), ("quarantine", False, "active"), ("expire", False, "active")])
def test_each_kind_shows_its_page_which_the_preview_was(sold, kind, shown, verdict, way):
    ann = sold.ann
    chosen = {"lots": {"lots": ["L1"]}, "codes": {"codes": [sold.code.url]}}[way]
    made = ann.ask("POST", "/v1/recalls/count", {"kind": kind, "by": way, "gtin": sold.gtin, **chosen})
    assert made.status == 201, made.text
    address = made.headers["location"]
    ann.ask("POST", address + "/texts", {"reason": {"en": "A crack", "zh-CN": "有裂纹"}, "advice": {"en": "Wait."},
                                         "shown": shown})
    seen = ann.get(address + "/preview?in=en").json
    assert seen["verdict"]["code"] == verdict and seen["item"]["serial"] == sold.code.serial
    framed = ann.page(address.removeprefix("/v1") + "/preview?in=zh-CN")
    assert framed.headers["content-language"] == "zh-CN" and ("有裂纹" in framed.text) == shown
    assert "frame-ancestors 'self'" in framed.headers["content-security-policy"]
    assert address.removeprefix("/v1") + "/preview?in=en" in ann.page(address.removeprefix("/v1")).text
    assert sold.public().json["verdict"]["code"] == "active"
    assert ann.ask("POST", address + "/start", {}).json["result"] == "started"
    assert eventually(lambda: sold.public().json["verdict"]["code"] == verdict)
    real, running = sold.public().json, ann.get(address + "/preview?in=en").json
    for part in ("verdict", "brand", "product", "lot"):
        assert {**real[part], "updated": 0} == {**seen[part], "updated": 0} == {**running[part], "updated": 0}, part
    assert ann.ask("POST", address + "/lift", {"reason": "tested"}).status == 200
    assert eventually(lambda: sold.public().json["verdict"]["code"] == "active")
    assert ann.get(address + "/preview").status == 404
    assert "/preview" not in ann.page(address.removeprefix("/v1")).text


def test_a_customers_check_stands_at_its_code(sold):
    ann = sold.ann
    made = ann.ask("POST", "/v1/recalls/count", {"by": "codes", "codes": [sold.code.url]})
    address = made.headers["location"]
    ann.ask("POST", address + "/texts", {"reason": {"en": "A crack"}})
    assert ann.get(address).json["checked"] is None
    ann.ask("POST", address + "/start", {})
    assert ann.get(address).json["checked"] == []
    assert "None of these codes was checked" in ann.page(address.removeprefix("/v1")).text
    phone = f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) {uuid.uuid4().hex}"
    assert sold.lookup.get(sold.code.path, {"Accept": "text/html", "User-Agent": phone}).status == 200
    assert eventually(lambda: sum(c["visits"] for c in ann.get(address).json["checked"]) == 1, 15)
    for path in (address, address + "/sheet"):
        [code] = ann.get(path).json["checked"]
        assert (code["serial"], code["lot"], code["visits"]) == (sold.code.serial, "L1", 1)
    for path in ("", "/sheet"):
        page = ann.page(address.removeprefix("/v1") + path).text
        assert f"<code>{sold.code.serial}</code>" in page
    ann.ask("POST", address + "/lift", {"reason": "tested"})


@pytest.mark.parametrize("path", ["/recalls/999999999", "/recalls/x/sheet", "/recalls/999999999/preview"])
def test_what_is_refused_is_said_in_the_readers_language(sold, path):
    answer = sold.console.get(path, sold.ann.headers({"Accept-Language": "zh-CN"}))
    assert answer.status == 404 and ("没有此编号" in answer.text or "preview" in path)
    assert "There is no" not in answer.text
