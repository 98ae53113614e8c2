"""`/v1/batches`: what is asked is made once, and what is wrong is named."""
import json
import threading
import time
import uuid

import pytest

from lines import Line, fresh_gtin, problem

MOST = 10**9


@pytest.fixture(scope="module")
def line(suyuan, console):
    return Line(suyuan, console)


# --- asking and asking again ----------------------------------------------------------------------


def test_makes_a_batch_and_shows_it(line):
    answer = line.order(lot="L-1", quantity=1000)
    made = answer.json
    assert answer.status == 201 and answer.headers["location"] == f"/v1/batches/{made['id']}"
    assert (made["gtin"], made["lot"], made["quantity"], made["labels"]) == (line.gtin, "L-1", 1000, None)
    shown = line.get(answer.headers["location"])
    assert shown.status == 200
    assert shown.json["made_by"] == f"line:{line.name}" and shown.json["codes"] == made["codes"]


def test_the_same_request_with_the_same_key_is_one_batch(line, owner_db):
    key = uuid.uuid4().hex
    first = line.order(key, quantity=5, lot="A")
    # Written otherwise, it still asks the same.
    again = line.post("/v1/batches", f' {{"lot":"A",  "quantity":5,"gtin":"{line.gtin}"}}'.encode(), key)
    assert first.status == again.status == 201 and first.body == again.body
    assert first.headers["location"] == again.headers["location"]
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM code.line_request WHERE key = %s", (key,))
        assert cursor.fetchall() == [(1,)]


@pytest.mark.parametrize("other", [{"quantity": 6}, {"lot": "B"}, {"lot": None}, {"serial_length": 16}])
def test_another_request_with_the_same_key_is_refused(line, other):
    key = uuid.uuid4().hex
    assert line.order(key, quantity=5, lot="A").status == 201
    problem(line.order(key, **{"quantity": 5, "lot": "A", **other}), 422, "Idempotency-Key")


def test_two_lines_may_use_the_same_key(line, suyuan, console):
    other = Line(suyuan, console, brand=line.brand, gtins=[])
    other.gtin = line.gtin
    ids = {each.order("same", quantity=3).json["id"] for each in (line, other)}
    assert len(ids) == 2


def test_at_once_with_one_key_there_is_one_batch(line):
    key, answers = uuid.uuid4().hex, []
    threads = [threading.Thread(target=lambda: answers.append(line.order(key, quantity=7))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {a.status for a in answers} <= {201, 409}
    for answer in answers:
        if answer.status == 409:
            assert problem(answer, 409)["retry_after"] == int(answer.headers["retry-after"]) == 1
    made = {a.body for a in answers if a.status == 201}
    assert len(made) == 1
    assert line.order(key, quantity=7).body in made


def test_a_request_under_way_is_409(line, owner_db):
    """Held open by hand: the lock that the request takes for its key."""
    key = uuid.uuid4().hex
    with owner_db.cursor() as cursor:
        cursor.execute("""SELECT id, pg_advisory_lock('code.line_request'::regclass::oid::integer,
            hashtext(id || ' ' || %s)) FROM code.line WHERE name = %s""", (key, line.name))
        assert "under way" in problem(line.order(key), 409)["detail"]
        cursor.execute("SELECT pg_advisory_unlock_all()")
    assert line.order(key).status == 201


def test_a_billion_is_one_row(line, owner_db):
    made = line.batch(quantity=MOST)
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT count(*), sum(quantity) FROM code.batch WHERE id = %s", (made["id"],))
        assert cursor.fetchall() == [(1, MOST)]
        cursor.execute("SELECT count(*) FROM code.run WHERE batch_id = %s", (made["id"],))
        assert cursor.fetchall() == [(1,)]


def test_counters_of_requests_at_once_never_meet(line, owner_db):
    def ask():
        for _ in range(10):
            assert line.order(quantity=11).status == 201
    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with owner_db.cursor() as cursor:
        cursor.execute("""SELECT sum(quantity) = (SELECT next FROM code.gtin_counter WHERE gtin = %s)
            FROM code.batch WHERE gtin = %s""", (int(line.gtin),) * 2)
        assert cursor.fetchall() == [(True,)]


# --- the list -------------------------------------------------------------------------------------


def test_pages_name_every_batch_once_newest_first(suyuan, console):
    line = Line(suyuan, console)
    made = [line.batch(quantity=n + 1)["id"] for n in range(7)]
    found, path = [], "/v1/batches?limit=3"
    while path is not None:
        page = line.get(path)
        assert page.status == 200 and len(page.json["batches"]) <= 3
        found += [b["id"] for b in page.json["batches"]]
        path = page.json["next"]
    assert found == made[::-1]
    assert line.get(f"/v1/batches?gtin={fresh_gtin()}").json == {"batches": [], "next": None}


@pytest.mark.parametrize("query,member", [
    ("limit=0", "limit"), ("limit=201", "limit"), ("limit=x", "limit"), ("limit=", "limit"),
    ("cursor=x", "cursor"), ("cursor=", "cursor"), ("gtin=1", "gtin"), ("gtin=", "gtin"),
])
def test_wrong_questions_are_named(line, query, member):
    problem(line.get(f"/v1/batches?{query}"), 400, member)


# --- who may --------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [
    None, "", "Bearer", "Bearer ", "Basic eDp4", "Bearer x", "Bearer sy_0000000000_" + "0" * 64, "sy_",
    "Bearer sy_0000000000_" + "0" * 63, "Bearer sy_000000000U_" + "0" * 64, "Bearer " + "x" * 5000])
