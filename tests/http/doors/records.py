"""The doors of records: products, lots and all the others, one item, imports by upload."""
import time
import uuid

from doors import Target, door

LOTS = {"record": "lot", "delimiter": "comma", "decimal": ".", "time_zone": "UTC",
        "columns": [{"name": "gtin", "field": "gtin"}, {"name": "lot", "field": "lot"}, {"name": "note", "field": "internal_note"}]}


class Records(Target):
    """A product and a lot of it."""

    def make(self):
        self.lot, self.note = f"LOT{uuid.uuid4().hex[:12]}", uuid.uuid4().hex
        [(self.record,)] = self.query("""
            INSERT INTO trace.lot (brand_id, gtin, lot, internal_note)
            SELECT o.brand_id, o.gtin, %s, %s FROM trace.gtin_owner AS o WHERE o.gtin = %s RETURNING id""",
                                      self.lot, self.note, int(self.gtin))
        self.marks = [self.lot, self.note]


class Upload(Target):
    """A file with a good line and a bad one, and its dry run."""

    def make(self):
        self.lot, admin = f"LOT{uuid.uuid4().hex[:12]}", self.side.admin
        self.file = f"{uuid.uuid4().hex}.csv"
        self.csv = f"gtin,lot,note\n{self.gtin},{self.lot},a\n{self.gtin},LOT {self.lot},b\n".encode()
        self.upload = admin.ask("POST", f"/v1/imports?name={self.file}", self.csv, Content_Type="text/csv").json["id"]
        self.job = admin.ask("POST", f"/v1/imports/{self.upload}/mapping", LOTS).json["job"]
        end = time.monotonic() + 30
        while admin.get(f"/v1/imports/{self.upload}").json["runs"][0]["state"] != "done":
            assert time.monotonic() < end
            time.sleep(0.05)
        self.marks = [self.lot, self.file]


class Gone(Upload):
    """One to be removed."""


class Waiting(Upload):
    """One that is at work; nobody knows such work, so it stays so."""

    def make(self):
        super().make()
        self.query("INSERT INTO job.job (brand_id, kind, upload, arguments, total) "
                   "SELECT brand_id, 'other', id, '{}', 1 FROM job.upload WHERE id = %s", self.upload)


def note(t):
    return {"internal_note": uuid.uuid4().hex}


def supplier(t):
    """A new one, named by what only who may record it says."""
    return {"code": uuid.uuid4().hex[:12], "name": {"en": "New"}}


def supplier_form(t):
    return {"code": uuid.uuid4().hex[:12], "name.en": "New"}


def mapping(t):
    return {"record": "lot", "delimiter": "comma", "decimal": ".", "time_zone": "UTC", "f1": "gtin", "f2": "lot"}


FILE = {"file": ("text/csv", b"gtin,lot\n")}
DOORS = [
    door("product_list", of=Records, others={200}),
    door("product", "{gtin}", of=Records),
    door("page_products", of=Records, others={200}),
    door("page_product", "{gtin}", of=Records),
    door("record_list", "?kind=lot", of=Records, others={200}),
    door("record_new", "supplier", supplier, of=Records, others={201}),
    door("record", "lot/{record}", of=Records),
    door("record_correct", "lot/{record}", note, of=Records, alters=True),
    door("record_withdraw", "lot/{record}", of=Records, alters=True),
    door("page_records", "?kind=lot", of=Records, others={200}),
    door("page_record_new", "lot?gtin={gtin}&lot={lot}", of=Records, others={200}),
    door("form_record_new", "supplier", supplier_form, of=Records, others={303}),
    door("page_record", "lot/{record}", of=Records),
    door("page_record_correct", "lot/{record}", of=Records),
    door("form_record_correct", "lot/{record}", note, of=Records, alters=True),
    door("form_record_withdraw", "lot/{record}", of=Records, alters=True),
    door("item_show", "?code={lot}", of=Records, others={200}),
    door("page_items", "?code={lot}", of=Records, others={200}),
    door("import_list", of=Upload, others={200}),
    door("import_upload", "?name=x.csv", lambda t: {"a": 1}, of=Upload, others={201}),
    door("import", "{upload}", of=Upload),
    door("import_remove", "{upload}", of=Gone, alters=True),
    door("import_map", "{upload}", lambda t: LOTS, of=Upload, again={409}),
    door("import_run", "{upload}", lambda t: {"dry_run": True}, of=Upload, again={409}),
    door("import_cancel", "{upload}", of=Waiting, alters=True),
    door("import_refused", "{upload}/{job}", of=Upload),
    door("page_imports", of=Upload, others={200}),
    door("form_import_upload", "", lambda t: {"name": "x.csv"}, of=Upload, files=lambda t: FILE, others={303}),
    door("page_import", "{upload}", of=Upload),
    door("form_import_map", "{upload}", mapping, of=Upload, again={409}),
    door("form_import_run", "{upload}", lambda t: {"dry_run": "on"}, of=Upload, again={409}),
    door("form_import_cancel", "{upload}", of=Waiting, alters=True),
    door("form_import_remove", "{upload}", of=Gone, alters=True),
]
