"""`suyuan import`: real files load, every bad row is refused by name, and nothing is half done."""
import csv
import hashlib
import io
import json
import os
import resource
import signal
import subprocess
import time
import types
import urllib.parse
import uuid

import psycopg2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conftest import run_suyuan, suyuan_program
from examples import examples
from steps import TOP
import instance as shared

PROFILES = TOP / "conf/profiles"
REJECTED, BUSY = 3, 4
PRODUCT = "table = product\ngtin = column gtin\nname = column name\n"
WAFER = "09506000134383"  # the GTIN of the SECOM profiles

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")


def with_check_digit(digits):
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits)))
    return digits + str(-total % 10)


# What a text may hold: control characters are refused.
texts = st.text(st.characters(blacklist_categories=("Cs", "Cc")) | st.sampled_from("\n\r\t\",;' |\\"),
                max_size=40)


class Gtins:
    """GTINs nobody has used yet in this database."""

    def __init__(self):
        self.next = 200_000_000_000

    def __call__(self):
        self.next += 1
        return with_check_digit(str(self.next).zfill(13))


@pytest.fixture(scope="module")
def house(instance, tmp_path_factory):
    """A database of our own, its configuration and a connection to it."""
    name = f"import_{uuid.uuid4().hex}"
    admin = psycopg2.connect(f"host={instance.sockets} user=postgres dbname=suyuan")
    admin.autocommit = True
    admin.cursor().execute(f"CREATE DATABASE {name} OWNER suyuan_owner")
    url = instance.env["DATABASE_URL"].rpartition("/")[0] + "/" + name
    config = tmp_path_factory.mktemp("import") / "suyuan.conf"
    config.write_text(f"database_url = {url}\n")
    run_suyuan("migrate", "--config", config, status=0)
    db = psycopg2.connect(url)
    db.autocommit = True
    yield types.SimpleNamespace(url=url, config=config, db=db, gtin=Gtins())
    db.close()
    admin.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")
    admin.close()


class Brand:
    """A fresh brand and the means to import into it."""

    def __init__(self, house, folder):
        self.house, self.folder, self.gtin = house, folder, house.gtin
        self.slug = "b" + uuid.uuid4().hex[:12]
        self.id = self.ask("INSERT INTO trace.brand (slug, name) VALUES (%s, '{}') RETURNING id",
                           self.slug)[0][0]

    def ask(self, sql, *values):
        with self.house.db.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()

    def command(self, profile, *arguments):
        if isinstance(profile, str):
            path = self.folder / f"{hashlib.sha256(profile.encode()).hexdigest()[:16]}.profile"
            if not path.exists():  # a command that still reads it must not find it empty
                path.write_text(profile)
            profile = path
        return ["import", "--config", self.house.config, "--brand", self.slug, "--profile", profile,
                *arguments]

    def load(self, profile, data, *arguments, status=None, **more):
        """Imports a path, or text or bytes on standard input; the summary with .refused lines."""
        given = {} if isinstance(data, os.PathLike) else \
            {"input": data.encode() if isinstance(data, str) else data}
        done = run_suyuan(*self.command(profile, "--json", *arguments),
                          "-" if given else data, status=status, **given, **more)
        out, err = (t if isinstance(t, str) else t.decode() for t in (done.out, done.err))
        result = types.SimpleNamespace(status=done.status, err=err, **json.loads(out or "{}"))
        result.lines = [json.loads(line) for line in err.splitlines()]
        result.codes = [(line.get("line"), line.get("code")) for line in result.lines]
        return result

    def product(self, *gtins):
        self.load(PRODUCT, "gtin,name\n" + "".join(f"{g},Thing\n" for g in gtins), status=0)

    def rows(self, table, columns="*", order="id"):
        return self.ask(f"SELECT {columns} FROM trace.{table} WHERE brand_id = %s ORDER BY {order}",
                        self.id)

    def count(self, table):
        return self.rows(table, "count(*)", "1")[0][0]


@pytest.fixture
def brand(house, tmp_path):
    return Brand(house, tmp_path)


def table(*rows, **how):
    out = io.StringIO()
    csv.writer(out, **how).writerows(rows)
    return out.getvalue()


# --- real files ---

def independent_verdict(code):
    if not code.isdigit() or not code.isascii():
        return "gtin_not_digits"
    if len(code) not in (8, 12, 13, 14):
        return "gtin_bad_length"
    return None if with_check_digit(code[:-1]) == code else "gtin_bad_check_digit"


def test_every_product_of_the_sample_loads_byte_for_byte(brand, shared_data):
    path = shared_data / "products-off/off_products_sample.csv"
    with open(path, newline="", encoding="utf-8") as file:
        expected = {int(r["gtin"]): (r["name"], r["ingredients"]) for r in csv.DictReader(file)}
    result = brand.load(PROFILES / "products-off.profile", path, status=0)
    assert len(expected) > 1200 and result.added == result.records == len(expected)
    loaded = {g: (n, i) for g, n, i in
              brand.rows("product_now", "gtin, name ->> 'und', ingredients ->> 'und'")}
    assert loaded == expected

    again = brand.load(PROFILES / "products-off.profile", path, status=0)
    assert (again.added, again.corrected, again.unchanged) == (0, 0, len(expected))
    assert brand.count("product") == len(expected)


