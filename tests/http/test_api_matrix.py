"""Every address of the console asked by a line of one GTIN for its own, for another GTIN of its brand and for
another brand's, and by a line of all GTINs for another brand's: of what is not its own no byte comes, and nothing
happens to it. A new route fails here until it is listed."""
import json
import re
import time
import urllib.parse
import uuid

import pytest

from lines import Line, fresh_gtin, problem
from steps import TOP
from test_console_page import Browser

OF_LINES = {"ROLES_PACK", "ROLES_LINK", "ROLES_ALL"}
FINE = {200, 201, 202, 204, 303}
TABLES = ["code.batch", "code.run", "code.event", "code.closing", "code.gtin_counter", "code.foreign_list",
          "code.foreign_item", "code.foreign_event", "code.misread", "pub.run", "pub.item", "pub.gtin", "pub.foreign_item", "job.job",
          "trace.link", "pub.link"]


def routes():
    """name: (method, pattern), of the console."""
    text = (TOP / "src/web/routes.def").read_text()
    found = re.findall(r'\nDOOR\(METHOD_(\w+), "([^"]+)", "(\w+)", \w+, (\w+)\)', text)
    assert len(found) == text.count("\nDOOR(")
    return {name: (method, pattern) for method, pattern, name, roles in found if roles in OF_LINES}


DOCUMENT = {"sheet": "L7160", "design": {"symbol": {"x": 1, "y": 7}, "parts": [
    {"what": "serial", "x": 24, "y": 8, "width": 38}]}}


class Target:
    """A GTIN with a batch, its codes, a job with a file, a job that waits, and a serial made elsewhere."""

    def __init__(self, line, gtin, db):
        self.gtin, self.lot, self.foreign = gtin, f"LOT{uuid.uuid4().hex[:12]}", f"F{uuid.uuid4().hex[:12]}"
        made = line.post("/v1/batches", {"gtin": gtin, "quantity": 6, "lot": self.lot}, uuid.uuid4().hex)
        assert made.status == 201, made.text
        self.batch = made.json["id"]
        self.codes = line.get(f"/v1/batches/{self.batch}/codes?format=txt").text.split()
        self.design, self.gone, self.page = [line.post("/v1/labels/designs", {
            "name": uuid.uuid4().hex, "document": DOCUMENT}).json["id"] for _ in range(3)]
        bare = line.post("/v1/batches", {"gtin": gtin, "quantity": 2}, uuid.uuid4().hex)
        self.bare = bare.json["id"]  # without a lot
        taken = line.post("/v1/serials", {"gtin": gtin, "lot": self.lot, "serials": [self.foreign]})
        assert taken.json["added"] == 1, taken.text
        order = line.post(f"/v1/batches/{self.batch}/labels", {"format": "svg"}, uuid.uuid4().hex)
        self.job = order.json["id"]
        for _ in range(300):
            shown = line.get(f"/v1/jobs/{self.job}").json
            if shown["state"] == "done":
                break
            time.sleep(0.1)
        [self.file] = shown["files"]
        self.href = f"https://example.com/{uuid.uuid4().hex}"
        linked = line.send("PUT", "/v1/links", {"gtin": gtin, "links": [
            {"link_type": "gs1:pip", "href": self.href, "title": "Tea"}]})
        assert linked.json["added"] == 1, linked.text
        with db.cursor() as cursor:
            cursor.execute("""INSERT INTO job.job (brand_id, gtin, batch_id, kind, arguments, total)
                SELECT brand_id, gtin, id, 'other', '{}', 1 FROM code.batch WHERE id = %s RETURNING id""", (self.batch,))
            [(self.waiting,)] = cursor.fetchall()

    def marks(self):
        """What only who may see it can know."""
        return [self.lot, self.batch, self.bare, self.foreign, self.file["sha256"], self.href,
                *(code.rpartition("/")[2] for code in self.codes)]

    def rows(self, db):
        """All there is of the GTIN."""
        found = {}
        with db.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"SELECT t::text FROM {table} AS t WHERE gtin = %s ORDER BY 1", (int(self.gtin),))
                found[table] = cursor.fetchall()
        return found


