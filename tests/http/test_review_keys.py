"""Serial keys made at the worst moment, and the names of lots as keys in Redis."""
import time

import pytest

from backends import Place, Redis, soon
from shop import gtin

TEA = gtin(730001)
JSON = b"Accept: application/json\r\n"


@pytest.fixture(scope="module")
def place():
    place = Place("keys")
    place.shop.record("product", {"gtin": TEA, "name.en": "Key tea"})
    yield place
    place.remove()


def verdict(server, code):
    with server.client() as client:
        answer = client.get(code.path, JSON)
    return answer.status, answer.json["verdict"]["code"]


WAITING = "SELECT count(*) FROM pg_locks WHERE relation = 'pub.gtin'::regclass AND NOT granted"


def test_a_key_made_between_the_questions_of_a_poll_is_not_missed(place):
    first = place.shop.codes(TEA)[0]
    with place.server("release", workers=1, database_deadline_ms=20000, change_poll_ms=50) as server:
        soon(lambda: verdict(server, first), lambda v: v == (200, "active"), 10)
        with place.database() as cursor, place.database() as watcher:
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE pub.gtin IN ACCESS EXCLUSIVE MODE")
            # The keys have been asked for; the changes behind them wait.
            soon(lambda: watcher.execute(WAITING) or watcher.fetchone()[0], bool, 10)
            place.suyuan("key", "add", status=0)
            cursor.execute("COMMIT")
        code = place.shop.codes(TEA)[0]
        assert code.serial[0] != first.serial[0]
        soon(lambda: verdict(server, code), lambda v: v == (200, "active"), 3)
        time.sleep(0.3)
        assert verdict(server, code) == (200, "active")


def test_a_private_lot_number_does_not_stand_in_redis(place):
    place.shop.record("lot", {"gtin": TEA, "lot": "SWORDFISH-77"})
    code = place.shop.codes(TEA, lot="SWORDFISH-77")[0]
    with Redis() as redis, place.server("release", redis_url=redis.url) as server:
        soon(lambda: verdict(server, code), lambda v: v == (200, "active"), 10)
        keys = soon(lambda: redis.client.keys("*"), bool, 5)
        stored = b"".join(k + redis.client.get(k) for k in keys)
        assert TEA.encode() in stored and b"SWORDFISH" not in stored