def test_every_failing_code_of_the_sample_is_refused_with_the_right_reason(brand, shared_data):
    path = shared_data / "products-off/off_codes_failing_gtin_check.csv"
    with open(path, newline="", encoding="utf-8") as file:
        codes = [r["code"] for r in csv.DictReader(file)]
    result = brand.load("table = product\ngtin = column code\nname = column name\n", path,
                        status=REJECTED)
    assert len(codes) == 95
    assert result.refused == 95 and result.added == 0
    assert [(l["value"], l["code"]) for l in result.lines] == \
        [(c, independent_verdict(c)) for c in codes]
    assert [l["line"] for l in result.lines] == list(range(2, 97))
    assert {(l["file"], l["column"], l["header"]) for l in result.lines} == {(path.name, 1, "code")}
    assert brand.ask(
        "SELECT count(*) FROM trace.gtin_owner WHERE brand_id = %s", brand.id) == [(0,)]


def test_the_semiconductor_line_loads_with_times_verdicts_and_missing_values(brand, shared_data):
    labels = shared_data / "secom/secom_labels.data"
    wide = shared_data / "secom/secom_rows392_features590.csv"
    brand.product(WAFER)
    assert brand.load(PROFILES / "secom-lots.profile", labels, status=0).added == 1567
    assert brand.load(PROFILES / "secom-labels.profile", labels, status=0).added == 1567

    with open(labels, encoding="ascii") as file:
        lines = [line.split(" ", 1) for line in file]
    verdicts = {"-1": "pass", "1": "fail"}
    expected = {f"U{n}": (verdicts[v], time.strftime("%Y-%m-%d %H:%M:%S", time.strptime(
        t.strip().strip('"'), "%d/%m/%Y %H:%M:%S"))) for n, (v, t) in enumerate(lines)}
    assert {lot: (v, t) for lot, v, t in brand.rows(
        "inspection_now", "lot, verdict::text, to_char(measured_at AT TIME ZONE 'UTC',"
        " 'YYYY-MM-DD HH24:MI:SS')")} == expected

    start = time.monotonic()
    result = brand.load(PROFILES / "secom-measurements.profile", wide, status=0, seconds=170)
    print(f"{result.rows} measurements in {time.monotonic() - start:.1f} s")
    assert (result.records, result.added) == (392, 392 * 590)
    with open(wide, newline="", encoding="ascii") as file:
        reader = csv.reader(file)
        names = next(reader)[1:-1]
        cells = {(f"U{r[0]}", f"F{n}"): c for r in reader for n, c in zip(names, r[1:-1])}
    stored = {(lot, code): (value, verdict) for lot, code, value, verdict in brand.rows(
        "inspection_now", "lot, test_code, value::text, verdict::text") if code != "line-test"}
    wrong = {k: (c, stored.get(k)) for k, c in cells.items()
             if stored.get(k) != ((c, "information") if c else (None, "missing"))}
    assert len(cells) == len(stored) == 392 * 590 and wrong == {}
    assert sum(1 for c in cells.values() if c == "") == 10834

    again = brand.load(PROFILES / "secom-labels.profile", labels, status=0)
    assert (again.added, again.corrected, again.unchanged) == (0, 0, 1567)


# --- corrections, dry runs, all or nothing ---

def test_other_content_becomes_a_correction_that_names_the_old_record(brand):
    gtin = brand.gtin()
    brand.load(PRODUCT, f"gtin,name\n{gtin},Old\n", status=0)
    result = brand.load(PRODUCT, f"gtin,name\n{gtin},New\n", status=0)
    assert (result.added, result.corrected, result.unchanged) == (0, 1, 0)
    (old, _), (new, replaces) = brand.rows("product", "id, replaces")
    assert replaces == old and new != old
    assert brand.rows("product_now", "name") == [({"und": "New"},)]


def test_a_field_or_language_that_is_not_mapped_stays_as_it_is(brand):
    gtin = brand.gtin()
    brand.load("table = product\ngtin = column gtin\nname.en = column en\nname.zh-CN = column zh\n"
               "net_content = column net\n", f"gtin,en,zh,net\n{gtin},Tea,茶,80 g\n", status=0)
    brand.load("table = product\ngtin = column gtin\nname.en = column en\n",
               f"gtin,en\n{gtin},Green tea\n", status=0)
    assert brand.rows("product_now", "name, net_content") == \
        [({"en": "Green tea", "zh-CN": "茶"}, "80 g")]


def test_a_withdrawn_record_comes_back_as_a_correction(brand):
    gtin = brand.gtin()
    text = f"gtin,name\n{gtin},Tea\n"
    brand.load(PRODUCT, text, status=0)
    brand.ask("INSERT INTO trace.product (gtin, name, brand_id, replaces, withdrawn) SELECT gtin, name,"
              " brand_id, id, true FROM trace.product WHERE brand_id = %s RETURNING id", brand.id)
    assert brand.count("product_now") == 0
    assert brand.load(PRODUCT, text, status=0).corrected == 1
    assert brand.count("product_now") == 1


def test_a_dry_run_reports_everything_and_leaves_nothing(brand):
    gtin = brand.gtin()
    result = brand.load(PRODUCT, f"gtin,name\n{gtin},Tea\n123,Bad\n", "--dry-run", status=REJECTED)
    assert (result.added, result.refused, result.recorded) == (1, 1, False)
    assert brand.count("product") == 0
    assert brand.ask("SELECT count(*) FROM trace.gtin_owner WHERE brand_id = %s", brand.id) == [(0,)]


@pytest.mark.parametrize("bad", ["123,Bad", "{used},Other"], ids=["by value", "by comparison"])
def test_all_or_nothing_leaves_nothing_when_one_row_is_refused(brand, bad):
    gtin, used = brand.gtin(), brand.gtin()
    rows = f"gtin,name\n{gtin},Tea\n{used},One\n" + bad.format(used=used) + "\n"
    result = brand.load(PRODUCT, rows, "--all-or-nothing", status=REJECTED)
    assert result.refused >= 1 and result.recorded is False and brand.count("product") == 0
    good = brand.load(PRODUCT, f"gtin,name\n{gtin},Tea\n", "--all-or-nothing", status=0)
    assert good.recorded is True and brand.count("product") == 1


