"""Runs one command of the test driver: its output to a log file, its time bounded, nothing left."""
import os
import pathlib
import signal
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]
LOGS = TOP / "build/test/log"


def run_logged(command, log, seconds, env=None):
    """Runs `command` and everything it starts. Returns its exit status, or a text saying that the
    time was over; whatever it left running in its process group is then killed."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "wb") as out:
        process = subprocess.Popen(
            command, cwd=TOP, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})}, start_new_session=True)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return f"not done after {seconds} s"
        finally:
            kill_group(process)


def kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
