"""`/v1/jobs`: label files ordered, watched, stopped and fetched by a line; nobody else sees them."""
import hashlib
import http.client
import io
import subprocess
import time
import uuid
import zipfile

import pytest

from lines import Line, problem


@pytest.fixture(scope="module")
def line(suyuan, console):
    return Line(suyuan, console)


@pytest.fixture(scope="module")
def batch(line):
    return line.batch(quantity=3000, lot="L-1")["id"]


def order(line, batch, key=None, **members):
    return line.post(f"/v1/batches/{batch}/labels", members, key or uuid.uuid4().hex)


def wait_done(line, address, seconds=60):
    end = time.monotonic() + seconds
    while True:
        job = line.get(address).json
        if job["state"] in ("done", "failed", "cancelled"):
            return job
        assert time.monotonic() < end, job
        time.sleep(0.05)


@pytest.fixture(scope="module")
def done(line, batch):
    """A job that made its file."""
    answer = order(line, batch, format="pdf", sheet="L7160")
    assert answer.status == 202, answer.text
    job = wait_done(line, answer.headers["location"])
    assert job["state"] == "done", job
    return job


def test_an_order_is_202_and_becomes_files(line, batch):
    answer = order(line, batch, format="zpl")
    made = answer.json
    assert answer.status == 202 and answer.headers["location"] == f"/v1/jobs/{made['id']}"
    assert (made["batch"], made["total"], made["gtin"]) == (batch, 3000, line.gtin)
    job = wait_done(line, answer.headers["location"])
    assert job["state"] == "done" and job["done"] == job["total"] == 3000
    assert [f["name"] for f in job["files"]] == ["labels.zpl"]
    body = line.get(job["files"][0]["href"]).body
    assert hashlib.sha256(body).hexdigest() == job["files"][0]["sha256"] and len(body) == job["files"][0]["size"]
    assert body.count(b"^XZ") == 3000


def test_the_batch_may_be_ordered_with_its_labels(line, tmp_path):
    """As pictures in an archive: zbar reads as many codes as were ordered, those of the batch."""
    made = line.batch(quantity=40, label={"format": "png", "dots": 5})
    job = wait_done(line, made["labels"])
    assert job["batch"] == made["id"] and job["state"] == "done" and job["files"][0]["name"] == "labels.zip"
    with zipfile.ZipFile(io.BytesIO(line.get(job["files"][0]["href"]).body)) as archive:
        archive.extractall(tmp_path)
    read = subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", *tmp_path.iterdir()],
                          capture_output=True, text=True, timeout=120).stdout.split()
    assert sorted(read) == sorted(line.get(made["codes"] + "?format=txt").text.split()) and len(read) == 40


def test_the_same_order_with_the_same_key_is_one_job(line, batch, owner_db):
    key = uuid.uuid4().hex
    first = order(line, batch, key, format="svg", count=10)
    again = line.post(f"/v1/batches/{batch}/labels", b'{ "count" : 10, "format":"svg"}', key)
    assert first.status == again.status == 202
    assert first.headers["location"] == again.headers["location"]
    problem(order(line, batch, key, format="svg", count=11), 422, "Idempotency-Key")
    # One room for the keys of a line, whatever they were used for.
    problem(line.order(key), 422, "Idempotency-Key")
    problem(line.send("POST", f"/v1/batches/{batch}/labels", {}), 400, "Idempotency-Key")


@pytest.mark.parametrize("members,member,limit", [
    ({"format": "gif"}, "format", "pdf"),
    ({"sheet": "L9999"}, "sheet", "L7160"),
    ({"sheet": "../suyuan"}, "sheet", None),
    ({"dpi": 99}, "dpi", "100 to 2540"),
    ({"dpi": "300"}, "dpi", None),
    ({"dpi": 300.5}, "dpi", None),
    ({"dots": 4}, "dots", "5"),
    ({"label": "10x10"}, "label", "mm"),
    ({"sheet": "L4731"}, "sheet", "mm"),
    ({"start": 22}, "start", "1 to 21"),
    ({"copies": 0}, "copies", "1"),
    ({"format": "png", "sheet": "L7160"}, "sheet", None),
    ({"first": 0}, "first", "1 to 3000"),
    ({"first": 3001}, "first", "1 to 3000"),
    ({"first": 3000, "count": 2}, "count", "1 to 1"),
    ({"count": 1.5}, "count", "1 to 3000"),
    ({"count": "7"}, "count", "1 to 3000"),
    ({"colour": "red"}, "label", None),
])
def test_a_wrong_order_is_refused_at_the_door(line, batch, owner_db, members, member, limit):
    """With the member and what it may be; no job is made."""
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM job.job WHERE batch_id = %s", (batch,))
        before = cursor.fetchall()
        found = problem(order(line, batch, **members), 400, member)
        assert limit is None or limit in found["limit"], found
        cursor.execute("SELECT count(*) FROM job.job WHERE batch_id = %s", (batch,))
        assert cursor.fetchall() == before


