"""Whose day it is: when a best-before date is over, when a link's days begin and end, and which clock is the brand's."""
import datetime
import subprocess
import zoneinfo

import pytest

import samples
from database import database, over, run, top  # noqa: F401 fixtures
from patience import soon
from samples import call

G1, G2, G3, G4 = samples.GTINS


def over_at(run, best_before, zone):
    [(seconds,)] = run("suyuan_public", "SELECT pub.best_until(%s, %s)", best_before, zone)
    return seconds


def shown(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize("best_before, zone, moment", [
    ("2026-09-01", "UTC", "2026-09-02 00:00"),
    ("2026-09-01", "Asia/Shanghai", "2026-09-01 16:00"),
    ("2026-09-01", "America/Los_Angeles", "2026-09-02 07:00"),
    ("2026-12-01", "America/Los_Angeles", "2026-12-02 08:00"),
    ("2026-09-01", "Pacific/Kiritimati", "2026-09-01 10:00"),
    ("2026-09-01", "Etc/GMT+12", "2026-09-02 12:00"),
    ("2026-09-01", "Asia/Kathmandu", "2026-09-01 18:15"),
    # the day on which clocks go over, and those beside it
    ("2026-03-28", "Europe/Berlin", "2026-03-28 23:00"), ("2026-03-29", "Europe/Berlin", "2026-03-29 22:00"),
    ("2026-10-24", "Europe/Berlin", "2026-10-24 22:00"), ("2026-10-25", "Europe/Berlin", "2026-10-25 23:00"),
    # over midnight: forward from 0 to 1; back from 1 to 0, and from 24 to 23
    ("2024-03-09", "America/Havana", "2024-03-10 05:00"), ("2024-11-02", "America/Havana", "2024-11-03 04:00"),
    ("2018-11-03", "America/Sao_Paulo", "2018-11-04 03:00"), ("2018-02-17", "America/Sao_Paulo", "2018-02-18 03:00"),
    ("2011-12-29", "Pacific/Apia", "2011-12-30 10:00"),  # the 30th was left out
    ("2028-02-28", "UTC", "2028-02-29 00:00"), ("2028-02-29", "Asia/Shanghai", "2028-02-29 16:00"),
    ("2027-02-28", "UTC", "2027-03-01 00:00"),
    # no day: the last one of the month; no month: of the year
    ("2026-09", "Asia/Shanghai", "2026-09-30 16:00"), ("2028-02", "UTC", "2028-03-01 00:00"),
    ("2027-02", "UTC", "2027-03-01 00:00"), ("2026-12", "America/New_York", "2027-01-01 05:00"),
    ("2026", "Asia/Shanghai", "2026-12-31 16:00"), ("9999-12-31", "Asia/Shanghai", None)])
def test_a_day_ends_where_the_brand_is(run, best_before, zone, moment):
    seconds = over_at(run, best_before, zone)
    if moment is None:  # later than Python can say
        assert seconds == 253402300800 - 8 * 3600
    else:
        assert shown(seconds) == moment


def test_every_day_of_years_ends_when_its_clock_first_shows_another(run):
    """Against another reader of the same data: the second before is still of that day, or was of one before it."""
    for name in ("Asia/Shanghai", "America/Havana", "Atlantic/Azores", "Africa/Cairo", "America/Asuncion",
                 "Australia/Lord_Howe", "Asia/Beirut", "America/St_Johns", "Pacific/Chatham"):
        zone = zoneinfo.ZoneInfo(name)
        days = run("suyuan_public", """SELECT d::date, pub.best_until(to_char(d, 'YYYY-MM-DD'), %s)
            FROM generate_series('2018-01-01'::timestamp, '2025-12-31', '1 day') AS d""", name)
        assert len(days) == 2922
        for day, seconds in days:
            assert datetime.datetime.fromtimestamp(seconds, zone).date() == day + datetime.timedelta(1), (name, day)
            assert datetime.datetime.fromtimestamp(seconds - 1, zone).date() == day, (name, day)


def test_what_is_not_known_is_not_over(run):
    assert over_at(run, None, "Asia/Shanghai") is None and over_at(run, "2026-09-01", None) is None
    run("suyuan_public", "SET statement_timeout = '5s'")
    assert over_at(run, "infinity", "Asia/Shanghai") is None and over_at(run, "-infinity", "Nowhere") is None


def test_a_zone_that_this_server_does_not_know_ends_no_day_before_it_has_ended_everywhere(run):
    assert over_at(run, "2026-09-01", "Mars/Phobos") == over_at(run, "2026-09-01", "Etc/GMT+12")


@pytest.fixture(scope="module")
def scene(database):
    connection = database.connect("suyuan_owner")
    run = over(connection)
    brands = [samples.make_brand(run, f"clock-{i}", [g]) for i, g in enumerate((G1, G2, G3))]
    for brand, gtin in zip(brands, (G1, G2, G3)):
        run(None, "INSERT INTO trace.visibility (brand_id, field, visible) VALUES (%s, 'lot.best_before', true)", brand)
        run(None, "INSERT INTO trace.lot (brand_id, gtin, lot, best_before) VALUES (%s, %s, 'L', '2026-09-01')", brand, gtin)
    with connection.cursor() as cursor:
        call(cursor, "project_lock", [G1, G2, G3])
        call(cursor, "project_lot", [G1, G2, G3], ["L"] * 3)
    return brands


def lookup(database, gtin):
    """Epoch and moment, as the lookup server reads them."""
    connection = database.connect("suyuan_public")
    with connection.cursor() as cursor:
        cursor.execute("SELECT lot_handle FROM pub.lot WHERE gtin = %s", (gtin,))
        [(handle,)] = cursor.fetchall()
        [row] = call(cursor, "lookup_documents", gtin, handle)
    connection.close()
    return row[0], row[-1] and shown(row[-1])


def add_facility(run, brand, code, zone, **more):
    columns = {"brand_id": brand, "code": code, "name": '{"en": "F"}', "time_zone": zone, **more}
    run("suyuan_jobs", f"INSERT INTO trace.facility ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})",
        *columns.values())


def test_another_clock_counts_with_its_commit_and_for_its_brand_alone(database, run, scene):
    epoch, moment = lookup(database, G1)
    other = lookup(database, G2)
    assert moment == "2026-09-02 00:00"
    run("suyuan_owner", "UPDATE trace.brand SET time_zone = 'Asia/Shanghai' WHERE id = %s", scene[0])
    assert lookup(database, G1) == (epoch + 1, "2026-09-01 16:00")
    run("suyuan_owner", "UPDATE trace.brand SET time_zone = 'Asia/Shanghai' WHERE id = %s", scene[0])
    assert lookup(database, G1)[0] == epoch + 1, "nothing changed"
    assert lookup(database, G2) == other


def test_the_first_facility_says_the_clock_until_the_brand_does(database, run, scene):
    epoch, moment = lookup(database, G2)
    assert moment == "2026-09-02 00:00"
    add_facility(run, scene[1], "A", "UTC")
    assert lookup(database, G2) == (epoch, moment)
    add_facility(run, scene[1], "B", "Asia/Tokyo")
    assert lookup(database, G2) == (epoch + 1, "2026-09-01 15:00")
    add_facility(run, scene[1], "C", "America/New_York")
    assert lookup(database, G2) == (epoch + 1, "2026-09-01 15:00")
    [(first,)] = run("suyuan_owner", "SELECT id FROM trace.facility_now WHERE brand_id = %s AND code = 'B'", scene[1])
    add_facility(run, scene[1], "B", "Asia/Tokyo", replaces=first, withdrawn=True)
    assert lookup(database, G2) == (epoch + 2, "2026-09-02 04:00")
    run("suyuan_owner", "UPDATE trace.brand SET time_zone = 'Asia/Shanghai' WHERE id = %s", scene[1])
    assert lookup(database, G2) == (epoch + 3, "2026-09-01 16:00")
    add_facility(run, scene[1], "D", "Asia/Tokyo")
    assert lookup(database, G2) == (epoch + 3, "2026-09-01 16:00")


def test_a_clock_that_was_lost_comes_back_with_the_projection(database, run, scene):
    run("suyuan_owner", "UPDATE trace.brand SET time_zone = 'Asia/Shanghai' WHERE id = %s", scene[2])
    run("suyuan_owner", "UPDATE pub.brand SET time_zone = 'UTC' WHERE brand_id = %s", scene[2])
    database.suyuan("project", "--brand", "clock-2")
    assert lookup(database, G3)[1] == "2026-09-01 16:00"
    run("suyuan_owner", "DELETE FROM pub.brand WHERE brand_id = %s", scene[2])
    assert lookup(database, G3)[1] == "2026-09-02 00:00"
    database.suyuan("project", "--brand", "clock-2")
    assert lookup(database, G3)[1] == "2026-09-01 16:00"


CHANGES = {"the brand": "UPDATE trace.brand SET time_zone = %(zone)s, motto = %(motto)s WHERE id = %(brand)s",
           "a facility": """WITH f AS (INSERT INTO trace.facility (brand_id, code, name, time_zone, replaces)
               VALUES (%(brand)s, 'E', '{"en": "F"}', %(zone)s,
                   (SELECT id FROM trace.facility_now WHERE brand_id = %(brand)s AND code = 'E')))
               UPDATE trace.brand SET motto = %(motto)s WHERE id = %(brand)s"""}


@pytest.mark.parametrize("who, is_there, zone, moment", [
    ("the brand", True, "Asia/Tokyo", "2026-09-01 15:00"), ("a facility", True, "America/New_York", "2026-09-02 04:00"),
    ("the brand", False, "Europe/Berlin", "2026-09-01 22:00"), ("a facility", False, "Asia/Kathmandu", "2026-09-01 18:15")])
def test_a_projection_writes_what_was_committed_while_it_waited(database, run, scene, who, is_there, zone, moment):
    """Its clock and its look, whether the brand was public before or becomes so by either of the two."""
    run("suyuan_owner", "UPDATE trace.brand SET time_zone = 'UTC' WHERE id = %s", scene[2])
    if not is_there:
        run("suyuan_owner", "DELETE FROM pub.brand WHERE brand_id = %s", scene[2])
    motto = f'{{"en": "{who} {is_there}"}}'
    changing = database.connect("suyuan_owner")
    changing.autocommit = False
    changing.cursor().execute(CHANGES[who], {"zone": zone, "motto": motto, "brand": scene[2]})
    projection = subprocess.Popen([top.suyuan_program(), "--config", database.config, "project", "--brand", "clock-2"],
                                  stdout=subprocess.DEVNULL)
    try:
        soon(lambda: run("suyuan_owner", """SELECT count(*) FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
            WHERE a.datname = current_database() AND NOT l.granted"""), lambda found: found == [(1,)], 20)
    finally:
        changing.commit()
        assert projection.wait(30) == 0
    assert lookup(database, G3)[1] == moment
    assert run("suyuan_public", "SELECT document -> 'motto' ->> 'en' FROM pub.brand WHERE brand_id = %s", scene[2]) == [
        (f"{who} {is_there}",)]


# --- links ---

@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/Los_Angeles", "America/Havana", "Asia/Beirut"])
def test_a_links_days_are_whole_days_of_its_clock(run, zone):
    """Valid from a day until that day: from the second in which the clock first shows it to the last that does; what the
    console tells of it and what a lookup goes by are the same."""
    [(days, odd)] = run("suyuan_owner", """
        SELECT count(*), array_agg(d.day) FILTER (WHERE
            pub.day_at(lower(s.span), z) <> d.day OR pub.day_at(lower(s.span) - interval '1 second', z) <> d.day - 1
            OR pub.day_at(upper(s.span) - interval '1 second', z) <> d.day OR pub.day_at(upper(s.span), z) <> d.day + 1)
        FROM (SELECT %s) AS zone (z), (SELECT g::date FROM generate_series('2026-01-01'::timestamp, '2027-12-31', '1 day') AS g) AS d (day),
            LATERAL (SELECT trace.link_span(d.day, NULL, d.day, NULL, z) OFFSET 0) AS s (span)""", zone)
    assert (days, odd) == (730, None)


@pytest.mark.parametrize("zone, begins, ends", [
    ("Asia/Shanghai", "2026-03-07 16:00", "2026-03-08 16:00"),
    ("America/Los_Angeles", "2026-03-08 08:00", "2026-03-09 07:00"), ("UTC", "2026-03-08 00:00", "2026-03-09 00:00")])
def test_the_day_on_which_clocks_go_over_has_the_hours_it_has(run, zone, begins, ends):
    [told] = run("suyuan_owner", """SELECT to_char(lower(s) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'),
        to_char(upper(s) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')
        FROM trace.link_span('2026-03-08', NULL, '2026-03-08', NULL, %s) AS s""", zone)
    assert told == (begins, ends)


def test_a_replica_that_does_not_know_a_zone_takes_utcs_day(run):
    assert run("suyuan_public", """SELECT pub.day_at('2026-09-01 23:30Z', 'Mars/Phobos')::text,
        pub.day_at('2026-09-01 23:30Z', 'Asia/Shanghai')::text""") == [("2026-09-01", "2026-09-02")]


@pytest.fixture(scope="module")
def linked(database):
    run = over(database.connect("postgres"))
    samples.make_brand(run, "linked", [G4])
    run(None, "SELECT pub.know_gtins(ARRAY[%s]::bigint[])", G4)

    def put(href, **members):
        [told] = run("suyuan_jobs", "SELECT * FROM trace.put_links(%s, '', '', %s::jsonb, 'test')", G4,
                     samples.links(f"https://a.example/{href}", **members))
        return told
    return put


@pytest.mark.parametrize("zone, at, day, left", [
    ("UTC", "2026-03-08 23:59:58.5Z", "2026-03-08", 2),
    ("Asia/Shanghai", "2026-03-08 15:59:59Z", "2026-03-08", 1), ("Asia/Shanghai", "2026-03-08 16:00:00Z", "2026-03-09", 86400),
    # a day of 23 hours and one of 25
    ("America/Los_Angeles", "2026-03-08 08:00:00Z", "2026-03-08", 82800),
    ("America/Los_Angeles", "2026-11-01 07:00:00Z", "2026-11-01", 90000),
    ("America/Los_Angeles", "2026-11-02 07:59:59Z", "2026-11-01", 1)])
def test_what_may_be_asked_for_in_a_day_is_counted_by_the_brands_days(run, linked, zone, at, day, left):
    run("suyuan_owner", "UPDATE trace.brand SET time_zone = %s WHERE slug = 'linked'", zone)
    assert run("suyuan_owner", """SELECT d.day::text, d.seconds_left FROM trace.brand AS b, code.day_of(b.id, %s) AS d
        WHERE b.slug = 'linked'""", at) == [(day, left)]


def led_to(database):
    with database.connect("suyuan_public").cursor() as cursor:
        return {row[9].rpartition("/")[2] for row in call(cursor, "lookup_links", G4, " ", " ", -1, 0)}


def test_a_link_is_valid_on_its_brands_days_whatever_its_clock_becomes(database, run, linked):
    """Two clocks of which one is always a day ahead: who turns the clock turns the days with it, and no record."""
    ahead, behind = "Pacific/Kiritimati", "Etc/GMT+12"

    def days():
        [told] = run("suyuan_owner", "SELECT pub.day_at(now(), %s), pub.day_at(now(), %s)", ahead, behind)
        return told

    def scene():
        early, late = days()
        assert late < early
        linked("ahead", from_day=str(early), until_day=str(early))
        linked("behind", from_day=str(late), until_day=str(late))
        found = []
        for zone in (ahead, behind):
            run("suyuan_owner", """UPDATE trace.brand SET time_zone = %s
                WHERE slug = 'linked'""", zone)
            found.append((led_to(database), {href.rpartition("/")[2] for href, in run("suyuan_jobs", """
                SELECT href FROM trace.link_now WHERE gtin = %s AND span @> now()""", G4)}))
        return (early, late) == days() and found
    found = scene() or scene()   # a day may end there while we look
    assert found == [({"ahead"}, {"ahead"}), ({"behind"}, {"behind"})]


def test_a_moment_stays_one_and_the_same_again_changes_nothing(run, linked):
    day, moment = {"until_day": "2099-12-31"}, {"valid_until": "2099-12-31 00:00:00+00:00"}
    assert linked("x", **moment) == (1, 0, 0)
    assert linked("x", **moment) == (0, 0, 1)
    assert linked("x", **day) == (0, 1, 0)
    assert linked("x", **day) == (0, 0, 1)
    # Of two defaults the second begins when the first one's last day is over, and not before.
    assert linked("first", role="default", until_day="2099-06-30") == (1, 0, 0)
    assert linked("second", role="default", from_day="2099-07-01") == (1, 0, 0)
    roles = "SELECT right(href, 5), role FROM trace.link_now WHERE gtin = %s AND role <> '' ORDER BY id"
    assert run("suyuan_jobs", roles, G4) == [("first", "default"), ("econd", "default")]
    assert linked("third", role="default", from_day="2099-06-30", until_day="2099-06-30") == (1, 0, 0)
    assert run("suyuan_jobs", roles, G4) == [("econd", "default"), ("third", "default")]
    with pytest.raises(Exception, match="valid_until: must be after valid_from"):
        linked("y", from_day="2099-07-01", until_day="2099-06-30")
    with pytest.raises(Exception, match="valid_until: must be after valid_from"):
        linked("y", from_day="2099-07-01", valid_until="2099-07-01 00:00:00+00:00")