def api(name, path, body=None, key=False, **more):
    """A request: how it is asked for a target, and what is fine where it is not one's own."""
    return {"name": name, "path": path, "body": body or (lambda t: None), "key": key, "others": {403, 404}, **more}


def step(**which):
    return lambda t: {"state": "printed", **{k: v(t) for k, v in which.items()}}


REQUESTS = [
    api("batch_make", "", lambda t: {"gtin": t.gtin, "quantity": 1}, key=True),
    api("batch_make", "", lambda t: {"gtin": t.gtin, "quantity": 1, "label": {"format": "svg"}}, key=True),
    api("batch_list", "", others={200}),
    api("batch_list", "?gtin={gtin}", others={200}),
    api("batch_list", "?cursor={batch}", others={200}),
    api("batch_list", "?q={lot}&state=new", others={200}),
    api("batch", "{batch}"),
    api("batch_events", "{batch}"),
    api("batch_code", "{batch}?place=2"),
    api("batch_code_picture", "{batch}?place=2"),
    api("batch_codes", "{batch}"),
    api("batch_codes", "{batch}?format=ndjson&from=2&to=3"),
    api("labels_order", "{batch}", lambda t: {"format": "pdf"}, key=True),
    api("job_list", "", others={200}),
    api("job_list", "?batch={batch}", others={200}),
    api("job", "{job}"),
    api("job_cancel", "{waiting}"),
    api("job_manifest", "{job}"),
    api("job_file", "{job}/{file}"),
    api("batch_reconciliation", "{batch}"),
    api("batch_close", "{batch}", lambda t: {"from": 6, "to": 6}),
    api("batch_lot", "{bare}", lambda t: {"lot": "X"}),
    api("code_state", "", step(code=lambda t: t.codes[0])),
    api("code_state", "", step(codes=lambda t: t.codes[:2]), others={200}),
    api("code_state", "", step(codes=lambda t: [t.foreign], gtin=lambda t: t.gtin), others={200}),
    api("code_state", "", step(batch=lambda t: t.batch)),
    api("code_state", "", step(first=lambda t: t.codes[0], last=lambda t: t.codes[2])),
    api("code_query", "", lambda t: {"code": t.codes[0]}),
    api("code_query", "", lambda t: {"code": t.foreign, "gtin": t.gtin}),
    api("code_query", "", lambda t: {"codes": [t.foreign, *t.codes], "gtin": t.gtin}, others={200}),
    api("print_check", "", lambda t: {"code": t.codes[3]}, others={200}),
    api("print_check", "", lambda t: {"codes": t.codes}, others={200}),
    api("print_check", "", lambda t: {"codes": t.codes}, key=True, others={200}),
    api("print_check_list", "", others={200}),
    api("print_check_list", "?batch={batch}"),
    api("serials_take", "", lambda t: {"gtin": t.gtin, "serials": ["NEW1"]}),
    api("serials_take", "", lambda t: {"gtin": t.gtin, "lot": "OTHER", "serials": [t.foreign]}),
    api("serial", "{gtin}/{foreign}"),
    api("links", "?gtin={gtin}", others={200}),
    api("links", "?gtin={gtin}&lot={lot}", others={200}),
    api("links_put", "", lambda t: {"gtin": t.gtin, "links": [
        {"link_type": "gs1:pip", "href": "https://example.com/other", "title": "Tea", "default": "one"}]}),
    api("links_put", "", lambda t: {"gtin": t.gtin, "serial": "S1", "links": [
        {"link_type": "gs1:pip", "href": t.href, "title": "Other"}]}),
    api("links_delete", "?gtin={gtin}"),
    api("links_delete", "?gtin={gtin}&link_type=gs1:pip"),
    # Designs are a brand's, not a GTIN's: another line of it sees and changes them.
    api("designs", "", others={200}),
    api("design_make", "", lambda t: {"name": uuid.uuid4().hex, "document": DOCUMENT}, others={201}),
    api("design", "{design}", others={200, 404}),
    api("design_put", "{design}", lambda t: {"name": uuid.uuid4().hex, "document": DOCUMENT}, others={200, 404}),
    api("design_picture", "{design}", others={200, 404}),
    api("design_test_page", "{design}", others={200, 404}),
    api("design_preview", "", lambda t: {"document": DOCUMENT}, others={200}),
    api("design_end", "{gone}", others={204, 404}),
]