def test_the_public_documents_follow_a_product_and_what_it_names(brand):
    gtin = brand.gtin()
    for field in ("product.name", "material.name", "material.supplier"):
        brand.ask("INSERT INTO trace.visibility (brand_id, field, visible) VALUES (%s, %s, true)"
                  " RETURNING id", brand.id, field)
    supplier = "table = supplier\ncode = constant S-1\nname.en = column name\n"
    brand.load(supplier, "name\nOld Farm\n", status=0)
    brand.product(gtin)
    brand.load("table = material\ngtin = column g\nposition = constant 1\nname.en = constant Leaf\n"
               "supplier = constant S-1\n", f"g\n{gtin}\n", status=0)

    def document():
        return brand.ask("SELECT document FROM pub.product WHERE gtin = %s", int(gtin))[0][0]
    assert document()["name"] == {"und": "Thing"}
    assert document()["materials"][0]["supplier"] == {"en": "Old Farm"}
    brand.load(supplier, "name\nNew Farm\n", status=0)
    assert document()["materials"][0]["supplier"] == {"en": "New Farm"}


def test_the_same_file_again_mends_a_public_document_that_was_lost(brand):
    gtin = brand.gtin()
    brand.ask("INSERT INTO trace.visibility (brand_id, field, visible) VALUES (%s, 'product.name', true)"
              " RETURNING id", brand.id)
    brand.product(gtin)
    assert brand.ask("DELETE FROM pub.product WHERE gtin = %s RETURNING gtin", int(gtin))
    brand.product(gtin)
    assert brand.ask("SELECT count(*) FROM pub.product WHERE gtin = %s", int(gtin)) == [(1,)]


def test_no_transaction_waits_for_a_slow_file(brand):
    child = started(brand)
    rows = products(brand, 60000)
    child.stdin.write("".join(rows[:50000]).encode())
    child.stdin.flush()
    deadline = time.monotonic() + 30
    while True:
        states = brand.ask("SELECT state, left(query, 4) FROM pg_stat_activity WHERE datname ="
                           " current_database() AND application_name LIKE 'suyuan%%'")
        if states == [("idle", "COPY")]:
            break
        assert time.monotonic() < deadline, states
        time.sleep(0.05)
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()


# --- refused by name, the rest loads ---

def refused_alone(brand, bad_row, expected_line, expected_code, profile=PRODUCT, **how):
    first, last = brand.gtin(), brand.gtin()
    data = b"gtin,name\n" + f"{first},First\n".encode() + bad_row + f"\n{last},Last\n".encode()
    result = brand.load(profile, data, status=REJECTED, **how)
    assert result.codes == [(expected_line, expected_code)], result.err
    assert result.refused == 1 and result.added == 2
    assert [n for n, in brand.rows("product_now", "name ->> 'und'")] == ["First", "Last"]
    return result.lines[0]


def test_a_wrong_check_digit_is_refused(brand):
    line = refused_alone(brand, b"4006381333932,Pen", 3, "gtin_bad_check_digit")
    assert (line["column"], line["header"], line["field"], line["value"]) == \
        (1, "gtin", "gtin", "4006381333932")


def test_a_gtin_of_zeros_is_refused(brand):
    refused_alone(brand, b"00000000,Nothing", 3, "gtin_zero")


def test_a_cell_that_is_not_utf8_is_refused_with_its_byte(brand):
    line = refused_alone(brand, b"96385074,ab\xffc", 3, "bad_utf8")
    assert "byte 3" in line["reason"] and line["column"] == 2 and line["value"] == "ab\\xffc"


def test_a_nul_is_refused(brand):
    assert "byte 2" in refused_alone(brand, b"96385074,a\0b", 3, "nul")["reason"]


def test_a_ragged_record_is_refused(brand):
    assert "3 cells, the header 2" in refused_alone(brand, b"96385074,a,b", 3, "ragged")["reason"]


def test_text_behind_a_quote_is_refused(brand):
    refused_alone(brand, b'96385074,"a"b', 3, "text_after_quote")


def test_a_cell_of_ten_megabytes_is_refused(brand):
    line = refused_alone(brand, b"96385074," + b"x" * 10_000_000, 3, "cell_too_long")
    assert line["column"] == 2 and len(json.dumps(line)) < 1000


def test_the_line_of_a_cell_behind_line_breaks_is_named(brand):
    refused_alone(brand, b'"9638\n5074","a"', 3, "gtin_not_digits")
    profile = "table = product\nname = column name\ngtin = column gtin\n"
    result = brand.load(profile, 'name,gtin\n"one\ntwo\r\nthree",123\n', status=REJECTED)
    assert result.codes == [(4, "gtin_bad_length")]


def test_a_quote_never_closed_names_where_it_opens(brand):
    gtin = brand.gtin()
    result = brand.load(PRODUCT, f'gtin,name\n{gtin},First\n96385074,"open\n123,x\n', status=REJECTED)
    assert result.codes == [(3, "open_quote")] and result.added == 1


def test_a_hundred_megabyte_cell_is_read_in_bounded_memory(brand):
    program = TOP / "bin/suyuan"
    if not program.exists():
        pytest.skip("the release program is not built: the sanitizers' memory says nothing")
    gtin = brand.gtin()
    child = subprocess.Popen([program, *map(str, brand.command(PRODUCT)), "-"], stdin=subprocess.PIPE,
                             stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=shared.command_env(shared.VAR),
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (64 << 20, 64 << 20)))
    child.stdin.write(b'gtin,name\n96385074,"')
    for _ in range(100):
        child.stdin.write(b"x" * (1 << 20))
    out, err = child.communicate(f'"\n{gtin},Last\n'.encode(), timeout=120)
    assert child.returncode == REJECTED, err
    assert b"1 new" in out and b"longer than the limit" in err


