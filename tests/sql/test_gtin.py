"""The check digit in the database: GS1 General Specifications 7.9.1, weights 3 and 1 from the right."""
import random

from database import database, run


def digit_ok(gtin):
    digits = [int(d) for d in reversed(str(gtin))]
    return sum(d * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10 == 0


def test_is_what_the_standard_says(run):
    numbers = [random.Random(1).randrange(1, 10**n) for n in range(1, 15) for _ in range(300)]
    numbers += [9506000134352, 95060001, 1, 10, 99999999999999, 99999999999997]
    got = run("suyuan_owner", "SELECT g, base.gtin_ok(g) FROM unnest(%s::bigint[]) AS g", numbers)
    assert len(got) == len(numbers)
    assert [ok for _, ok in got] == [digit_ok(gtin) for gtin, _ in got]


def test_refuses_what_has_not_1_to_14_digits(run):
    assert run("suyuan_owner", """SELECT g FROM unnest('{0,-1,-9506000134352,100000000000000,
        9223372036854775807,-9223372036854775808}'::bigint[]) AS g WHERE base.gtin_ok(g)""") == []
    assert run("suyuan_owner", "SELECT base.gtin_ok(NULL)") == [(None,)]
