"""Packaging lines in the console and by the API: added, limited, given keys that are told once, withdrawn."""
import re
import uuid

import pytest

import conftest
from lines import Line, problem
from people import Person


@pytest.fixture(scope="module")
def brand(suyuan, console):
    """A brand with a line that the operator made."""
    return Line(suyuan, console)


@pytest.fixture(scope="module")
def admin(brand, console, instance):
    db = conftest.connected(instance.env["DATABASE_URL"])
    yield Person(console, db, brand.brand, "admin")
    db.close()


def fresh():
    return f"line-{uuid.uuid4().hex[:12]}"


def made(admin, **members):
    answer = admin.act("POST", "/v1/lines", {"name": fresh(), **members})
    assert answer.status == 201, answer.text
    return answer.headers["location"], answer.json


def status_of(console, key, path="/v1/batches"):
    return console.get(path, {"Authorization": f"Bearer {key}"}).status


def test_a_line_that_is_added_may_ask_for_codes_at_once(admin, brand, console):
    address, told = made(admin)
    line = Line.__new__(Line)
    line.console, line.key, line.gtin = console, told["key"], brand.gtin
    batch = line.batch()["id"]
    assert line.get(f"/v1/batches/{batch}").json["made_by"] == f"line:{told['line']}"
    shown = admin.get(address).json
    assert shown["codes_today"] == 1 and shown["seen_at"] and shown["keys"][0]["seen_at"]
    assert [k["id"] for k in shown["keys"]] == [told["key_id"]] and told["key"] not in str(shown)


def test_both_ways_make_the_same_line(admin, brand, suyuan):
    _, told = made(admin)
    listed = {line["name"]: line for line in admin.get("/v1/lines").json["lines"]}
    mine, theirs = listed[told["line"]], listed[brand.name]
    assert {k: v for k, v in mine.items() if k not in ("id", "name", "keys", "made_at", "seen_at", "codes_today")} == \
        {k: theirs[k] for k in ("gtins", "requests_per_minute", "codes_per_day", "may_link")}
    assert told["line"] in suyuan("line", "list", "--brand", brand.brand, status=0).out
    suyuan("line", "set", told["line"], "--brand", brand.brand, "--rate", "5000", status=0)
    assert {x["name"]: x for x in admin.get("/v1/lines").json["lines"]}[told["line"]]["requests_per_minute"] == 5000


def test_a_key_is_rotated_without_stopping_the_line(admin, console):
    address, old = made(admin)
    new = admin.act("POST", f"{address}/keys", {"overlap_hours": 24})
    assert new.status == 201 and new.json["key_id"] != old["key_id"]
    assert {status_of(console, k["key"]) for k in (old, new.json)} == {200}
    assert [k["ends_at"] is None for k in admin.get(address).json["keys"]] == [True, False]
    last = admin.act("POST", f"{address}/keys", {"overlap_hours": 0})
    assert [status_of(console, k["key"]) for k in (old, new.json, last.json)] == [401, 401, 200]


def test_keys_end_one_by_one_or_all_at_once(admin, console):
    address, one = made(admin)
    two, three = [admin.act("POST", f"{address}/keys", {}).json for _ in range(2)]
    assert admin.ask("DELETE", f"{address}/keys/{one['key_id']}").status == 200
    assert [status_of(console, k["key"]) for k in (one, two, three)] == [401, 200, 200]
    problem(admin.ask("DELETE", f"{address}/keys/{one['key_id']}"), 404)
    assert admin.ask("DELETE", f"{address}/keys").status == 200
    assert [status_of(console, k["key"]) for k in (two, three)] == [401, 401]
    assert [k["valid"] for k in admin.get(address).json["keys"]] == [False] * 3
    # Of another line no key ends by this one's address.
    other, key = made(admin)
    problem(admin.ask("DELETE", f"{address}/keys/{key['key_id']}"), 404)
    assert status_of(console, key["key"]) == 200


@pytest.mark.parametrize("members,status,member", [
    ({"name": "Line 1"}, 400, "name"), ({"name": ""}, 400, "name"), ({"name": "a" * 64}, 400, "name"),
    ({"gtins": []}, 400, "gtins"), ({"gtins": ["1"]}, 400, "gtins"), ({"gtins": "x"}, 400, "gtins"),
    ({"gtins": ["09506000134352"]}, 422, "gtins"), ({"gtins": [1]}, 400, "gtins"),
    ({"requests_per_minute": 601}, 400, "requests_per_minute"), ({"requests_per_minute": 0}, 400, "requests_per_minute"),
    ({"codes_per_day": 10000000001}, 400, "codes_per_day"), ({"codes_per_day": -1}, 400, "codes_per_day"),
    ({"may_link": "yes"}, 400, "may_link"), ({"brand_id": 1}, 400, "brand_id"), ({"id": 1}, 400, "id")])