LOT = "table = lot\ngtin = column gtin\nlot = column lot\nproduced_on = column made\nbest_before = column until\n"


def test_a_day_that_does_not_exist_is_refused(brand):
    gtin = brand.gtin()
    brand.product(gtin)
    result = brand.load(LOT, table(["gtin", "lot", "made", "until"], [gtin, "A", "2026-02-30", ""],
                                   [gtin, "B", "2028-02-29", ""], [gtin, "C", "30.01.2026", ""]),
                        status=REJECTED)
    assert result.codes == [(2, "no_such_day"), (4, "bad_date_format")]
    assert result.lines[0]["header"] == "made" and result.added == 1


def test_days_as_gs1_writes_them_are_read_and_day_00_is_the_last_where_something_lasts(brand):
    gtin = brand.gtin()
    brand.product(gtin)
    profile = LOT.replace("= column made", "= column made date %y%m%d").replace("= column until", "= column until date %y%m%d")
    result = brand.load(profile, table(["gtin", "lot", "made", "until"], [gtin, "A", "260703", "280200"],
                                       [gtin, "B", "260700", "280200"]), status=REJECTED)
    assert result.codes == [(3, "no_such_day")] and result.added == 1
    assert brand.ask("SELECT produced_on::text, best_before::text FROM trace.lot WHERE gtin = %s",
                     int(gtin)) == [("2026-07-03", "2028-02-29")]


def test_best_before_production_is_refused_also_against_what_is_recorded(brand):
    gtin = brand.gtin()
    brand.product(gtin)
    rows = table(["gtin", "lot", "made", "until"], [gtin, "A", "2026-05-02", "2026-05-01"],
                 [gtin, "B", "2026-05-02", "2026-05-02"])
    result = brand.load(LOT, rows, status=REJECTED)
    assert result.codes == [(2, "best_before_too_early")] and result.added == 1
    later = brand.load("table = lot\ngtin = column gtin\nlot = column lot\nbest_before = column until\n",
                       table(["gtin", "lot", "until"], [gtin, "B", "2026-05-01"]), status=REJECTED)
    assert later.codes == [(2, "best_before_too_early")]


MATERIAL = ("table = material\ngtin = column gtin\nposition = column no\nname.en = column name\n"
            "share = column share\ndelimiter = semicolon\ndecimal = ,\n")


def test_shares_over_a_hundred_are_refused_naming_every_row(brand):
    good, bad = brand.gtin(), brand.gtin()
    brand.product(good, bad)
    head = ["gtin", "no", "name", "share"]
    result = brand.load(MATERIAL, table(
        head, [good, 1, "Leaf", "72,5"], [bad, 1, "Leaf", "60"], [good, 2, "Bud", "27,5"],
        [bad, 2, "Bud", "40,0001"], [bad, 3, "Tin", ""], delimiter=";"), status=REJECTED)
    assert result.codes == [(3, "shares_over_100"), (5, "shares_over_100")]
    assert "100.0001 %" in result.lines[0]["reason"] and "lines 3, 5" in result.lines[0]["reason"]
    assert result.lines[0]["header"] == "share" and result.added == 3
    more = brand.load(MATERIAL, table(head, [good, 3, "Dust", "0,1"], delimiter=";"), status=REJECTED)
    assert more.codes == [(2, "shares_over_100")]
    less = brand.load(MATERIAL, table(head, [good, 1, "Leaf", "72,4"], [good, 3, "Dust", "0,1"],
                                      delimiter=";"), status=0)
    assert (less.corrected, less.added) == (1, 1)


def test_rows_with_one_key_and_other_content_are_all_refused(brand):
    a, b = brand.gtin(), brand.gtin()
    result = brand.load(PRODUCT, f"gtin,name\n{a},One\n{b},Same\n{a},Two\n{b},Same\n", status=REJECTED)
    assert result.codes == [(2, "same_key"), (4, "same_key")]
    assert "2, 4" in result.lines[0]["reason"]
    assert (result.added, result.unchanged, result.refused) == (1, 1, 2)


def test_another_brands_gtin_is_refused(brand, house, tmp_path_factory):
    other, gtin, mine = Brand(house, tmp_path_factory.mktemp("other")), brand.gtin(), brand.gtin()
    other.product(gtin)
    result = brand.load(PRODUCT, f"gtin,name\n{gtin},Stolen\n{mine},Mine\n", status=REJECTED)
    assert result.codes == [(2, "gtin_of_another_brand")] and result.added == 1
    assert result.lines[0]["value"] == gtin
    lots = brand.load(LOT, table(["gtin", "lot", "made", "until"], [gtin, "A", "", ""],
                                 [brand.gtin(), "A", "", ""]), status=REJECTED)
    assert lots.codes == [(2, "gtin_of_another_brand"), (3, "gtin_unknown")]
    assert other.rows("product_now", "name") == [({"und": "Thing"},)]


def test_what_is_not_recorded_cannot_be_named(brand):
    gtin = brand.gtin()
    brand.product(gtin)
    lots = brand.load("table = lot\ngtin = column g\nlot = column l\nfacility = column f\n",
                      f"g,l,f\n{gtin},A,nowhere\n{gtin},B,\n", status=REJECTED)
    assert lots.codes == [(2, "facility_unknown")] and lots.added == 1
    material = brand.load("table = material\ngtin = column g\nlot = column l\nposition = column n\n"
                          "name = constant Leaf\nsupplier = column s\n",
                          f"g,l,n,s\n{gtin},A,1,\n{gtin},B,1,S-1\n{gtin},B,2,\n", status=REJECTED)
    assert material.codes == [(2, "lot_unknown"), (3, "supplier_unknown")] and material.added == 1
    inputs = brand.load("table = lot_input\ngtin = column g\nlot = column l\nsupplier = constant S\n"
                        "material = constant M\ninput_lot = column i\nquantity = constant 1\n"
                        "unit = constant kg\n", f"g,l,i\n{gtin},B,X\n", status=REJECTED)
    assert (2, "supplier_unknown") in inputs.codes


