"""`suyuan jobs` killed, stopped and left without its database at any moment: what it makes is the same,
byte for byte and once each."""
import hashlib
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import time

import psycopg2
import pytest

import instance as shared
import template
from patience import soon
from steps import TOP, alive
from test_instance import Private

GTIN = "09506000134352"
CODES = 40_000
SHEET = "sheet=roll-50x30"  # one label a page: many files


def wait_until(condition, seconds=30):
    return soon(condition, seconds=seconds)


class House:
    """An instance with PostgreSQL, a batch, and job programs that a test starts itself."""

    def __init__(self, var):
        self.private = Private(var)
        template.put(var, durable=True)
        self.private.run("up-db")
        for words in (["migrate"], ["key", "init"], ["key", "add"], ["brand", "add", "a", "--name", "en=A"],
                      ["brand", "own", "a", GTIN]):
            self.suyuan(*words)
        made = self.suyuan("batch", "--gtin", GTIN, "--quantity", CODES, "--out", var.parent / "codes.csv", "--json")
        self.batch = json.loads(made)["id"]
        self.programs = []

    def suyuan(self, *words, status=0):
        done = subprocess.run([TOP / "bin/suyuan", *map(str, words)], env=self.private.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout if status == 0 else done.stderr

    def ask(self, sql, *values, user=None):
        url = self.url if user is None else f"host={shared.socket_folder(self.url)} user={user} dbname=suyuan"
        return ask(url, sql, *values)

    @property
    def url(self):
        return shared.read(self.private.var).env["DATABASE_URL"]

    def order(self, *words):
        return json.loads(self.suyuan("job", "labels", "--batch", self.batch, SHEET, "--json", *words))["id"]

    def show(self, job):
        return json.loads(self.suyuan("job", "show", job, "--json"))

    def state(self, job):
        return self.ask("SELECT state FROM job.job WHERE id = %s", job)[0][0]

    def files(self, job):
        """What the job made: name, size, digest, codes; and that its parts are whole and in line."""
        rows = self.ask("""SELECT f.name, f.size, encode(f.sha256, 'hex'), f.first, f.labels,
            encode(sha256(string_agg(p.bytes, '' ORDER BY p.part)), 'hex'), sum(length(p.bytes))
            FROM job.file AS f LEFT JOIN job.file_part AS p USING (job, position)
            WHERE f.job = %s GROUP BY f.job, f.position ORDER BY f.position""", job)
        for _, size, digest, _, _, stored, stored_size in rows:
            assert (digest, size) == (stored, stored_size)
        following = [r[3] for r in rows[1:]]
        assert following == [r[3] + r[4] for r in rows[:-1]], "every code on one label"
        return [r[:5] for r in rows]

    def start(self, *words, workers=1):
        log = open(self.log, "ab")
        program = subprocess.Popen([TOP / "bin/suyuan", "jobs", "--workers", str(workers), *words], env=self.private.environment,
                                   stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        log.close()
        self.programs.append(program)
        return program

    def work(self):
        """Every job there is, to its end."""
        assert self.start("--once").wait(120) == 0

    @property
    def log(self):
        return self.private.var / "log/jobs.log"

    def events(self, job):
        lines = (json.loads(line) for line in self.log.read_text().splitlines())
        return [line["event"] for line in lines if line.get("job") == job]

    def times_taken(self, job):
        return sum(event in ("begun", "taken up") for event in self.events(job))

    def stop_all(self):
        for program in self.programs:
            if program.poll() is None:
                program.terminate()
        for program in self.programs:
            program.wait(20)
        self.programs.clear()

    def postmaster(self):
        return self.private.pids()["postgres"]


def ask(url, sql, *values):
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else None
    finally:
        connection.close()


def workers_of(program):
    """The processes of a job program that take jobs; those with a name of their own take none."""
    def takes_jobs(pid):
        return pathlib.Path(f"/proc/{pid}/comm").read_text() not in ("suyuan visits\n", "suyuan uploads\n")
    try:
        text = pathlib.Path(f"/proc/{program.pid}/task/{program.pid}/children").read_text()
        return [int(pid) for pid in text.split() if takes_jobs(pid)]
    except OSError:
        return []


def kill(pid, number=signal.SIGKILL):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    made = House(tmp_path_factory.mktemp("jobs") / "var")
    yield made
    made.stop_all()
    made.private.run("wipe")


@pytest.fixture(autouse=True)
def nothing_runs(house):
    yield
    house.stop_all()
    house.private.run("up-db")
    house.ask("DELETE FROM job.job")


@pytest.fixture(scope="module")
def undisturbed(house):
    """The files of the order as nobody disturbs their making."""
    job = house.order()
    house.work()
    assert house.state(job) == "done"
    files = house.files(job)
    assert len(files) >= 30 and sum(f[4] for f in files) == CODES
    assert house.events(job) == ["begun", "done"]
    return files


def test_thirty_kills_at_random_moments_change_no_byte(house, undisturbed):
    """Most of them while somebody is at the job, some before anybody took it up."""
    kills, jobs, taken = 0, [], 0
    while kills < 30:
        if not jobs or house.state(jobs[-1]) == "done":
            jobs.append(house.order())
            taken = 0
        program = house.start()
        wait_until(lambda: workers_of(program))
        while kills < 30 and program.poll() is None and house.state(jobs[-1]) != "done":
            if random.random() < 0.8:
                wait_until(lambda: house.times_taken(jobs[-1]) > taken or house.state(jobs[-1]) == "done")
            time.sleep(random.uniform(0, 0.25))
            taken = house.times_taken(jobs[-1])
            victims = random.choice([[program.pid], workers_of(program), workers_of(program), []])
            for pid in victims:
                kill(pid)
            kills += len(victims)
            if victims == [program.pid]:
                program.wait(10)
            if not victims:
                kills += len(house.ask("""SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE application_name = 'suyuan jobs'""", user="postgres"))
    house.start()
    for job in jobs:
        wait_until(lambda: house.state(job) == "done", 120)
        assert house.files(job) == undisturbed
        assert house.events(job).count("done") == 1
    assert any(house.events(job).count("taken up") > 3 for job in jobs)


def test_a_worker_that_died_is_replaced_and_its_job_taken_up_at_once(house, undisturbed):
    job = house.order()
    program = house.start()
    wait_until(lambda: house.ask("SELECT 1 FROM job.file WHERE job = %s", job))
    [worker] = workers_of(program)
    kill(worker)
    wait_until(lambda: "taken up" in house.events(job), 5)  # and no time-out was waited for
    assert program.poll() is None and workers_of(program) != [worker]


def test_the_work_goes_on_when_nobody_reads_the_log(house, undisturbed):
    job = house.order()
    program = subprocess.Popen([TOP / "bin/suyuan", "jobs"], env=house.private.environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, start_new_session=True)
    house.programs.append(program)
    program.stdout.close()
    wait_until(lambda: house.state(job) == "done", 60)
    assert house.files(job) == undisturbed and program.poll() is None


def test_the_workers_end_with_their_parent(house):
    house.order()
    program = house.start(workers=3)
    workers = wait_until(lambda: len(workers_of(program)) == 3 and workers_of(program))
    program.kill()
    program.wait(10)
    wait_until(lambda: not any(alive(pid) for pid in workers), 10)


def test_many_workers_side_by_side_do_every_job_once(house):
    jobs = [house.order("--count", "1500") for _ in range(30)]
    house.start(workers=3)
    house.start(workers=2)
    wait_until(lambda: all(house.state(job) == "done" for job in jobs), 120)
    wanted = house.files(jobs[0])
    for job in jobs:
        assert house.files(job) == wanted
        assert house.events(job) == ["begun", "done"]
    assert house.ask("SELECT count(DISTINCT worker) > 1 FROM job.job") == [(True,)]


def test_sigterm_leaves_the_job_to_the_next(house, undisturbed):
    job = house.order()
    program = house.start()
    wait_until(lambda: len(house.ask("SELECT 1 FROM job.file WHERE job = %s", job)) >= 2)
    program.terminate()
    wait_until(lambda: program.poll() is not None, 2)
    assert program.returncode == 0
    assert house.state(job) == "waiting" and house.events(job)[-1] == "left"
    assert house.ask("SELECT tries FROM job.job WHERE id = %s", job) == [(0,)]
    house.work()
    assert house.files(job) == undisturbed


def test_progress_grows_while_it_works(house):
    job = house.order()
    house.start()
    seen, estimates = [], []

    def look():
        shown = house.show(job)
        seen.append(shown["done"])
        estimates.append(shown["remaining_seconds"])
        return shown["state"] == "done"
    wait_until(look, 60)
    assert seen == sorted(seen) and len(set(seen)) > 4 and seen[-1] == CODES
    assert estimates[-1] is None and max(e for e in estimates if e is not None) < 60


def test_a_running_job_is_cancelled_within_a_second_or_two(house):
    job = house.order("sheet=L7160")  # long files: it is noticed inside of one
    program = house.start()
    wait_until(lambda: house.ask("SELECT done > 0 FROM job.job WHERE id = %s", job) == [(True,)])
    house.suyuan("job", "cancel", job)
    wait_until(lambda: house.state(job) == "cancelled", 3)
    wait_until(lambda: house.ask("SELECT count(*) FROM job.file_part") == [(0,)], 5)
    assert program.poll() is None and house.files(job) == []
    assert "cancelled" in house.suyuan("job", "fetch", job, "--out", house.private.var.parent / "none", status=1)


def test_a_waiting_job_and_one_whose_worker_died_are_cancelled_at_once(house):
    job, second = house.order(), house.order()
    program = house.start()
    wait_until(lambda: house.ask("SELECT 1 FROM job.file WHERE job = %s", job))
    program.kill()
    wait_until(lambda: house.ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)])
    assert house.state(job) in ("running", "waiting")
    for each in (job, second):
        house.suyuan("job", "cancel", each)
        assert house.state(each) == "cancelled"
    assert "cannot" not in house.suyuan("job", "cancel", job)  # again is fine
    house.work()
    assert house.files(job) == [] and house.events(second) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL])
