"""Kills a web worker at a system call of its choice, by strace, and tells which call that was.

The workers stay as they ship: strace looks on from outside, so their seccomp filter remains in force. (That
is why calls are only killed at, never made to fail: a call that strace replaces is none that the
filter knows. Connections that fail are the affair of test_lost_answers.py.)"""
import collections
import os
import random
import re
import signal
import subprocess
import time

from server import wait_until

# What a worker does of its own, request or not.
IDLE = ("epoll_wait", "getppid")
CALL = re.compile(r"(\w+)\((.*)")
TAKEN = re.compile(r"accept4\(.*\) += [\d?]")

# One request as strace saw it: the calls of the process that took its connection, from then on, as
# [(name, arguments)]; whether it was killed; how often that process had made each IDLE call before.
Story = collections.namedtuple("Story", "calls killed idle")


class Watched:
    """strace on some processes; `kill` = (call, n): SIGKILL as a process enters that call for the nth time."""

    def __init__(self, pids, out, kill=None):
        self.pids, self.out = pids, out  # strace adds .PID
        inject = ["-e", f"inject={kill[0]}:signal=KILL:when={kill[1]}"] if kill else []
        self.command = ["strace", "-ff", "-o", out, *inject, *(f"-p{pid}" for pid in pids)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        os.set_blocking(self.process.stderr.fileno(), False)
        self.said = b""
        wait_until(self.attached, 10)
        return self

    def attached(self):
        ended = self.process.poll() is not None
        self.said += self.process.stderr.read() or b""
        attached = self.said.count(b" attached") == len(self.pids)
        # All may be killed already, on a busy machine: then there is nobody left to look at, and it ends.
        assert attached or not ended, self.said
        return attached

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)  # it lets go of those that live
        self.process.wait(10)
        self.process.stderr.close()

    def wait_for_end(self):
        """Until the request's last calls were seen, or its process is gone."""
        end = time.monotonic() + 2
        while time.monotonic() < end:
            calls, killed, _ = self.request()
            if killed or {call[0] for call in calls if is_end(call)} == {"close", "write"}:
                break
            time.sleep(0.01)

    def request(self):
        """Its Story; without calls while no process has taken the connection."""
        for pid in self.pids:
            lines = self.out.with_suffix(f".{pid}").read_text(errors="replace").splitlines()
            start = next((i for i, line in enumerate(lines) if TAKEN.match(line)), None)
            if start is not None:
                before, calls = ([call.groups() for call in map(CALL.match, part) if call]
                                 for part in (lines[:start], lines[start:]))
                return Story(calls, "+++ killed by SIGKILL +++" in lines[-1],
                             collections.Counter(name for name, _ in before if name in IDLE))
        return Story([], False, collections.Counter())


def is_end(call):
    """The connection's end, and the line in the request log."""
    return call[0] == "close" or (call[0] == "write" and call[1].startswith("1,"))


def places(calls):
    """Each call as a place in the request's story: its name and which of that name it is; waiting, by
    the call before it."""
    seen, found, before = {}, [], None
    for name, _ in calls:
        if name in IDLE:
            found.append((name, before))
            continue
        seen[name] = seen.get(name, 0) + 1
        before = (name, seen[name])
        found.append(before)
    return found


def nth_call(place, stories):
    """How often the call of a place will have been made when the story comes to it: calls of a story are
    counted; what a worker does of its own comes as often as it came in one of the last stories."""
    name, nth = place
    if name not in IDLE:
        return nth
    told = [places(story.calls) for story in stories]
    within = [[n for n, _ in story[:story.index(place) + 1]].count(name) for story in told if place in story]
    return random.choice(within) + random.choice(stories[-10:]).idle[name]
