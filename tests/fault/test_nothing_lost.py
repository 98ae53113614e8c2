"""Packaging lines ask for batches while everything is killed: nothing is lost, double, half or unrecorded.

A batch request killed at every system call of the worker that serves it; a while of random kills, and of
crashes of PostgreSQL, under load. `make kill-500`, `crash-60` and `kill-10k` do that for longer
(killing.py)."""
import random

import pytest

from killing import Killing, table
from ledger import LABELS, ORDERS, READS, STEPS
from plant import GTINS, LOTS, Plant
from server import wait_until
from system_calls import IDLE, Watched, is_end, nth_call, places

KILLS, KILL_SECONDS, CRASHES, CRASH_SECONDS = 60, 20, 6, 15


@pytest.fixture(scope="module")
def plant():
    """An instance of these tests' own, and the ledger of all that its packaging lines ask for."""
    plant = Plant("plant")
    yield plant
    plant.remove()


# --- at every system call ----------------------------------------------------------------------

@pytest.fixture
def asked(plant, tmp_path):
    """Asks once for a batch of a new key under strace, which may kill at a place; the story of it, which
    `asked.stories` keeps if it has come to anything."""
    with plant.line("calls") as line:
        def ask(place=None):
            number = ask.count = ask.count + 1
            key, body = f"call-{number}", {"gtin": random.choice(GTINS), "quantity": number, "lot": LOTS[0]}
            workers = plant.settled()
            assert all("Seccomp:\t2" in open(f"/proc/{pid}/status").read() for pid in workers)
            kill = place and (place[0], nth_call(place, ask.stories))
            with Watched(workers, tmp_path / "trace", kill) as watched:
                line.ask(key, body, fresh=True)
                line.hang_up()
                watched.wait_for_end()
            line.insist(key, body)
            story = watched.request()
            if story.calls:
                ask.stories.append(story)
            return story
        ask.count, ask.stories = 0, []
        yield ask


def places_of_requests(asked, times):
    """The places of a request's story that it has every time, and those that it has now and then: a
    worker's first request takes more memory and looks for files, TLS comes in more or fewer pieces."""
    stories = []
    for _ in range(times):
        calls, killed, _ = asked()
        assert not killed and len(calls) > 20
        last = max(i for i, call in enumerate(calls) if is_end(call))
        stories.append(set(places(calls[:last + 1])))
    always = set.intersection(*stories)
    return always, set.union(*stories) - always


def kill_at(asked, place, tries):
    """Aims at a place; the places where a worker really was killed on the way there."""
    hit = set()
    for _ in range(tries):
        calls, killed, _ = asked(place)
        if killed:
            hit.add(places(calls)[-1] if calls else None)
        if place in hit:
            break
    return hit


def test_a_request_killed_at_any_system_call_makes_one_batch_in_the_end(plant, asked):
    always, sometimes = places_of_requests(asked, 5)
    assert {("sendto", 5), ("recvfrom", 3)} <= always, always
    assert not any(name.startswith("open") for name, _ in always | sometimes), "a worker reads no file"
    hit = set()
    for place in sorted(always, key=str):
        if place not in hit:
            hit |= kill_at(asked, place, 40 if place[0] in IDLE else 4)
    for place in sorted(sometimes, key=str):
        if place not in hit:
            hit |= kill_at(asked, place, 2)
    plant.settle()
    audit = plant.audit()
    print(f"killed at {len(hit & always)} of {len(always)} calls of every request, at {len(hit - always)} others; "
          f"{asked.count} requests: {audit.counts}")
    assert not any(audit.found.values()), audit.found
    assert always <= hit, always - hit
    batches, _ = plant.compare_codes(audit, 20000)
    assert batches > 5


# --- at random -----------------------------------------------------------------------------------

def nothing_is_wrong(killing, asked_before):
    figures = killing.finish(20000)
    print(table(figures))
    assert not any(killing.audited.found.values()), killing.audited.found
    assert figures["requests"] > asked_before + 20 and figures["batches_compared_by_code"] > 5


def test_random_kills_of_everything_lose_and_double_nothing(plant):
    killing, before = Killing(plant), len(plant.ledger.entries())
    killing.kill(KILLS, KILL_SECONDS)
    assert killing.done.total() >= 10
    nothing_is_wrong(killing, before)


def test_crashes_of_postgresql_lose_and_double_nothing(plant):
    killing, before = Killing(plant), len(plant.ledger.entries())
    with plant.database() as cursor:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            cursor.execute(f"SHOW {setting}")
            assert cursor.fetchone() == ("on",), setting
    killing.crash(CRASHES, CRASH_SECONDS)
    assert killing.done["crash"] >= 2
    nothing_is_wrong(killing, before)


# --- the audit itself ----------------------------------------------------------------------------

