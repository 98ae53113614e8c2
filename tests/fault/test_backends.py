"""PostgreSQL and Redis hung, killed, restarted, flushed, lying: the right page, or an honest 503."""
import concurrent.futures
import contextlib
import itertools
import os
import pathlib
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "http"))
from backends import FakeRedis, Place, Redis, soon
from shop import gtin

TEA, LOTS = gtin(710001), [f"L{i}" for i in range(60)]
JSON = b"Accept: application/json\r\n"
DEADLINE = 1.0  # seconds: database_deadline_ms


@pytest.fixture(scope="module")
def place():
    place = Place("faults", durable=True)
    place.shop.record("product", {"gtin": TEA, "name.en": "Faulty tea"})
    place.shop.record("lot", *({"gtin": TEA, "lot": lot, "best_before": "2999-12-31"} for lot in LOTS))
    place.shop.show("product.name", "lot.number")
    yield place
    place.remove()


@pytest.fixture(scope="module")
def codes(place):
    """Codes of many lots, each lot's documents being one more that can be missing."""
    return [place.shop.codes(TEA, lot=lot)[0] for lot in LOTS]


@pytest.fixture
def fresh(codes, request):
    """Never asked for by this test's server."""
    return itertools.cycle(codes)


def get(server, code, headers=JSON):
    with server.client() as client:
        return client.get(getattr(code, "path", code), headers)


@contextlib.contextmanager
def begun(server):
    """To be started by hand; stops as any."""
    try:
        yield server
    finally:
        server.stop()
        server.temporary.cleanup()


def verdict(answer):
    return answer.status, answer.json["verdict"]["code"]


def is_right(answer):
    return verdict(answer) == (200, "active") and answer.json["product"]["name"] == "Faulty tea"


def is_ready(server, code):
    """The worker has loaded its memory."""
    return soon(lambda: get(server, code), is_right, 10)


def timed(act):
    start = time.monotonic()
    result = act()
    return result, time.monotonic() - start


# --- Redis -------------------------------------------------------------------------------------

def test_documents_go_through_redis_and_come_back(place, codes):
    with Redis() as redis:
        with place.server(redis_url=redis.url) as server:
            is_ready(server, codes[0])
            soon(redis.client.dbsize, lambda n: n >= 1, 5)
            keys = redis.client.keys("*")
            assert all(k.startswith(b"sy:{" + TEA.encode() + b"}:") for k in keys), keys
            assert all(0 < redis.client.ttl(k) <= 300 for k in keys)
        hits = redis.client.info("stats")["keyspace_hits"]
        with place.server(redis_url=redis.url) as another:
            soon(lambda: get(another, codes[0]), is_right, 10)
            soon(lambda: get(another, codes[1]), is_right, 10)
            soon(lambda: get(another, codes[0], b""), lambda a: a.status == 200, 10)
        assert redis.client.info("stats")["keyspace_hits"] > hits


def test_a_killed_redis_changes_no_page_and_is_used_again_when_it_is_back(place, fresh):
    with Redis() as redis, place.server(redis_url=redis.url) as server:
        is_ready(server, next(fresh))
        redis.kill()
        for _ in range(20):
            assert is_right(get(server, next(fresh)))
        redis.start()
        assert redis.client.dbsize() == 0
        soon(lambda: (get(server, next(fresh)), redis.client.dbsize())[1], lambda n: n > 0, 5)


def test_a_hung_redis_costs_its_deadline_a_few_times_and_no_page(place, fresh):
    with Redis() as redis, place.server(redis_url=redis.url, redis_deadline_ms=50) as server:
        is_ready(server, next(fresh))
        with redis.hung():
            times = []
            for _ in range(20):
                answer, seconds = timed(lambda: get(server, next(fresh)))
                assert is_right(answer)
                times.append(seconds)
            assert max(times) < DEADLINE
        soon(lambda: (get(server, next(fresh)), redis.client.dbsize())[1], lambda n: n > 21, 5)


def test_a_flushed_redis_is_a_miss(place, fresh, codes):
    with Redis() as redis:
        with place.server(redis_url=redis.url) as server:
            is_ready(server, codes[0])
        redis.client.flushall()
        with place.server(redis_url=redis.url) as server:
            is_ready(server, codes[0])


def spoil(redis, how):
    keys = sorted(redis.client.keys("*"))
    values = [redis.client.get(k) for k in keys]
    for i, (key, value) in enumerate(zip(keys, values)):
        spoilt = how(value, values[(i + 1) % len(values)])
        if spoilt is None:
            redis.client.delete(key)
            redis.client.rpush(key, "a", "b")
        else:
            redis.client.set(key, spoilt)
    return len(keys)


