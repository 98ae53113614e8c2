"""Time limits that hold on an idle machine and that a busy one does not break."""
import re
import time

MOST = 10  # times the limit, however busy the machine is


def starved():
    """Seconds, since the machine began, in which some process waited for a processor."""
    try:
        with open("/proc/pressure/cpu") as file:
            return int(re.search(r"^some .*total=(\d+)", file.read(), re.M)[1]) / 1e6
    except OSError:  # a kernel that does not tell
        return 0.0


class Limit:
    """So many seconds from now; those in which the machine could not keep up do not count."""

    def __init__(self, seconds):
        self.seconds, self.since, self.starved = seconds, time.monotonic(), starved()

    def passed(self):
        return time.monotonic() - self.since

    def is_over(self):
        passed = self.passed()
        return passed >= MOST * self.seconds or passed - (starved() - self.starved) >= self.seconds


def shown(result):
    """What an answer says, or anything else."""
    return (result.status, dict(result.headers), result.text[:600]) if hasattr(result, "status") else result


def soon(act, good=bool, seconds=1.0):
    """Repeats `act` until its result is good, and returns that; fails when it takes longer."""
    limit = Limit(seconds)
    while not good(result := act()):
        assert not limit.is_over(), (f"not within {limit.passed():.1f} s", shown(result))
        time.sleep(0.01)
    return result
