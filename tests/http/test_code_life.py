"""The life of codes by the API: steps, print checks, reconciliation, closing, lots; and what the page says."""
import json
import socket
import threading
import time
import uuid

import pytest

from lines import Line, fresh_gtin, problem
from patience import soon as until

FOLLOWS = {
    "provisioned": {"printed", "commissioned", "destroyed", "void", "blocked"},
    "printed": {"commissioned", "destroyed", "void", "blocked"},
    "commissioned": {"consumed", "decommissioned", "destroyed", "void", "blocked"},
    "consumed": {"decommissioned", "destroyed", "blocked"},
    "decommissioned": {"destroyed", "blocked"},
    "blocked": {"commissioned", "consumed", "decommissioned", "destroyed", "void"},
    "destroyed": set(), "void": set(),
}


@pytest.fixture(scope="module")
def line(suyuan, console):
    return Line(suyuan, console, "--rate", "60000")


@pytest.fixture(scope="module")
def other(suyuan, console):
    """A line of another brand."""
    return Line(suyuan, console)


class Batch:
    """A batch of a line and its codes."""

    def __init__(self, line, quantity=10, **members):
        self.line = line
        self.id = line.batch(quantity=quantity, **members)["id"]
        self.codes = line.get(f"/v1/batches/{self.id}/codes?format=txt").text.split()
        assert len(self.codes) == quantity

    def state(self, state, **which):
        return self.line.post("/v1/codes/state", {"state": state, **which})

    def bring(self, code, *states):
        for state in states:
            assert self.state(state, code=code).status == 200

    def counts(self, query=""):
        answer = self.line.get(f"/v1/batches/{self.id}/reconciliation{query}")
        assert answer.status == 200, answer.text
        return answer.json

    def close(self, **places):
        return self.line.post(f"/v1/batches/{self.id}/close", places)

    def lot(self, lot, **places):
        return self.line.post(f"/v1/batches/{self.id}/lot", {"lot": lot, **places})


def path_of(code):
    return "/" + code.split("://", 1)[1].partition("/")[2]


def forged(code):
    return code[:-1] + ("0" if code[-1] != "0" else "1")


def verdict(https, code):
    answer = https.get(path_of(code), {"Accept": "application/json"})
    return answer.json["verdict"]["code"] if "verdict" in answer.json else answer.json.get("code")


# --- steps ----------------------------------------------------------------------------------------


WAY = {"printed": ["printed"], "commissioned": ["commissioned"], "consumed": ["commissioned", "consumed"],
       "decommissioned": ["commissioned", "decommissioned"], "destroyed": ["destroyed"], "void": ["void"],
       "blocked": ["blocked"], "provisioned": []}


@pytest.mark.parametrize("old", FOLLOWS)
def test_every_step_is_taken_or_refused_naming_both_states(line, old):
    batch = Batch(line, 8)
    for code, new in zip(batch.codes, [s for s in FOLLOWS if s != "provisioned"]):
        batch.bring(code, *WAY[old])
        answer = batch.state(new, code=code)
        if new == old:
            assert answer.json["result"] == "already"
        elif new in FOLLOWS[old]:
            assert (answer.status, answer.json["result"], answer.json["was"], answer.json["state"]) == (
                200, "changed", old, new)
        else:
            found = problem(answer, 409, "state")
            assert (found["from"], found["to"]) == (old, new) and old in found["detail"] and new in found["detail"]


def test_a_list_has_a_result_for_each_line(line, other):
    batch, foreign = Batch(line, 4), Batch(other, 1)
    batch.bring(batch.codes[1], "void")
    serial = batch.codes[2].rpartition("/")[2]
    answer = batch.state("commissioned", codes=[
        batch.codes[0], batch.codes[1], batch.codes[0], forged(batch.codes[2]), foreign.codes[0], "rubbish",
        "https://x/01/09506000134353/21/A", ""])
    assert answer.status == 200
    assert [r["result"] for r in answer.json["results"]] == [
        "changed", "refused", "already", "never_issued", "not_yours", "malformed", "malformed", "malformed"]
    assert [r["line"] for r in answer.json["results"]] == list(range(1, 9))
    assert {k: v for k, v in answer.json.items() if k != "results"} == {
        "state": "commissioned", "changed": 1, "already": 1, "refused": 1, "not_known": 5}
    assert answer.json["results"][0] == {"line": 1, "result": "changed", "was": "provisioned",
                                         "state": "commissioned", "batch": batch.id, "place": 1}
    assert answer.json["results"][1]["was"] == "void"
    # Nothing is told of a code of somebody else, issued or not.
    assert answer.json["results"][4] == {"line": 5, "result": "not_yours"}
    # A serial alone, with its GTIN.
    assert batch.state("commissioned", code=serial, gtin=line.gtin).json["place"] == 3


