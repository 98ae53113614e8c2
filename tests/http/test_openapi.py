"""`conf/openapi.yaml` is what the server does: the same addresses, examples that are really sent, answers of the
shape it says."""
import json
import re
import shutil
import subprocess
import time
import uuid

import jsonschema
import pytest
import yaml

import conftest
import doors
from doors.look import Shown, unlike
from lines import Line
from people import PASSWORD, Person, code_of, parts_of
from pictures import png
from steps import TOP

SPEC = yaml.load((TOP / "conf/openapi.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
METHODS = ("get", "post", "put", "patch", "delete")
OPERATIONS = [(path, method) for path, item in SPEC["paths"].items() for method in METHODS if method in item]


def resolve(node):
    while isinstance(node, dict) and "$ref" in node:
        found = SPEC
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def test_has_the_addresses_of_the_server_and_no_other():
    served = set()
    for text, path in re.findall(r"DOOR\(([^\"]*)\"(/v1[^\"]*)\"",
                                 (TOP / "src/web/routes.def").read_text()):
        served |= {(re.sub(r"\{[^}]*\}", "{}", path), m.lower()) for m in re.findall(r"METHOD_(\w+)", text)}
    assert served == {(re.sub(r"\{[^}]*\}", "{}", path), method) for path, method in OPERATIONS}


def test_lints_clean():
    node = shutil.which("node")
    program = TOP / "node_modules/@redocly/cli/bin/cli.js"
    version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout if node else ""
    if not version or tuple(map(int, version.strip("v\n").split("."))) < (20, 19):
        pytest.skip(f"the linter needs node 20.19, here is {version.strip() or 'none'}")
    done = subprocess.run([node, program, "lint", "--extends=recommended-strict", "--format=json",
                           TOP / "conf/openapi.yaml"], capture_output=True, text=True, timeout=120,
                          env={"REDOCLY_TELEMETRY": "off", "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"})
    assert "{" in done.stdout, done.stderr
    report = json.loads(done.stdout[done.stdout.index("{"):])
    assert report["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}, report["problems"]
    assert done.returncode == 0


def test_every_operation_is_described():
    for path, method in OPERATIONS:
        operation = SPEC["paths"][path][method]
        assert operation["summary"] and operation["operationId"] and operation["tags"], (path, method)
        assert "503" in operation["responses"] and "4XX" in operation["responses"], (path, method)


@pytest.fixture(scope="module")
def line(suyuan, console):
    """A line of the brand whose GTIN the examples name."""
    return Line(suyuan, console, "--links", "on", brand="qingping", gtins=[])


class Shop:
    """A brand of this test's own, whose looks nobody else sees; its GTIN and records take the place of the
    examples'."""

    def __init__(self, suyuan, console, db):
        self.line = Line(suyuan, console, "--links", "on")
        self.brand, self.gtin, self.db = self.line.brand, self.line.gtin, db
        self.admin = Person(console, db, self.brand, "admin")
        for motto in ("First", "Second"):
            assert self.admin.ask("PATCH", "/v1/look", {"motto": {"en": motto}}).status == 200

    def in_place(self, text):
        return text.replace("09506000134352", self.gtin).replace("12-13", "{records}")


@pytest.fixture(scope="module")
def shop(suyuan, console, instance):
    db = conftest.connected(instance.env["DATABASE_URL"])
    yield Shop(suyuan, console, db)
    db.close()


SHOWN = ("/v1/look", "/v1/links/", "/v1/papers", "/v1/photos", "/v1/uploads/", "/v1/media/")


class Scene:
    """What stands for {batch}, {job} … in an address: made anew for each example."""

    def __init__(self, line, path, shop):
        self.line, self.path, self.made, self.shop = line, path, {}, shop if path.startswith(SHOWN) else None

    def value(self, name):
        if name not in self.made:
            self.made[name] = getattr(self, f"make_{name}")()
        return self.made[name]

    def fill(self, text):
        text = self.shop.in_place(text) if self.shop else text
        return re.sub(r"\{(\w+)\}", lambda m: str(self.value(m[1])), text)

    def make_batch(self):
        return self.line.batch(gtin="09506000134352", quantity=50)["id"]

    def make_job(self):
        """One that is done where files are asked for, else one that takes a while."""
        is_done = "manifest" in self.path or "files" in self.path
        address = self.line.batch(gtin="09506000134352", quantity=50 if is_done else 100_000,
                                  label={"format": "svg"})["labels"]
        end = time.monotonic() + 60
        while is_done and self.line.get(address).json["state"] != "done":
            assert time.monotonic() < end
            time.sleep(0.05)
        return int(address.rpartition("/")[2])

    def make_file(self):
        return self.line.get(f"/v1/jobs/{self.value('job')}").json["files"][0]["name"]


    def codes(self):
        return self.line.get(f"/v1/batches/{self.value('batch')}/codes?format=txt").text.split()

    def make_code(self):
        return self.codes()[0]

    def make_second(self):
        return self.codes()[1]

    def make_last(self):
        return self.codes()[-1]

    def make_key(self):
        return uuid.uuid4().hex

    def make_design(self):
        document = {"design": {"symbol": {"x": 1, "y": 7}, "parts": [{"what": "serial", "x": 24, "y": 8, "width": 38}]}}
        return self.line.post("/v1/labels/designs", {"name": uuid.uuid4().hex, "document": document}).json["id"]

    def make_recall(self):
        """Counted and described; running where it is to end, proposed by somebody else where that is decided."""
        ask, verb = Person(self.line.console, self.db, self.line.brand, "quality").ask, self.path.rpartition("/")[2]
        made = ask("POST", "/v1/recalls/count", {"by": "codes", "codes": self.codes(), "kind": "hold"})
        number = made.json["id"]
        ask("POST", f"/v1/recalls/{number}/texts", {"reason": {"en": "Being checked"}})
        if verb in ("lift", "release"):
            assert ask("POST", f"/v1/recalls/{number}/start", {}).status == 200
        if verb in ("approve", "decline"):
            with self.db.cursor() as cursor:
                cursor.execute("UPDATE trace.halt SET proposal = 'start', proposed_at = now(), proposed_by = 'x' "
                               "WHERE id = %s", (number,))
        return number

    def make_gtin(self):
        return "09506000134352"

    # --- people ---

    def make_asker(self):
        """The person who sends the example."""
        if self.shop:
            return self.shop.admin
        return Person(self.line.console, self.db, self.line.brand, "admin")

    def make_other(self):
        return Person(self.line.console, self.db, self.line.brand, "viewer")

    def make_member(self):
        return self.value("other").id

    def make_kind(self):
        return "inspection" if "records" in self.path else "tokens"

    def make_line(self):
        """A line of its own, with a key."""
        made = self.value("asker").act("POST", "/v1/lines", {"name": f"l{uuid.uuid4().hex[:12]}"})
        self.made["line_key"] = made.json["key_id"]
        return made.headers["location"].rpartition("/")[2]

    def make_line_key(self):
        raise AssertionError("{line} comes before {line_key}")

    def make_pass(self):
        return self.value("other").key[4:14]

    def make_fresh(self):
        return f"p{uuid.uuid4().hex[:12]}"

    def make_current(self):
        return PASSWORD

    def make_totp(self):
        return code_of(self.value("asker").act("POST", "/v1/account/totp").json["secret"])

    def make_recovery(self):
        on = {"password": PASSWORD, "code": self.make_totp()}
        return self.value("asker").act("POST", "/v1/account/totp/on", on).json["recovery_codes"][0]

    # --- records and imports ---

    def make_record(self):
        return self.value("asker").get("/v1/records?kind=inspection&limit=1").json["records"][0]["id"]

    def make_import(self):
        """A few lots; with a dry run where its results are asked for, with one under way where it is stopped."""
        asker, csv = self.value("asker"), "gtin,lot\n09506000134352,EX-1\n09506000134353,EX-2\n"
        if "cancel" in self.path:
            csv += "".join(f"09506000134352,EX-{n}\n" for n in range(100_000))
        made = asker.ask("POST", "/v1/imports?name=lots.csv", csv.encode(), Content_Type="text/csv").json["id"]
        if self.path.endswith(("/run", "/cancel", "{run}")):
            profile = {"profile": "table = lot\ntime_zone = UTC\ngtin = column gtin\nlot = column lot\n"}
            self.made["run"] = asker.ask("POST", f"/v1/imports/{made}/mapping", profile).json["job"]
        end = time.monotonic() + 60
        while "cancel" not in self.path and any(run["state"] in ("waiting", "running")
                                                for run in asker.get(f"/v1/imports/{made}").json["runs"]):
            assert time.monotonic() < end
            time.sleep(0.05)
        return made

    def make_run(self):
        raise AssertionError("{import} comes before {run}")

    # --- look ---

    def make_shown(self):
        """A link, a certificate and a photo."""
        return Shown(self.shop)

    def make_link(self):
        return self.value("shown").link

    def make_records(self):
        return self.value("shown").link

    def make_paper(self):
        return self.value("shown").paper

    def make_upload(self):
        return self.value("shown").upload_id

    def make_media(self):
        return f"{self.value('shown').sha256}.pdf"

    # --- fields ---

    def make_field_product(self):
        """A product with a draft and two versions."""
        ask, path = self.value("asker").ask, f"/v1/fields/{self.make_gtin()}"
        for choice in ("hide", "show", "hide", "show"):
            ask("PUT", path, {"choices": {"product.name": choice}})
            ask("POST", "/v1/fields/publish", {"gtin": self.make_gtin()})
        assert ask("PUT", path, {"choices": {"product.name": "inherit"}}).status == 200
        return self.make_gtin()

    def make_field_plan(self):
        return self.value("asker").ask("POST", "/v1/fields/schedule", {
            "gtin": self.value("field_product"), "at": "2030-01-01T00:00", "zone": "UTC"}).json["job"]

    def make_serial(self):
        assert self.line.post("/v1/serials", {"gtin": self.make_gtin(), "serials": ["EX-1"]}).json["read"] == 1
        return "EX-1"


def examples():
    """(path, method, name of the example or None, its media type, value and status)."""
    for path, method in OPERATIONS:
        operation = SPEC["paths"][path][method]
        content = operation.get("requestBody", {}).get("content", {})
        given = [(kind, name, resolve(example)) for kind, body in content.items()
                 for name, example in body.get("examples", {}).items()]
        assert given or not content, f"{method} {path} has a body and no example of it"
        for kind, name, example in given or [(None, None, {})]:
            yield pytest.param(path, method, kind, example, id=f"{method} {path} {name or ''}")


def check_answer(operation, answer):
    responses = operation["responses"]
    said = responses.get(str(answer.status)) or responses.get(f"{answer.status // 100}XX")
    assert said is not None, f"{answer.status} is not in the description: {answer.text}"
    content = resolve(said).get("content", {})
    kind = (answer.headers["content-type"] or "").split(";")[0]
    if not content:
        assert answer.body == b""
        return
    assert kind in content, (kind, list(content))
    if kind.endswith("json") and not kind.endswith("ndjson"):
        schema = {**content[kind]["schema"], "components": SPEC["components"]}
        jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(answer.json)


def upload_of(fields):
    """What an example sends in parts: its words for a file give way to one."""
    file = ("application/pdf", unlike(None)) if "PDF" in fields.pop("file") else ("image/png", png(60, 40))
    return parts_of(fields, {"file": file})


def is_for_lines(method, path):
    """Of what is not, a person of the brand asks."""
    shape = re.sub(r"{\w+}", "{}", path)
    [roles] = [r for m, pattern, r in doors.routes().values()
               if (m.lower(), re.sub(r"{\w+}", "{}", pattern)) == (method, shape)]
    return "line" in roles and not path.startswith("/v1/account")


def by_session(operation):
    return operation.get("security") == [{"session": []}]


@pytest.mark.parametrize("path,method,kind,example", examples())
def test_example_is_answered_as_described(console, owner_db, line, shop, path, method, kind, example):
    operation, scene = SPEC["paths"][path][method], Scene(line, path, shop)
    scene.db = owner_db
    headers, query, body = {}, [], None
    for parameter in map(resolve, operation.get("parameters", [])):
        if parameter["in"] == "header" and parameter.get("required"):
            headers[parameter["name"].replace("-", "_")] = uuid.uuid4().hex
        if parameter["in"] == "query" and parameter.get("required"):
            query.append(f"{parameter['name']}={scene.fill(parameter['example'])}")
    if kind == "multipart/form-data":
        edge, body = upload_of({name: scene.fill(value) for name, value in example["value"].items()})
        headers["Content_Type"] = f"{kind}; boundary={edge}"
    elif kind is not None:
        value = example["value"]
        body = scene.fill(value if isinstance(value, str) else json.dumps(value)).encode()
        headers["Content_Type"] = kind
    if (method, path) == ("delete", "/v1/photos"):
        scene.value("shown")
    asker = line.send if is_for_lines(method, path) else None
    send = asker or (scene.value("asker").act if by_session(operation) else scene.value("asker").ask)
    answer = send(method.upper(), scene.fill(path) + "?" * bool(query) + "&".join(query), body, **headers)
    assert 200 <= answer.status < 300, answer.text
    check_answer(operation, answer)


@pytest.mark.parametrize("path,method", OPERATIONS)
def test_a_refusal_is_as_described(console, path, method):
    address = re.sub(r"\{\w+\}", str(uuid.uuid4()), path)
    answer = console.request(method.upper(), address, {"Content-Type": "application/json"}, None)
    assert answer.status == 401
    check_answer(SPEC["paths"][path][method], answer)
