"""Cuts the suites into pieces, and runs these in lanes: each lane takes the piece that comes next, and has an
instance of its own for the Python tests."""
import dataclasses
import os
import threading

import instance
import steps
from outcome import Outcome
from steps import LOGS, TOP

LANES = 4  # most tests wait more than they compute

# About the seconds of what takes long, on two cores that are busy: those begin first, each a piece of its own. Only how well
# the lanes are balanced depends on them, and above all how long the last lane works alone.
LONG = {
    "fault/test_instance": 130, "sql/test_life": 110, "cli/test_import": 100, "fault/test_jobs": 85,
    "http/test_role_matrix": 75, "fault/test_backends": 75, "browser/test_console_day": 75, "browser/test_page": 70,
    "cli/test_labels_files": 60, "sql/test_foreign": 60, "http/test_lookup_changes": 60, "cli/test_labels": 55,
    "fault/test_nothing_lost": 50, "unit": 50, "http/test_sign_in": 50, "http/test_photo": 45,
    "browser/test_console_looks": 45, "sql/test_checks": 45, "fault/test_faults": 40, "http/test_resolver": 35,
    "sql/test_migrate": 35, "sql/test_policy": 35, "http/test_console_forms": 35, "http/test_report": 35,
    "cli/test_labels_zpl": 35, "sql/test_key_rewrap": 35, "fault/test_visits_lost": 30, "http/test_visits": 30,
    "sql/test_canary": 30, "fault/test_lost_answers": 30, "http/test_ground_process": 30, "http/test_api_matrix": 30,
    "http/test_console_recalls": 25, "http/test_pins": 25, "http/test_admin": 25, "fault/test_deploy": 25,
}
SHORT = 8  # seconds of any other file
FILES = 6  # in a piece of the others


@dataclasses.dataclass
class Piece:
    suite: str
    name: str  # of its log
    files: list = dataclasses.field(default_factory=list)

    def seconds(self):
        """About so many."""
        return sum(LONG.get(name_of(path), SHORT) for path in self.files) or LONG.get(self.suite, SHORT)


def is_long(path):
    return name_of(path) in LONG


def name_of(path):
    return f"{path.parent.name}/{path.stem}"


def cut(suite):
    """The pieces of a suite of Python tests."""
    files = sorted((TOP / "tests" / suite).glob("test_*.py"))
    rest = [f for f in files if not is_long(f)]
    groups = [[f] for f in files if is_long(f)] + [rest[i:i + FILES] for i in range(0, len(rest), FILES)]
    return [Piece(suite, f"{suite}-{number}", group) for number, group in enumerate(groups, 1)]


def pieces_of(suites, is_python, arguments):
    """In the order in which they begin. Arguments are for whole suites: what they choose may be anywhere."""
    found = []
    for suite in suites:
        if not is_python(suite):
            found.append(Piece(suite, suite))
        elif arguments:
            found.append(Piece(suite, suite, [TOP / "tests" / suite]))
        else:
            found += cut(suite)
    return sorted(found, key=Piece.seconds, reverse=True)


class Lane:
    def __init__(self, number):
        shared = number == 1 or "SUYUAN_TEST_VAR" in os.environ
        self.var = instance.VAR if shared else instance.VAR.with_name(f"{instance.VAR.name}-{number}")
        self.log = LOGS / f"instance-{number}.log"
        self.up = self.tried = False

    def environment(self):
        """For a Python test; the instance runs."""
        if not self.up:
            self.tried = self.tried or not instance.running(self.var)
            instance.start(self.log, self.var)
            self.up = True
        return {"SUYUAN_TEST_VAR": str(self.var)}

    def stop(self):
        """Only of an instance that did not run before."""
        if self.tried and "SUYUAN_TEST_VAR" not in os.environ:
            instance.stop(self.log, self.var)


class Work:
    """Pieces that are to be done, and what became of each; `run(piece, lane)` does one."""

    def __init__(self, pieces, run, done):
        self.pieces, self.run, self.done = list(pieces), run, done
        self.lanes = [Lane(number) for number in range(1, min(LANES, len(pieces)) + 1)]
        self.turn = threading.Lock()

    def take(self):
        with self.turn:
            return self.pieces.pop(0) if self.pieces else None

    def work(self, lane):
        try:
            while (piece := self.take()) is not None:
                result = self.outcome(piece, lane)
                with self.turn:
                    self.done(piece, result)
        except steps.Stopped:
            pass

    def outcome(self, piece, lane):
        try:
            return self.run(piece, lane)
        except (RuntimeError, OSError) as error:
            if steps.over:
                raise steps.Stopped from error
            return Outcome(piece.suite, failures=[f"{piece.name} was not run: {error}"], log=lane.log)

    def do(self):
        threads = [threading.Thread(target=self.work, args=(lane,), daemon=True) for lane in self.lanes]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        except BaseException:
            steps.end_all(threads)
            raise
        finally:
            for lane in self.lanes:
                lane.stop()


def instances():
    """Those that a run which was killed, or `tests/run start`, left."""
    return sorted(path for path in (TOP / "build/test").glob("var*") if path.is_dir())