def test_verdicts_limits_and_parameters_arrive(brand):
    gtin = brand.gtin()
    brand.product(gtin)
    brand.load(LOT, table(["gtin", "lot", "made", "until"], [gtin, "A", "", ""]), status=0)
    inspection = ("table = inspection\ntime_zone = Asia/Shanghai\ngtin = column g\nlot = constant A\n"
                  "test_code = column t\ntest.en = column t\nvalue = column v\nlower_limit = column lo\n"
                  "upper_limit = column hi\nverdict = column r map 合格=pass 不合格=fail \"\"=missing\n"
                  "measured_at = column at\n")
    result = brand.load(inspection, table(
        ["g", "t", "v", "lo", "hi", "r", "at"], [gtin, "a", "5.40", "", "7", "合格", "2026-04-06 17:20"],
        [gtin, "b", "", "", "", "", ""], [gtin, "c", "1", "3", "2", "合格", ""],
        [gtin, "d", "1", "", "", "", ""], [gtin, "e", "1", "", "", "maybe", ""]), status=REJECTED)
    assert result.codes == [(6, "not_in_map"), (4, "limits_crossed"), (5, "missing_with_value")]
    assert brand.rows("inspection_now", "test_code, value::text, verdict::text, measured_at::text") == \
        [("a", "5.40", "pass", "2026-04-06 09:20:00+00"), ("b", None, "missing", None)]
    step = ("table = step\ngtin = column g\nlot = constant A\nposition = column n\nname.en = constant Dry\n"
            "parameters.t = column \"temp (°C)\" label.en Temperature label.zh-CN 温度 unit °C\n"
            "parameters.h = column h\n")
    brand.load(step, table(["g", "n", "temp (°C)", "h"], [gtin, 1, "72", ""], [gtin, 2, "", "65"],
                           [gtin, 3, "", ""]), status=0)
    assert [p for p, in brand.rows("step_now", "parameters")] == [
        [{"name": {"en": "Temperature", "zh-CN": "温度"}, "value": "72", "unit": "°C"}],
        [{"name": {"und": "h"}, "value": "65"}], []]


def test_what_goes_into_a_lot_must_be_clear_and_recorded(brand):
    gtin = brand.gtin()
    brand.product(gtin)
    brand.load(LOT, table(["gtin", "lot", "made", "until"], [gtin, "A", "", ""], [gtin, "B", "", ""]),
               status=0)
    brand.load("table = supplier\ncode = constant S\nname = constant S\n", "x\n1\n", status=0)
    brand.load("table = material_lot\nsupplier = constant S\nmaterial = constant M\nlot = constant 1\n"
               "name = constant Leaf\n", "x\n1\n", status=0)
    profile = ("table = lot_input\ngtin = column g\nlot = column l\nsupplier = column s\n"
               "material = column m\ninput_gtin = column ig\ninput_lot = column il\n"
               "quantity = column q\nunit = constant kg\n")
    result = brand.load(profile, table(
        ["g", "l", "s", "m", "ig", "il", "q"],
        [gtin, "A", "S", "M", "", "1", "5"], [gtin, "A", "", "", gtin, "B", "5"],
        [gtin, "A", "S", "M", "", "2", "5"], [gtin, "A", "", "", gtin, "C", "5"],
        [gtin, "A", "S", "M", gtin, "B", "5"], [gtin, "B", "", "", gtin, "B", "5"],
        [gtin, "A", "S", "M", "", "1", "-5"], [gtin, "A", "S", "M", "", "1", ""]), status=REJECTED)
    assert sorted(result.codes) == [
        (4, "material_lot_unknown"), (5, "input_lot_unknown"), (6, "input_unclear"),
        (7, "input_is_itself"), (8, "negative"), (9, "blank")]
    assert result.added == 2


def test_times_and_zones_must_make_sense(brand):
    gtin = brand.gtin()
    brand.product(gtin)
    brand.load(LOT, table(["gtin", "lot", "made", "until"], [gtin, "A", "", ""]), status=0)
    steps = brand.load("table = step\ngtin = column g\nlot = constant A\nposition = record\n"
                       "name = constant Dry\nstarted_at = column s\nended_at = column e\n",
                       table(["g", "s", "e"], [gtin, "2026-01-01 10:00", "2026-01-01 09:59"],
                             [gtin, "2026-01-01 10:00", "2026-01-01T11:30+02:00"],
                             [gtin, "2026-01-01 10:00", "2026-01-01 25:00"],
                             [gtin, "2026-01-01 10:00", "2026-01-01 10:00"]), status=REJECTED)
    assert sorted(steps.codes) == [(2, "ends_before_it_starts"), (3, "ends_before_it_starts"),
                                   (4, "no_such_time")]
    places = brand.load("table = facility\ncode = column c\nname = column c\ntime_zone = column z\n",
                        "c,z\na,Asia/Shanghai\nb,Mars/Olympus\nc,\nd,+08:00\n", status=REJECTED)
    assert sorted(places.codes) == [(3, "time_zone_unknown"), (5, "not_a_time_zone")]
    assert brand.rows("facility_now", "code, time_zone") == [("a", "Asia/Shanghai"), ("c", "UTC")]