@pytest.mark.parametrize("label,member", [
    ({"format": "gif"}, "format"), ({"label": "10x10"}, "label"), ({"sheet": "nowhere"}, "sheet"),
    ({"first": 11}, "first"), ([], "label"), ("pdf", "label")])
def test_a_batch_with_a_wrong_label_order_takes_no_code(line, owner_db, label, member):
    with owner_db.cursor() as cursor:
        cursor.execute("SELECT next FROM code.gtin_counter WHERE gtin = %s", (int(line.gtin),))
        before = cursor.fetchall()
        problem(line.order(quantity=10, label=label), 400, member)
        cursor.execute("SELECT next FROM code.gtin_counter WHERE gtin = %s", (int(line.gtin),))
        assert cursor.fetchall() == before


def test_the_files_of_a_brand_have_a_limit(suyuan, console, owner_db):
    line = Line(suyuan, console)
    big = line.batch(quantity=20_000_000)["id"]
    with owner_db.cursor() as cursor:
        cursor.execute("""INSERT INTO job.job (brand_id, batch_id, kind, state, total, ended_at)
            SELECT brand_id, id, 'other', 'done', 10000000, now() FROM code.batch, generate_series(1, 4)
            WHERE id = %s RETURNING id""", (big,))
        jobs = cursor.fetchall()
        cursor.execute("UPDATE job.job SET total = 10000001 WHERE id = %s", jobs[0])
        found = problem(order(line, big, count=10_000_000), 429, "count")
        assert found["limit"] == 50_000_000 and found["retry_after"] > 0
        cursor.execute("DELETE FROM job.job WHERE batch_id = %s", (big,))


def test_more_labels_than_an_order_may_make_go_in_ranges(line):
    big = line.batch(quantity=10**9)["id"]
    found = problem(order(line, big), 400, "count")
    assert found["limit"] == "1 to 10000000"
    answer = order(line, big, first=999_999_991, count=10)
    assert wait_done(line, answer.headers["location"])["state"] == "done"


def test_a_range_has_its_codes(line, batch, tmp_path):
    job = wait_done(line, order(line, batch, first=201, count=30, sheet="L7160").headers["location"])
    (tmp_path / "labels.pdf").write_bytes(line.get(job["files"][0]["href"]).body)
    subprocess.run(["pdftoppm", "-r", "300", "-gray", tmp_path / "labels.pdf", tmp_path / "page"], check=True,
                   timeout=120)
    read = subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", *sorted(tmp_path.glob("page*"))],
                          capture_output=True, text=True, timeout=120).stdout.split()
    assert len(read) == len(set(read)) == 30
    codes = line.get(f"/v1/batches/{batch}/codes?format=txt&from=201&to=230")
    assert sorted(read) == sorted(codes.text.split())


# --- files ----------------------------------------------------------------------------------------


def test_a_file_has_its_digest_as_tag_and_a_name(line, done):
    [file] = done["files"]
    answer = line.get(file["href"])
    assert answer.status == 200 and answer.headers["content-type"] == file["media_type"] == "application/pdf"
    assert answer.headers["etag"] == f'"{file["sha256"]}"' and len(answer.body) == file["size"] > 1 << 20
    assert hashlib.sha256(answer.body).hexdigest() == file["sha256"]
    assert answer.headers["content-disposition"] == 'attachment; filename="labels.pdf"'
    assert answer.headers["accept-ranges"] == "bytes" and "no-cache" in answer.headers["cache-control"]


