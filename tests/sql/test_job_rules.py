"""Jobs in the database: who may take them, when, and what becomes of their files."""
import json
import threading

import psycopg2
import pytest

import samples
from database import database, over, refused, run
from samples import call

GTIN = samples.GTINS[0]


@pytest.fixture(scope="module")
def batch(database):
    connection = database.connect("suyuan_owner")
    run = over(connection)
    samples.make_key(run)
    samples.make_brand(run, "a", [GTIN])
    with connection.cursor() as cursor:
        [(made,)] = call(cursor, "batch_make", GTIN, None, 14, "https://x", 30_000_000, 2**40)
    return made


@pytest.fixture(autouse=True)
def no_jobs(database):
    yield
    with database.connect("suyuan_owner").cursor() as cursor:
        cursor.execute("DELETE FROM job.job")


def order(run, batch, **label):
    [(job,)] = run("suyuan_owner", "SELECT job.order_labels(%s, %s::jsonb)", batch,
                   json.dumps({"count": 10, **label}))
    return job


def take(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM job.take('{labels}', 'test')")
        return [job for (job,) in cursor.fetchall()]


def add_file(connection, job, position, labels=5, size=1):
    with connection.cursor() as cursor:
        call(cursor, "job_file_add", job, position, f"{position}.pdf", "application/pdf", size, bytes(32), labels, 1)
        call(cursor, "job_part_add", job, position, 0, b"x" * size)
        return call(cursor, "job_file_done", job, ["labels"])


def test_the_oldest_is_taken_once_and_again_when_its_session_ends(database, run, batch):
    first, second = order(run, batch), order(run, batch)
    one, two, three = (database.connect("suyuan_jobs") for _ in range(3))
    assert take(one) == [first] and take(two) == [second] and take(three) == []
    one.close()
    while (taken := take(three)) == []:
        pass
    assert taken == [first]
    assert run("suyuan_owner", "SELECT tries FROM job.job WHERE id = %s", first) == [(2,)]
    two.close(), three.close()


def test_brands_take_turns_however_many_jobs_one_has(database, run, batch):
    for _ in range(6):
        order(run, batch)
    other = samples.make_brand(run, "b", [])
    [(small,)] = run("suyuan_owner", "INSERT INTO job.job (brand_id, kind) VALUES (%s, 'labels') RETURNING id", other)
    worker = database.connect("suyuan_jobs")
    taken = []
    for _ in range(3):
        [job] = take(worker)
        taken.append(job)
        # Its turn is over, and it waits behind all others.
        run("suyuan_owner", "UPDATE job.job SET state = 'waiting', turn_at = clock_timestamp() WHERE id = %s", job)
        with worker.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")
    assert taken[1] == small or taken[0] == small, taken
    assert taken.count(small) == (2 if taken[0] == small else 1), taken


def test_many_at_once_never_take_the_same(database, run, batch):
    jobs = {order(run, batch) for _ in range(40)}
    connections = [database.connect("suyuan_jobs") for _ in range(8)]
    taken = []

    def work(connection):
        with connection.cursor() as cursor:
            while len(taken) < 40:
                for job in take(connection):
                    taken.append(job)
                    call(cursor, "job_end", job, "done", None)
                    call(cursor, "job_unlock")
    threads = [threading.Thread(target=work, args=(c,)) for c in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(taken) == 40 and set(taken) == jobs
    for connection in connections:
        connection.close()


def test_what_a_dead_worker_had_reached_is_what_its_files_hold(database, run, batch):
    job = order(run, batch)
    worker = database.connect("suyuan_jobs")
    take(worker)
    assert add_file(worker, job, 0) == [(False, False, False)]
    with worker.cursor() as cursor:
        assert call(cursor, "job_progress", job, 8) == [(False,)]
    assert run("suyuan_owner", "SELECT done, tries FROM job.job WHERE id = %s", job) == [(8, 0)]
    worker.close()
    other = database.connect("suyuan_jobs")
    while not take(other):
        pass
    assert run("suyuan_owner", "SELECT done FROM job.job WHERE id = %s", job) == [(5,)]
    other.close()


def test_tries_without_a_file_wait_longer_and_longer(run):
    waits = [w for (w,) in run("suyuan_owner", """SELECT extract(epoch FROM job.back_off(n))::integer
        FROM generate_series(1, 20) AS n""")]
    assert waits[:4] == [0, 0, 0, 1] and waits == sorted(waits) and waits[-1] == 60


def test_a_job_put_off_is_not_taken_before_its_time(database, run, batch):
    job = order(run, batch)
    worker = database.connect("suyuan_jobs")
    take(worker)
    with worker.cursor() as cursor:
        call(cursor, "job_leave", job, 0, "the disk is full")
        call(cursor, "job_unlock")
    assert take(worker) == []
    assert run("suyuan_owner", """SELECT state, report ->> 'reason', turn_at > now() FROM job.job
        WHERE id = %s""", job) == [("waiting", "the disk is full", True)]
    run("suyuan_owner", "UPDATE job.job SET turn_at = now() WHERE id = %s", job)
    assert take(worker) == [job]
    worker.close()


def test_a_worker_hears_of_others_that_wait(database, run, batch):
    job = order(run, batch)
    worker = database.connect("suyuan_jobs")
    take(worker)
    order(run, batch)
    assert add_file(worker, job, 0) == [(False, True, False)]
    worker.close()


def test_cancelling_waits_for_a_worker_only_where_there_is_one(database, run, batch):
    busy, idle = order(run, batch), order(run, batch)
    worker = database.connect("suyuan_jobs")
    assert take(worker) == [busy]
    assert run("suyuan_owner", "SELECT job.cancel(%s)", busy) == [("running",)]
    assert run("suyuan_owner", "SELECT job.cancel(%s)", idle) == [("cancelled",)]
    with worker.cursor() as cursor:
        assert call(cursor, "job_progress", busy, 1) == [(True,)]
    worker.close()
    with pytest.raises(psycopg2.Error) as found:
        run("suyuan_owner", "SELECT job.cancel(0)")
    assert found.value.pgcode == "SY404"


def test_a_job_cancelled_at_the_last_moment_is_cancelled(database, run, batch):
    job = order(run, batch)
    worker = database.connect("suyuan_jobs")
    take(worker)
    add_file(worker, job, 0, labels=10)
    assert run("suyuan_owner", "SELECT job.cancel(%s)", job) == [("running",)]
    with worker.cursor() as cursor:
        call(cursor, "job_end", job, "done", None)
    worker.close()
    assert run("suyuan_owner", "SELECT state FROM job.job WHERE id = %s", job) == [("cancelled",)]


def test_sweeping_goes_in_portions_and_spares_what_is_kept(database, run, batch):
    old, kept, cancelled = (order(run, batch) for _ in range(3))
    worker = database.connect("suyuan_jobs")
    for job in (old, kept, cancelled):
        take(worker)
        for position in range(5):
            add_file(worker, job, position)
        with worker.cursor() as cursor:
            call(cursor, "job_end", job, "cancelled" if job == cancelled else "done", None)
            call(cursor, "job_unlock")
    run("suyuan_owner", "UPDATE job.job SET ended_at = now() - interval '7 days 1 second' WHERE id = %s", old)
    with worker.cursor() as cursor:
        removed = [call(cursor, "job_sweep", 7, 4) for _ in range(4)]
    assert removed == [[(4,)], [(4,)], [(2,)], [(0,)]]
    assert run("suyuan_owner", "SELECT DISTINCT job FROM job.file_part") == [(kept,)]
    assert set(run("suyuan_owner", "SELECT id FROM job.job WHERE files_removed_at IS NULL")) == {(kept,)}
    worker.close()


@pytest.mark.parametrize("label,code,member", [
    ("[]", "SY400", "label"), ("null", "SY400", "label"), ('{"first": 0}', "SY400", "first"),
    ('{"first": 1e99}', "SY400", "first"), ('{"count": -1}', "SY400", "count"), ('{"count": "1"}', "SY400", "count"),
    ('{"first": 1.5}', "SY400", "first"), ("{}", "SY400", "count"), ('{"count": 10000001}', "SY400", "count"),
    ('{"first": 30000000, "count": 2}', "SY400", "count")])
def test_an_order_out_of_range_is_refused_with_its_member(run, batch, label, code, member):
    with pytest.raises(psycopg2.Error) as found:
        run("suyuan_owner", "SELECT job.order_labels(%s, %s::jsonb)", batch, label)
    assert found.value.pgcode == code
    assert json.loads(found.value.diag.message_detail)["member"] == member
    assert run("suyuan_owner", "SELECT count(*) FROM job.job") == [(0,)]


def test_an_unknown_batch_is_no_batch(run):
    with pytest.raises(psycopg2.Error) as found:
        run("suyuan_owner", "SELECT job.order_labels(gen_random_uuid(), '{}')")
    assert found.value.pgcode == "SY404"


def test_a_brand_has_so_many_open_jobs_and_labels(run, batch):
    run("suyuan_owner", """INSERT INTO job.job (brand_id, kind) SELECT brand_id, 'x' FROM code.batch,
        generate_series(1, 1000) WHERE id = %s""", batch)
    with pytest.raises(psycopg2.Error) as found:
        order(run, batch)
    assert found.value.pgcode == "SY429"
    run("suyuan_owner", "UPDATE job.job SET state = 'failed', ended_at = now()")
    order(run, batch)
    run("suyuan_owner", "UPDATE job.job SET state = 'done', total = 50000 WHERE kind = 'x'")
    with pytest.raises(psycopg2.Error) as found:
        order(run, batch)
    assert found.value.pgcode == "SY429" and json.loads(found.value.diag.message_detail)["limit"] == 50_000_000


def test_the_files_of_a_brand_take_so_many_bytes(database, run, batch):
    """What a code takes nobody knows before: a thousand copies, or a large picture. So who works looks."""
    run("suyuan_owner", """INSERT INTO job.job (brand_id, kind, state, bytes) SELECT brand_id, 'x', 'done', 49999999990
        FROM code.batch WHERE id = %s""", batch)
    job, worker = order(run, batch), database.connect("suyuan_jobs")
    assert take(worker) == [job]
    assert add_file(worker, job, 0, size=9)[0][2] is False
    order(run, batch)
    # What there was before the file is counted: the next one ends the job.
    assert add_file(worker, job, 1, size=9)[0][2] is False
    assert add_file(worker, job, 2, size=9)[0][2] is True
    with pytest.raises(psycopg2.Error) as found:
        order(run, batch)
    assert found.value.pgcode == "SY429" and json.loads(found.value.diag.message_detail)["limit"] == 50_000_000_000
    run("suyuan_owner", "UPDATE job.job SET files_removed_at = now() WHERE kind = 'x'")
    order(run, batch)


def test_a_line_of_one_gtin_does_not_pass_the_limits_of_its_brand(database, run, batch):
    run("suyuan_owner", """WITH made AS (INSERT INTO code.line (brand_id, name, gtins)
        SELECT brand_id, 'narrow', '{%s}' FROM code.batch WHERE id = %s RETURNING id, brand_id)
        INSERT INTO job.job (brand_id, gtin, kind) SELECT brand_id, %s, 'x' FROM made, generate_series(1, 1000)""",
        GTIN, batch, samples.GTINS[1])
    console = database.connect("suyuan_console")
    [(brand, line)] = run("suyuan_owner", "SELECT brand_id::text, id::text FROM code.line WHERE name = 'narrow'")
    with console.cursor() as cursor, pytest.raises(psycopg2.Error) as found:
        cursor.execute("SELECT set_config('suyuan.brand', %s, false), set_config('suyuan.line', %s, false)",
                       (brand, line))
        cursor.execute("SELECT job.order_labels(%s, '{\"count\": 1}')", (batch,))
    assert found.value.pgcode == "SY429"


def test_who_orders_and_who_works_are_two(database, run, batch):
    job = order(run, batch)
    run("suyuan_console", "SELECT set_config('suyuan.brand', (SELECT brand_id::text FROM code.batch LIMIT 1), false)")
    for sql in ("SELECT job.take('{labels}', 'x')", "SELECT job.sweep(0, 9)", f"SELECT job.pin({job}, 'x')",
                f"UPDATE job.job SET done = 1 WHERE id = {job}", f"DELETE FROM job.job WHERE id = {job}",
                "DELETE FROM job.file", "INSERT INTO job.file_part VALUES (1, 0, 0, 1, 'x')"):
        assert refused(run, "suyuan_console", sql), sql
    for sql in (f"SELECT job.order_labels('{batch}', '{{}}')", f"SELECT job.cancel({job})",
                f"DELETE FROM job.job WHERE id = {job}"):
        assert refused(run, "suyuan_jobs", sql), sql
    for sql in ("SELECT * FROM job.job", "SELECT * FROM job.file_part"):
        assert refused(run, "suyuan_public", sql), sql


def test_answers_to_print_checks_go_when_their_day_is_over_though_nobody_asks_again(database, run):
    """All of them, but for one that its line is removing at this moment: that one is not waited for."""
    database.suyuan("key", "init")
    run("suyuan_owner", """INSERT INTO code.check_request (asking, key, fingerprint, answer, at, brand_id)
        SELECT 'a line', kind || n, sha256('x'), '{}', now() - age::interval, 1
        FROM (VALUES ('young', '23 hours', 2), ('old', '25 hours', 1100)) AS v (kind, age, most), generate_series(1, most) AS n""")
    left = "SELECT key FROM code.check_request WHERE asking = 'a line' ORDER BY key"
    held = database.connect("suyuan_owner")
    held.autocommit = False
    held.cursor().execute("SELECT FROM code.check_request WHERE key = 'old1' FOR UPDATE")
    database.suyuan("jobs", "--once")
    assert run("suyuan_owner", left) == [("old1",), ("young1",), ("young2",)]
    held.rollback()
    database.suyuan("jobs", "--once")
    assert run("suyuan_owner", left) == [("young1",), ("young2",)]