FIELDS = {"version": "1", "sheet": "L7160", "serial_on": "on", "serial_x": "24", "serial_y": "8", "serial_width": "38",
          "symbol_x": "1", "symbol_y": "7"}

# In the browser, signed in with the line's key.
PAGES = [
    api("home", "", others={200}),
    api("home", "?before={batch}", others={200}),
    api("packing", "", others={200}),
    api("packing", "?before={batch}", others={200}),
    api("page_batch", "{batch}"),
    api("page_code", "{batch}?place=2"),
    api("page_code_picture", "{batch}?place=2"),
    api("page_job", "{job}"),
    api("form_batch_make", "", lambda t: {"gtin": t.gtin, "quantity": "1", "idempotency_key": uuid.uuid4().hex}),
    api("form_labels", "{batch}", lambda t: {"format": "pdf", "idempotency_key": uuid.uuid4().hex}),
    api("form_lot", "{bare}", lambda t: {"lot": "X", "back": "/x"}),
    api("form_close", "{batch}", lambda t: {"from": "6", "to": "6", "back": "/x"}),
    api("form_state", "", lambda t: {"state": "printed", "batch": t.batch, "back": "/x"}),
    api("page_codes", "", others={200}),
    api("form_codes", "", lambda t: {"codes": "\n".join(t.codes[:2])}, upload=True, others={200}),
    api("page_serials", "", others={200}),
    api("form_serials", "", lambda t: {"gtin": t.gtin, "serials": "NEW2"}, upload=True),
    api("page_reconciliation", "{batch}"),
    api("page_print_checks", "", others={200}),
    api("page_print_checks", "?batch={batch}"),
    api("form_print_checks", "", lambda t: {"codes": "\n".join(t.codes)}, upload=True, others={200}),
    api("page_serial", "{gtin}/{foreign}"),
    api("form_job_cancel", "{waiting}", lambda t: {"back": "/x"}),
    api("page_jobs", "", others={200}),
    api("page_designs", "", others={200}),
    api("form_design_make", "", lambda t: {"name": uuid.uuid4().hex, "paper": "L7160"}, others={303}),
    api("page_design", "{design}", others={200, 404}),
    api("form_design", "{page}", lambda t: {"name": uuid.uuid4().hex, **FIELDS}, others={303, 404, 409, 400}),
    api("form_design_draft", "{design}", lambda t: {"name": uuid.uuid4().hex, **FIELDS}, others={303, 404}),
    api("form_design_forget", "{design}", others={303, 404}),
    api("form_design_remove", "{page}", others={303, 404}),
    api("page_design_picture", "{design}", others={200, 404}),
    api("page_design_test_page", "{design}", others={200, 404}),
]


def path_of(request, target):
    """The pattern with what belongs into its braces, and the query behind it."""
    values, _, query = request["path"].partition("?")
    fill = lambda text: text.format(**{**vars(target), "file": target.file["name"]})
    path, rest = routes()[request["name"]][1], [fill(v) for v in values.split("/") if v]
    for value in rest:
        path = re.sub(r"\{\w+\}", value, path, count=1)
    assert "{" not in path, path
    return path + ("?" + fill(query) if query else "")


class World:
    def __init__(self, suyuan, console, db):
        self.db = db
        self.gtins = [fresh_gtin() for _ in range(2)]
        whole = Line(suyuan, console, "--links", "on", "--rate", "60000", gtins=self.gtins)
        narrow = Line(suyuan, console, "--links", "on", "--rate", "60000", "--gtin", self.gtins[0], brand=whole.brand, gtins=[])
        other = Line(suyuan, console, "--links", "on", "--rate", "60000")
        self.lines, self.browsers = {"narrow": narrow, "whole": whole}, {}
        for name, line in self.lines.items():
            self.browsers[name] = Browser(console)
            self.browsers[name].sign_in(line.key)
        self.strange = {"another GTIN of the brand": Target(whole, self.gtins[1], db),
                        "another brand": Target(other, other.gtin, db)}

    def own(self):
        return Target(self.lines["narrow"], self.gtins[0], self.db)

    def ask(self, who, request, target):
        """The answer, and all that was sent."""
        method, path, body = routes()[request["name"]][0], path_of(request, target), request["body"](target)
        if request in PAGES:
            browser = self.browsers[who]
            send = browser.upload if request.get("upload") else browser.send
            answer = browser.get(path) if method == "GET" else send(path, body or {})
        else:
            key = uuid.uuid4().hex if request["key"] else None
            answer = self.lines[who].send(method, path, body, **({"Idempotency_Key": key} if key else {}))
        return answer, path + repr(body)


