"""Recalls and holds: what a choice covers against a plain model over random genealogies, the list that stays
as it was counted, two persons and the ways around them, and what lifting gives back."""
import json
import threading
import time

import psycopg2
import pytest
from hypothesis import given, strategies as st

import samples
from database import database, over, run
from examples import examples
from samples import call

G = samples.GTINS
LOTS = ["A", "B", "C", "D", "E"]


def text(gtin):
    return f"{gtin:014}"


class Shop:
    """A brand with people, as the console asks in their name."""

    def __init__(self, database, run, slug, gtins):
        self.database, self.brand = database, samples.make_brand(run, slug, gtins)
        self.owner = over(database.connect("suyuan_owner"))
        self.people = {}

    def account(self, name, *roles):
        [(number,)] = self.owner("suyuan_owner", """INSERT INTO team.account (brand_id, name, roles)
            VALUES (%s, %s, %s) RETURNING id""", self.brand, f"{name}-{self.brand}-{time.time_ns()}", list(roles))
        return number

    def ask(self, account, name, *values):
        """One question in one transaction, as web/api.c asks."""
        connection = self.database.connect("suyuan_console")
        connection.autocommit = False
        try:
            with connection.cursor() as cursor:
                call(cursor, "session_begin", self.brand, 0, account, f"user:{account}", "test", "", 0)
                rows = call(cursor, name, *values)
            connection.commit()
            return rows
        finally:
            connection.close()

    def refused(self, account, name, *values):
        with pytest.raises(psycopg2.Error) as refusal:
            self.ask(account, name, *values)
        return refusal.value.pgcode, json.loads(refusal.value.diag.message_detail or "{}").get("code")

    def count(self, account, choice, kind="recall", codes=None):
        [(number,)] = self.ask(account, "console_recalls_count", kind, json.dumps(choice),
                               *(codes or samples.printed([], [])))
        return int(number)

    def describe(self, account, number, reason='{"en": "Glass"}', shown=1):
        self.ask(account, "recall_describe", number, "high", shown, reason, "{}", "")

    def parts(self, number):
        return self.owner("suyuan_owner", """SELECT gtin, lot, lower(counters), upper(counters), serial, codes
            FROM trace.halt_part WHERE halt_id = %s ORDER BY n""", number)

    def state(self, number):
        [(state,)] = self.owner("suyuan_owner", "SELECT state FROM trace.halt WHERE id = %s", number)
        return state


@pytest.fixture(scope="module")
def shop(database):
    run = over(database.connect("suyuan_owner"))
    samples.make_key(run)
    made = Shop(database, run, "a", [G[0]])
    made.other = Shop(database, run, "b", [G[1]])
    with database.connect("suyuan_owner").cursor() as cursor:
        for lot in ("L1", "L2", None):
            call(cursor, "batch_make", G[0], lot, 14, "https://x", 100, 1 << 40)
        call(cursor, "batch_make", G[1], "L1", 14, "https://x", 100, 1 << 40)
        cursor.execute("SELECT * FROM code.change_run(%s, 0, 99, 'commissioned')", (G[0],))
        cursor.execute("SELECT * FROM code.change_run(%s, 40, 49, 'consumed')", (G[0],))
        samples.take_foreign(cursor, G[0], ["F-1", "F-2"], "L1")
        samples.take_foreign(cursor, G[0], ["N-1"], None)
    made.ann, made.bob = made.account("ann", "quality"), made.account("bob", "quality")
    made.eve, made.kim = made.account("eve", "admin"), made.account("kim", "admin")
    return made


def lots(*names):
    return {"by": "lots", "gtin": text(G[0]), "lots": list(names)}


# --- what a choice covers ---------------------------------------------------------------------------

NODES = st.tuples(st.integers(0, 1), st.sampled_from(LOTS))


@examples(25)
@given(edges=st.sets(st.tuples(NODES, NODES), max_size=20), materials=st.sets(st.tuples(NODES, st.sampled_from("XY")),
       max_size=6), root=NODES)