# A row for every generic profile, in an order that satisfies the references; G stands for a GTIN.
EVERY_RECORD = {
    "product": {"gtin": "G", "name": "Tea", "description": "Fine", "category": "Food",
                "ingredients": "Leaf", "net_content": "80 g", "origin_country": "CN",
                "origin_place": "Hill", "responsible": "Us", "care": "Dry", "internal_note": "x",
                "unit_cost": "1.50"},
    "facility": {"code": "F", "name": "Mill", "country": "CN", "place": "Hill",
                 "time_zone": "Asia/Shanghai", "address": "Road 1"},
    "supplier": {"code": "S", "name": "Farm", "country": "CN", "place": "Hill", "contact": "a@b"},
    "lot": {"gtin": "G", "lot": "A", "facility": "F", "produced_on": "2026-01-01",
            "best_before": "2028-01-01", "quantity": "10", "unit": "kg", "internal_note": "x"},
    "material": {"gtin": "G", "lot": "A", "position": "1", "name": "Leaf", "country": "CN",
                 "supplier": "S", "share": "99.5000", "recycled_share": "0.0000", "hazard": "None"},
    "material_lot": {"supplier": "S", "material": "M", "lot": "1", "name": "Leaf", "country": "CN",
                     "received_on": "2025-12-30", "quantity": "12.5", "unit": "kg"},
    "lot_input": {"gtin": "G", "lot": "A", "supplier": "S", "material": "M", "input_gtin": None,
                  "input_lot": "1", "quantity": "12.5", "unit": "kg"},
    "step": {"gtin": "G", "lot": "A", "position": "1", "name": "Dry", "facility": "F",
             "started_at": "2026-01-01 10:00:00+00", "ended_at": "2026-01-01 11:00:00+00",
             "operator": "7"},
    "inspection": {"gtin": "G", "lot": "A", "serial": "1", "test_code": "T", "sample": "2",
                   "test": "Moisture", "method": "M", "value": "5.40", "value_text": "fine",
                   "unit": "%", "lower_limit": "0", "upper_limit": "7", "verdict": "pass",
                   "measured_at": "2026-01-01 12:00:00+00", "facility": "F", "laboratory": "Lab",
                   "instrument": "I", "certificate": "C"},
    "document": {"gtin": "G", "lot": "A", "code": "D", "kind": "report", "title": "Report",
                 "issuer": "Lab", "issued_on": "2026-01-02", "media_type": "text/plain",
                 "sha256": "\\x" + "ab" * 32, "uri": "https://example.com/d"},
}


def test_every_field_of_every_record_arrives_through_its_generic_profile(brand):
    gtin = brand.gtin()
    for record, fields in EVERY_RECORD.items():
        columns = {name: (type_, words) for name, type_, words in brand.ask(
            "SELECT name, type, is_words FROM trace.import_columns(%s)", record)}
        assert set(columns) - {"parameters"} == set(fields), record
        cells = {}
        for name, value in fields.items():
            value = gtin if value == "G" else value
            if columns[name][1]:
                cells[f"{name}.en"], cells[f"{name}.zh-CN"] = value, value + "文"
            else:
                cells[name] = None if value is None else value.replace("\\x", "")
        result = brand.load(PROFILES / f"{record}.profile", table(cells.keys(), cells.values()), status=0)
        assert result.added == 1
        stored = dict(zip(fields, brand.rows(f"{record}_now", ", ".join(f"{f}::text" for f in fields))[0]))
        for name, value in fields.items():
            if columns[name][1]:
                assert json.loads(stored[name]) == {"en": value, "zh-CN": value + "文"}
            else:
                assert stored[name] == (str(int(gtin)) if value == "G" else value), name
        again = brand.load(PROFILES / f"{record}.profile", table(cells.keys(), cells.values()), status=0)
        assert again.unchanged == 1


NASTY = st.sampled_from([
    "0", "-0", "1e99", "9" * 60, "0." + "1" * 60, "100.00001", "99.99999", "1000000", "0001-01-01",
    "9999-12-31", "9999-12-31 23:59:59.999999", "0001-01-01T00:00+15:59", "2026-01-01 10:00Z", "00000000",
    "|", "a|b", "a" * 201, "x" * 20, "x" * 21, "\\", "\\N", "{}", "[]", "null", "'", '"', "missing", "pass",
    "Etc/GMT-8", "posixrules", "EST5EDT", "UTC", "ZZ", "aq", "https://x", "https://[::1]/?a=%zz#f", "\u00a0",
    "\ufeff", "\U0001f600", "e\u0301", "\u202e"]) | texts
UNIQUE = {"product": "gtin", "facility": "code", "supplier": "code", "lot": "lot", "material": "position",
          "material_lot": "lot", "lot_input": None, "step": "position", "inspection": "test_code",
          "document": "code"}


@pytest.fixture(scope="module")
def furnished(house, tmp_path_factory):
    """A brand with one record of each kind, and its GTIN."""
    brand = Brand(house, tmp_path_factory.mktemp("furnished"))
    gtin = brand.gtin()
    for record in EVERY_RECORD:
        names, cells = generic_row(record, gtin)
        brand.load(PROFILES / f"{record}.profile", table(names, cells), status=0)
    return brand, gtin


def generic_row(record, gtin):
    names, cells = [], []
    words = {"name", "description", "category", "ingredients", "origin_place", "responsible", "care",
             "place", "hazard", "test", "laboratory", "title", "issuer"}
    for field, value in EVERY_RECORD[record].items():
        value = gtin if value == "G" else "" if value is None else value.replace("\\x", "")
        for name in (f"{field}.en", f"{field}.zh-CN") if field in words else (field,):
            names.append(name)
            cells.append(value)
    return names, cells