def test_no_valid_key_is_401(console, header):
    answer = console.get("/v1/batches", {"Authorization": header} if header is not None else {})
    problem(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_key_with_one_character_changed_is_401(line, console):
    for at in (5, 20, len(line.key) - 1):
        wrong = line.key[:at] + ("1" if line.key[at] != "1" else "2") + line.key[at + 1:]
        problem(console.get("/v1/batches", {"Authorization": f"Bearer {wrong}"}), 401)


def test_the_store_holds_no_secret(line, owner_db):
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT * FROM code.line_key")
        kept = str([[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in cursor.fetchall()])
    assert line.key[3:13] in kept
    assert line.key[14:] not in kept and bytes.fromhex(line.key[14:]).hex() not in kept


def test_a_line_is_limited_to_its_gtins(suyuan, console):
    whole = Line(suyuan, console, gtins=[fresh_gtin(), fresh_gtin()])
    narrow = Line(suyuan, console, "--gtin", whole.gtins[0], brand=whole.brand, gtins=[])
    foreign = Line(suyuan, console)
    mine, other = (whole.batch(gtin=g)["id"] for g in whole.gtins)
    narrow.gtin = whole.gtins[0]
    assert narrow.order().status == 201
    for gtin in (whole.gtins[1], foreign.gtin, fresh_gtin()):
        problem(narrow.order(gtin=gtin), 403, "gtin")
    assert narrow.get(f"/v1/batches/{mine}").status == 200
    for path in (f"/v1/batches/{other}", f"/v1/batches/{foreign.batch()['id']}", f"/v1/batches/{uuid.uuid4()}",
                 "/v1/batches/x", f"/v1/batches/{other}0"):
        assert problem(narrow.get(path), 404)["status"] == 404
    assert other not in narrow.get("/v1/batches").text
    suyuan("line", "set", narrow.name, "--brand", narrow.brand, "--any-gtin", status=0)
    assert narrow.get(f"/v1/batches/{other}").status == 200


def test_a_new_key_overlaps_with_the_old_one(suyuan, console, owner_db):
    line = Line(suyuan, console)
    old, key = line.key, uuid.uuid4().hex
    first = line.order(key)
    line.key = suyuan("line", "rotate", line.name, "--brand", line.brand, status=0).out.strip()
    assert line.key != old
    # What was asked with the old key can be asked again with the new one.
    assert line.order(key).body == first.body
    assert console.get("/v1/batches", {"Authorization": f"Bearer {old}"}).status == 200
    with owner_db.cursor() as cursor:
        cursor.execute("UPDATE code.line_key SET expires_at = now() - interval '1 s' WHERE id = %s", (old[3:13],))
    problem(console.get("/v1/batches", {"Authorization": f"Bearer {old}"}), 401)
    assert line.get("/v1/batches").status == 200


def test_a_revoked_key_ends_at_once(suyuan, console):
    line = Line(suyuan, console)
    assert line.get("/v1/batches").status == 200
    suyuan("line", "revoke", line.name, "--brand", line.brand, status=0)
    problem(line.get("/v1/batches"), 401)
    suyuan("line", "revoke", line.name, "--brand", line.brand, status=1)


def test_too_many_requests_are_429_and_say_when_to_come_back(suyuan, console):
    line = Line(suyuan, console, "--rate", "20")
    left = []
    for _ in range(40):
        answer = line.get("/v1/batches")
        if answer.status != 200:
            break
        assert '"requests";q=20;w=60' in answer.headers["ratelimit-policy"]
        left.append(int(answer.headers["ratelimit"].split("r=", 1)[1].split(";")[0]))
    assert 20 <= len(left) <= 25 and left[0] == 19 and left[-1] == 0
    assert int(answer.headers["retry-after"]) == 3 and problem(answer, 429)["limit"] == 20
    assert (answer.headers["ratelimit-policy"], answer.headers["ratelimit"]) == (
        '"requests";q=20;w=60', '"requests";r=0;t=60')
    time.sleep(4)
    assert line.get("/v1/batches").status == 200


def test_the_quota_of_a_day_counts_codes_that_were_made(suyuan, console, owner_db):
    line = Line(suyuan, console, "--quota", "100")
    key = uuid.uuid4().hex
    assert line.order(key, quantity=60).status == 201
    for _ in range(3):  # the same batch again costs nothing
        assert line.order(key, quantity=60).status == 201
    refused = line.order(quantity=41)
    assert problem(refused, 429, "quantity")["limit"] == 100 and int(refused.headers["retry-after"]) > 0
    answer = line.order(quantity=40)
    assert answer.status == 201
    assert '"codes";r=0' in line.get("/v1/batches").headers["ratelimit"]
    # Elsewhere it is another day already, or still.
    with owner_db.cursor() as cursor:
        cursor.execute("""UPDATE trace.brand SET time_zone = CASE WHEN extract(hour FROM now() AT TIME ZONE 'UTC') >= 11
            THEN 'Pacific/Kiritimati' ELSE 'Etc/GMT+12' END WHERE slug = %s""", (line.brand,))
    assert line.order(quantity=1).status == 201
    assert '"codes";r=99' in line.get("/v1/batches").headers["ratelimit"]
    [told] = suyuan("line", "list", "--brand", line.brand, "--json", status=0).json_lines
    assert told["codes_today"] == 1


# --- what is wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize("members,member", [
    ({"quantity": 0}, "quantity"), ({"quantity": -1}, "quantity"), ({"quantity": 1.5}, "quantity"),
    ({"quantity": 1.0}, "quantity"), ({"quantity": MOST + 1}, "quantity"), ({"quantity": 10**18}, "quantity"),
    ({"quantity": "5"}, "quantity"), ({"quantity": None}, "quantity"), ({"quantity": True}, "quantity"),
    ({"quantity": [1]}, "quantity"), ({"gtin": "09506000134353"}, "gtin"), ({"gtin": 9506000134352}, "gtin"),
    ({"gtin": ""}, "gtin"), ({"gtin": "x" * 14}, "gtin"), ({"gtin": None}, "gtin"), ({"gtin": "１" * 14}, "gtin"),
    ({"lot": ""}, "lot"), ({"lot": "x" * 21}, "lot"), ({"lot": "a b"}, "lot"), ({"lot": "a\0"}, "lot"),
    ({"lot": 5}, "lot"), ({"lot": "茶"}, "lot"), ({"serial_length": 9}, "serial_length"),
    ({"serial_length": 21}, "serial_length"), ({"label": "pdf"}, "label"), ({"quanity": 5}, "quanity"),
    ({"label": {"format": "tiff"}}, "format"), ({"label": {"dots": 1}}, "dots"),
])
def test_a_wrong_member_is_named_with_its_limit(line, members, member):
    found = problem(line.order(**members), 400, member)
    assert member in found["detail"]
    if member != "quanity" and members.get(member) is not None:
        assert found["limit"], found


