"""Brands with a row in every table, each value of it recognisable."""
import json

import hashlib

# GS1's own example prefix; check digits are right.
GTINS = [9506000134352, 9506000134369, 9506000134376, 9506000134383]
LOT = "mark.lot.lot;"  # as GS1 AI (10) may look


class Marked:
    """Rows whose every text says where it stands: "mark.product.name;". What cannot hold such a text (a
    country, a number) gets a value found nowhere else; `marks` knows them all as (alias, column)."""

    COUNTRIES = iter(())

    def __init__(self, run, brand, gtin, prefix="mark"):
        self.run, self.brand, self.gtin, self.prefix = run, brand, gtin, prefix
        self.marks = {}
        self.countries = (f"Q{chr(c)}" for c in range(ord("A"), ord("Z") + 1))
        self.number = 7000

    def value(self, alias, column, type_, is_words):
        mark = f"{self.prefix}.{alias}.{column};"
        if is_words:
            self.marks[alias, column] = mark
            return '{"en": "%s"}' % mark
        if type_ == "text" or type_ == "base.lot":
            self.marks[alias, column] = mark
            return mark
        if type_ == "base.country":
            self.marks[alias, column] = f'"{(country := next(self.countries))}"'
            return country
        if type_ == "base.number":
            self.number += 1
            small = column.endswith("share")
            value = f"0.{self.number}" if small else f"{self.number}.{self.number}"
            self.marks[alias, column] = f'"{value}"'
            return value
        if type_ == "base.day":
            self.number += 1
            value = f"{self.number - 5000}-01-02"
            self.marks[alias, column] = value
            return value
        if type_ == "base.moment":
            self.number += 1
            value = f"{self.number - 5000}-01-02T03:04:05Z"
            self.marks[alias, column] = value[:10]
            return value
        if type_ == "bytea":
            self.number += 1
            digest = f"{self.number:064x}"
            self.marks[alias, column] = digest
            return "\\x" + digest
        if type_ == "jsonb":
            self.marks[alias, column] = mark
            return '[{"name": {"en": "%s"}, "value": "1", "secret": "%s.secret"}]' % (mark, mark)
        raise AssertionError(f"no mark for {alias}.{column} of type {type_}: say how to mark it")

    def insert(self, alias, table, **given):
        """One row: `given` columns as they are, every other one marked."""
        columns = self.run("suyuan_owner", """
            SELECT a.attname, format_type(a.atttypid, NULL), a.atttypid = 'base.words'::regtype
            FROM pg_attribute AS a WHERE a.attrelid = %s::regclass AND a.attnum > 0
            AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = ''
            AND a.attname NOT IN ('recorded_at', 'replaces', 'withdrawn', 'brand_id') ORDER BY a.attnum""",
            f"trace.{table}")
        row = {"brand_id": self.brand}
        for name, type_, is_words in columns:
            row[name] = given[name] if name in given else self.value(alias, name, type_, is_words)
        unknown = set(given) - set(row)
        assert not unknown, unknown
        self.run("suyuan_owner", "INSERT INTO trace.{} ({}) VALUES ({})".format(
            table, ", ".join(row), ", ".join(["%s"] * len(row))), *row.values())

    def insert_all(self):
        g, lot = self.gtin, LOT
        self.insert("facility", "facility", time_zone="Asia/Shanghai", code="F1")
        self.insert("facility of step", "facility", time_zone="Asia/Tokyo", code="F2")
        self.insert("facility of inspection", "facility", time_zone="Europe/Paris", code="F3")
        self.insert("supplier", "supplier", code="S1")
        self.insert("supplier of input", "supplier", code="S2")
        self.insert("product", "product", gtin=g)
        self.insert("material", "material", gtin=g, lot="", position=1, supplier="S1")
        self.insert("lot", "lot", gtin=g, lot=lot, facility="F1", produced_on="2101-01-01",
                    best_before="2102-01-01")
        self.marks["lot", "produced_on"], self.marks["lot", "best_before"] = "2101-01-01", "2102-01-01"
        self.marks["lot", "lot"] = lot
        self.insert("material of lot", "material", gtin=g, lot=lot, position=1, supplier="S1")
        self.insert("material lot", "material_lot", supplier="S2", material="M", lot="ML")
        self.marks["lot input", "input_lot"] = '"ML"'
        self.insert("lot input", "lot_input", gtin=g, lot=lot, supplier="S2", material="M",
                    input_gtin=None, input_lot="ML")
        self.insert("step", "step", gtin=g, lot=lot, position=1, facility="F2",
                    started_at="2103-01-01T00:00:00Z", ended_at="2104-01-01T00:00:00Z")
        self.marks["step", "started_at"], self.marks["step", "ended_at"] = "2103-01-01", "2104-01-01"
        self.insert("inspection", "inspection", gtin=g, lot=lot, serial="", verdict="information",
                    facility="F3", lower_limit="5.123", upper_limit="6.123", value_text="")
        self.marks["inspection", "lower_limit"] = '"5.123"'
        self.marks["inspection", "upper_limit"] = '"6.123"'
        self.marks["inspection", "verdict"] = '"information"'
        self.insert("inspection in words", "inspection", gtin=g, lot=lot, serial="", verdict="pass",
                    facility="F3", value=None, lower_limit=None, upper_limit=None, unit="u")
        self.marks["inspection in words", "verdict"] = '"pass"'
        self.insert("inspection of one item", "inspection", gtin=g, lot=lot, serial="XYZ", verdict="pass",
                    facility="F3", value=None, lower_limit=None, upper_limit=None, unit="u")
        jpeg = b"\xff\xd8\xff" + f"{self.prefix}.photo.bytes;".encode()
        digest = hashlib.sha256(jpeg).digest()
        self.insert("photo", "photo", gtin=g, bytes=jpeg, sha256=digest, width=640, height=480)
        # A bytea is shown in hexadecimal digits.
        self.marks["photo", "bytes"], self.marks["photo", "sha256"] = jpeg.hex(), digest.hex()
        for name, of_lot in (("", ""), (" of lot", lot)):
            pdf = f"%PDF-1.7 {self.prefix}.paper{name}.bytes;".encode()
            digest = hashlib.sha256(pdf).digest()
            self.run("suyuan_owner", """INSERT INTO trace.paper_file (brand_id, sha256, media_type, bytes)
                VALUES (%s, %s, 'application/pdf', %s)""", self.brand, digest, pdf)
            self.insert(f"document{name}", "document", gtin=g, lot=of_lot, sha256=digest)
            self.marks[f"document{name}", "sha256"], self.marks[f"paper{name}", "bytes"] = digest.hex(), pdf.hex()
        self.insert("link", "link", gtin=g, lot=lot, serial="", link_type="https://link.example/type", role="",
                    href="https://link.example/hidden", public=False, forward_query=True,
                    valid_from="2105-01-01T00:00:00Z", valid_until=None, from_day=None, until_day="2106-01-01")
        self.marks["link", "href"] = "link.example/hidden"
        self.marks["link", "link_type"] = "link.example/type"
        self.marks["link", "valid_from"], self.marks["link", "until_day"] = "2105-01-01", "2106-01-01"
        return self