def test_a_material_is_followed_through_all_levels_and_circles_end(database, edges, materials, root):
    connection = database.connect("suyuan_owner")
    connection.autocommit = False
    try:
        cursor = connection.cursor()
        cursor.execute("INSERT INTO trace.brand (slug, name) VALUES ('walk', '{\"en\": \"w\"}') RETURNING id")
        [(brand,)] = cursor.fetchall()
        cursor.execute("UPDATE trace.gtin_owner SET gtin = gtin WHERE false")
        gtins = [9506000700014, 9506000700021]
        cursor.execute("INSERT INTO trace.gtin_owner SELECT g, %s FROM unnest(%s::bigint[]) AS g", (brand, gtins))
        for (into, source) in edges:
            cursor.execute("""INSERT INTO trace.lot_input (brand_id, gtin, lot, input_gtin, input_lot, quantity, unit)
                VALUES (%s, %s, %s, %s, %s, 1, 'kg')""", (brand, gtins[into[0]], into[1], gtins[source[0]], source[1]))
        for (into, material) in materials:
            cursor.execute("""INSERT INTO trace.lot_input (brand_id, gtin, lot, supplier, material, input_lot, quantity,
                unit) VALUES (%s, %s, %s, 'S', %s, 'M1', 1, 'kg')""", (brand, gtins[into[0]], into[1], material))

        def walk(found):
            while True:
                more = {into for into, source in edges if source in found} - found
                if not more:
                    return found
                found = found | more

        def asked(**choice):
            cursor.execute("SELECT gtin, lot FROM trace.halt_lots(%s, %s)", (brand, json.dumps(
                {"by": "material", **choice})))
            rows = cursor.fetchall()
            assert len(rows) == len(set(rows))
            return {(gtins.index(g), lot) for g, lot in rows}
        assert asked(supplier="S", material="X", lot="M1") == walk({n for n, m in materials if m == "X"})
        assert asked(supplier="S", material="X", lot="M2") == set()
        assert asked(gtin=text(gtins[root[0]]), lot=root[1]) == walk({root})
    finally:
        connection.rollback()
        connection.close()


def test_a_withdrawn_record_leads_nowhere(database, shop):
    connection = database.connect("suyuan_owner")
    connection.autocommit = False
    with connection.cursor() as cursor:
        cursor.execute("""INSERT INTO trace.lot_input (brand_id, gtin, lot, supplier, material, input_lot, quantity, unit)
            VALUES (%s, %s, 'L1', 'S', 'W', 'M', 1, 'kg') RETURNING id""", (shop.brand, G[0]))
        [(old,)] = cursor.fetchall()
        cursor.execute("""INSERT INTO trace.lot_input (brand_id, gtin, lot, supplier, material, input_lot, quantity, unit,
            replaces, withdrawn) VALUES (%s, %s, 'L1', 'S', 'W', 'M', 1, 'kg', %s, true)""", (shop.brand, G[0], old))
        cursor.execute("SELECT * FROM trace.halt_lots(%s, %s)", (shop.brand, json.dumps(
            {"by": "material", "supplier": "S", "material": "W", "lot": "M"})))
        assert cursor.fetchall() == []
    connection.rollback()
    connection.close()


@examples(20)
@given(counters=st.sets(st.integers(0, 299), min_size=1, max_size=40))
def test_a_list_of_codes_is_exactly_these(shop, counters):
    codes = samples.printed([G[0]] * len(counters), sorted(counters))
    found = shop.parts(shop.count(shop.ann, {"by": "codes"}, codes=codes))
    assert {c for _, _, first, end, _, _ in found for c in range(first, end)} == counters
    assert sum(n for *_, n in found) == len(counters)


