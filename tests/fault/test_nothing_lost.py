"""Packaging lines ask for batches while everything is killed: nothing is lost, double, half or unrecorded.

A batch request killed at every system call of the worker that serves it; a while of random kills, and of
crashes of PostgreSQL, under load. `make kill-500`, `crash-60` and `kill-10k` do that for longer
(killing.py)."""
import random

import pytest

from killing import Killing, table
from plant import GTINS, LOTS, Plant
from system_calls import IDLE, Watched, is_end, places

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
    """Asks once for a batch of a new key under strace; which calls it took, and whether it was killed."""
    with plant.line("calls") as line:
        def ask(kill=None):
            number = ask.count = ask.count + 1
            key, body = f"call-{number}", {"gtin": random.choice(GTINS), "quantity": number, "lot": LOTS[0]}
            workers = plant.settled()
            assert all("Seccomp:\t2" in open(f"/proc/{pid}/status").read() for pid in workers)
            with Watched(workers, tmp_path / "trace", kill) as watched:
                line.ask(key, body, fresh=True)
                line.hang_up()
                watched.wait_for_end()
            line.insist(key, body)
            return watched.request()
        ask.count = 0
        yield ask


def usual_places(asked, times):
    """The places of a request's story that it has every time."""
    stories = []
    for _ in range(times):
        calls, killed = asked()
        assert not killed and len(calls) > 20
        last = max(i for i, call in enumerate(calls) if is_end(call))
        stories.append(set(places(calls[:last + 1])))
    return set.intersection(*stories)


def kill_at(asked, place, tries):
    """Aims at a place; the places where a worker really was killed on the way there."""
    hit = set()
    for _ in range(tries):
        name, nth = place
        if name in IDLE:  # counted from when strace came, with some before the request
            nth = random.randint(2, 13)
        calls, killed = asked((name, nth))
        if killed:
            hit.add(places(calls)[-1] if calls else None)
        if place in hit:
            break
    return hit


def test_a_request_killed_at_any_system_call_makes_one_batch_in_the_end(plant, asked):
    wanted = usual_places(asked, 3)
    assert {("sendto", 5), ("recvfrom", 3)} <= wanted, wanted
    hit = set()
    for place in sorted(wanted, key=str):
        if place not in hit:
            hit |= kill_at(asked, place, 40 if place[0] in IDLE else 4)
    plant.settle()
    audit = plant.audit()
    print(f"killed at {len(hit & wanted)} of {len(wanted)} calls, in {asked.count} requests: {audit.counts}")
    assert not any(audit.found.values()), audit.found
    assert wanted <= hit, wanted - hit
    batches, _ = plant.compare_codes(audit, 20000)
    assert batches > 5


# --- at random -----------------------------------------------------------------------------------

@pytest.fixture
def killing(plant):
    seed = random.SystemRandom().randrange(10**9)
    random.seed(seed)
    print(f"seed {seed}")
    return Killing(plant)


def nothing_is_wrong(killing, asked_before):
    figures = killing.finish(20000)
    print(table(figures))
    assert not any(killing.audited.found.values()), killing.audited.found
    assert figures["requests"] > asked_before + 20 and figures["batches_compared_by_code"] > 5


def test_random_kills_of_everything_lose_and_double_nothing(plant, killing):
    before = len(plant.ledger.entries())
    killing.kill(KILLS, KILL_SECONDS)
    assert killing.done.total() >= 10
    nothing_is_wrong(killing, before)


def test_crashes_of_postgresql_lose_and_double_nothing(plant, killing):
    before = len(plant.ledger.entries())
    killing.crash(CRASHES, CRASH_SECONDS)
    assert killing.done["crash"] >= 2
    nothing_is_wrong(killing, before)