def links(*hrefs, **members):
    """As links_put takes them, all of one type."""
    return json.dumps([{"link_type": "https://other.example/type", "href": href, "title": "Shown", "hreflang": "",
                        "media_type": "", "context": "", "role": "", "forward_query": True, "public": True,
                        "valid_from": None, "valid_until": None, **members} for href in hrefs])


def make_brand(run, slug, gtins):
    """A brand that owns the GTINs; its id."""
    [(brand,)] = run("suyuan_owner", """INSERT INTO trace.brand (slug, name) VALUES (%s, %s)
        RETURNING id""", slug, '{"en": "%s"}' % slug)
    for gtin in gtins:
        run("suyuan_owner", "INSERT INTO trace.gtin_owner (gtin, brand_id) VALUES (%s, %s)", gtin, brand)
    return brand


def make_key(run, key_id=0):
    run("suyuan_owner", "UPDATE code.serial_key SET current = false WHERE current")
    run("suyuan_owner", "INSERT INTO code.serial_key (key_id, wrapped, current) VALUES (%s, 'x', true)",
        key_id)


def take_foreign(cursor, gtin, serials, lot, source="list.txt"):
    """Serials made elsewhere, taken in as a request brings them."""
    cursor.execute("SELECT array_agg(key_id)::text FROM code.serial_key")
    [(keys,)] = cursor.fetchall()
    [(taken,)] = call(cursor, "foreign_begin", gtin, keys)
    cursor.execute("SELECT * FROM code.foreign_take(%s, %s, %s, %s)", (taken, gtin, lot, serials))
    assert cursor.fetchall() == []
    call(cursor, "foreign_end", taken, gtin, lot, source, len(serials))