@pytest.mark.parametrize("how", [
    lambda mine, other: b"", lambda mine, other: b"garbage", lambda mine, other: mine[:-1],
    lambda mine, other: mine + b"x", lambda mine, other: other,
    lambda mine, other: mine.replace(b"Faulty tea", b"Forged tea"),
    lambda mine, other: mine[:4] + b"\xff" * 8 + mine[12:], lambda mine, other: b"x" * (5 << 20),
    lambda mine, other: None,
], ids=["empty", "garbage", "cut", "longer", "another lot's", "forged", "epoch", "giant", "other type"])
def test_whatever_another_hand_wrote_into_redis_is_a_miss(place, codes, how):
    with Redis() as redis:
        with place.server(redis_url=redis.url) as server:
            for code in codes[:4]:
                soon(lambda: get(server, code), is_right, 10)
            soon(redis.client.dbsize, lambda n: n >= 4, 5)
        assert spoil(redis, how) >= 4
        with place.server(redis_url=redis.url) as server:
            for code in codes[:4]:
                answer = soon(lambda: get(server, code), lambda a: a.status == 200, 10)
                assert is_right(answer) and answer.json["lot"]["lot"] == LOTS[codes.index(code)]


def answers(*replies, then=None):
    """Reads anything, and answers each time with the next of `replies`, the last one for ever."""
    def behave(connection):
        mine = iter(replies)
        last = None
        while connection.recv(65536):
            last = next(mine, last)
            connection.sendall(last)
    return behave


def floods(connection):
    connection.recv(65536)
    connection.sendall(b"+PONG\r\n")
    connection.recv(65536)
    connection.sendall(b"$1073741824\r\n")
    for _ in range(4096):
        connection.sendall(b"x" * 65536)


