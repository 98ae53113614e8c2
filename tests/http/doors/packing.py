"""The doors of packaging lines, by the API and in the browser: batches, codes, labels, links."""
import uuid

from doors import Target, door


class Codes(Target):
    """A GTIN with a batch, its codes, one without a lot, a finished job with a file, a serial made elsewhere."""

    def make(self):
        line, gtin = self.side.line, self.gtin
        self.lot, self.foreign = f"LOT{uuid.uuid4().hex[:12]}", f"F{uuid.uuid4().hex[:12]}"
        made = line.post("/v1/batches", {"gtin": gtin, "quantity": 6, "lot": self.lot}, uuid.uuid4().hex)
        self.batch = made.json["id"]
        self.codes = line.get(f"/v1/batches/{self.batch}/codes?format=txt").text.split()
        taken = line.post("/v1/serials", {"gtin": gtin, "lot": self.lot, "serials": [self.foreign]})
        assert taken.json["added"] == 1, taken.text
        self.href, self.file = f"https://example.com/{uuid.uuid4().hex}", "labels.svg"
        [(self.job,)] = self.query("""
            INSERT INTO job.job (brand_id, gtin, batch_id, kind, arguments, total, done, state)
            SELECT brand_id, gtin, id, 'other', '{}', 1, 1, 'done' FROM code.batch WHERE id = %s RETURNING id""",
                                   self.batch)
        [(self.sha256,)] = self.query("""
            WITH file AS (INSERT INTO job.file (job, position, brand_id, name, media_type, size, sha256, labels, first)
                SELECT id, 0, brand_id, %s, 'image/svg+xml', 1, sha256(id::text::bytea), 1, 1 FROM job.job
                WHERE id = %s RETURNING *
            ), part AS (INSERT INTO job.file_part (job, position, part, brand_id, bytes)
                SELECT job, 0, 0, brand_id, 'x' FROM file)
            SELECT encode(sha256, 'hex') FROM file""", self.file, self.job)
        self.marks = [self.lot, self.batch, self.foreign, self.sha256, self.href,
                      *(code.rpartition("/")[2] for code in self.codes)]


class Bare(Target):
    """A batch without a lot and a job that waits."""

    def make(self):
        made = self.side.line.post("/v1/batches", {"gtin": self.gtin, "quantity": 6}, uuid.uuid4().hex)
        self.batch = made.json["id"]
        [(self.job,)] = self.query("""
            INSERT INTO job.job (brand_id, gtin, batch_id, kind, arguments, total)
            SELECT brand_id, gtin, id, 'other', '{}', 1 FROM code.batch WHERE id = %s RETURNING id""", self.batch)
        self.marks = [self.batch]


def link(t):
    return {"gtin": t.gtin, "links": [{"link_type": "gs1:pip", "href": t.href, "title": "Tea", "default": "one"}]}


def quantity(t):
    return {"gtin": t.gtin, "quantity": 1}


DOORS = [
    door("batch_make", "", quantity, of=Codes, key=True),
    door("batch_list", "?gtin={gtin}", of=Codes, others={200}),
    door("batch", "{batch}", of=Codes),
    door("batch_events", "{batch}", of=Codes),
    door("batch_code", "{batch}?place=2", of=Codes),
    door("batch_code_picture", "{batch}?place=2", of=Codes),
    door("page_code", "{batch}?place=2", of=Codes),
    door("page_code_picture", "{batch}?place=2", of=Codes),
    door("batch_codes", "{batch}", of=Codes),
    door("labels_order", "{batch}", lambda t: {"format": "pdf"}, of=Codes, key=True),
    door("job_list", "?batch={batch}", of=Codes, others={200}),
    door("job", "{job}", of=Codes),
    door("job_cancel", "{job}", of=Bare, again={409}),
    door("job_manifest", "{job}", of=Codes),
    door("job_file", "{job}/{file}", of=Codes),
    door("batch_reconciliation", "{batch}", of=Codes),
    door("batch_close", "{batch}", lambda t: {"from": 6, "to": 6}, of=Bare, alters=True),
    door("batch_lot", "{batch}", lambda t: {"lot": "X"}, of=Bare, alters=True),
    door("code_state", "", lambda t: {"state": "printed", "code": t.codes[0]}, of=Codes),
    door("code_query", "", lambda t: {"code": t.codes[0]}, of=Codes),
    door("print_check", "", lambda t: {"code": t.codes[3]}, of=Codes, others={200}),
    door("serials_take", "", lambda t: {"gtin": t.gtin, "serials": ["NEW1"]}, of=Codes),
    door("serial", "{gtin}/{foreign}", of=Codes),
    door("links", "?gtin={gtin}&lot={lot}", of=Codes, others={200}),
    door("links_put", "", link, of=Codes),
    door("links_delete", "?gtin={gtin}&link_type=gs1:pip", of=Codes),
    door("home", "?before={batch}", of=Codes, others={200}),
    door("packing", "?before={batch}", of=Codes, others={200}),
    door("page_batch", "{batch}", of=Codes),
    door("page_job", "{job}", of=Codes),
    door("form_batch_make", "", quantity, of=Codes),
    door("form_labels", "{batch}", lambda t: {"format": "pdf"}, of=Codes),
    door("form_lot", "{batch}", lambda t: {"lot": "X", "back": "/x"}, of=Bare, alters=True),
    door("form_close", "{batch}", lambda t: {"from": "6", "to": "6", "back": "/x"}, of=Bare, alters=True),
    door("form_state", "", lambda t: {"state": "printed", "batch": t.batch, "back": "/x"}, of=Codes),
    door("page_codes", others={200}),
    door("form_codes", "", lambda t: {"codes": "\n".join(t.codes[:2])}, of=Codes, files={}, others={200}),
    door("page_serials", others={200}),
    door("form_serials", "", lambda t: {"gtin": t.gtin, "serials": "NEW2"}, of=Codes, files={}),
    door("page_reconciliation", "{batch}?from=2&to=3", of=Codes),
    door("print_check_list", "?batch={batch}", of=Codes),
    door("page_print_checks", "?batch={batch}", of=Codes),
    door("form_print_checks", "", lambda t: {"codes": t.codes[4], "batch": t.batch}, of=Codes, files={}, others={200}),
    door("page_serial", "{gtin}/{foreign}", of=Codes),
    door("form_job_cancel", "{job}", lambda t: {"back": "/x"}, of=Bare, again={409}),
]
