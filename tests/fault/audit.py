"""Compares what lines wrote down (ledger.py) with what the database holds: nothing may be lost, double,
half or unrecorded."""
import collections
import csv
import io
import json

from ledger import BATCHES, READS, STEPS

KINDS = ("lost", "double", "half", "unrecorded")
WRONG = ("duplicate", "refused", "never_issued")  # what is written down of a label that was read


class Audit:
    """The findings, by kind: sentences. Every request must have been confirmed before."""

    def __init__(self, entries, cursor, line_id, gtins, serial_length=14):
        self.found = {kind: [] for kind in KINDS}
        self.entries = {key: e for key, e in entries.items() if e.path == BATCHES}
        self.orders = {key: e for key, e in entries.items() if e.path.endswith("/labels")}
        self.steps = [e for e in entries.values() if e.path == STEPS]
        self.reads = {key: e for key, e in entries.items() if e.path == READS}
        self.line_id, self.serial_length = line_id, serial_length
        self.gtins = [int(g) for g in gtins]
        self.load(cursor)
        self.compare_keys()
        self.compare_answers()
        self.compare_batches()
        for gtin in self.gtins:
            self.compare_counters(gtin)
            self.compare_public(gtin)
        self.compare_runs()
        self.compare_quota()
        self.compare_jobs()
        self.compare_steps()
        self.compare_reads()

    def say(self, kind, words):
        self.found[kind].append(words)

    @property
    def counts(self):
        return {kind: len(words) for kind, words in self.found.items()}

    def load(self, cursor):
        def rows(sql, *values):
            cursor.execute(sql, values)
            return cursor.fetchall()
        of_gtins = "WHERE gtin = ANY (%s::bigint[])"
        self.requests = rows("SELECT key, batch_id::text, job_id FROM code.line_request WHERE line_id = %s",
                             self.line_id)
        self.batches = {row[0]: row for row in rows(
            "SELECT id::text, gtin, lot, quantity, first, line_id, serial_length FROM code.batch " + of_gtins,
            self.gtins)}
        self.runs = rows("SELECT batch_id::text, gtin, lower(counters), upper(counters), state::text FROM code.run "
                         + of_gtins + " ORDER BY gtin, 3", self.gtins)
        self.public_runs = rows("SELECT gtin, first, last + 1, state FROM pub.run " + of_gtins
                                + " ORDER BY gtin, first", self.gtins)
        self.next = dict(rows("SELECT gtin, next FROM code.gtin_counter " + of_gtins, self.gtins))
        self.issued = dict(rows("SELECT gtin, issued FROM pub.gtin " + of_gtins, self.gtins))
        self.quota = rows("SELECT coalesce(sum(codes), 0) FROM code.line_day WHERE line_id = %s",
                          self.line_id)[0][0]

        self.jobs = {row[0]: row[1:] for row in rows("SELECT id, batch_id::text, total, state::text FROM job.job "
                                                     + of_gtins, self.gtins)}
        self.files = rows("""
            SELECT f.job, f.first, f.labels, sha256(string_agg(p.bytes, '' ORDER BY p.part)) = f.sha256
            FROM job.file AS f JOIN job.file_part AS p USING (job, position) WHERE f.job = ANY (%s::bigint[])
            GROUP BY f.job, f.position ORDER BY f.job, f.position""", list(self.jobs))
        self.items = {(gtin, counter): state for gtin, counter, state in rows(
            "SELECT gtin, counter, state FROM pub.item " + of_gtins, self.gtins)}
        self.events = rows("SELECT gtin, first, state::text, lower(p), upper(p) FROM code.event, "
                           "unnest(positions) AS p " + of_gtins, self.gtins)
        self.checks = {key for [key] in rows("SELECT key FROM code.check_request WHERE asking = %s", str(self.line_id))}
        self.misreads = {row[:3]: row[3] for row in rows("SELECT lpad(gtin::text, 14, '0'), serial, result, times "
                                                         "FROM code.misread " + of_gtins, self.gtins)}
        self.batch_of = {key: batch for key, batch, _ in self.requests}

    def compare_keys(self):
        known, asked = self.batch_of, self.entries.keys() | self.orders.keys()
        for key in asked - known.keys():
            self.say("lost", f"{key}: no request in the database")
        for key in known.keys() - asked:
            self.say("unrecorded", f"{key}: in the database, and nobody asked")
        for batch, count in collections.Counter(known[key] for key in known.keys() - self.orders.keys()).items():
            if count > 1:
                self.say("double", f"{batch}: the batch of {count} keys")
        for batch in self.batches.keys() - set(known.values()):
            self.say("unrecorded", f"{batch}: a batch of no request")
        for key, batch in known.items():
            if batch not in self.batches:
                self.say("half", f"{key}: its batch {batch} is not there")

    def compare_answers(self):
        """The answer to a key never changes, and names its batch."""
        known = self.batch_of
        for entry in self.entries.values():
            ids = {json.loads(text)["id"] for text in entry.made}
            if not ids:
                self.say("lost", f"{entry.key}: never confirmed")
            elif len(ids) > 1:
                self.say("double", f"{entry.key}: {len(ids)} batches were confirmed: {ids}")
            elif ids != {known.get(entry.key)}:
                self.say("lost", f"{entry.key}: {ids} was confirmed, the database has {known.get(entry.key)}")
            if len(set(entry.made)) > 1:
                self.say("double", f"{entry.key}: two answers: {set(entry.made)}")

    def compare_batches(self):
        for key, batch, _ in self.requests:
            if key not in self.entries or batch not in self.batches:
                continue
            body, (_, gtin, lot, quantity, _, line, length) = self.entries[key].body, self.batches[batch]
            asked = (int(body["gtin"]), body.get("lot"), body["quantity"], self.line_id, self.serial_length)
            if asked != (gtin, lot, quantity, line, length):
                self.say("half", f"{key}: asked for {asked}, got {(gtin, lot, quantity, line, length)}")

    def walk(self, what, ranges, first, end):
        """The ranges, in order, cover first..end exactly."""
        at = first
        for low, high in ranges:
            if low < at:
                self.say("double", f"{what}: counters {low} to {min(at, high) - 1} twice")
            elif low > at:
                self.say("half", f"{what}: counters {at} to {low - 1} missing")
            at = max(at, high)
        if at != end:
            self.say("half", f"{what}: covered up to {at}, not {end}")

    def compare_counters(self, gtin):
        """No counter was issued twice, and none was spent on nothing."""
        ranges = sorted((b[4], b[4] + b[3]) for b in self.batches.values() if b[1] == gtin)
        self.walk(f"batches of {gtin}", ranges, 0, self.next.get(gtin, 0))
        spent = sum(high - low for low, high in ranges)
        if spent != self.next.get(gtin, 0):
            self.say("lost", f"{gtin}: {spent} codes in batches, the counter stands at {self.next.get(gtin)}")

    def compare_public(self, gtin):
        ranges = [(low, high) for g, low, high, _ in self.public_runs if g == gtin]
        self.walk(f"public runs of {gtin}", ranges, 0, self.next.get(gtin, 0))
        if self.issued.get(gtin, 0) != self.next.get(gtin, 0):
            self.say("half", f"{gtin}: {self.next.get(gtin)} codes, {self.issued.get(gtin)} issued in public")

    def compare_runs(self):
        by_batch = group(self.runs, lambda row: row[0])
        for batch, (_, gtin, _, quantity, first, _, _) in self.batches.items():
            rows = by_batch.get(batch, [])
            if any(row[1] != gtin for row in rows):
                self.say("half", f"{batch}: a run of another GTIN")
            self.walk(f"runs of batch {batch}", sorted((low, high) for _, _, low, high, _ in rows),
                      first, first + quantity)

    def compare_quota(self):
        asked = sum(b[3] for b in self.batches.values() if b[5] == self.line_id)
        if self.quota != asked:
            self.say("half", f"the line's days count {self.quota} codes, its batches {asked}")

    def compare_jobs(self):
        """Who asked for labels has one job, done, with files of just these labels."""
        for key, batch, job in self.requests:
            wanted = key in self.orders or key in self.entries and "label" in self.entries[key].body
            if wanted != (job is not None):
                self.say("half", f"{key}: job {job}")
            elif wanted and self.jobs.get(job) != (batch, self.batches[batch][3], "done"):
                self.say("half", f"{key}: job {job} is {self.jobs.get(job)}")
        for job, count in collections.Counter(row[2] for row in self.requests if row[2] is not None).items():
            if count > 1:
                self.say("double", f"job {job}: of {count} keys")
        self.compare_orders({key: job for key, _, job in self.requests})
        for job in self.jobs.keys() - {row[2] for row in self.requests}:
            self.say("unrecorded", f"job {job}: nobody ordered it")
        for job, (_, total, _) in self.jobs.items():
            files = [row for row in self.files if row[0] == job]
            self.walk(f"files of job {job}", [(first, first + labels) for _, first, labels, _ in files],
                      1, total + 1)
            if not all(row[3] for row in files):
                self.say("half", f"job {job}: a file is not what its SHA-256 says")

    def compare_orders(self, job_of):
        """The answer to an order changes with the job, and names always the same one."""
        for key, entry in self.orders.items():
            ids = {json.loads(text)["id"] for text in entry.made}
            if len(ids) > 1:
                self.say("double", f"{key}: {len(ids)} jobs were confirmed: {ids}")
            elif ids != {job_of.get(key)}:
                self.say("lost", f"{key}: {ids} was confirmed, the database has {job_of.get(key)}")

    def compare_steps(self):
        """Every code is in the state that its line last heard of, and each step was recorded once."""
        asked = {batch: [] for batch in self.batches}
        for step in sorted(self.steps, key=lambda step: step.key):
            if step.made:
                asked[step.body["batch"]].append(step.body)
            else:
                self.say("lost", f"{step.key}: never confirmed")
        if [row[1:] for row in self.runs] != [(row[0], *row[1:]) for row in self.public_runs]:
            self.say("half", "runs and public runs differ")
        runs = group(self.runs, lambda row: row[0])
        events = group(self.events, lambda row: row[:2])
        for batch, steps in asked.items():
            _, gtin, _, quantity, first, _, _ = self.batches[batch]
            self.compare_states(batch, steps, runs.get(batch, []), gtin, first, quantity)
            self.compare_events(batch, steps, events.pop((gtin, first), []))
        for place in events:
            self.say("unrecorded", f"{place}: events of no batch")

    def compare_reads(self):
        """The answer to a reading never changes, and each label in it was counted once."""
        for key in self.reads.keys() - self.checks:
            self.say("lost", f"{key}: no print check in the database")
        for key in self.checks - self.reads.keys():
            self.say("unrecorded", f"{key}: a print check in the database, and nobody asked")
        told = collections.Counter()
        for key, entry in self.reads.items():
            if len(set(entry.made)) != 1:
                self.say("double" if entry.made else "lost", f"{key}: {len(set(entry.made))} answers")
                continue
            results = json.loads(entry.made[0])["results"]
            if [r["line"] for r in results] != list(range(1, len(entry.body["codes"]) + 1)):
                self.say("half", f"{key}: {len(results)} results for {len(entry.body['codes'])} codes")
            told.update((entry.body["gtin"], code.rpartition("/")[2], r["result"])
                        for code, r in zip(entry.body["codes"], results) if r["result"] in WRONG)
        there = collections.Counter(self.misreads)
        for kind, difference in (("lost", told - there), ("double", there - told)):
            if difference:
                self.say(kind, f"labels read wrongly: {sorted(difference.items())[:5]}")

    def compare_states(self, batch, steps, runs, gtin, first, quantity):
        if not steps:  # perhaps a billion codes
            if {row[4] for row in runs} != {"provisioned"}:
                self.say("unrecorded", f"{batch}: {runs}, and nobody took a step")
            return
        wanted = ["provisioned"] * quantity
        for step in steps:
            wanted[step["from"] - 1:step["to"]] = [step["state"]] * (step["to"] - step["from"] + 1)
        there = [None] * quantity
        for _, _, low, high, state in runs:
            there[low - first:high - first] = [state] * (high - low)
        there = [self.items.get((gtin, first + n), state) for n, state in enumerate(there)]
        wrong = [(n + 1, *states) for n, states in enumerate(zip(wanted, there)) if states[0] != states[1]]
        if wrong:
            self.say("lost", f"{batch}: (place, confirmed, there) {wrong[:5]}")

    def compare_events(self, batch, steps, events):
        asked = collections.Counter((step["state"], n) for step in steps
                                    for n in range(step["from"] - 1, step["to"]))
        there = collections.Counter((state, n) for _, _, state, low, high in events for n in range(low, high))
        for kind, difference in (("lost", asked - there), ("double", there - asked)):
            if difference:
                self.say(kind, f"{batch}: records of steps: {sorted(difference)[:5]}")


def group(rows, by):
    found = {}
    for row in rows:
        found.setdefault(by(row), []).append(row)
    return found


def compare_codes(fetch, batches, most):
    """Fetches the codes of batches twice, smaller ones of `batches` (id, quantity) until `most` codes: the
    same bytes, as many codes as asked, and no code twice in all. How many batches and codes that were."""
    seen, count = set(), 0
    for batch, quantity in batches:
        if len(seen) + quantity > most:
            continue
        once, again = fetch(batch), fetch(batch)
        assert once == again, f"{batch}: other bytes the second time"
        codes = [row["url"] for row in csv.DictReader(io.StringIO(once.decode(), newline=""))]
        assert len(codes) == quantity, f"{batch}: {len(codes)} codes, not {quantity}"
        before = len(seen)
        seen.update(codes)
        assert len(seen) == before + quantity, f"{batch}: a code that another batch has, too"
        count += 1
    return count, len(seen)
