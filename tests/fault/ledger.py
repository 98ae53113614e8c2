"""What packaging lines write down for themselves, outside Suyuan: every request before it is sent, every
answer as it came. In the end it is what the database is compared with (audit.py).

A line is a folder's file of JSON lines, appended by one write each, so that a killed client leaves
whole lines. Run as a program, this file is such a client: it asks for batches until it is killed."""
import argparse
import dataclasses
import json
import os
import pathlib
import random
import sys
import time

for folder in ("http", "lib"):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / folder))
from server import Client

DONE, TRY_AGAIN = (200, 201, 202), (409, 429, 503)
BATCHES, STEPS, ORDERS = "/v1/batches", "/v1/codes/state", "/v1/batches/%s/labels"
READS = "/v1/print-checks"
# A line would wait for the second that Retry-After names; who looks for faults is less patient.
PAUSE = (0.01, 0.15)
LABELS = ({"format": "pdf", "sheet": "L7160"}, {"format": "zpl", "label": "50x30", "dpi": 203})


@dataclasses.dataclass
class Entry:
    """What one Idempotency-Key was used for; a step of codes has a name of the line's own."""
    key: str
    path: str
    body: dict
    asked: int = 0
    silences: int = 0
    answers: list = dataclasses.field(default_factory=list)  # (status, body as it came)

    @property
    def made(self):
        """The answers that confirmed it."""
        return [text for status, text in self.answers if status in DONE]


class Ledger:
    """A folder of books, one a line."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.counted = {}  # by book: (bytes read, answers in them)

    def book(self, name):
        return Book(self.folder / f"{name}.jsonl")

    def apart(self, name):
        """A book that nobody compares."""
        return Book(self.folder / f"{name}.apart")

    def entries(self):
        """Every request there ever was, by its key."""
        found = {}
        for path in sorted(self.folder.glob("*.jsonl")):
            read(path, found)
        return found

    def size(self):
        """Bytes: grows with everything that happens."""
        return sum(path.stat().st_size for path in self.folder.glob("*.jsonl"))

    def confirmed(self):
        """How many answers confirmed something."""
        for path in self.folder.glob("*.jsonl"):
            at, count = self.counted.get(path, (0, 0))
            with open(path, "rb") as book:
                book.seek(at)
                lines = [line for line in book if line.endswith(b"\n")]
            more = sum(b'"status": 20' in line for line in lines)
            self.counted[path] = at + sum(map(len, lines)), count + more
        return sum(count for _, count in self.counted.values())


def read(path, entries):
    """Adds what a book says."""
    for line in path.read_bytes().splitlines():
        note = json.loads(line)
        if note["do"] == "ask":
            entry = entries.setdefault(note["key"], Entry(note["key"], note["path"], note["body"]))
            assert entry.body == note["body"], f"the test used {entry.key} for two requests"
            entry.asked += 1
        elif note["do"] == "answer":
            entries[note["key"]].answers.append((note["status"], note["body"]))
        else:
            entries[note["key"]].silences += 1
    return entries


class Book:
    def __init__(self, path):
        self.path = path
        self.fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def write(self, do, key, **more):
        line = json.dumps({"do": do, "key": key, "at": round(time.time(), 3), **more}).encode() + b"\n"
        assert os.write(self.fd, line) == len(line)

    def close(self):
        os.close(self.fd)


class Refused(Exception):
    """An answer that no right request gets."""


class Line:
    """Asks for batches and takes steps with their codes as a packaging line does, and writes in its book."""

    def __init__(self, book, port, secret, seconds=12):
        self.book, self.port, self.secret, self.seconds = book, port, secret, seconds
        self.client = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.hang_up()
        self.book.close()

    def hang_up(self):
        if self.client is not None:
            self.client.close()
        self.client = None

    def ask(self, key, body, fresh=False, path=BATCHES):
        """One try, on a fresh connection if asked so; None: there was no answer."""
        if fresh:
            self.hang_up()
        self.book.write("ask", key, path=path, body=body)
        try:
            if self.client is None:
                self.client = Client(self.port, seconds=self.seconds)
            answer = self.client.ask(post(self.secret, path, key, body))
        except (OSError, EOFError) as error:
            self.hang_up()
            self.book.write("silence", key, why=repr(error)[:200])
            return None
        self.book.write("answer", key, status=answer.status, body=answer.text)
        if answer.status in TRY_AGAIN and "retry-after" not in answer.headers:
            raise Refused(f"{key}: {answer.status} without Retry-After: {answer.text}")
        if answer.status == 503 and "Idempotency-Key" not in answer.json["detail"]:
            raise Refused(f"{key}: a 503 that does not say how to ask again: {answer.text}")
        return answer

    def codes(self, batch, seconds=180):
        """The codes of a batch; nothing is written down, for nothing comes of it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if self.client is None:
                    self.client = Client(self.port, seconds=self.seconds)
                answer = self.client.get(f"{BATCHES}/{batch}/codes?format=txt", f"Authorization: Bearer {self.secret}\r\n".encode())
                if answer.status in DONE:
                    return answer.text.split()
            except (OSError, EOFError):
                self.hang_up()
            time.sleep(random.uniform(*PAUSE))
        raise Refused(f"{batch}: no codes within {seconds} s")

    def ask_and_leave(self, key, body, seconds):
        """Asks, and hangs up so soon after that."""
        self.hang_up()
        self.book.write("ask", key, path=BATCHES, body=body)
        with Client(self.port, seconds=self.seconds) as client:
            client.send(post(self.secret, BATCHES, key, body))
            time.sleep(seconds)
        self.book.write("silence", key, why="left")

    def insist(self, key, body, seconds=180, path=BATCHES):
        """Asks the same until it is confirmed; the answer."""
        end = time.monotonic() + seconds
        while True:
            answer = self.ask(key, body, path=path)
            if answer is not None and answer.status in DONE:
                return answer
            if answer is not None and answer.status not in TRY_AGAIN:
                raise Refused(f"{key}: {answer.status} {answer.text}")
            if time.monotonic() > end:
                raise Refused(f"{key}: not within {seconds} s; the last answer: {answer}")
            time.sleep(random.uniform(*PAUSE))


