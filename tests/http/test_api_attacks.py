"""What somebody who means harm sends to the API and the console's forms, and what must come of it."""
import concurrent.futures
import time
import uuid

import pytest

from lines import Line, problem
from test_console_page import SAME, Browser


@pytest.fixture(scope="module")
def line(suyuan, console):
    return Line(suyuan, console, "--rate", "60000")


@pytest.fixture
def browser(line, console):
    browser = Browser(console)
    browser.sign_in(line.key)
    return browser


@pytest.mark.parametrize("reason", [{"en": "a\0b"}, {"en": {"x": "\0"}}, ["\0"]])
def test_a_nul_that_the_database_cannot_hold_is_a_mistake_of_the_request(line, reason):
    batch = line.batch(quantity=2)["id"]
    problem(line.post("/v1/codes/state", {"state": "blocked", "batch": batch, "reason": reason}), 400, "body")


def test_an_address_written_with_escapes_is_the_same_address(line, browser):
    """Neither does a session write where a key is needed, nor does a key meet a page."""
    order = {"gtin": line.gtin, "quantity": "1", "idempotency_key": uuid.uuid4().hex}
    assert problem(browser.send("/%76%31/batches", order), 401)["member"] == "Authorization"
    answer = line.get("/%76%31/batches")
    assert answer.status == 200 and answer.headers["content-type"] == "application/json"


def test_a_form_has_few_fields(browser):
    answer = browser.send("/batches", {f"f{i}": "1" for i in range(257)})
    assert answer.status == 400 and "What was sent cannot be read." in answer.text
    # Their number decides, not their names.
    answer = browser.console.request("POST", "/batches", browser.headers(SAME), b"&".join([b"gtin=1"] * 257))
    assert answer.status == 400 and "What was sent cannot be read." in answer.text


@pytest.mark.parametrize("members", [{"copies": 1000, "count": 40}])
def test_a_thousand_copies_are_bytes_of_the_brand(line, owner_db, members):
    """What a job's files take is written down beside them: limits are of that."""
    batch = line.batch(quantity=40)["id"]
    job = line.post(f"/v1/batches/{batch}/labels", {"format": "pdf", **members}, uuid.uuid4().hex).json["id"]
    for _ in range(600):
        shown = line.get(f"/v1/jobs/{job}").json
        if shown["state"] not in ("waiting", "running"):
            break
        time.sleep(0.1)
    assert shown["state"] == "done", shown
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT bytes FROM job.job WHERE id = %s", (job,))
        assert cursor.fetchall() == [(sum(f["size"] for f in shown["files"]),)]


def at_once(how_often, what):
    with concurrent.futures.ThreadPoolExecutor(48) as pool:
        return list(pool.map(lambda _: what(), range(how_often)))


def test_many_at_once_get_no_more_than_the_quota(suyuan, console, owner_db):
    line = Line(suyuan, console, "--rate", "60000", "--quota", "1000")
    statuses = [a.status for a in at_once(100, lambda: line.order(quantity=37))]
    assert sorted(set(statuses)) == [201, 429] and statuses.count(201) == 1000 // 37
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT sum(quantity) FROM code.batch WHERE gtin = %s", (int(line.gtin),))
        assert cursor.fetchall() == [(1000 // 37 * 37,)]


def test_many_at_once_are_no_more_than_the_rate(suyuan, console):
    line = Line(suyuan, console, "--rate", "6")
    statuses = [a.status for a in at_once(60, lambda: line.get("/v1/batches"))]
    assert sorted(set(statuses)) == [200, 429]
    assert 6 <= statuses.count(200) <= 8  # one more after each ten seconds


def test_one_key_is_one_thing_whatever_is_asked_with_it_at_once(line):
    batch = line.batch(quantity=5)["id"]
    for _ in range(6):
        key = uuid.uuid4().hex
        asks = [lambda: line.order(key), lambda: line.post(f"/v1/batches/{batch}/labels", {"format": "svg"}, key)]
        statuses = [a.status for a in at_once(8, lambda: asks[uuid.uuid4().int % 2]())]
        assert not {201, 202} <= set(statuses) and set(statuses) <= {201, 202, 409, 422}
        assert {201, 202} & set(statuses)


def test_nobody_signs_in_with_a_key_that_has_ended(suyuan, console, owner_db):
    for end in ("revoked_at = now()", "expires_at = now() - interval '1 second'"):
        line = Line(suyuan, console)
        with owner_db.cursor() as cursor:
            cursor.execute(f"UPDATE code.line_key SET {end} WHERE id = %s", (line.key.split("_")[1],))
        answer = Browser(console).send("/sign-in", {"key": line.key})
        assert answer.status == 401 and "set-cookie" not in answer.headers


def test_a_step_never_reaches_over_the_end_of_a_batch(line):
    """The places would fit: the first of one batch to the third of the next."""
    one, two = (line.batch(quantity=5)["id"] for _ in range(2))
    codes = [line.get(f"/v1/batches/{batch}/codes?format=txt").text.split() for batch in (one, two)]
    problem(line.post("/v1/codes/state", {"state": "void", "first": codes[0][0], "last": codes[1][2]}), 400, "last")
    for batch in (one, two):
        assert line.get(f"/v1/batches/{batch}/reconciliation").json["provisioned"] == 5


def test_nothing_happens_to_a_code_that_has_ended(line):
    batch = line.batch(quantity=3)["id"]
    [code, *_] = line.get(f"/v1/batches/{batch}/codes?format=txt").text.split()
    for which in ({"state": "void", "code": code}, {"state": "commissioned", "batch": batch}):
        assert line.post("/v1/codes/state", which).status == 200
    story = line.post("/v1/codes/query", {"code": code}).json
    assert story["state"] == "void" and [s["state"] for s in story["steps"]] == ["void"]


def test_a_counter_with_another_key_or_length_was_never_issued(line, owner_db):
    """Who has one code must not make another of it that passes for the same item."""
    batch = line.batch(quantity=1)["id"]
    with owner_db.cursor() as cursor:
        for key, length, found in ((0, 0, "yes"), (1, 0, "never_issued"), (0, 1, "never_issued")):
            cursor.execute("""SELECT f.found FROM code.batch AS b, code.find(ARRAY[ROW(b.gtin, b.first, b.key_id + %s,
                b.serial_length + %s, '')::code.printed]) AS f WHERE b.id = %s""", (key, length, batch))
            assert cursor.fetchall() == [(found,)]


def test_nobody_signs_in_with_the_name_of_a_key_alone(line, console):
    secret = line.key.rpartition("_")[2]
    for wrong in (secret[:-1] + "01"[secret[-1] == "0"], "0" * len(secret)):
        answer = Browser(console).send("/sign-in", {"key": line.key.replace(secret, wrong)})
        assert answer.status == 401 and "set-cookie" not in answer.headers


@pytest.mark.parametrize("back", ["//evil.example", "/\\evil.example", "/\t/evil.example", "/x\\..\\y", "/\r/evil.example",
                                  "https://evil.example", "\\\\evil.example", "/é", "/a b", "javascript:alert(1)"])
def test_a_form_leads_to_no_other_site(line, browser, back):
    batch = line.batch(quantity=1)["id"]
    answer = browser.send("/codes/state", {"state": "printed", "batch": batch, "back": back})
    assert answer.status == 200 and "location" not in answer.headers, answer.headers
    answer = browser.send("/codes/state", {"state": "printed", "batch": batch, "back": f"/batches/{batch}"})
    assert (answer.status, answer.headers["location"]) == (303, f"/batches/{batch}")
