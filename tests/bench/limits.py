"""Where the time goes: system calls for each request, and whose code the processor was in."""
import collections
import re
import shutil
import signal
import subprocess
import time

from servers import LOGS, TOP, FOLDER

SAMPLES_A_SECOND = 1997
SECONDS = 2


def while_asked(client, command):
    """Runs a watcher while the client asks; the client's answers."""
    log = open(LOGS / "watcher.log", "ab")
    watcher = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                               start_new_session=True)
    try:
        time.sleep(0.5)
        answers, _ = client(SECONDS)
    finally:
        watcher.send_signal(signal.SIGINT)
        try:
            watcher.wait(20)
        except subprocess.TimeoutExpired:
            watcher.kill()
            watcher.wait()
        log.close()
    return answers


# --- system calls ---------------------------------------------------------------------------------

def system_calls(worker, client):
    """Name -> calls a request; None where strace cannot tell."""
    out = FOLDER / "strace.out"
    out.unlink(missing_ok=True)
    if not shutil.which("strace"):
        return None
    answers = while_asked(client, ["strace", "-c", "-p", str(worker), "-o", str(out)])
    if not out.exists():
        return None
    calls = {}
    for line in out.read_text().splitlines():
        fields = line.split()
        if len(fields) >= 5 and re.fullmatch(r"[0-9.]+", fields[0]) and fields[-1] != "total":
            calls[fields[-1]] = int(fields[3]) / answers.done
    return calls or None


def calls_text(calls):
    if calls is None:
        return "not measured (strace is missing or may not look)"
    shown = [f"{name} {n:.2f}" for name, n in sorted(calls.items(), key=lambda c: -c[1])
             if n >= 0.05]
    return f"{sum(calls.values()):.1f}: " + ", ".join(shown)


# --- the profile --------------------------------------------------------------------------------

def kore_symbols():
    """Functions of Kore in suyuand, by name."""
    listed = subprocess.run(["nm", "--defined-only", str(TOP / "build/release/libkore.a")],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return {fields[2] for line in listed.splitlines()
            if len(fields := line.split()) == 3 and fields[1] in "tT"}


def owner(dso, symbol, kore):
    if dso.startswith("[") or symbol.startswith("[k]"):
        return "kernel"
    for library in ("libcrypto", "libssl", "libpq", "libc", "libjansson", "libhiredis"):
        if dso.startswith(library + ".") or dso.startswith(library + "-"):
            return library
    if dso == "suyuand":
        return "Kore" if symbol.partition("] ")[2] in kore else "Suyuan"
    return dso


def profile(worker, client):
    """Owner -> share of the worker's time, and the functions that took most; None where perf cannot
    tell."""
    if not shutil.which("perf"):
        return None
    data = FOLDER / "perf.data"
    data.unlink(missing_ok=True)
    while_asked(client, ["perf", "record", "--event", "cpu-clock", "--freq", str(SAMPLES_A_SECOND),
                         "--output", str(data), "--pid", str(worker)])
    listed = subprocess.run(["perf", "report", "--input", str(data), "--stdio", "--sort",
                             "dso,symbol", "--field-separator", "|"], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True).stdout
    kore, shares, functions = kore_symbols(), collections.Counter(), []
    for line in listed.splitlines():
        fields = [f.strip() for f in line.split("|")]
        if line.startswith("#") or len(fields) < 3:
            continue
        whose = owner(fields[1], fields[2], kore)
        share = float(fields[0].rstrip("%"))
        shares[whose] += share
        functions.append((share, whose, fields[2].partition("] ")[2]))
    return (shares, functions) if shares else None


def profile_text(measured):
    if measured is None:
        return "not measured (perf, Debian's package linux-perf, is missing or may not look)"
    return ", ".join(f"{owner} {share:.0f} %" for owner, share in measured[0].most_common()
                     if share >= 1)


def functions_text(measured, owners, most=6):
    """The functions of these owners that took most."""
    if measured is None:
        return ""
    found = [f"{name} {share:.1f} %" for share, whose, name in measured[1] if whose in owners]
    return ", ".join(found[:most])