def post(secret, path, key, body):
    text = json.dumps(body).encode()
    head = (f"POST {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {secret}",
            f"Idempotency-Key: {key}", "Content-Type: application/json", f"Content-Length: {len(text)}")
    return "\r\n".join(head).encode() + b"\r\n\r\n" + text


def some_order(gtins, lots):
    """A request as lines send them: mostly small, seldom huge."""
    quantity = random.choices([random.randint(1, 9), random.randint(10, 2000), 10**6, 10**9],
                              [55, 42, 2.8, 0.2])[0]
    lot = random.choice([None, *lots])
    body = {"gtin": random.choice(gtins), "quantity": quantity, **({"lot": lot} if lot else {})}
    if quantity < 500 and random.random() < 0.1:
        body["label"] = random.choice(LABELS)
    return body


def some_steps(batch, quantity):
    """The life of a batch's codes, or some of it."""
    cut = random.randint(1, quantity - 1)
    steps = [("printed", 1, quantity), ("commissioned", 1, quantity), ("consumed", 1, cut), ("void", cut + 1, cut + 1)]
    for state, first, last in steps[:random.randint(1, len(steps))]:
        yield {"state": state, "batch": batch, "from": first, "to": last}


def some_reading(gtin, codes):
    """What a camera reads on labels: some of a batch, again and again, and serials that nobody issued."""
    strange = [f"NEVER{random.randint(1, 20)}" for _ in range(random.randint(1, 3))]
    read = random.choices(codes, k=random.randint(1, 5)) + strange
    random.shuffle(read)
    return {"gtin": gtin, "codes": read}


def work(line, name, gtins, lots):
    """First what the client before this one was killed over, then new requests for ever."""
    known = read(line.book.path, {})
    for entry in known.values():
        if not entry.made:
            line.insist(entry.key, entry.body, path=entry.path)
    for number in range(len(known), sys.maxsize):
        key, body = f"{name}-{number}", some_order(gtins, lots)
        batch = line.insist(key, body).json["id"]
        if 2 <= body["quantity"] <= 300 and random.random() < 0.3:
            for step, order in enumerate(some_steps(batch, body["quantity"])):
                line.insist(f"{key}.{step}", order, path=STEPS)
            if random.random() < 0.5:  # all are printed by now: reading takes no step
                line.insist(f"{key}.read", some_reading(body["gtin"], line.codes(batch)), path=READS)
        if body["quantity"] < 500 and random.random() < 0.05:
            line.insist(f"{key}.labels", random.choice(LABELS), path=ORDERS % batch)
        if random.random() < 0.05:
            line.insist(key, body)
        if random.random() < 0.1:
            line.hang_up()


def main():
    parser = argparse.ArgumentParser(description="A packaging line that asks until it is killed.")
    parser.add_argument("name")
    for option in ("--ledger", "--port", "--gtins", "--lots"):
        parser.add_argument(option, required=True)
    a = parser.parse_args()
    with Line(Ledger(a.ledger).book(a.name), int(a.port), os.environ["LINE_KEY"]) as line:
        work(line, a.name, a.gtins.split(","), a.lots.split(","))


if __name__ == "__main__":
    main()