def test_refuses_a_wrong_member(admin, members, status, member):
    before = len(admin.get("/v1/lines").json["lines"])
    problem(admin.act("POST", "/v1/lines", {"name": fresh(), **members}), status, member)
    assert len(admin.get("/v1/lines").json["lines"]) == before


def test_what_the_operator_gave_above_the_usual_stays(admin, brand, suyuan):
    address, told = made(admin)
    suyuan("line", "set", told["line"], "--brand", brand.brand, "--rate", "6000", status=0)
    assert admin.ask("PATCH", address, {"requests_per_minute": 6000, "codes_per_day": 0}).status == 200
    problem(admin.ask("PATCH", address, {"requests_per_minute": 6001}), 400, "requests_per_minute")
    shown = admin.get(address).json
    assert (shown["requests_per_minute"], shown["codes_per_day"]) == (6000, 0)


def test_a_program_changes_only_what_it_names(admin, brand):
    address, _ = made(admin, gtins=[brand.gtin], may_link=True, requests_per_minute=7)
    assert admin.ask("PATCH", address, {"codes_per_day": 9}).status == 200
    shown = admin.get(address).json
    assert (shown["gtins"], shown["may_link"], shown["requests_per_minute"], shown["codes_per_day"]) == \
        ([brand.gtin.zfill(14)], True, 7, 9)
    assert admin.ask("PATCH", address, {"gtins": None, "may_link": False}).status == 200
    assert admin.get(address).json["gtins"] is None and admin.get(address).json["may_link"] is False


def test_a_line_has_ten_valid_keys(admin):
    address, _ = made(admin)
    answers = [admin.act("POST", f"{address}/keys", {}) for _ in range(10)]
    assert [a.status for a in answers] == [201] * 9 + [409]
    assert answers[-1].json["code"] == "line_keys"
    assert admin.act("POST", f"{address}/keys", {"overlap_hours": 0}).status == 201


def test_the_page_shows_the_key_once_and_says_what_is_wrong(admin, brand, console):
    name = fresh()
    answer = admin.send("/lines", {"name": name, "gtins": f"{brand.gtin}\r\n", "may_link": "on"})
    assert answer.status == 200, answer.text
    key = re.search(r"<code>(sy_[^<]+)</code>", answer.text)[1]
    address = re.search(r'href="(/lines/[0-9]+)"', answer.text)[1]
    assert status_of(console, key) == 200
    for page in (admin.page("/lines"), admin.page(address)):
        assert page.status == 200 and name in page.text and key[14:] not in page.text
    assert brand.gtin.zfill(14) in admin.page(address).text
    # A form that is refused stands there again, with what was typed and the reason at its field.
    refused = admin.send("/lines", {"name": name, "gtins": ""})
    assert refused.status == 409 and 'id="name-error">There is one of this name' in refused.text
    assert admin.send("/lines", {"name": "A B", "gtins": "1"}).status == 400
    # A page that is saved without GTINs gives the line all of them, and without the mark takes links away.
    assert admin.send(address, {"gtins": "", "requests_per_minute": "5"}).status == 303
    shown = admin.get("/v1" + address).json
    assert (shown["gtins"], shown["may_link"], shown["requests_per_minute"]) == (None, False, 5)
    again = admin.send(f"{address}/keys", {"overlap_hours": "0"})
    new = re.search(r"<code>(sy_[^<]+)</code>", again.text)[1]
    assert [status_of(console, k) for k in (key, new)] == [401, 200]
    assert admin.send(f"{address}/keys/{new[3:13]}/end", {}).status == 303
    assert status_of(console, new) == 401
    assert admin.send(f"{address}/end", {}).headers["location"].endswith("done=line_stopped")


def test_of_another_brand_there_is_no_line(admin, suyuan, console):
    other = Line(suyuan, console)
    with_id = admin.get("/v1/lines").json["lines"][-1]["id"] + 1000000
    for line in (with_id, 0, "x"):
        problem(admin.get(f"/v1/lines/{line}"), 404)
        problem(admin.act("POST", f"/v1/lines/{line}/keys", {}), 404)
        problem(admin.ask("DELETE", f"/v1/lines/{line}/keys"), 404)
    assert other.name not in admin.get("/v1/lines").text
    problem(admin.act("POST", "/v1/lines", {"name": fresh(), "gtins": [other.gtin]}), 422, "gtins")


def test_a_key_of_a_line_is_no_admin(brand):
    problem(brand.get("/v1/lines"), 403)
    problem(brand.post("/v1/lines", {"name": fresh()}), 403)


def test_what_was_done_stands_in_the_log_without_secrets(admin):
    address, told = made(admin)
    admin.ask("DELETE", f"{address}/keys")
    log = admin.get("/v1/audit?limit=20").text
    assert f"code.line_key {told['key_id']}" in log and f"code.line {address.rpartition('/')[2]}" in log
    assert told["key"][14:] not in log and "sha256" not in str([e["details"] for e in admin.get(
        "/v1/audit?limit=20").json["entries"] if e["object"].startswith("code.line")])

