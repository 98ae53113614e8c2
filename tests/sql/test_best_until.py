"""When a best-before date is over: the moment that the brand's day ends, and which clock is the brand's."""
import datetime
import zoneinfo

import pytest

import samples
from database import database, over, run  # noqa: F401 fixtures
from samples import call

G1, G2, G3 = samples.GTINS[:3]


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