def test_head_tells_what_get_would(line, done):
    [file] = done["files"]
    answer = line.send("HEAD", file["href"])
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-length"] == str(file["size"]) and answer.headers["etag"] == f'"{file["sha256"]}"'


@pytest.mark.parametrize("first,last", [(0, 0), (0, 99), ((1 << 20) - 5, (1 << 20) + 5), ((1 << 18) - 1, (1 << 18)),
                                        (1000, None), (None, 10)])
def test_a_download_is_taken_up_anywhere(line, done, first, last):
    [file] = done["files"]
    whole = line.get(file["href"]).body
    answer = line.get(file["href"], Range=f"bytes={'' if first is None else first}-{'' if last is None else last}",
                      If_Range=f'"{file["sha256"]}"')
    if first is None:
        first, last = len(whole) - last, len(whole) - 1
    last = len(whole) - 1 if last is None else last
    assert answer.status == 206 and answer.body == whole[first:last + 1]
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(whole)}"


def test_conditions_are_honoured(line, done):
    [file] = done["files"]
    tag = f'"{file["sha256"]}"'
    same = line.get(file["href"], If_None_Match=tag)
    assert (same.status, same.body) == (304, b"") and same.headers["etag"] == tag
    assert line.get(file["href"], If_Match='"other"').status == 412
    assert line.get(file["href"], Range="bytes=5-9", If_Range='"other"').status == 200
    beyond = line.get(file["href"], Range=f"bytes={file['size']}-")
    assert beyond.status == 416 and beyond.headers["content-range"] == f"bytes */{file['size']}"


def test_the_manifest_says_what_sha256sum_says(line, done, tmp_path):
    manifest = line.get(f"/v1/jobs/{done['id']}/manifest").json
    for file in done["files"]:
        (tmp_path / file["name"]).write_bytes(line.get(file["href"]).body)
    said = subprocess.run(["sha256sum", *(f["name"] for f in manifest["files"])], cwd=tmp_path, check=True,
                          capture_output=True, text=True).stdout
    assert said == "".join(f"{f['sha256']}  {f['name']}\n" for f in manifest["files"])
    assert sum(f["labels"] for f in manifest["files"]) == manifest["count"] == 3000
    assert (manifest["first"], manifest["last"], manifest["lot"]) == (1, 3000, "L-1")


@pytest.fixture(scope="module")
def large(line):
    """A file of many parts, more than sockets hold."""
    batch = line.batch(quantity=9000)["id"]
    [file] = wait_done(line, order(line, batch, format="zpl", label="60x40").headers["location"])["files"]
    assert file["size"] > 10 << 20
    return file


def begin(line, file, **headers):
    """A download whose head is read and whose body waits."""
    connection = line.console.connection()
    connection.request("GET", file["href"], headers=line.headers(**headers))
    return connection, connection.getresponse()


def test_a_download_survives_the_loss_of_the_database_or_is_taken_up(line, large, superuser_db):
    """The console's connections are all ended while the client waits."""
    whole = line.get(large["href"]).body
    connection, reply = begin(line, large)
    body = reply.read(1 << 20)
    with superuser_db.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'suyuan_console'")
        assert cursor.rowcount > 0
    try:
        body += reply.read()
    except (http.client.IncompleteRead, OSError) as cut:
        body += getattr(cut, "partial", b"")
    connection.close()
    while len(body) < len(whole):
        rest = line.get(large["href"], Range=f"bytes={len(body)}-", If_Range=reply.headers["etag"])
        if rest.status != 503:  # not connected again yet
            assert rest.status == 206
            body += rest.body
    assert body == whole and hashlib.sha256(body).hexdigest() == large["sha256"]


def test_slow_clients_hold_no_connection_of_the_database(line, large):
    """Many more than there are connections, and none of them reads."""
    waiting = [begin(line, large) for _ in range(40)]
    for _ in range(20):
        assert line.get("/v1/jobs?limit=1").status == 200
    for connection, reply in waiting:
        assert reply.status == 200
        connection.close()
    assert len(line.get(large["href"]).body) == large["size"]