def test_a_restart_of_postgresql_is_survived(house, undisturbed, how):
    job = house.order()
    program = house.start()
    wait_until(lambda: len(house.ask("SELECT 1 FROM job.file WHERE job = %s", job)) >= 3)
    [worker] = workers_of(program)
    server = house.postmaster()
    kill(server, how)
    wait_until(lambda: not alive(server))
    wait_until(lambda: "the database is away" in house.log.read_text())
    house.private.run("up-db")
    wait_until(lambda: house.state(job) == "done", 60)
    assert house.files(job) == undisturbed
    assert program.poll() is None and workers_of(program) == [worker]


def test_a_full_disk_puts_the_job_off_and_it_goes_on_by_itself(house, undisturbed):
    """The answer of PostgreSQL to a full disk, by a trigger: filling a real one would stop the machine."""
    house.ask("""CREATE FUNCTION public.full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$""")
    house.ask("GRANT USAGE ON SCHEMA public TO suyuan_jobs; GRANT EXECUTE ON FUNCTION public.full() TO suyuan_jobs")
    house.ask("CREATE TRIGGER full_disk BEFORE INSERT ON job.file_part FOR EACH ROW EXECUTE FUNCTION public.full()")
    try:
        job = house.order()
        house.start()
        wait_until(lambda: "put off" in house.events(job))
        shown = house.show(job)
        assert shown["state"] in ("waiting", "running") and "No space left" in shown["reason"]
        assert house.files(job) == []
    finally:
        house.ask("DROP FUNCTION public.full() CASCADE")
    wait_until(lambda: house.state(job) == "done", 60)
    assert house.files(job) == undisturbed and house.show(job)["reason"] is None


