"""Stands between a server and its PostgreSQL, passes everything on, and once loses what it was told to
lose: a question, its COMMIT or the answer. PostgreSQL behind it is the real one.

Messages are those of PostgreSQL's manual, "Frontend/Backend Protocol": a type byte but for the first of
a connection, and a length that counts itself."""
import contextlib
import pathlib
import socket
import struct
import tempfile
import threading

# What can happen to a transaction; what PostgreSQL made of it is told by COMMITTED.
FAULTS = ("question lost", "connection lost before the COMMIT", "rows heard, connection lost before the COMMIT",
          "answer swallowed", "connection lost after the COMMIT", "rows heard, the COMMIT's answer lost",
          "answer torn")
COMMITTED = {fault: number >= 3 for number, fault in enumerate(FAULTS)}


class Reader:
    """Takes whole messages from a socket."""

    def __init__(self, source, typed):
        self.source, self.typed, self.buffer = source, typed, b""

    def need(self, count):
        while len(self.buffer) < count:
            piece = self.source.recv(65536)
            if not piece:
                raise EOFError
            self.buffer += piece

    def message(self):
        """(type, all of it); the type is b"" for the first of a connection."""
        head = 1 if self.typed else 0
        self.need(head + 4)
        size = head + struct.unpack("!i", self.buffer[head:head + 4])[0]
        self.need(size)
        whole, self.buffer = self.buffer[:size], self.buffer[size:]
        kind, self.typed = whole[:head], True
        return kind, whole


def bound_statement(message):
    """The statement that a Bind names."""
    return message[5:].split(b"\0")[1].decode()


class Pair:
    """One connection, both halves."""

    def __init__(self, proxy, front, back):
        self.proxy, self.front, self.back = proxy, front, back
        self.fault, self.at_sync = None, threading.Event()

    def close(self):
        for half in (self.front, self.back):
            with contextlib.suppress(OSError):
                half.shutdown(socket.SHUT_RDWR)

    def forward(self, pump):
        try:
            pump()
        except (OSError, EOFError):
            pass
        finally:
            self.close()

    # --- from the server under test to PostgreSQL

    def questions(self):
        reader = Reader(self.front, typed=False)
        while True:
            kind, message = reader.message()
            if kind == b"B":
                self.fault = self.fault or self.proxy.take_plan(bound_statement(message))
                if self.fault == "question lost":
                    return
            if kind == b"S" and self.fault is not None:
                if self.fault == "connection lost before the COMMIT":
                    return
                self.at_sync.set()
                if self.fault == "rows heard, connection lost before the COMMIT":
                    message = b"H" + struct.pack("!i", 4)  # Flush: answers, and nothing is ended
            self.back.sendall(message)

    # --- and back

    def answers(self):
        reader = Reader(self.back, typed=True)
        while True:
            kind, message = reader.message()
            if not self.at_sync.is_set():
                self.front.sendall(message)
                continue
            if self.fault == "answer torn" and kind == b"D":
                self.front.sendall(message[:len(message) // 2])
                return
            rows = self.fault.startswith("rows heard")
            if rows and kind != b"Z":
                self.front.sendall(message)
            self.completed += kind == b"C"
            if rows and self.completed == self.proxy.statements:
                self.wait_for_commit(reader, kind)
                return
            if kind == b"Z" and self.fault == "connection lost after the COMMIT":
                return

    completed = 0

    def wait_for_commit(self, reader, kind):
        """Before the connection goes; where a Sync was sent."""
        while self.fault == "rows heard, the COMMIT's answer lost" and kind != b"Z":
            kind, _ = reader.message()


class PgProxy:
    """Listens as PostgreSQL does in `folder`; `url` leads there."""

    def __init__(self, url):
        self.temporary = tempfile.TemporaryDirectory(prefix="suyuan-proxy-")
        self.folder = pathlib.Path(self.temporary.name)
        head, _, rest = url.rpartition("@")
        place, _, database = rest.partition("/")
        self.url = f"{head}@{str(self.folder).replace('/', '%2F')}/{database}"
        self.upstream = f"{place.replace('%2F', '/')}/.s.PGSQL.5432"
        self.plan, self.lock, self.pairs = None, threading.Lock(), []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.folder / ".s.PGSQL.5432"))
        self.listener.listen(64)
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join(5)
        self.listener.close()
        for pair in self.pairs:
            pair.close()
        self.temporary.cleanup()

    def lose(self, statement, fault, statements):
        """Once, with the next transaction that asks this statement; it holds so many statements."""
        assert fault in FAULTS
        with self.lock:
            self.plan, self.statements = (statement, fault), statements

    @property
    def lost(self):
        return self.plan is None

    def take_plan(self, statement):
        with self.lock:
            if self.plan is None or self.plan[0] != statement:
                return None
            fault, self.plan = self.plan[1], None
            return fault

    def run(self):
        while True:
            try:
                front, _ = self.listener.accept()
            except OSError:
                return
            back = socket.socket(socket.AF_UNIX)
            try:
                back.connect(self.upstream)
            except OSError:
                front.close()
                continue
            pair = Pair(self, front, back)
            self.pairs.append(pair)
            for pump in (pair.questions, pair.answers):
                threading.Thread(target=pair.forward, args=(pump,), daemon=True).start()