DAMAGE = {
    "a request gone": ("lost", "DELETE FROM code.line_request WHERE batch_id = %(batch)s"),
    "a request of nobody": ("unrecorded", "UPDATE code.line_request SET key = 'strange' WHERE key = %(key)s"),
    "two requests of one batch": ("double", "UPDATE code.line_request SET batch_id = %(batch)s WHERE key = %(key)s"),
    "counters spent on nothing": ("half", "UPDATE code.gtin_counter SET next = next + 5 WHERE gtin = %(gtin)s"),
    "counters issued twice": ("double", "UPDATE code.batch SET first = first - 1 WHERE id = %(batch)s"),
    "another quantity": ("half", "UPDATE code.batch SET quantity = quantity + 1 WHERE id = %(batch)s"),
    "another lot": ("half", "UPDATE code.batch SET lot = 'other' WHERE id = %(batch)s"),
    "no run": ("half", "DELETE FROM code.run WHERE batch_id = %(batch)s"),
    "half a public run": ("half", "UPDATE pub.run SET last = last - 1 WHERE gtin = %(gtin)s AND last > first"),
    "not issued in public": ("half", "UPDATE pub.gtin SET issued = issued - 1 WHERE gtin = %(gtin)s"),
    "a job of nobody": ("unrecorded", "UPDATE code.line_request SET job_id = NULL WHERE batch_id = %(batch)s"),
    "an order gone": ("lost", "DELETE FROM code.line_request WHERE key = %(order)s"),
    "two orders of one job": (
        "double", "UPDATE code.line_request AS r SET job_id = o.job_id FROM code.line_request AS o "
        "WHERE o.key = %(order)s AND r.batch_id = %(batch)s"),
    "a job not done": ("half", "UPDATE job.job SET state = 'running' WHERE batch_id = %(batch)s"),
    "no label file": ("half", "DELETE FROM job.file_part USING job.job AS j WHERE job = j.id AND batch_id = %(batch)s"),
    "another file": ("half", "UPDATE job.file_part SET bytes = 'x' FROM job.job AS j "
                             "WHERE job = j.id AND batch_id = %(batch)s"),
    "a step undone": (
        "lost", "UPDATE code.run SET state = 'printed' WHERE batch_id = %(batch)s AND state = 'consumed'"),
    "a public step undone": (
        "half", "UPDATE pub.run SET state = 'printed' WHERE gtin = %(gtin)s AND state = 'consumed'"),
    "a step of nobody": ("lost", "INSERT INTO pub.item SELECT gtin, first, 'void', now() FROM code.batch "
                                 "WHERE id = %(batch)s"),
    "a step without a record": ("lost", "DELETE FROM code.event WHERE gtin = %(gtin)s AND state = 'consumed'"),
    "a step recorded twice": ("double", "INSERT INTO code.event (gtin, first, positions, state) "
                              "SELECT gtin, first, positions, state FROM code.event WHERE gtin = %(gtin)s"),
    "a reading gone": ("lost", "DELETE FROM code.check_request WHERE key = %(read)s"),
    "a reading of nobody": ("unrecorded", "UPDATE code.check_request SET key = 'strange' WHERE key = %(read)s"),
    "a misread gone": ("lost", "DELETE FROM code.misread WHERE gtin = %(gtin)s"),
    "a misread counted twice": ("double", "UPDATE code.misread SET times = times + 1 WHERE gtin = %(gtin)s"),
    "a misread of another kind": ("lost", "UPDATE code.misread SET result = 'refused' WHERE serial = 'NEVER1'"),
    "a day that counts less": ("half", "UPDATE code.line_day SET codes = codes - 1"),
}


def audit_key(damage, number):
    return f"{damage.replace(' ', '-')}-{number}"


@pytest.mark.parametrize("damage", DAMAGE)
def test_the_audit_sees(plant, damage):
    kind, sql = DAMAGE[damage]
    with plant.line("audited") as line:
        line.insist(audit_key(damage, 1), {"gtin": GTINS[1], "quantity": 3})
        made = line.insist(audit_key(damage, 2), {"gtin": GTINS[1], "quantity": 4, "lot": LOTS[1],
                                                        "label": LABELS[0]})
        for number, state in enumerate(("commissioned", "consumed")):
            order = {"state": state, "batch": made.json["id"], "from": 1, "to": 4 - number}
            line.insist(audit_key(damage, f"2.{number}"), order, path=STEPS)
        line.insist(audit_key(damage, "read"), {"gtin": GTINS[1], "codes": ["NEVER1", *line.codes(made.json["id"])]},
                    path=READS)
        line.insist(audit_key(damage, "order"), LABELS[1], path=ORDERS % made.json["id"])
    wait_until(plant.all_labels_made, 20)
    with plant.superuser() as cursor:
        cursor.execute("BEGIN; SET LOCAL session_replication_role = replica")  # no trigger, no foreign key
        cursor.execute("ALTER TABLE code.batch DROP CONSTRAINT batch_gtin_int8range_excl")
        assert not any(plant.audit_by(cursor).found.values())
        cursor.execute(sql, {"batch": made.json["id"], "gtin": int(GTINS[1]), "key": audit_key(damage, 1),
                             "order": audit_key(damage, "order"), "read": audit_key(damage, "read")})
        assert cursor.rowcount > 0
        found = plant.audit_by(cursor).found
        cursor.execute("ROLLBACK")
    assert found[kind], found


@pytest.mark.parametrize("kind, forged", [
    ("double", lambda text: text + " "), ("lost", lambda text: text.replace('"id" : "', '"id" : "0')), ("lost", None)])
def test_the_audit_sees_an_answer_that_was_not_kept(plant, kind, forged):
    with plant.line("audited") as line:
        line.insist(f"forged-{kind}", {"gtin": GTINS[1], "quantity": 3})
        line.insist(f"forged-{kind}", {"gtin": GTINS[1], "quantity": 3})
    entries = plant.ledger.entries()
    answers = entries[f"forged-{kind}"].answers
    answers[:] = [(201, forged(answers[0][1]))] + (answers[1:] if kind == "double" else []) if forged else []
    with plant.database() as cursor:
        assert plant.audit_by(cursor, entries).found[kind]