def test_files_that_go_while_they_are_sent_cut_the_answer(line, owner_db):
    """A client can tell: fewer bytes came than Content-Length said."""
    batch = line.batch(quantity=9000)["id"]
    job = wait_done(line, order(line, batch, format="zpl", label="60x40").headers["location"])
    connection, reply = begin(line, job["files"][0])
    with owner_db.cursor() as cursor:
        cursor.execute("DELETE FROM job.file WHERE job = %s", (job["id"],))
    with pytest.raises((http.client.IncompleteRead, OSError)):
        reply.read()
    connection.close()
    problem(line.get(job["files"][0]["href"]), 404)


# --- watching and stopping ------------------------------------------------------------------------


def test_a_job_is_cancelled(line):
    big = line.batch(quantity=2_000_000)["id"]
    address = order(line, big, format="png", dots=20).headers["location"]
    assert problem(line.get(f"{address}/manifest"), 409)
    answer = line.send("DELETE", address)
    assert answer.status == 200 and answer.json["cancel_wanted"] is True
    assert wait_done(line, address, 5)["state"] == "cancelled"
    assert line.send("DELETE", address).status == 200  # again is fine


def test_a_job_that_is_done_cannot_be_cancelled(line, done):
    found = problem(line.send("DELETE", f"/v1/jobs/{done['id']}"), 409, "state")
    assert (found["state"], found["wanted"]) == ("done", "cancelled")


def test_pages_name_every_job_once_newest_first(suyuan, console):
    line = Line(suyuan, console)
    batch = line.batch(quantity=10)["id"]
    other = line.batch(quantity=10, label={"format": "svg"})
    made = [order(line, batch, count=n + 1).json["id"] for n in range(7)]
    found, path = [], f"/v1/jobs?limit=3&batch={batch}"
    while path is not None:
        page = line.get(path)
        assert page.status == 200 and len(page.json["jobs"]) <= 3
        found += [job["id"] for job in page.json["jobs"]]
        path = page.json["next"]
    assert found == made[::-1]
    whole = [job["id"] for job in line.get("/v1/jobs").json["jobs"]]
    assert whole == made[::-1] + [int(other["labels"].rpartition("/")[2])]
    problem(line.get("/v1/jobs?limit=0"), 400, "limit")
    problem(line.get("/v1/jobs?limit=201"), 400, "limit")
    problem(line.get("/v1/jobs?cursor=x"), 400, "cursor")
    problem(line.get("/v1/jobs?batch=x"), 400, "batch")


# --- whose --------------------------------------------------------------------------------------


def test_other_brands_and_lines_see_nothing(line, batch, done, suyuan, console):
    stranger = Line(suyuan, console)
    colleague = Line(suyuan, console, "--gtin", stranger.gtin, brand=stranger.brand, gtins=[])
    theirs = Line(suyuan, console, brand=stranger.brand)  # another GTIN of that brand
    other = order(theirs, theirs.batch(quantity=5)["id"]).headers["location"]
    wait_done(theirs, other)
    for who, address in ((stranger, f"/v1/jobs/{done['id']}"), (colleague, other)):
        file = "labels.pdf"
        for path in (address, f"{address}/manifest", f"{address}/files/{file}"):
            problem(who.get(path), 404)
        problem(who.send("DELETE", address), 404)
        assert address.rpartition("/")[2] not in [str(j["id"]) for j in who.get("/v1/jobs").json["jobs"]]
    problem(order(stranger, batch), 404)
    assert stranger.get(other).status == 200  # no line's GTINs: every one of the brand


@pytest.mark.parametrize("path", ["/v1/jobs/0", "/v1/jobs/x", "/v1/jobs/-1", "/v1/jobs/99999999999999999999",
                                  "/v1/jobs/999999999", "/v1/jobs/999999999/manifest",
                                  "/v1/jobs/999999999/files/labels.pdf", "/v1/jobs/x/files/labels.pdf"])
def test_what_is_not_there_is_404(line, path):
    problem(line.get(path), 404)


def test_a_file_that_is_not_there_is_404(line, done):
    for name in ("labels-0002.pdf", "..%2Fmanifest", "labels.pdf%00", "%27%3B--"):
        assert line.get(f"/v1/jobs/{done['id']}/files/{name}").status in (400, 404)


def test_without_a_key_nothing_is_shown(console, done):
    for path in ("/v1/jobs", f"/v1/jobs/{done['id']}", f"/v1/jobs/{done['id']}/files/labels.pdf"):
        assert console.get(path).status == 401
