"""The test driver itself: whatever a test program does, it is counted and nothing hangs."""
import os
import subprocess
import threading
import time

import pytest

import lanes
import outcome
import steps
from steps import TOP, alive

PROGRAM = """
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static void test_good(void **state) { (void)state; }
static void test_other(void **state) { (void)state; %s }

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_good), cmocka_unit_test(test_other) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
"""


@pytest.fixture
def run_c(tmp_path, monkeypatch):
    """Counts a cmocka program with two tests, the second doing what is asked."""
    monkeypatch.setattr(outcome, "LOGS", tmp_path)

    def run(statement, seconds=30):
        source, program = tmp_path / "test_x.c", tmp_path / "test_x"
        source.write_text(PROGRAM % statement)
        subprocess.run(["gcc", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined",
                        "-o", program, source, "-lcmocka"], check=True)
        return outcome.of_cmocka(program, seconds)
    return run


def test_counts_what_passes(run_c):
    result = run_c("assert_true(1);")
    assert (result.passed, result.failures, result.skips) == (2, [], [])


def test_counts_a_failed_check(run_c):
    result = run_c("assert_int_equal(1, 2);")
    assert result.passed == 1 and len(result.failures) == 1
    assert "test_other" in result.failures[0] and "!= 0x2" in result.failures[0]


def test_counts_a_skipped_test(run_c):
    result = run_c("skip();")
    assert (result.passed, len(result.failures), len(result.skips)) == (1, 0, 1)


@pytest.mark.parametrize("statement, telling", [
    ("char *p = malloc(3); p[3] = 1; free(p);", "heap-buffer-overflow"),
    ("char *p = malloc(3); p[0] = 1; p = NULL; (void)p;", "LeakSanitizer"),
    ("int n = 31; n = 1 << (n + 1); (void)n;", "runtime error"),
    ("abort();", ""),
    ("_exit(0);", "no test"),
])
def test_counts_what_only_a_sanitizer_or_the_kernel_says(run_c, statement, telling):
    result = run_c(statement)
    assert len(result.failures) == 1
    assert telling in result.failures[0]


def test_ends_a_program_that_hangs(run_c):
    result = run_c("pause();", seconds=1)
    assert len(result.failures) == 1 and "not done after 1 s" in result.failures[0]


def test_ends_what_a_command_leaves_behind(tmp_path):
    mark = tmp_path / "pid"
    assert steps.run_logged(["sh", "-c", f"sleep 300 & echo $! > {mark}"], tmp_path / "log", 30) == 0
    end = time.monotonic() + 60
    while alive(mark.read_text().strip()):
        assert time.monotonic() < end


@pytest.fixture
def run_python(tmp_path, monkeypatch):
    """Counts a pytest suite of one file."""
    monkeypatch.setattr(outcome, "LOGS", tmp_path / "log")

    def run(text, seconds=30):
        (tmp_path / "test_x.py").write_text(text)
        return outcome.of_pytest("x", seconds, ["-p", "no:cacheprovider"], [tmp_path])
    return run


def test_counts_a_pytest_suite(run_python):
    result = run_python("import pytest\ndef test_a(): pass\ndef test_b(): assert 1 == 2\n"
                        "def test_c(): pytest.skip('no wind')\n"
                        "@pytest.fixture\ndef f(): raise KeyError('x')\ndef test_d(f): pass\n")
    assert result.passed == 1 and len(result.failures) == 2
    assert len(result.skips) == 1 and "no wind" in result.skips[0]


def test_counts_a_file_that_cannot_be_read(run_python):
    result = run_python("def test_a(:\n")
    assert result.passed == 0 and len(result.failures) == 1


def test_counts_a_suite_that_dies_or_hangs(run_python):
    assert len(run_python("import os\ndef test_a(): os._exit(0)\n").failures) == 1
    hung = run_python("import time\ndef test_a(): time.sleep(300)\n", seconds=3)
    assert hung.passed == 0 and "not done after 3 s" in hung.failures[0]


@pytest.mark.parametrize("says, status, last, ended", [
    ("echo '5 passed, 0 failed'", 0, "5 passed, 0 failed", 0),
    ("echo '5 passed, 1 failed'; echo 'make: *** [test] Error 1' >&2", 2, "5 passed, 1 failed", 2),
    ("echo 'E: Unable to locate package'", 2, "0 passed, 1 failed", 2),
    ("echo", 0, "0 passed, 1 failed", 1),
])
def test_continuous_integration_ends_with_the_sum(tmp_path, says, status, last, ended):
    make = tmp_path / "make"
    make.write_text(f"#!/bin/sh\n{says}\nexit {status}\n")
    make.chmod(0o755)
    done = subprocess.run([TOP / ".ci/run"], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert done.stdout.splitlines()[-1] == last
    assert done.returncode == ended


def test_who_is_stopped_begins_no_other_suite(tmp_path):
    begun, stopped = [], []

    def lane():
        try:
            for n in range(3):
                steps.run_logged(["sh", "-c", f"touch {tmp_path}/{n}; sleep 100"], tmp_path / "log", 60)
                begun.append(n)
        except steps.Stopped:
            stopped.append(True)

    thread = threading.Thread(target=lane)
    thread.start()
    for _ in range(500):
        if (tmp_path / "0").exists():
            break
        time.sleep(0.01)
    steps.end_all([thread])
    assert not thread.is_alive() and (begun, stopped) == ([0], [True])
    assert not (tmp_path / "1").exists()
    assert steps.run_logged(["true"], tmp_path / "log", 5) == 0  # what cleans up may


SUITES = ["unit", "cli", "sql", "http", "fault", "browser"]


def test_every_file_is_in_one_piece_and_what_takes_long_begins_first():
    pieces = lanes.pieces_of(SUITES, lambda name: name != "unit", [])
    files = [file for piece in pieces for file in piece.files]
    assert sorted(files) == sorted(f for name in SUITES[1:] for f in (TOP / "tests" / name).glob("test_*.py"))
    assert len({piece.name for piece in pieces}) == len(pieces)
    alone = {f"{p.suite}/{p.files[0].stem}" if p.files else p.suite for p in pieces if len(p.files) < 2}
    assert {*lanes.LONG} <= alone
    seconds = [piece.seconds() for piece in pieces]
    assert seconds == sorted(seconds, reverse=True) and seconds[0] == max(lanes.LONG.values())


def test_arguments_are_for_whole_suites():
    pieces = lanes.pieces_of(["http", "sql"], lambda _: True, ["-k", "walk"])
    assert [(p.name, p.files) for p in pieces] == [(n, [TOP / "tests" / n]) for n in ("http", "sql")]


def test_lanes_do_every_piece_once_and_say_what_was_not_run():
    pieces, done = [lanes.Piece("x", f"x-{n}") for n in range(20)], {}

    def run(piece, lane):
        if piece.name == "x-7":
            raise RuntimeError("no instance")
        return outcome.Outcome("x", passed=1)
    lanes.Work(pieces, run, lambda piece, result: done.update({piece.name: result})).do()
    assert sorted(done) == sorted(p.name for p in pieces)
    assert [name for name, result in done.items() if not result.passed] == ["x-7"]
    assert "x-7 was not run: no instance" in done["x-7"].failures[0]