def test_ten_thousand_in_one_request_and_no_more(line):
    batch = Batch(line, 10001)
    answer = batch.state("commissioned", codes=batch.codes[:10000])
    assert answer.status == 200 and answer.json["changed"] == 10000 and len(answer.json["results"]) == 10000
    assert problem(batch.state("commissioned", codes=batch.codes), 413, "codes")["limit"] == "10000"
    assert batch.counts()["commissioned"] == 10000


def test_a_file_is_a_code_a_line(line):
    batch = Batch(line, 50)
    text = "\ufeff" + "\r\n".join(batch.codes[:20] + ["", forged(batch.codes[20])]) + "\r\n"
    answer = line.send("POST", "/v1/codes/state?state=printed", text.encode(), Content_Type="text/plain")
    assert answer.status == 200, answer.text
    assert [r["result"] for r in answer.json["results"]] == ["changed"] * 20 + ["never_issued"]
    problem(line.send("POST", "/v1/codes/state", text.encode(), Content_Type="text/plain"), 400, "state")
    problem(line.send("POST", "/v1/codes/state?state=printed", b"\n\n", Content_Type="text/plain"), 400, "body")


def test_places_of_a_batch_and_from_code_to_code(line, other):
    batch = Batch(line, 100)
    assert batch.state("printed", batch=batch.id).json == {
        "state": "printed", "changed": 100, "already": 0, "refused": 0, "refusing": None}
    assert batch.state("void", batch=batch.id, **{"from": 11, "to": 20}).json["changed"] == 10
    answer = batch.state("commissioned", first=batch.codes[5], last=batch.codes[24])
    assert (answer.json["changed"], answer.json["refused"], answer.json["refusing"]) == (10, 10, "void")
    # Nothing of it may take the step: refused, naming both.
    found = problem(batch.state("commissioned", batch=batch.id, **{"from": 11, "to": 20}), 409, "state")
    assert (found["from"], found["to"]) == ("void", "commissioned")
    found = problem(batch.state("printed", first=batch.codes[7], last=batch.codes[7]), 409, "state")
    assert (found["from"], found["to"]) == ("commissioned", "printed")
    problem(batch.state("void", first=batch.codes[9], last=batch.codes[8]), 400, "last")
    problem(batch.state("void", first=batch.codes[9], last=Batch(line, 1).codes[0]), 400, "last")
    problem(batch.state("void", first=batch.codes[9], last=forged(batch.codes[10])), 404, "last")
    problem(batch.state("void", first=Batch(other, 1).codes[0], last=batch.codes[1]), 403, "first")
    assert problem(batch.state("void", batch=batch.id, **{"from": 101}), 400, "from")["limit"] == 100
    assert problem(batch.state("void", batch=batch.id, **{"from": 5, "to": 4}), 400, "to")["limit"] == 100
    for members in ({"from": 0}, {"to": 10**9 + 1}, {"from": 1.5}, {"to": "9"}):
        problem(batch.state("void", batch=batch.id, **members), 400)


@pytest.mark.parametrize("status,member,body", [
    (400, "codes", {"state": "void"}), (400, "state", {"code": "x"}), (400, "state", {"state": "provisioned", "code": "x"}),
    (400, "state", {"state": "lost", "code": "x"}), (400, "code", {"state": "void", "code": "x"}),
    (400, "codes", {"state": "void", "codes": []}), (400, "codes", {"state": "void", "codes": "x"}),
    (400, "codes", {"state": "void", "codes": ["x", 1]}), (400, None, {"state": "void", "code": "x", "codes": ["x"]}),
    (400, "gtin", {"state": "void", "code": "x", "gtin": "1"}), (400, "last", {"state": "void", "first": "x"}),
    (404, "batch", {"state": "void", "batch": "x"}), (404, "batch", {"state": "void", "batch": str(uuid.uuid4())})])
def test_a_bad_request_names_the_member(line, status, member, body):
    problem(line.post("/v1/codes/state", body), status, member)