@examples(20)
@given(ends=st.tuples(st.integers(0, 299), st.integers(0, 299)))
def test_from_one_code_to_another_is_all_between_batch_by_batch(shop, ends):
    codes = samples.printed([G[0]] * 2, list(ends))
    if ends[0] > ends[1]:
        assert shop.refused(shop.ann, "console_recalls_count", "recall", '{"by": "codes", "ends": true}', *codes) == (
            "SY400", "halt_order")
        return
    found = shop.parts(shop.count(shop.ann, {"by": "codes", "ends": True}, codes=codes))
    assert {c for _, _, first, end, _, _ in found for c in range(first, end)} == set(range(ends[0], ends[1] + 1))
    assert all(first // 100 == (end - 1) // 100 for _, _, first, end, _, _ in found)


@examples(15)
@given(days=st.lists(st.tuples(st.integers(1, 28), st.integers(1, 28)), min_size=1, max_size=5),
       span=st.tuples(st.integers(1, 28), st.integers(1, 28)), field=st.sampled_from(["produced_on", "best_before"]))
def test_dates_choose_lots_from_the_first_day_to_the_last(database, days, span, field):
    connection = database.connect("suyuan_owner")
    connection.autocommit = False
    try:
        cursor = connection.cursor()
        cursor.execute("INSERT INTO trace.brand (slug, name) VALUES ('days', '{\"en\": \"w\"}') RETURNING id")
        [(brand,)] = cursor.fetchall()
        cursor.execute("INSERT INTO trace.gtin_owner VALUES (9506000700038, %s)", (brand,))
        for n, (made, best) in enumerate(days):
            cursor.execute("""INSERT INTO trace.lot (brand_id, gtin, lot, produced_on, best_before)
                VALUES (%s, 9506000700038, %s, %s, %s)""", (brand, f"D{n}", f"2026-01-{made:02}", f"2026-02-{best:02}"))
        month, low, high = {"produced_on": 1, "best_before": 2}[field], *sorted(span)
        cursor.execute("SELECT lot FROM trace.halt_lots(%s, %s)", (brand, json.dumps({
            "by": "dates", "date": field, "from": f"2026-{month:02}-{low:02}", "to": f"2026-{month:02}-{high:02}"})))
        assert {lot for (lot,) in cursor.fetchall()} == {
            f"D{n}" for n, pair in enumerate(days) if low <= pair[month - 1] <= high}
    finally:
        connection.rollback()
        connection.close()


def test_a_machine_is_found_by_instrument_place_and_parameter(database, shop):
    connection = database.connect("suyuan_owner")
    connection.autocommit = False
    with connection.cursor() as cursor:
        for lot, value, place in (("L1", "85", "P1"), ("L2", "85", "P2"), ("L2", "90", "P1")):
            cursor.execute("""INSERT INTO trace.step (brand_id, gtin, lot, position, name, facility, parameters)
                SELECT %s, %s, %s, 1 + count(*), '{"en": "Roast"}', %s, %s FROM trace.step""", (
                    shop.brand, G[0], lot, place, json.dumps([{"name": {"en": "Heat", "zh-CN": "温度"}, "value": value}])))
        cursor.execute("""INSERT INTO trace.inspection (brand_id, gtin, lot, test_code, test, verdict, instrument)
            VALUES (%s, %s, 'L1', 't', '{"en": "t"}', 'pass', 'GC-7')""", (shop.brand, G[0]))

        def found(**choice):
            cursor.execute("SELECT lot FROM trace.halt_lots(%s, %s)", (shop.brand, json.dumps({"by": "machine", **choice})))
            return sorted(lot for (lot,) in cursor.fetchall())
        assert found(instrument="GC-7") == ["L1"]
        assert found(parameter="heat", value="85") == ["L1", "L2"]
        assert found(parameter="温度", value="90") == ["L2"]
        assert found(parameter="Heat", value="85", facility="P1") == ["L1"]
        assert found(facility="P2") == ["L2"]
        assert found(instrument="GC-7", value="85") == []

        # What has a time is of the brand's day: three steps, at the end of one day and in the first hours of the next.
        def steps(zone, *moments):
            cursor.execute("UPDATE trace.brand SET time_zone = %s WHERE id = %s", (zone, shop.brand))
            for lot, moment in zip(("D1", "D2", "D3"), moments):
                cursor.execute("""INSERT INTO trace.step (brand_id, gtin, lot, position, name, facility, started_at)
                    VALUES (%s, %s, %s, %s, '{"en": "Roast"}', %s, %s)""", (shop.brand, G[0], lot, len(zone), zone, moment))
            cursor.execute("""INSERT INTO trace.inspection (brand_id, gtin, lot, test_code, test, verdict, facility, measured_at)
                VALUES (%s, %s, 'I1', %s, '{"en": "t"}', 'pass', %s, %s)""", (shop.brand, G[0], zone, zone, moments[1]))
            return found(facility=zone, to="2026-03-08"), found(**{"facility": zone, "from": "2026-03-09", "to": "2026-03-09"})
        assert steps("Asia/Shanghai", "2026-03-08 15:59:59Z", "2026-03-08 16:00Z", "2026-03-09 15:59:59Z") == (["D1"], ["D2", "D3", "I1"])
        assert steps("America/Los_Angeles", "2026-03-09 06:59:59Z", "2026-03-09 07:00Z", "2026-03-10 06:59:59Z") == (
            ["D1"], ["D2", "D3", "I1"])   # an hour sooner than the day before: clocks went over on the 8th
    connection.rollback()
    connection.close()


def test_a_product_is_every_code_there_is_by_now(shop):
    found = shop.parts(shop.count(shop.ann, {"by": "product", "gtin": text(G[0])}))
    assert {c for _, _, first, end, _, _ in found if first is not None for c in range(first, end)} >= set(range(300))
    assert {serial for *_, serial, _ in found if serial} == {"N-1"}


# --- the list stays ---------------------------------------------------------------------------------

def test_what_was_counted_is_what_is_covered(database, shop):
    """A lot that is recorded afterwards is not covered, and it is said that the choice would cover it."""
    owner = shop.owner
    owner("suyuan_owner", """INSERT INTO trace.lot_input (brand_id, gtin, lot, supplier, material, input_lot, quantity, unit)
        VALUES (%s, %s, 'L1', 'S', 'FREEZE', 'M', 1, 'kg')""", shop.brand, G[0])
    choice = {"by": "material", "supplier": "S", "material": "FREEZE", "lot": "M"}
    number = shop.count(shop.ann, choice)
    before = owner("suyuan_owner", "SELECT trace.halt_list(%s), encode(list_sha256, 'hex') FROM trace.halt WHERE id = %s",
                   number, number)
    owner("suyuan_owner", """INSERT INTO trace.lot_input (brand_id, gtin, lot, supplier, material, input_lot, quantity, unit)
        VALUES (%s, %s, 'L2', 'S', 'FREEZE', 'M', 1, 'kg')""", shop.brand, G[0])
    assert owner("suyuan_owner", "SELECT * FROM trace.halt_more(%s)", number) == [(1, 100)]
    shop.describe(shop.ann, number)
    assert shop.ask(shop.ann, "recall_start", number, before[0][1]) == [("started",)]
    assert owner("suyuan_owner", "SELECT trace.halt_list(%s), encode(list_sha256, 'hex') FROM trace.halt WHERE id = %s",
                 number, number) == before
    assert owner("suyuan_owner", "SELECT encode(sha256(convert_to(trace.halt_list(%s), 'UTF8')), 'hex')", number) == [
        (before[0][1],)]
    assert owner("suyuan_public", "SELECT count(*) FROM pub.recall WHERE gtin = %s", G[0]) == [(1,)]
    with pytest.raises(psycopg2.Error):
        owner("suyuan_owner", "UPDATE trace.halt_part SET codes = 0")
    assert shop.ask(shop.ann, "recall_lift", number, "tested") == [("lifted",)]


# --- two persons ------------------------------------------------------------------------------------

@pytest.fixture
def ruled(shop):
    assert shop.ask(shop.eve, "console_recalls_rule_set", 1) == [("rule_proposed",)]
    assert shop.refused(shop.eve, "console_recalls_rule_set", 1) == ("SY403", "halt_own")
    assert shop.refused(shop.ann, "console_recalls_rule_set", 1)[0] == "SY403"
    assert shop.ask(shop.kim, "console_recalls_rule_set", 1) == [("rule_changed",)]
    yield shop
    assert shop.ask(shop.eve, "console_recalls_rule_set", 0) == [("rule_proposed",)]
    assert shop.ask(shop.kim, "console_recalls_rule_set", 0) == [("rule_changed",)]


def proposed(shop, by, choice=None):
    number = shop.count(by, choice or lots("L1"))
    shop.describe(by, number)
    assert shop.ask(by, "recall_start", number, "") == [("proposed",)]
    assert shop.state(number) == "counted"
    return number


def test_nobody_approves_his_own(ruled):
    number = proposed(ruled, ruled.ann)
    assert ruled.refused(ruled.ann, "recall_approve", number, "") == ("SY403", "halt_own")
    assert ruled.refused(ruled.ann, "recall_start", number, "") == ("SY409", "halt_waits")
    assert ruled.refused(ruled.bob, "recall_describe", number, "low", 1, "{}", "{}", "") == ("SY409", "halt_waits")
    assert ruled.ask(ruled.bob, "recall_approve", number, "start") == [("started",)]
    assert ruled.ask(ruled.bob, "recall_lift", number, "over") == [("proposed",)]
    assert ruled.state(number) == "running"
    assert ruled.refused(ruled.bob, "recall_approve", number, "") == ("SY403", "halt_own")
    assert ruled.refused(ruled.ann, "recall_approve", number, "start") == ("SY409", "halt_no_proposal")
    assert ruled.ask(ruled.ann, "recall_approve", number, "lift") == [("lifted",)]


def test_who_lost_his_account_or_role_neither_approves_nor_is_approved(ruled):
    carl, dora = ruled.account("carl", "quality"), ruled.account("dora", "quality")
    number = proposed(ruled, carl)
    ruled.owner("suyuan_owner", "UPDATE team.account SET roles = '{viewer}' WHERE id = %s", dora)
    assert ruled.refused(dora, "recall_approve", number, "")[0] == "SY403"
    ruled.owner("suyuan_owner", "UPDATE team.account SET ended_at = now() WHERE id = %s", carl)
    assert ruled.refused(ruled.bob, "recall_approve", number, "") == ("SY409", "halt_proposer")
    assert ruled.ask(ruled.bob, "recall_decline", number, "not any more") == [("declined",)]
    assert ruled.state(number) == "counted"


def test_a_proposal_expires(ruled):
    number = proposed(ruled, ruled.ann)
    ruled.owner("suyuan_owner", "UPDATE trace.halt SET proposed_at = now() - interval '73 hours' WHERE id = %s", number)
    assert ruled.refused(ruled.bob, "recall_approve", number, "") == ("SY409", "halt_no_proposal")
    assert ruled.ask(ruled.bob, "recall_start", number, "") == [("proposed",)]
    assert ruled.ask(ruled.ann, "recall_decline", number, "") == [("declined",)]


def test_two_approvals_at_once_are_one(ruled):
    number = proposed(ruled, ruled.ann)
    outcomes = []

    def approve(who):
        try:
            outcomes.append(ruled.ask(who, "recall_approve", number, "start")[0][0])
        except psycopg2.Error as refusal:
            outcomes.append(refusal.pgcode)
    threads = [threading.Thread(target=approve, args=(who,)) for who in (ruled.bob, ruled.eve, ruled.kim)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["SY409", "SY409", "started"]
    assert ruled.owner("suyuan_owner", "SELECT count(*) FROM trace.halt_step WHERE halt_id = %s AND step = 'started'",
                       number) == [(1,)]
    ruled.ask(ruled.bob, "recall_lift", number, "over")
    ruled.ask(ruled.ann, "recall_approve", number, "lift")


def test_a_hold_is_put_on_by_one_person_at_once(ruled):
    number = ruled.count(ruled.ann, lots("L1"), "hold")
    assert ruled.ask(ruled.ann, "recall_start", number, "") == [("started",)]
    assert ruled.ask(ruled.ann, "recall_lift", number, "fine") == [("proposed",)]
    assert ruled.ask(ruled.bob, "recall_approve", number, "") == [("lifted",)]


# --- what is seen, and given back -------------------------------------------------------------------

def seen(shop, counter):
    with shop.database.connect("suyuan_public").cursor() as cursor:
        [row] = call(cursor, "lookup_items", [G[0]], [counter], ["K0000000000001"])
    return row[6], row[8]


def test_lifting_restores_what_was_before(shop):
    states = [seen(shop, c) for c in (0, 45, 50, 250)]
    assert [s for s, _ in states] == ["commissioned", "consumed", "commissioned", "provisioned"]
    recall = shop.count(shop.ann, {"by": "codes", "ends": True}, codes=samples.printed([G[0]] * 2, [45, 250]))
    shop.describe(shop.ann, recall)
    shop.ask(shop.ann, "recall_start", recall, "")
    assert [seen(shop, c)[0] for c in (0, 45, 50, 250)] == ["commissioned", "recalled", "recalled", "recalled"]
    hold = shop.count(shop.ann, {"by": "codes", "ends": True}, "hold", samples.printed([G[0]] * 2, [0, 50]))
    shop.ask(shop.ann, "recall_start", hold, "")
    assert [seen(shop, c)[0] for c in (0, 45, 50, 250)] == ["held", "recalled", "recalled", "recalled"]
    shop.ask(shop.ann, "recall_lift", recall, "over")
    assert [seen(shop, c)[0] for c in (0, 45, 50, 250)] == ["held", "held", "held", "provisioned"]
    shop.ask(shop.ann, "recall_lift", hold, "over")
    assert [seen(shop, c) for c in (0, 45, 50, 250)] == states
    assert shop.owner("suyuan_owner", "SELECT has_halts FROM pub.gtin WHERE gtin = %s", G[0]) == [(False,)]


def test_two_recalls_of_a_lot_end_one_by_one(shop):
    first, second = (shop.count(shop.ann, choice) for choice in (lots("L1"), lots("L1", "L2")))
    for number, words in ((first, "One"), (second, "Two")):
        shop.describe(shop.ann, number, json.dumps({"en": words}))
        shop.ask(shop.ann, "recall_start", number, "")

    def reasons():
        return sorted(r["en"] for (r,) in shop.owner("suyuan_owner", "SELECT reason FROM pub.recall WHERE gtin = %s", G[0]))
    assert reasons() == ["Two", "Two"]
    shop.ask(shop.ann, "recall_lift", second, "over")
    assert reasons() == ["One"]
    shop.ask(shop.ann, "recall_lift", first, "over")
    assert reasons() == []


def test_held_codes_are_not_put_into_use(shop):
    hold = shop.count(shop.ann, lots("L2"), "hold")
    shop.describe(shop.ann, hold, "{}", shown=0)
    shop.ask(shop.ann, "recall_start", hold, "")
    assert seen(shop, 150)[0] == "provisioned"
    with shop.database.connect("suyuan_owner").cursor() as cursor:
        assert samples.take_steps(cursor, G[0], [150, 250], "commissioned") == [
            ("held", "provisioned"), ("changed", "provisioned")]
        cursor.execute("SELECT id FROM code.batch WHERE gtin = %s AND lot = 'L2'", (G[0],))
        [(batch,)] = cursor.fetchall()
        with pytest.raises(psycopg2.Error) as refusal:
            call(cursor, "change_batch", batch, "commissioned", None, None, None)
        assert refusal.value.pgcode == "SY409" and '"held"' in refusal.value.diag.message_detail
        call(cursor, "change_batch", batch, "printed", None, None, None)
        shop.ask(shop.ann, "recall_lift", hold, "fine")
        assert call(cursor, "change_batch", batch, "commissioned", None, None, None)[0][0] == 100


def test_a_foreign_brands_recall_is_an_unknown_one(shop):
    number = shop.count(shop.ann, lots("L1"))
    other = shop.other.account("zoe", "admin")
    for name, values in (("recall_start", (number, "")), ("recall_lift", (number, "x")), ("recall_approve", (number, "")),
                         ("recall_decline", (number, "")), ("recall_describe", (number, "low", 1, "{}", "{}", ""))):
        assert shop.other.refused(other, name, *values)[0] == "SY404"
    for name in ("console_recalls_show", "console_recalls_lines", "console_recalls_sheet", "console_recalls_visited",
                 "console_recalls_preview", "recall_csv"):
        none = ("[]", *samples.printed([], []))
        more = {"console_recalls_show": (*none, 0), "console_recalls_sheet": none, "console_recalls_lines": (0, 10),
                "console_recalls_visited": (10,)}.get(name, ())
        assert shop.other.ask(other, name, number, *more) == []
    assert shop.other.refused(other, "console_recalls_count", "recall", json.dumps(lots("L1")),
                              *samples.printed([], [])) == ("SY404", "unknown_gtin")


def test_a_million_codes_are_two_rows(shop):
    """Ranges, not rows: what is written does not grow with the codes."""
    with shop.database.connect("suyuan_owner").cursor() as cursor:
        call(cursor, "batch_make", G[0], None, 14, "https://x", 1000000, 1 << 40)
        cursor.execute("SELECT first FROM code.batch WHERE gtin = %s AND quantity = 1000000", (G[0],))
        [(first,)] = cursor.fetchall()
    number = shop.count(shop.ann, {"by": "codes", "ends": True}, codes=samples.printed([G[0]] * 2, [first, first + 999999]))
    shop.describe(shop.ann, number)
    shop.ask(shop.ann, "recall_start", number, "")
    assert [n for *_, n in shop.parts(number)] == [1000000]
    assert shop.owner("suyuan_owner", "SELECT count(*) FROM pub.halt_part WHERE halt_id = %s", number) == [(1,)]
    assert seen(shop, first + 999999)[0] == "recalled"
    shop.ask(shop.ann, "recall_lift", number, "over")


def look(shop, **serials):
    """So many visitors of several items, counted."""
    visits = [serial for serial, times in serials.items() for _ in range(times)]
    with shop.database.connect("suyuan_public").cursor() as cursor:
        cursor.execute("""INSERT INTO inbox.scan (age, gtin, serial, lot_handle, visitor, kind, country, times)
            SELECT array_agg(0), array_agg(%s::bigint), array_agg(s), array_agg(''::text), array_agg((random() * 1e15)::bigint),
                array_agg('visit'::text), array_agg(''::text), array_agg(1) FROM unnest(%s) AS s""", (G[0], visits))
    assert shop.owner("suyuan_jobs", "SELECT inbox.roll_up(1000, '30 minutes')") == [(len(visits),)]


def test_checks_of_single_codes_count_from_its_beginning_to_its_end(shop):
    look(shop, S10=7, S11=1)
    number = shop.count(shop.ann, {"by": "codes"}, codes=samples.printed([G[0]] * 3, [10, 11, None], serials=[
        "", "", "F-2"]))
    shop.describe(shop.ann, number)
    look(shop, S10=1)
    shop.ask(shop.ann, "recall_start", number, "")
    look(shop, S10=2, S11=5, S12=9, **{"F-2": 1, "N-1": 4})
    look(shop, S11=1)
    [(visited,)] = shop.ask(shop.ann, "console_recalls_visited", number, 10)
    assert json.loads(visited) == [[G[0], *of] for of in (["S12", 9], ["S11", 6], ["N-1", 4], ["S10", 2], ["F-2", 1])]
    read = samples.printed([G[0]] * 5, [12, 11, None, 10, None], serials=["", "", "N-1", "", "F-2"])
    [(document, _, _)] = shop.ask(shop.ann, "console_recalls_sheet", number, visited, *read)
    assert [(c["serial"], c["visits"], c["place"]) for c in json.loads(document)["checked"]] == [
        ("S11", 6, 12), ("S10", 2, 11), ("F-2", 1, None)]
    shop.ask(shop.ann, "recall_lift", number, "over")
    look(shop, S11=3)
    assert shop.ask(shop.ann, "console_recalls_visited", number, 10) == [(visited,)]


def test_a_list_runs_in_no_spreadsheet_and_an_older_one_keeps_its_bytes(shop):
    with shop.database.connect("suyuan_owner").cursor() as cursor:
        call(cursor, "batch_make", G[0], "=1+1", 14, "https://x", 10, 1 << 40)
    number = shop.count(shop.ann, lots("=1+1", "L2"))
    listed = """SELECT trace.halt_list(%s), sha256(convert_to(trace.halt_list(%s), 'UTF8')) = list_sha256
        FROM trace.halt WHERE id = %s"""
    [(csv, same)] = shop.owner("suyuan_owner", listed, number, number, number)
    assert f'{text(G[0])},"\'=1+1",,,,"",10\r\n' in csv and '"L2"' in csv and same
    shop.owner("suyuan_owner", "UPDATE trace.halt SET list_form = 1 WHERE id = %s RETURNING 1", number)
    [(csv, _)] = shop.owner("suyuan_owner", listed, number, number, number)
    assert f'{text(G[0])},"=1+1",,,,"",10\r\n' in csv


@pytest.mark.parametrize("cell,shown", [("", '""'), ("L1", '"L1"'), ("-1", '"\'-1"'), ("@x", '"\'@x"'), ("+", '"\'+"'),
                                        ('a"=b', '"a""=b"'), ("\t=1", '"\'\t=1"'), ("a=b", '"a=b"')])
def test_a_cell_that_begins_a_formula_begins_with_an_apostrophe(shop, cell, shown):
    assert shop.owner("suyuan_owner", "SELECT base.csv_cell(%s)", cell) == [(shown,)]
