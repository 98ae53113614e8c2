"""The machine: which processors serve and ask, and what processes have used of them."""
import os
import pathlib
import platform
import subprocess

TICK = os.sysconf("SC_CLK_TCK")


def cores():
    """Two processors, for the server and for the client; not two halves of one core if it can be
    helped. None: there is only one."""
    allowed = sorted(os.sched_getaffinity(0))
    for other in allowed[:0:-1]:
        if other not in siblings(allowed[0]):
            return allowed[0], other
    return (allowed[0], allowed[-1]) if len(allowed) > 1 else None


def siblings(cpu):
    """The processors that share a core with this one, itself included."""
    path = pathlib.Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
    try:
        return numbers(path.read_text())
    except OSError:
        return {cpu}


def numbers(text):
    """The set of "0,4-7"."""
    found = set()
    for part in text.strip().split(","):
        least, _, most = part.partition("-")
        found.update(range(int(least), int(most or least) + 1))
    return found


def pinned(core, command):
    return ["taskset", "--cpu-list", str(core), *map(str, command)]


def stat(pid):
    """Fields of /proc/PID/stat behind the command's name: [0] state, [1] parent, [11] [12] user and
    system time. None: there is no such process."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def alive(pid):
    fields = stat(pid)
    return fields is not None and fields[0] not in "ZX"


def family(pid):
    """A process and all that descend from it."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := stat(entry)):
            children.setdefault(int(fields[1]), []).append(int(entry))
    found = [pid]
    for member in found:
        found += children.get(member, [])
    return found


def cpu_seconds(pids):
    ticks = 0
    for pid in pids:
        if fields := stat(pid):
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICK


def busy_seconds(core):
    """All that ran on a processor, whosever it was, or was taken from it by the host."""
    for line in pathlib.Path("/proc/stat").read_text().splitlines():
        if line.startswith(f"cpu{core} "):
            fields = [int(f) for f in line.split()[1:9]]
            return (sum(fields) - fields[3] - fields[4]) / TICK
    return 0.0


def description():
    """What the figures were measured on, in one line."""
    model = "unknown processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return f"{model}, {os.cpu_count()} processors, Linux {platform.release()}"


def version(command):
    """The first line a program says of itself, wherever it says it."""
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return ended.stdout.strip().splitlines()[0]