@pytest.mark.parametrize("reason", ["x", 5, ["x"], {"en": 1}, {"": "x"}, {"en": "x" * 2100}])
def test_a_reason_is_words_by_language(line, reason):
    batch = Batch(line, 1)
    problem(batch.state("blocked", code=batch.codes[0], reason=reason), 400, "reason")
    problem(batch.state("blocked", batch=batch.id, reason=reason), 400, "reason")


def test_one_code_forged_or_of_another_is_said_so(line, other):
    batch = Batch(line, 1)
    problem(batch.state("void", code=forged(batch.codes[0])), 404, "code")
    found = problem(batch.state("void", code=Batch(other, 1).codes[0]), 403, "code")
    assert set(found) <= {"type", "title", "status", "detail", "instance", "member", "code"}


def test_a_line_for_some_gtins_touches_no_other(line, suyuan, console):
    """Not even of its own brand."""
    mine = fresh_gtin()
    suyuan("brand", "own", line.brand, mine, status=0)
    small = Line(suyuan, console, "--gtin", mine, brand=line.brand, gtins=[])
    batch = Batch(line, 3)
    problem(small.post("/v1/codes/state", {"state": "void", "code": batch.codes[0]}), 403, "code")
    problem(small.post("/v1/codes/state", {"state": "void", "batch": batch.id}), 404, "batch")
    problem(small.post("/v1/codes/state", {"state": "void", "first": batch.codes[0], "last": batch.codes[1]}), 403, "first")
    problem(small.post("/v1/codes/query", {"code": batch.codes[0]}), 403, "code")
    problem(small.get(f"/v1/batches/{batch.id}/reconciliation"), 404)
    problem(small.post(f"/v1/batches/{batch.id}/close", {}), 404)
    assert check(small, *batch.codes)["not_known"] == 3
    assert batch.counts()["provisioned"] == 3


def test_a_code_of_a_key_that_is_new_is_known_at_once(line, suyuan):
    """The workers have the keys of yesterday."""
    check(line, Batch(line, 1).codes[0])
    suyuan("key", "add", status=0)
    batch = Batch(line, 1)
    for _ in range(8):  # every worker
        assert check(line, batch.codes[0])["batch"] == batch.id


def test_serials_made_elsewhere_take_steps_and_print_checks(line):
    assert line.post("/v1/serials", {"gtin": line.gtin, "serials": ["EX-1", "EX\"2,"]}).status == 200
    answer = line.post("/v1/codes/state", {"state": "commissioned", "gtin": line.gtin,
                                           "codes": ["EX-1", "EX\"2,", "EX-3", "EX-1"]})
    assert [r["result"] for r in answer.json["results"]] == ["changed", "changed", "never_issued", "already"]
    assert check(line, "EX-1", gtin=line.gtin)["result"] == "duplicate"
    found = line.post("/v1/codes/query", {"code": "EX-1", "gtin": line.gtin}).json
    assert (found["batch"], found["state"], [s["state"] for s in found["steps"]]) == (None, "commissioned", ["commissioned"])


# --- print check ----------------------------------------------------------------------------------


def check(line, *codes, **more):
    answer = line.post("/v1/print-checks", {"code": codes[0], **more} if len(codes) == 1 else {"codes": codes, **more})
    assert answer.status == 200, answer.text
    return answer.json


def test_a_print_check_names_code_batch_and_place(line, other):
    batch = Batch(line, 5, lot="P-1")
    assert check(line, batch.codes[2]) == {
        "line": 1, "result": "printed", "duplicate": False, "state": "printed", "batch": batch.id, "place": 3,
        "quantity": 5, "lot": "P-1"}
    again = check(line, batch.codes[2])
    assert (again["result"], again["duplicate"], again["state"]) == ("duplicate", True, "printed")
    assert again["seen_at"] <= again["seen_until"] <= time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    assert [r["result"] for r in check(line, batch.codes[0], batch.codes[1], batch.codes[0],
                                       forged(batch.codes[1]), Batch(other, 1).codes[0], "x")["results"]] == [
        "printed", "printed", "duplicate", "never_issued", "not_yours", "malformed"]
    assert check(line, "x")["result"] == "malformed"
    assert check(line, Batch(other, 1).codes[0]) == {"line": 1, "result": "not_yours", "duplicate": False}
    counts = batch.counts()
    assert (counts["printed"], counts["provisioned"]) == (3, 2)


