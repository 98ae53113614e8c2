"""Runs one command of the test driver: its output to a log file, its time bounded, nothing left."""
import os
import pathlib
import signal
import subprocess
import threading
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
LOGS = TOP / "build/test/log"


RUNNING = set()  # every Logged that has begun and not ended, whoever's thread that is
STARTING = threading.Lock()
over = False  # nothing may begin: the threads that run commands are being stopped


class Stopped(Exception):
    pass


class Logged:
    """A command under way, and everything it starts; whatever it leaves running in its process group is killed
    when the `with` ends."""

    def __init__(self, command, log, seconds, env=None):
        log.parent.mkdir(parents=True, exist_ok=True)
        self.seconds = seconds
        with open(log, "wb") as out, STARTING:
            if over:
                raise Stopped
            self.process = subprocess.Popen(
                command, cwd=TOP, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})}, start_new_session=True)
            RUNNING.add(self)
        self.since = time.monotonic()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        kill_group(self.process)
        RUNNING.discard(self)

    def wait(self):
        """Its exit status, or a text saying that the time was over."""
        try:
            return self.process.wait(max(0, self.since + self.seconds - time.monotonic()))
        except subprocess.TimeoutExpired:
            return f"not done after {self.seconds} s"


def run_logged(command, log, seconds, env=None):
    """Runs `command` to its end, see Logged."""
    with Logged(command, log, seconds, env) as run:
        return run.wait()


def end_all(threads):
    """Ends every command under way, and with it the threads that run them: none of them begins another."""
    global over
    with STARTING:
        over = True
    for run in list(RUNNING):
        kill_group(run.process)
    for thread in threads:
        thread.join(30)
    over = False


def kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def process_state(pid):
    """The state letter of /proc/PID/stat, or None when there is no such process."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return None


def alive(pid):
    """One that ended and that init has not looked at yet is none."""
    return process_state(pid) not in (None, "Z")