def test_a_job_that_never_makes_a_file_fails_in_the_end(house):
    job = house.order()
    house.ask("UPDATE job.job SET tries = 20 WHERE id = %s", job)
    house.work()
    shown = house.show(job)
    assert shown["state"] == "failed" and "20 times" in shown["reason"]


def test_an_order_that_cannot_be_done_fails_in_words_and_is_not_tried_again(house):
    """The doors refuse such orders; one that came past them must not go round for ever."""
    for label, words in (({"format": "pdf", "sheet": "gone"}, "sheet is one of"), ({"format": "gif"}, "format"),
                         ({"format": "pdf", "label": "10x10"}, "larger than the label")):
        [(job,)] = house.ask("SELECT job.order_labels(%s, %s::jsonb)", house.batch, json.dumps(label))
        house.work()
        shown = house.show(job)
        assert shown["state"] == "failed" and words in shown["reason"], shown
        assert house.events(job) == ["begun", "failed"]


def test_files_of_one_job_are_made_with_one_sheet(house, undisturbed):
    """A job that was left half done, and then something its files depend on changed: all are made anew."""
    job = house.order()
    program = house.start()
    wait_until(lambda: len(house.ask("SELECT 1 FROM job.file WHERE job = %s", job)) >= 2)
    program.terminate()
    program.wait(10)
    house.ask("UPDATE job.job SET pinned = 'another sheet' WHERE id = %s", job)
    house.ask("UPDATE job.file SET sha256 = sha256('other bytes') WHERE job = %s", job)
    house.work()
    assert house.files(job) == undisturbed
    assert f"job {job} begins anew" in house.log.read_text()