def test_a_print_check_with_a_key_is_sent_again_and_nothing_counts_twice(line, other):
    batch, key = Batch(line, 3), uuid.uuid4().hex
    read = {"codes": [batch.codes[0], batch.codes[1], batch.codes[0], "NEW"], "gtin": line.gtin}
    ask = lambda body, key=key, by=line, **more: by.post("/v1/print-checks", body, key, **more)
    first = ask(read)
    assert [r["result"] for r in first.json["results"]] == ["printed", "printed", "duplicate", "never_issued"]
    misreads = line.get(f"/v1/print-checks?batch={batch.id}").json["misreads"]
    assert [m["times"] for m in misreads] == [1]
    batch.bring(batch.codes[0], "void")  # whatever became of them since
    for body in (read, json.dumps(dict(reversed(read.items())), indent=3).encode()):
        assert (ask(body).status, ask(body).body) == (200, first.body)
    assert line.get(f"/v1/print-checks?batch={batch.id}").json["misreads"] == misreads
    for body in ({**read, "codes": read["codes"][:3]}, {"codes": read["codes"]}, {"code": batch.codes[2]}):
        found = problem(ask(body), 422, "Idempotency-Key")
        assert found["code"] == "pack_key_used"
    assert batch.counts()["provisioned"] == 1  # what was refused took no step
    one = ask({"code": batch.codes[2]}, "one" + key)
    assert one.json["result"] == "printed" and ask({"code": batch.codes[2]}, "one" + key).body == one.body
    assert problem(ask({"codes": [batch.codes[2]]}, "one" + key), 422)
    assert ask({"code": batch.codes[2]}, by=other).json["result"] == "not_yours"  # a key is its line's own
    for bad in ("", "two words", "k" * 256):
        assert problem(ask({"code": batch.codes[2]}, bad), 400, "Idempotency-Key")


def test_a_list_of_lines_with_a_key_is_one_request_of_its_gtin(line):
    batch, key = Batch(line, 2), uuid.uuid4().hex
    ask = lambda body, query="": line.post("/v1/print-checks" + query, body, key, Content_Type="text/plain")
    first = ask("\n".join(batch.codes).encode())
    assert first.json["printed"] == 2 and ask("\n".join(batch.codes).encode()).body == first.body
    problem(ask(batch.codes[0].encode()), 422, "Idempotency-Key")
    problem(ask("\n".join(batch.codes).encode(), f"?gtin={line.gtin}"), 422, "Idempotency-Key")


def test_a_print_check_under_way_is_409_and_answers_stay_for_a_day(line, owner_db):
    batch, key = Batch(line, 1), uuid.uuid4().hex
    ask = lambda: line.post("/v1/print-checks", {"code": batch.codes[0]}, key)
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT id::text, brand_id FROM code.line WHERE name = %s", (line.name,))
        [(asks, brand)] = cursor.fetchall()
        cursor.execute("""INSERT INTO code.check_request SELECT %s, 'old' || n, sha256('x'), '{}',
            now() - make_interval(hours => n), %s FROM generate_series(23, 26) AS n""", (asks, brand))
        held = "SELECT pg_advisory_lock('code.check_request'::regclass::oid::integer, hashtext(%s || ' ' || %s))"
        cursor.execute(held, (asks, key))
        assert problem(ask(), 409)["code"] == "pack_under_way" and ask().headers["retry-after"] == "1"
        cursor.execute("SELECT pg_advisory_unlock_all()")
        assert ask().json["result"] == "printed" and ask().json["result"] == "printed"
        cursor.execute("SELECT key FROM code.check_request WHERE asking = %s AND key LIKE 'old%%'", (asks,))
        assert cursor.fetchall() == [("old23",)]


def test_a_print_check_turns_nothing_back(line):
    batch = Batch(line, 6)
    for code, state in zip(batch.codes, ["commissioned", "void", "destroyed", "blocked", "consumed", "decommissioned"]):
        batch.bring(code, *WAY[state])
        found = check(line, code)
        assert found["state"] == state
        assert found["result"] == ("refused" if state in ("void", "destroyed", "blocked") else "duplicate")
    assert batch.counts()["commissioned"] == 1 and batch.counts()["printed"] == 0


