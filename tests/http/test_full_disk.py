"""A file is received while the disk is full: refused at its field in the reader's language, written into the operator's
log, nothing kept; and taken as soon as there is room. The disk is a real one, of few megabytes."""
import http.client
import os
import re
import secrets
import subprocess
import tempfile

import pytest

import crawl
from lines import Line, fresh_gtin
from patience import soon
from pdfs import pdf
from people import Person, parts_of
from pictures import png
from steps import TOP

ROOM_KB = 2048
CSV = b"gtin,name\n" + b"".join(secrets.token_hex(500).encode() + b"\n" for _ in range(3000))  # more than the disk holds


def mount(folder, owner):
    """False where nobody may: in a container without that right."""
    return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM_KB}k,mode=700,uid={owner.st_uid},gid={owner.st_gid}",
                           "tmpfs", folder], capture_output=True).returncode == 0


class Disk:
    """A small file system as a tablespace, onto which a table is moved."""

    def __init__(self, db, folder):
        self.db, self.folder, self.ballast = db, folder, os.path.join(folder, "ballast")
        self.run(f"CREATE TABLESPACE small LOCATION '{folder}'")

    def run(self, sql):
        with self.db.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else None

    def resize(self, kilobytes):
        subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", self.folder], check=True)

    def take(self, table):
        """The table's home from now on, with room for what it holds and ROOM_KB more."""
        self.run(f"VACUUM FULL {table}")  # or there is room in what was let go
        [(held,)] = self.run(f"SELECT pg_total_relation_size('{table}') / 1024")
        self.room = held + ROOM_KB
        self.resize(2 * self.room)
        self.run(f"ALTER TABLE {table} SET TABLESPACE small")
        self.resize(self.room)

    def give_back(self):
        self.empty()
        self.resize(4 * self.room)
        self.run("ALTER TABLE ALL IN TABLESPACE small SET TABLESPACE pg_default")
        self.run("CHECKPOINT")  # its files are gone

    def fill(self):
        """To the last block."""
        with open(self.ballast, "ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def empty(self):
        if os.path.exists(self.ballast):
            os.remove(self.ballast)

    def end(self):
        self.run("DROP TABLESPACE IF EXISTS small")


@pytest.fixture(scope="module")
def disk(instance):
    import conftest
    db = conftest.connected(f"host={instance.sockets} user=postgres dbname=suyuan")
    folder = tempfile.mkdtemp(prefix="suyuan-full-", dir="/tmp")
    # Its owner is whoever PostgreSQL runs as.
    if not mount(folder, os.stat(instance.var / "postgres")):
        os.rmdir(folder)
        pytest.skip("no right to mount a small file system")
    try:
        disk = Disk(db, folder)
        yield disk
        disk.end()
    finally:
        db.close()
        # Lazily: PostgreSQL's other sessions may still hold what is gone open.
        subprocess.run(["umount", "--lazy", folder], check=True)
        os.rmdir(folder)


@pytest.fixture
def full(disk):
    """full(table): the table is on a disk that has no room left."""
    def move(table):
        disk.take(table)
        disk.fill()
    yield move
    disk.give_back()


@pytest.fixture(scope="module")
def line(suyuan, console):
    return Line(suyuan, console)


@pytest.fixture
def editor(console, owner_db, line):
    return Person(console, owner_db, line.brand, "admin")


def counts(db, brand):
    with db.cursor() as cursor:
        found = []
        for table in ("job.upload", "job.upload_part", "trace.upload", "trace.document", "trace.photo", "trace.logo", "job.job"):
            where = " AND state <> 'refused'" if table == "trace.upload" else ""
            cursor.execute(f"SELECT count(*) FROM {table} WHERE brand_id = %s{where}", (brand,))
            found.append((table, cursor.fetchone()[0]))
        return found


def logged(instance, name):
    return instance.log(name).read_text(errors="replace").count("disk is full")


def said(language, name):
    return re.search(rf'msgid "{name}"\nmsgstr "(.*)"', (TOP / f"lang/{language}.po").read_text())[1]


def doors(line):
    """What each upload is sent to, with what: page, its twin, table, fields, file."""
    paper = {"gtin": line.gtin, "title.en": "Report", "kind": "report"}
    picture = ("image/png", png(400, 400, noise=True))
    return {
        "paper": ("/papers", "trace.upload", paper, ("application/pdf", pdf(more=b"%" + secrets.token_hex(200000).encode() + b"\n"))),
        "photo": ("/photos", "trace.upload", {"gtin": line.gtin}, picture),
        "logo": ("/look/logo", "trace.upload", {}, picture),
        "import": ("/imports", "job.upload_part", {}, ("text/csv", CSV)),
    }


def sent_by_api(person, path, fields, file):
    if path == "/imports":
        return person.ask("POST", "/v1/imports?name=a.csv", file[1], Content_Type="text/csv")
    return person.ask_with("/v1" + path, fields, {"file": file})


@pytest.mark.parametrize("what", ["paper", "photo", "logo", "import"])
def test_an_upload_onto_a_full_disk_is_refused_at_its_field_and_leaves_nothing(full, disk, editor, line, owner_db, instance, what):
    path, table, fields, file = doors(line)[what]
    before, lines = counts(owner_db, editor.brand_id), logged(instance, "console")
    if what == "import":  # what other tests have brought and are done with need not be carried over
        disk.run("""DELETE FROM job.upload_part AS p WHERE NOT EXISTS (SELECT FROM job.job AS j
            WHERE j.upload = p.upload AND j.state IN ('waiting', 'running'))""")
    full(table)
    if what == "import":  # its first parts find room
        disk.empty()
    by_api = sent_by_api(editor, path, fields, file)
    assert (by_api.status, by_api.json["code"], by_api.json["member"]) == (507, "no_room", "file"), by_api.text
    assert by_api.headers["content-type"] == "application/problem+json"
    for language, words in (("en", "no room"), ("zh-CN", "存储空间已满")):
        answer = editor.upload(path, fields, {"file": file}, **{"Accept-Language": language})
        assert answer.status == 507 and answer.headers["content-type"].startswith("text/html"), answer.text[:300]
        page = crawl.Page(path, answer.text)
        [alert] = re.findall(r'role="alert".*?</div>', answer.text, re.S)
        assert words in alert and 'href="#file"' in alert and not page.faults
        # At the field, and what was typed is there still.
        assert re.search(r'id="file-error">[^<]*' + words, answer.text)
        for form in page.forms:
            if form.action == path and form.upload:
                assert {k: v for k, v in form.values().items() if k in fields} == fields
    soon(lambda: counts(owner_db, editor.brand_id) == before)
    soon(lambda: logged(instance, "console") >= lines + 3)
    disk.empty()
    if what == "import":
        disk.resize(disk.room + 4 * ROOM_KB)  # what was taken back is room only when PostgreSQL has cleared it away
    assert sent_by_api(editor, path, fields, file).status == 201
    assert counts(owner_db, editor.brand_id) != before


def test_a_disk_that_fills_while_a_photo_is_looked_at_refuses_it_too(full, disk, suyuan, editor, line, owner_db, instance):
    gtin = fresh_gtin()
    suyuan("brand", "own", line.brand, gtin, status=0)
    before, lines = counts(owner_db, editor.brand_id), logged(instance, "jobs")
    full("trace.photo")
    answer = editor.ask_with("/v1/photos", {"gtin": gtin}, {"file": ("image/png", png(400, 400, seed=2, noise=True))})
    assert (answer.status, answer.json["code"], answer.json["member"]) == (507, "no_room", "file"), answer.text
    assert counts(owner_db, editor.brand_id) == before and logged(instance, "jobs") == lines + 1
    disk.empty()
    assert editor.ask_with("/v1/photos", {"gtin": gtin}, {"file": ("image/png", png(400, 400, seed=2, noise=True))}).status == 201


def test_a_report_onto_a_full_disk_says_that_it_was_not_kept(full, disk, https, line, owner_db, instance):
    batch = line.batch(quantity=1)
    code = line.get(f"/v1/batches/{batch['id']}/codes?format=txt").text.split()[0]
    path = "/" + code.split("://", 1)[1].partition("/")[2]
    soon(lambda: https.get(path).status == 200)

    class Neighbour(type(https)):
        """From an address that has sent no report yet."""

        def connection(self):
            return http.client.HTTPSConnection(self.host, self.port, timeout=60, context=self.context, source_address=(
                f"127.{secrets.choice(range(200, 250))}.{secrets.randbelow(256)}.9", 0))

    neighbour = Neighbour(instance.env["SUYUAN_LOOKUP_URL"], instance.env["SUYUAN_CA"])

    def report(language):
        edge, body = parts_of({"code": path, "place": "Rui'an"}, {"photo": ("image/png", png(400, 400, noise=True))})
        return neighbour.request("POST", "/report", {"Content-Type": f"multipart/form-data; boundary={edge}",
                                                 "Accept-Language": language}, body)
    lines = logged(instance, "lookup")
    full("inbox.report")
    for language in ("en", "zh-CN"):
        words = said(language.replace("-", "_"), "report.busy")
        answer = report(language)
        assert answer.status == 503 and words in answer.text and "Rui" in answer.text, answer.text[:300]
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM inbox.report WHERE gtin = %s", (int(line.gtin),))
        assert cursor.fetchone() == (0,)
    soon(lambda: logged(instance, "lookup") == lines + 2)
    disk.empty()
    assert report("en").status == 303