def test_old_files_are_removed_and_the_job_says_so(house):
    job = house.order("--count", "2500")
    house.work()
    assert len(house.files(job)) == 3
    house.ask("UPDATE job.job SET ended_at = now() - interval '8 days' WHERE id = %s", job)
    house.work()
    shown = house.show(job)
    assert shown["files"] == [] and shown["files_removed_at"] and shown["state"] == "done"
    assert "any more" in house.suyuan("job", "fetch", job, "--out", house.private.var.parent / "old", status=1)


def test_short_jobs_do_not_wait_for_a_long_one(house):
    """One worker: a long job lets those that wait have their turn."""
    long_one = house.order("copies=50")
    house.start()
    wait_until(lambda: house.state(long_one) == "running")
    short = house.order("--count", "10")
    wait_until(lambda: house.state(short) == "done", 100)
    assert house.state(long_one) in ("waiting", "running")
    assert "yielded" in house.events(long_one)


def test_a_fetch_goes_on_where_it_ended_and_checks_every_digest(house, tmp_path):
    job = house.order("--count", "3000", "sheet=L7160")
    folder = tmp_path / "files"
    assert "fetch again later" in house.suyuan("job", "fetch", job, "--out", folder, status=4)
    house.work()
    [(name, size, digest, _, _)] = house.files(job)
    assert size > 1 << 20
    house.suyuan("job", "fetch", job, "--out", folder)
    whole = (folder / name).read_bytes()
    assert hashlib.sha256(whole).hexdigest() == digest
    # Half of it, as a fetch that was killed leaves it; its first part is trusted, the digest is not.
    (folder / name).unlink()
    (folder / f"{name}.part").write_bytes(whole[:(1 << 20) + 777])
    house.suyuan("job", "fetch", job, "--out", folder)
    assert (folder / name).read_bytes() == whole
    (folder / name).write_bytes(b"something else")
    (folder / f"{name}.part").write_bytes(b"x" * ((1 << 20) + 1))
    assert "SHA-256" in house.suyuan("job", "fetch", job, "--out", folder, status=1)
    house.suyuan("job", "fetch", job, "--out", folder)
    assert (folder / name).read_bytes() == whole
    manifest = json.loads((folder / "manifest.json").read_text())
    said = subprocess.run(["sha256sum", name], cwd=folder, capture_output=True, text=True, check=True).stdout
    assert [f"{f['sha256']}  {f['name']}\n" for f in manifest["files"]] == [said]
    assert (manifest["count"], manifest["first"], manifest["last"]) == (3000, 1, 3000)


def test_a_range_of_a_batch_has_the_codes_of_that_range(house, tmp_path):
    """And each is on a label: read back by zbar, as many as were ordered."""
    job = house.order("--first", "101", "--count", "42", "sheet=L7160")
    house.work()
    house.suyuan("job", "fetch", job, "--out", tmp_path / "files")
    subprocess.run(["pdftoppm", "-r", "300", "-gray", tmp_path / "files/labels.pdf", tmp_path / "page"], check=True,
                   timeout=120)
    read = subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", *sorted(tmp_path.glob("page*"))],
                          capture_output=True, text=True, timeout=120).stdout.split()
    rows = (house.private.var.parent / "codes.csv").read_text().splitlines()[101:143]
    assert sorted(read) == sorted(re.findall(r'"(HTTPS?://[^"]*)"', "\n".join(rows)))
    assert len(read) == 42