def test_the_story_of_a_code(line, other):
    batch = Batch(line, 3)
    check(line, batch.codes[0])
    batch.bring(batch.codes[0], "commissioned")
    batch.lot("S-1")
    assert batch.state("blocked", code=batch.codes[0], reason={"en": "Stolen"}).status == 200
    found = line.post("/v1/codes/query", {"code": batch.codes[0]}).json
    assert (found["batch"], found["place"], found["lot"], found["state"], found["reason"]) == (
        batch.id, 1, "S-1", "blocked", {"en": "Stolen"})
    assert [s.get("state") or s["lot"] for s in found["steps"]] == ["printed", "commissioned", "S-1", "blocked"]
    assert {s["by"] for s in found["steps"]} == {f"line:{line.name}"}
    problem(line.post("/v1/codes/query", {"code": forged(batch.codes[0])}), 404, "code")
    problem(line.post("/v1/codes/query", {"code": Batch(other, 1).codes[0]}), 403, "code")


# --- reconcile, close -----------------------------------------------------------------------------


def test_counts_add_up_and_closing_voids_the_rest(line):
    batch = Batch(line, 1000)
    batch.state("printed", batch=batch.id)
    batch.state("commissioned", batch=batch.id, **{"from": 1, "to": 900})
    batch.state("void", codes=batch.codes[900:910])
    batch.state("destroyed", codes=batch.codes[10:12])
    batch.state("consumed", codes=batch.codes[20:25])
    before = batch.counts()
    assert before["issued"] == 1000 and before["open"] == before["printed"] == 90
    assert (before["commissioned"], before["consumed"], before["void"], before["destroyed"]) == (893, 5, 10, 2)
    part = batch.counts("?from=901&to=1000")
    assert (part["issued"], part["void"], part["printed"]) == (100, 10, 90)
    closed = batch.close()
    assert closed.status == 200 and closed.json["voided"] == 90
    after = batch.counts()
    assert (after["open"], after["void"]) == (0, 100)
    assert [(c["from"], c["to"], c["voided"], c["by"]) for c in after["closed"]] == [(1, 1000, 90, f"line:{line.name}")]
    found = problem(batch.close(), 409, "batch")
    assert found["closed_at"] == closed.json["closed_at"] and closed.json["closed_at"] in found["detail"]
    found = problem(batch.state("commissioned", code=batch.codes[-1]), 409, "state")
    assert (found["from"], found["to"]) == ("void", "commissioned")


def test_a_batch_is_closed_in_parts(line):
    batch = Batch(line, 20)
    assert batch.close(**{"from": 1, "to": 10}).json["voided"] == 10
    problem(batch.close(**{"from": 3, "to": 5}), 409, "batch")
    assert batch.close().json["voided"] == 10
    problem(batch.close(), 409, "batch")