def sql_of(name):
    """The text of src/store/sql/NAME.sql with %s-style parameters: for psycopg2."""
    import pathlib
    import re
    text = (pathlib.Path(__file__).parents[2] / f"src/store/sql/{name}.sql").read_text()
    text = re.sub(r"^--.*\n", "", text, flags=re.M).replace("%", "%%")
    return re.sub(r"\$(\d+)", r"%(p\1)s", text)


def call(cursor, name, *values):
    cursor.execute(sql_of(name), {f"p{i + 1}": v for i, v in enumerate(values)})
    return cursor.fetchall() if cursor.description else []


def change_foreign(cursor, gtin, serials, state, reason):
    """A step of serials made elsewhere; rows of serial, state before, outcome."""
    cursor.execute("SELECT serial, old::text, outcome FROM code.change_foreign(%s, %s, %s, %s)",
                   (gtin, serials, state, reason))
    return cursor.fetchall()


def printed(gtins, counters, key_ids=None, length=14, serials=None):
    """Codes as store/code_list.h hands them over: five arrays in text form. A counter of None: the serial
    decodes to none."""
    def array(values):
        return "{" + ",".join("NULL" if v is None else f'"{v}"' for v in values) + "}"
    key_ids = key_ids or [0] * len(gtins)
    return [array(gtins), array(counters), array(key_ids), array([length] * len(gtins)),
            array(serials or [""] * len(gtins))]


def read(gtins, counters, **more):
    """The same with the serials of all, by which what should not have been read is written down."""
    columns = printed(gtins, counters, **more)
    serials = more.get("serials") or [f"S{counter}" for counter in counters]
    return [*columns, "{" + ",".join(f'"{serial}"' for serial in serials) + "}"]


def take_steps(cursor, gtin, counters, state, reason=None):
    """A step of single codes by counter: [(result, state before)]."""
    rows = call(cursor, "code_steps", *printed([gtin] * len(counters), counters), state, reason)
    return [(result, was) for _, result, was, *_ in rows]


def check_prints(cursor, gtin, counters, **more):
    """What a camera read: [(result, state, place)]."""
    rows = call(cursor, "code_checks", *read([gtin] * len(counters), counters, **more))
    return [(result, state, place) for _, result, state, _, place, *_ in rows]


def halt(cursor, brand, choice, kind="recall", reason='{"en": "stop"}', evidence="", shown=True, codes=None):
    """Counts and starts a recall or hold; its number."""
    import json
    [(number,)] = call(cursor, "recall_count", brand, kind, json.dumps(choice), *(codes or printed([], [])))
    call(cursor, "recall_describe", number, "high", int(shown), reason, "{}", evidence)
    call(cursor, "recall_start", number, "")
    return int(number)


def lot_choice(gtin, lot):
    return {"by": "lots", "gtin": f"{gtin:014}", "lots": [lot]}