def test_a_job_makes_the_files_that_the_command_line_makes(house, tmp_path):
    for number, words in enumerate((["format=pdf", "sheet=L7160", "start=5"], ["format=zpl", "copies=2"])):
        made, job = tmp_path / f"labels-{number}", tmp_path / f"job-{number}"
        options = [option for word in words for option in ("--" + word).split("=")]
        house.suyuan("labels", "--batch", house.batch, "--first", 7, "--count", 2500, *options, "--out", made)
        ordered = json.loads(house.suyuan("job", "labels", "--batch", house.batch, "--first", 7, "--count", 2500,
                                          "--json", *words))["id"]
        house.work()
        house.suyuan("job", "fetch", ordered, "--out", job)
        names = sorted(f.name for f in job.iterdir() if f.name != "manifest.json")
        assert names == sorted(f.name for f in made.iterdir() if f.suffix in (".pdf", ".zpl")) != []
        for name in names:
            assert (job / name).read_bytes() == (made / name).read_bytes()


# --- imports ---

ROWS = 3000


def order_import(house, name):
    """Uploads lots as the console does, in two parts, and orders their import; the job."""
    lines = ["gtin,lot\n", *(f"{GTIN},{name}-{n:05d}\n" for n in range(ROWS))]
    parts = ["".join(lines[:2000]).encode(), "".join(lines[2000:]).encode()]
    profile = "table = lot\ndelimiter = comma\ndecimal = .\ntime_zone = UTC\ngtin = column gtin\nlot = column lot\n"
    connection = psycopg2.connect(f"host={shared.socket_folder(house.url)} user=postgres dbname=suyuan")
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT base.begin_session(id, 0, 0, 'user:tester', 'import') FROM trace.brand WHERE slug = 'a'")
        cursor.execute("SET LOCAL ROLE suyuan_console")
        cursor.execute("SELECT job.upload_begin(%s)", (f"{name}.csv",))
        [(upload,)] = cursor.fetchall()
        for n, part in enumerate(parts):
            cursor.execute("SELECT job.upload_add(%s, %s, %s, 0, 0)", (upload, n, part))
        cursor.execute("SELECT job.upload_end(%s)", (upload,))
        cursor.execute("UPDATE job.upload SET mapping = '{\"record\": \"lot\"}', profile = %s WHERE id = %s", (profile, upload))
        cursor.execute("SELECT job.order_import(%s, false)", (upload,))
        [(job,)] = cursor.fetchall()
    connection.close()
    return job


def test_an_import_killed_at_any_moment_records_every_row_once(house):
    """And the public document of each lot is made."""
    cut_short = 0
    house.suyuan("policy", "show", "--brand", "a", "lot.number")
    for attempt in range(3):
        name = f"KILL{attempt}"
        job = order_import(house, name)
        for delay in (random.uniform(0, 0.3), random.uniform(0.2, 1)):
            program = house.start()
            wait_until(lambda: house.state(job) != "waiting")
            time.sleep(delay)
            cut_short += house.state(job) == "running"
            for pid in random.choice([[program.pid], workers_of(program)]):
                kill(pid)
            program.kill()
            program.wait(10)
            wait_until(lambda: house.ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)])
            count = house.ask("SELECT count(*) FROM trace.lot WHERE lot LIKE %s", name + "-%")
            assert count in ([(0,)], [(ROWS,)]), "all of the rows or none"
        house.start()
        wait_until(lambda: house.state(job) == "done", 60)
        house.stop_all()
        assert house.ask("SELECT records, added, unchanged, refused FROM job.import WHERE job = %s", job) == \
            [(ROWS, ROWS, 0, 0)]
        assert house.ask("""SELECT count(*), count(DISTINCT lot), count(DISTINCT source), min(recorded_by), max(recorded_by)
            FROM trace.lot WHERE lot LIKE %s""", name + "-%") == [(ROWS, ROWS, ROWS, "user:tester", "user:tester")]
        assert house.ask("SELECT count(*) FROM pub.lot AS p JOIN trace.lot AS l ON l.lot LIKE %s AND p.gtin = l.gtin "
                         "AND p.lot_handle = trace.lot_handle(l.gtin, l.lot)", name + "-%") == [(ROWS,)]
    assert cut_short >= 2