def test_closed_once_however_many_ask(line):
    batch, answers = Batch(line, 10), []
    threads = [threading.Thread(target=lambda: answers.append(batch.close())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(a.status for a in answers) == [200] + [409] * 7
    assert sum(a.json["voided"] for a in answers if a.status == 200) == 10


@pytest.mark.parametrize("path,body", [("reconciliation", None), ("close", {}), ("lot", {"lot": "X"})])
def test_a_batch_of_another_is_none(line, other, path, body):
    batch = Batch(other, 1)
    for id_ in (batch.id, str(uuid.uuid4()), "x"):
        problem(line.send("GET" if body is None else "POST", f"/v1/batches/{id_}/{path}", body), 404)
    assert batch.counts()["open"] == 1


# --- lots after printing --------------------------------------------------------------------------


def test_a_lot_is_given_after_printing_and_its_recall_reaches_the_page(line, https, suyuan):
    batch = Batch(line, 100)
    before = line.get(f"/v1/batches/{batch.id}/codes?format=csv").body
    batch.state("commissioned", batch=batch.id)
    for code in (batch.codes[0], batch.codes[49], batch.codes[50]):
        assert verdict(https, code) == "active"  # and the cache is warm
    assert batch.lot("LATE-1", **{"from": 1, "to": 50}).json == {
        "batch": batch.id, "lot": "LATE-1", "changed": 50, "already": 0}
    assert batch.lot("LATE-1", **{"from": 41, "to": 60}).json["changed"] == 10
    found = problem(batch.lot("LATE-2", **{"from": 60}), 409, "lot")
    assert (found["from"], found["to"]) == ("LATE-1", "LATE-2")
    assert {(lot["lot"], lot["issued"]) for lot in batch.counts()["lots"]} == {(None, 40), ("LATE-1", 60)}
    suyuan("recall", "start", "--gtin", line.gtin, "--lot", "LATE-1", "--reason", "en=Stop", status=0)
    for n, expected in ((0, "recalled"), (59, "recalled"), (60, "active")):
        until(lambda: verdict(https, batch.codes[n]), lambda v: v == expected)
    assert line.get(f"/v1/batches/{batch.id}/codes?format=csv").body == before


def test_a_batch_that_was_made_for_a_lot_keeps_it(line):
    batch = Batch(line, 5, lot="FIRST")
    found = problem(batch.lot("SECOND"), 409, "lot")
    assert (found["from"], found["to"]) == ("FIRST", "SECOND") and "FIRST" in found["detail"]
    assert batch.lot("FIRST").json["already"] == 5
    for lot in ("", "x" * 21, "ü", 5, None):
        problem(batch.lot(lot), 400, "lot")


# --- the page (P12) -------------------------------------------------------------------------------


PAGE = {"provisioned": "inactive", "printed": "inactive", "commissioned": "active", "consumed": "consumed",
        "decommissioned": "blocked", "destroyed": "blocked", "void": "blocked", "blocked": "blocked"}


@pytest.mark.parametrize("state,by", [
    *((state, by) for state in FOLLOWS for by in ("code", "batch", "list")), ("printed", "check")])
def test_the_page_follows_within_a_second_and_only_what_is_in_use_reads_genuine(line, https, state, by):
    batch = Batch(line, 3)
    for _ in range(3):
        assert verdict(https, batch.codes[1]) == "inactive"
    for step in WAY[state]:
        if by == "code":
            batch.bring(batch.codes[1], step)
        elif by == "batch":
            assert batch.state(step, batch=batch.id, **{"from": 2, "to": 2}).json["changed"] == 1
        elif by == "list":
            assert batch.state(step, codes=[batch.codes[1]]).json["changed"] == 1
        else:
            check(line, batch.codes[1])
        until(lambda: verdict(https, batch.codes[1]), lambda v: v == PAGE[step])
        page = https.get(path_of(batch.codes[1]), {"Accept": "text/html"}).text
        assert f'class="verdict {PAGE[step]}"' in page
    assert verdict(https, batch.codes[0]) == verdict(https, batch.codes[2]) == "inactive"


# --- clients that leave ---


def test_a_client_that_leaves_while_its_list_is_read_breaks_nothing(line, console):
    """At every stage: before the codes are read, between two turns, while the database is asked."""
    batch = Batch(line, 5000)
    body = json.dumps({"state": "printed", "codes": batch.codes}).encode()
    head = (f"POST /v1/codes/state HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {line.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode()
    for delay in (0, 0.001, 0.003, 0.006, 0.01, 0.02, 0.05, 0.1) * 3:
        with socket.create_connection((console.host, console.port)) as raw:
            tls = console.context.wrap_socket(raw, server_hostname="localhost")
            tls.sendall(head + body)
            time.sleep(delay)
    for _ in range(12):  # every worker
        assert check(line, batch.codes[0])["batch"] == batch.id
    assert batch.state("printed", codes=batch.codes).json["refused"] == 0
    assert batch.counts()["printed"] == 5000


# --- at once --------------------------------------------------------------------------------------


def test_two_lines_work_on_one_batch_and_no_step_is_lost(line, suyuan, console):
    """Overlapping ranges, lists and print checks at the same time: none hangs, none is lost."""
    second = Line(suyuan, console, "--rate", "60000", brand=line.brand, gtins=[])
    batch, bad = Batch(line, 600), []

    def work(by, first):
        for start in range(first, 600, 40):
            part = batch.codes[start:start + 60]
            for path, body in (("/v1/print-checks", {"codes": part}),
                               ("/v1/codes/state", {"state": "commissioned", "codes": part[:40]}),
                               ("/v1/codes/state", {"state": "commissioned", "batch": batch.id, "from": start + 1,
                                                    "to": min(start + 60, 600)})):
                answer = by.post(path, body)
                if answer.status != 200:
                    bad.append(answer.text)
    threads = [threading.Thread(target=work, args=(by, first)) for by, first in
               ((line, 0), (second, 0), (line, 20), (second, 30))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert bad == []
    assert batch.counts()["commissioned"] == 600