@pytest.fixture(scope="module")
def world(suyuan, console, instance):
    import conftest
    db = conftest.connected(instance.env["DATABASE_URL"])
    yield World(suyuan, console, db)
    db.close()


def test_every_route_is_listed():
    assert set(routes()) == {r["name"] for r in REQUESTS + PAGES}


NAMES = [f"{r['name']}-{number}" for number, r in enumerate(REQUESTS + PAGES)]


@pytest.mark.parametrize("request_", REQUESTS + PAGES, ids=NAMES)
def test_its_own_is_answered(world, request_):
    """So that a refusal below is not for another reason."""
    answer, _ = world.ask("narrow", request_, world.own())
    assert answer.status in FINE, (answer.status, answer.text)


@pytest.mark.parametrize("who,whose", [("narrow", "another GTIN of the brand"), ("narrow", "another brand"),
                                       ("whole", "another brand")])
@pytest.mark.parametrize("request_", REQUESTS + PAGES, ids=NAMES)
def test_of_others_no_byte_comes_and_nothing_happens(world, request_, who, whose):
    target = world.strange[whose]
    before = target.rows(world.db)
    answer, sent = world.ask(who, request_, target)
    assert answer.status in request_["others"], (answer.status, answer.text)
    got = (answer.body + str(answer.headers).encode()).decode("utf-8", "replace")
    for mark in target.marks():
        assert mark in sent or mark not in got, (mark, got)
    assert target.rows(world.db) == before


# --- what no handler refuses ---

@pytest.mark.parametrize("method,path,headers,status,code", [
    ("GET", "/v1", {}, 404, "no_such_page"), ("GET", "/v1/nothing", {}, 404, "no_such_page"),
    ("POST", "/v1/batches/x/codes/y", {}, 404, "no_such_page"), ("DELETE", "/v1/nothing/x", {}, 404, "no_such_page"),
    ("GET", "/v1/nothing", {"Accept": "text/html"}, 404, "no_such_page"),
    ("PUT", "/v1/batches", {}, 405, "wrong_method"), ("POST", "/v1/batches/x", {}, 405, "wrong_method"),
    ("DELETE", "/v1/print-checks", {"Accept": "text/html"}, 405, "wrong_method"),
    ("GET", "/v1/%zz", {}, 400, "refused"), ("GET", "/v1/../v1", {}, 400, "refused"),
    ("POST", "/v1/batches", {"Content-Length": str(1 << 40)}, 413, "too_long"),
    ("GET", "/v1/batches", {"Host": "elsewhere"}, 421, "refused")])
def test_it_has_a_code_all_the_same(world, method, path, headers, status, code):
    line = world.lines["whole"]
    answer = line.console.request(method, path, {"Authorization": f"Bearer {line.key}", **headers})
    assert problem(answer, status)["code"] == code
    assert (status == 405) == ("Allow" in answer.headers)


@pytest.mark.parametrize("path", ["/v1/papers", "/v1/photos", "/v1/look/logo"])
def test_uploads_that_are_too_many_are_told_so_by_a_code(console, path):
    """Each is let in before its body comes, so many of one client a worker."""
    held, first = [], b"HTTP/1.1 100"
    try:
        while first.startswith(b"HTTP/1.1 100"):
            assert len(held) < 40
            held.append(console.connection())
            held[-1].putrequest("POST", path)
            for name, value in ("Content-Length", "1000000"), ("Expect", "100-continue"), ("Content-Type", "multipart/form-data"):
                held[-1].putheader(name, value)
            held[-1].endheaders()
            first = held[-1].sock.recv(8192)
    finally:
        for connection in held:
            connection.close()
    head, _, body = first.partition(b"\r\n\r\n")
    assert head.split()[1] in (b"429", b"503") and b"application/problem+json" in head
    assert json.loads(body)["code"] == "upload_busy"