@pytest.mark.parametrize("key", [None, "", "k" * 256, "k" * 300, "a b", "ключ"])
def test_a_wrong_idempotency_key_is_named(line, key):
    headers = {"Idempotency_Key": key.encode()} if key is not None else {}
    problem(line.post("/v1/batches", {"gtin": line.gtin, "quantity": 1}, **headers), 400, "Idempotency-Key")


def test_the_longest_key_is_taken(line):
    assert line.order("~" * 255).status == 201


def test_a_body_that_is_too_large_is_413(line):
    found = problem(line.post("/v1/batches", b'{"gtin":"' + b"1" * (20 << 20) + b'"}', "k"), 413)
    assert "limit of 1048576 bytes" in found["detail"]


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
def test_a_body_of_another_type_is_415(line, kind):
    body = json.dumps({"gtin": line.gtin, "quantity": 1}).encode()
    headers = {"Content_Type": kind} if kind else {"Content_Type": ""}
    problem(line.post("/v1/batches", body, "k", **headers), 415, "Content-Type")


@pytest.mark.parametrize("body", [b"[]", b"1", b'"x"', b"null", b"true"])
def test_a_body_that_is_no_object_is_named(line, body):
    assert problem(line.post("/v1/batches", body, "k"), 400, "body")["limit"] == "an object"


def test_json_is_read_as_the_standard_says(line, shared_data):
    """RFC 8259: what must be read is read (and refused only for what it says), what must not is not."""
    cases = sorted((shared_data / "json-parsing/test_parsing").glob("*.json"))
    assert len(cases) > 250
    for path in cases:
        found = problem(line.post("/v1/batches", path.read_bytes(), "k"), 400)
        is_json = found.get("limit") != "RFC 8259"
        assert path.name[:2] == "i_" or is_json == (path.name[:2] == "y_"), (path.name, found)


def test_methods_and_addresses_that_are_not_there(line):
    for method, path, status in (("PUT", "/v1/batches", 405), ("DELETE", "/v1/batches", 405), ("GET", "/v1", 404),
                                 ("GET", "/v1/batches/", 404), ("POST", "/v1/batches/x", 405)):
        assert line.send(method, path).status == status, (method, path)
    problem(line.send("GET", "/v1/batches", b"{}"), 400)