@examples(30)
@example(record="step", changes=[(column, "9999-12-31 23:59:59.999999") for column in range(20)])
@example(record="inspection", changes=[(column, "1000-01-02T23:59+15:59") for column in range(20)])
@given(record=st.sampled_from(sorted(EVERY_RECORD)),
       changes=st.lists(st.tuples(st.integers(0, 40), NASTY), min_size=1, max_size=30))
def test_no_value_that_is_taken_makes_the_database_fail(furnished, record, changes):
    brand, gtin = furnished
    rows = []
    for number, (column, value) in enumerate(changes):
        names, cells = generic_row(record, brand.gtin() if record == "product" else gtin)
        if UNIQUE[record] not in (None, "gtin"):
            cells[names.index(UNIQUE[record])] = str(number + 2)
        cells[column % len(cells)] = value
        rows.append(cells)
    result = brand.load(PROFILES / f"{record}.profile", table(names, *rows), "--dry-run")
    assert result.status in (0, REJECTED), result.err


# --- hostile and unusual input ---

@pytest.mark.parametrize("text", [
    "'); DROP TABLE trace.product; --", "\\N", "\\.", "$1", "%s", "\\x00", "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>", "{gtin}", "null", '{"en": "x"}', "a\tb", "O'Brien \\"])
def test_text_that_looks_like_a_command_is_text(brand, text):
    gtin = brand.gtin()
    profile = PRODUCT + "internal_note = column note\n"
    brand.load(profile, table(["gtin", "name", "note"], [gtin, text, text]), status=0)
    assert brand.rows("product_now", "name, internal_note") == [({"und": text}, text)]


def test_a_report_cannot_move_the_terminal(brand):
    evil = "\x1b]0;owned\x07\x1b[2J\u202egnp.exe\u009b31m\r\n"
    done = run_suyuan(*brand.command("table = product\ngtin = column #1\nname = column #2\n"), "-",
                      input=table(["g\x1b[1m", "name"], [evil, "x"]).encode(), status=REJECTED)
    text = done.err.decode()
    assert "\\x1b]0;owned\\x07" in text and "\\u{202e}" in text
    assert not [c for c in text if (ord(c) < 32 and c != "\n") or c in "\x7f\u202e\u009b"]


def test_the_report_file_is_csv_with_every_refused_row(brand, tmp_path):
    report = tmp_path / "report.csv"
    run_suyuan(*brand.command(PRODUCT, "--report", report), "-", input=b'gtin,name\n123,"a,""b"\n,x\n',
               status=REJECTED)
    with open(report, newline="", encoding="utf-8") as file:
        assert [(r["line"], r["column"], r["header"], r["value"], r["code"]) for r in csv.DictReader(file)] \
            == [("2", "1", "gtin", "123", "gtin_bad_length"), ("3", "1", "gtin", "", "blank")]


def test_a_mark_semicolons_and_old_line_ends_are_read(brand):
    a, b = brand.gtin(), brand.gtin()
    profile = "table = product\ndelimiter = ;\ngtin = column gtin\nname = column name\n"
    brand.load(profile, b"\xef\xbb\xbfgtin;name\r\n" + f'{a};"x;y"\r{b};z'.encode(), status=0)
    assert brand.rows("product_now", "name ->> 'und'") == [("x;y",), ("z",)]


@pytest.mark.parametrize("text, reason", [
    ("", "it has no header"), ("gtin\n", 'no column "name"'), ("gtin,name,name\n", '"name" is there twice'),
    ("gtin,na\xffme\n", "header cannot be read")])
def test_a_file_without_the_profiles_columns_is_refused_as_a_whole(brand, text, reason):
    done = run_suyuan(*brand.command(PRODUCT), "-", input=text.encode("latin-1"), status=1)
    assert reason in done.err.decode() and brand.count("product") == 0


def test_a_wrong_profile_is_refused_with_its_line(brand, tmp_path):
    done = run_suyuan(*brand.command("table = product\ngtin = column g\nnane = column n\n"), tmp_path / "x",
                      status=2)
    assert '.profile:3: a product has no field "nane"' in done.err


def test_an_unknown_zone_and_an_unknown_brand_are_refused(brand):
    zone = run_suyuan(*brand.command("table = product\ntime_zone = Mars/Olympus\ngtin = column gtin\n"), "-",
                      input=b"gtin\n", status=1)
    assert b"Mars/Olympus" in zone.err
    brand.slug = "nobody"
    assert b'no brand "nobody"' in run_suyuan(*brand.command(PRODUCT), "-", input=b"gtin,name\n",
                                              status=1).err


def test_no_database_is_told_apart_from_bad_input(brand, tmp_path):
    config = tmp_path / "suyuan.conf"
    config.write_text(f"database_url = postgresql:///x?host={urllib.parse.quote(str(tmp_path), safe='')}\n")
    brand.house = types.SimpleNamespace(config=config)
    run_suyuan(*brand.command(PRODUCT), "-", input=b"gtin,name\n", status=BUSY)


@pytest.mark.parametrize("name", sorted(p.name for p in PROFILES.glob("*.profile")))
def test_every_shipped_profile_is_understood(brand, name):
    done = run_suyuan(*brand.command(PROFILES / name), "-", input=b"", status=None)
    text = done.err.decode()
    assert done.status == 1 and "the file is empty" in text or done.status == 0, text


def test_the_profile_in_the_help_is_a_good_one(brand):
    text = run_suyuan("import", "--help", status=0).out
    profile = text.partition("A profile:\n")[2].partition("Sources:")[0]
    gtin = brand.gtin()
    brand.load(profile, f"EAN;品名;Product name\n {gtin} ;茶;Tea\n", status=0)
    assert brand.rows("product_now", "name, origin_country") == [({"zh-CN": "茶", "en": "Tea"}, "CN")]