@pytest.mark.parametrize("behave", [
    lambda c: None, lambda c: time.sleep(3), answers(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    answers(b"+OK\r\n"), answers(b"-NOAUTH Authentication required.\r\n"),
    answers(b"+PONG\r\n", b"+PONG\r\n"), answers(b"+PONG\r\n", b":42\r\n"),
    answers(b"+PONG\r\n", b"*2\r\n$1\r\na\r\n$1\r\nb\r\n"), answers(b"+PONG\r\n", b"$-1\r\n$-1\r\n$-1\r\n"),
    answers(b"+PONG\r\n", b"$999999999999999999999\r\n"), answers(b"+PONG\r\n", b"*1000000000\r\n"),
    answers(b"+PONG\r\n", b"\x00\xff" * 400), answers(b"+PONG\r\n", b"*1\r\n" * 40), floods,
], ids=["closes", "silent", "http", "ok", "noauth", "pong", "number", "array", "too many", "endless length",
        "endless array", "bytes", "nested", "flood"])
def test_whatever_answers_in_place_of_redis_changes_no_page(place, fresh, behave):
    with FakeRedis(behave) as fake, place.server(redis_url=fake.url) as server:
        is_ready(server, next(fresh))
        for _ in range(12):
            assert is_right(get(server, next(fresh)))
        assert fake.served > 0


# --- PostgreSQL --------------------------------------------------------------------------------

def cached_and_not(server, codes):
    """One code that is kept in memory, and one that never was asked for."""
    is_ready(server, codes[0])
    assert is_right(get(server, codes[0]))
    return codes[0], codes[1]


def first_answer(server, code):
    """Of a server that begins; as soon as its port is open. And what it took."""
    server.start(ready=False)

    def ask():
        try:
            return timed(lambda: get(server, code))
        except ConnectionRefusedError:
            return None
    return soon(ask, bool, 20)


def test_the_first_who_comes_waits_for_the_page_and_not_for_a_database_that_is_away(place, codes):
    with contextlib.ExitStack() as stack:
        begin = lambda **more: stack.enter_context(begun(place.server(**more)))
        answer, seconds = first_answer(begin(), codes[0])
        assert is_right(answer) or seconds > 1, "a server that cannot load for so long says so"
        with place.postgres_hung():
            assert verdict(first_answer(begin(), codes[0])[0]) == (503, "busy")
        nowhere = begin(public_database_url="postgresql:///none?host=/nonexistent")
        assert verdict(first_answer(nowhere, codes[0])[0]) == (503, "busy")


def test_while_postgresql_hangs_nothing_waits_that_need_not(place, codes):
    with place.server() as server:
        kept, unseen = cached_and_not(server, codes)
        with place.postgres_hung(), concurrent.futures.ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(get, server, unseen)
            for _ in range(20):
                answer, seconds = timed(lambda: get(server, kept))
                assert is_right(answer) and seconds < DEADLINE / 2
                health, seconds = timed(lambda: get(server, "/assets/icon.svg"))
                assert health.status == 200 and seconds < DEADLINE / 2
            assert verdict(waiting.result()) == (503, "busy")


def test_while_postgresql_is_away_a_kept_page_says_how_old_it_is(place, codes):
    with place.server() as server:
        kept, unseen = cached_and_not(server, codes)
        fresh_page = get(server, kept, b"Accept-Language: en\r\n")
        with place.postgres_hung():
            aged = soon(lambda: get(server, kept, b"Accept-Language: en\r\n"),
                        lambda a: a.body != fresh_page.body, 5)
            assert aged.status == 200 and "etag" not in aged.headers
            assert "Faulty tea" in aged.text
            stored = get(server, kept).json["verdict"]
            assert stored["code"] == "active" and stored["stored_minutes"] >= 1
            assert verdict(get(server, unseen)) == (503, "busy")
        soon(lambda: get(server, kept, b"Accept-Language: en\r\n"), lambda a: a.body == fresh_page.body, 3)


def test_without_postgresql_no_code_is_ever_denied(place, codes):
    forged = f"/01/{TEA}/21/{codes[0].serial[:-1]}" + ("0" if codes[0].serial[-1] != "0" else "1")
    with place.server() as server:
        is_ready(server, codes[0])
        assert verdict(get(server, forged)) == (404, "never_issued")
        with place.postgres_hung():
            time.sleep(1.1)
            for code in (forged, codes[5]):
                answer = get(server, code)
                assert verdict(answer) == (503, "busy") and int(answer.headers["retry-after"]) > 0
        soon(lambda: verdict(get(server, forged)), lambda v: v == (404, "never_issued"), 3)
        soon(lambda: get(server, codes[5]), is_right, 3)


def test_a_server_that_starts_before_postgresql_denies_nothing_and_finds_it(place, codes):
    with place.postgres_hung():
        with place.server() as server:
            assert verdict(get(server, codes[0])) == (503, "busy")
            place.resume_postgres()
            soon(lambda: get(server, codes[0]), is_right, 3)


def test_every_request_is_answered_through_a_crash_of_postgresql(place, codes):
    with place.server() as server:
        is_ready(server, codes[0])
        restarted = []

        def ask(n):
            seen = []
            with server.client(seconds=30) as client:
                while not restarted or time.monotonic() < restarted[0] + 3:
                    code = codes[(n + len(seen)) % len(codes)]
                    answer = client.get(f"{code.path}?lang=en&n={n}", JSON)  # such a query is never kept
                    seen.append((time.monotonic(), *verdict(answer), answer.text))
                    time.sleep(0.05)
            return seen

        with concurrent.futures.ThreadPoolExecutor(200) as pool:
            asked = [pool.submit(ask, n) for n in range(200)]
            time.sleep(1)
            place.kill_postgres()
            time.sleep(0.5)
            place.start_postgres()
            restarted.append(time.monotonic())
            seen = sorted(line for a in asked for line in a.result())
        wrong = [line for line in seen if line[1:3] not in ((200, "active"), (503, "busy"))]
        assert wrong == [], (restarted, len(wrong), server.log()[:20])
        assert any(line[2] == "busy" for line in seen)
        assert all(line[2] == "active" for line in seen if line[0] > restarted[0] + 2.5)


def test_terminated_connections_come_back(place, codes):
    with place.server() as server:
        is_ready(server, codes[0])
        for pid in public_backends(place):
            os.kill(pid, 15)
        soon(lambda: get(server, codes[7]), is_right, 3)


def public_backends(place):
    with place.database() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE usename = 'suyuan_public'")
        return [pid for pid, in cursor.fetchall()]


def test_clients_that_leave_while_postgresql_hangs_take_nothing_with_them(place, codes):
    with place.server() as server:
        is_ready(server, codes[0])
        with place.postgres_hung():
            clients = [server.client() for _ in range(40)]
            for i, client in enumerate(clients):
                client.send(f"GET {codes[i + 10].path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
            time.sleep(0.2)
            for client in clients[::2]:
                client.close()
            time.sleep(0.1)
        for client in clients[1::2]:
            assert client.answer().status in (200, 503)
            client.close()
        soon(lambda: get(server, codes[3]), is_right, 3)


def test_one_slow_query_is_given_up_and_the_connection_replaced(place, codes):
    """A table locked by another session, as a careless administrator does."""
    with place.server() as server:
        is_ready(server, codes[0])
        with place.database() as cursor:
            cursor.execute("BEGIN; LOCK TABLE pub.run IN ACCESS EXCLUSIVE MODE")
            assert verdict(get(server, codes[20])) == (503, "busy")
            assert is_right(get(server, codes[0]))
            cursor.execute("ROLLBACK")
        soon(lambda: get(server, codes[20]), is_right, 3)


# --- another database --------------------------------------------------------------------------

def test_another_database_at_the_same_place_is_noticed(place, codes):
    """A restored copy calls itself the same only if it is; nothing kept from the other one counts."""
    with place.server() as server:
        is_ready(server, codes[0])
        with place.database() as cursor:
            cursor.execute("UPDATE pub.instance SET id = gen_random_uuid()")
            cursor.execute("UPDATE pub.gtin SET epoch = 1")
            cursor.execute("UPDATE pub.product SET document = jsonb_set(document, '{name,en}', '\"Restored\"')")
        for pid in public_backends(place):
            os.kill(pid, 15)
        answer = soon(lambda: get(server, codes[0]), lambda a: b"Restored" in a.body, 5)
        assert answer.status == 200
        with place.database() as cursor:
            cursor.execute("UPDATE pub.product SET document = jsonb_set(document, '{name,en}', '\"Faulty tea\"')")
            cursor.execute("SELECT pub.touch(array_agg(gtin)) FROM pub.gtin")
        soon(lambda: get(server, codes[0]), is_right, 3)