# --- killed in the middle ---

def started(brand, *arguments):
    return subprocess.Popen([suyuan_program(), *map(str, brand.command(PRODUCT, *arguments)), "-"],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env=shared.command_env(shared.VAR))


def nothing_stays(brand):
    assert brand.count("product") == 0
    assert brand.ask("SELECT count(*) FROM trace.gtin_owner WHERE brand_id = %s", brand.id) == [(0,)]


def products(brand, count):
    return ["gtin,name\n"] + [f"{brand.gtin()},Thing\n" for _ in range(count)]


def test_killed_while_reading_it_leaves_nothing_and_can_be_repeated(brand):
    rows = products(brand, 5000)
    child = started(brand)
    child.stdin.write("".join(rows[:4000]).encode())
    child.stdin.flush()
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    nothing_stays(brand)
    assert brand.load(PRODUCT, "".join(rows), status=0).added == 5000


def waits_for_a_lock(brand):
    return brand.ask("SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                     " AND wait_event_type = 'Lock' AND application_name LIKE 'suyuan%%'")


def test_killed_while_recording_it_leaves_nothing_and_can_be_repeated(brand, house):
    rows = products(brand, 500)
    gate = psycopg2.connect(house.url)
    gate.cursor().execute("LOCK TABLE trace.product IN SHARE ROW EXCLUSIVE MODE")
    child = started(brand)
    child.stdin.write("".join(rows).encode())
    child.stdin.close()
    deadline = time.monotonic() + 9
    while not waits_for_a_lock(brand):
        assert time.monotonic() < deadline, "the import never came to its INSERT"
        time.sleep(0.02)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    gate.close()
    deadline = time.monotonic() + 30
    while waits_for_a_lock(brand) or brand.ask("SELECT pid FROM pg_stat_activity WHERE state <> 'idle' AND"
                                               " datname = current_database() AND pid <> pg_backend_pid()"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    nothing_stays(brand)
    assert brand.load(PRODUCT, "".join(rows), status=0).added == 500


def test_two_imports_of_the_same_file_at_once_record_it_once(brand):
    rows = "".join(products(brand, 2000)).encode()
    children = [started(brand) for _ in range(3)]
    for child in children:
        child.stdin.write(rows)
    outs = [child.communicate()[0].decode() for child in children]
    assert [c.returncode for c in children] == [0, 0, 0]
    assert sorted("2000 new" in out for out in outs) == [False, False, True]
    assert brand.count("product") == 2000


def while_another_session_writes(brand, house, sql, *values):
    """Imports a product while another session is about to commit `sql`; what the import said."""
    gtin = values[0]
    other = psycopg2.connect(house.url)
    other.cursor().execute(sql, values)
    child = started(brand, "--json")
    child.stdin.write(f"gtin,name\n{gtin:014},Mine\n{brand.gtin()},Free\n".encode())
    child.stdin.close()
    deadline = time.monotonic() + 9
    while not waits_for_a_lock(brand):
        assert time.monotonic() < deadline, "the import never met the other session"
        time.sleep(0.02)
    other.commit()
    other.close()
    child.wait()
    return json.loads(child.stdout.read()), child.stderr.read().decode()


def test_a_gtin_taken_meanwhile_by_another_brand_is_refused(brand, house, tmp_path_factory):
    other = Brand(house, tmp_path_factory.mktemp("other"))
    summary, err = while_another_session_writes(
        brand, house, "INSERT INTO trace.gtin_owner (gtin, brand_id) VALUES (%s, %s)",
        int(brand.gtin()), other.id)
    assert (summary["added"], summary["refused"]) == (1, 1)
    assert json.loads(err)["code"] == "gtin_of_another_brand"
    assert brand.rows("product_now", "name ->> 'und'") == [("Free",)]


def test_a_record_made_meanwhile_by_another_session_is_corrected(brand, house):
    gtin = brand.gtin()
    brand.ask("INSERT INTO trace.gtin_owner (gtin, brand_id) VALUES (%s, %s) RETURNING gtin",
              int(gtin), brand.id)
    summary, _ = while_another_session_writes(
        brand, house, "INSERT INTO trace.product (gtin, name, brand_id) VALUES (%s, '{\"und\": \"Theirs\"}',"
        " %s)", int(gtin), brand.id)
    assert (summary["added"], summary["corrected"]) == (1, 1)
    assert sorted(brand.rows("product_now", "name ->> 'und'")) == [("Free",), ("Mine",)]


# --- any table Python's csv module writes ---



@examples(30)
@given(rows=st.lists(st.tuples(texts, texts), min_size=1, max_size=8),
       sign=st.sampled_from(",;\t| "), all_quoted=st.booleans())
def test_any_table_of_texts_comes_back_as_it_was_written(brand, rows, sign, all_quoted):
    names = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}
    gtins = [brand.gtin() for _ in rows]
    data = table(["gtin", "net", "note"], *[(g, *r) for g, r in zip(gtins, rows)], delimiter=sign,
                 quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL)
    profile = (f"table = product\ndelimiter = {names[sign]}\ngtin = column gtin\nname = constant x\n"
               "net_content = column net\ninternal_note = column note\n")
    brand.load(profile, data, status=0)
    stored = dict((g, (a, b)) for g, a, b in brand.ask(
        "SELECT gtin, net_content, internal_note FROM trace.product_now WHERE gtin = ANY (%s::bigint[])",
        [int(g) for g in gtins]))
    blank_is_none = [tuple(None if t.strip(" \t") == "" else t for t in r) for r in rows]
    assert [stored[int(g)] for g in gtins] == blank_is_none
