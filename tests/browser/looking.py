"""Has Chromium look at one thing after the other: says what is done, knows what was done before, ends in time.

What was seen of a thing stands beside the screenshots, with a digest of all it depends on: a run that was cut short goes
on where it stopped, and what did not change is not drawn again."""
import hashlib
import json
import pathlib
import subprocess
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
STEP = 20  # seconds between two lines of progress


def digest(*parts):
    """Of texts, bytes and files."""
    sum_ = hashlib.sha256()
    for part in parts:
        part = part.read_bytes() if isinstance(part, pathlib.Path) else part
        sum_.update(part.encode() if isinstance(part, str) else part)
        sum_.update(b"\0")
    return sum_.hexdigest()


def lines_of(script, plan, seconds):
    """What a script of this folder prints about `plan` (a file), line by line as it comes; raises TimeoutError when
    the time is over and RuntimeError when it failed."""
    with open(plan.with_suffix(".err"), "w+", encoding="utf-8") as errors, \
            subprocess.Popen(["node", HERE / script, plan], stdout=subprocess.PIPE, stderr=errors, text=True) as node:
        over = threading.Event()

        def end():
            over.set()
            node.terminate()  # the browser hangs on its pipe and ends with it
        timer = threading.Timer(seconds, end)
        timer.start()
        try:
            yield from map(json.loads, node.stdout)
        finally:
            timer.cancel()
            node.terminate()
        if over.is_set():
            raise TimeoutError(f"{script}: not done after {seconds} s")
        if node.wait(30) != 0:
            errors.seek(0)
            raise RuntimeError(f"{script}: {errors.read()[-2000:]}")


class Memory:
    """What was seen of things in earlier runs: a file a thing in `folder`."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def recall(self, name, mark):
        """The lines about a thing, if it is still as it was and nothing was wrong with it; else None."""
        try:
            known = json.loads((self.folder / f"{name}.json").read_text())
        except (OSError, ValueError):
            return None
        fine = known["mark"] == mark and not any(line.get("faults") for line in known["lines"])
        return known["lines"] if fine else None

    def keep(self, name, mark, lines):
        (self.folder / f"{name}.json").write_text(json.dumps({"mark": mark, "lines": lines}))


class Progress:
    def __init__(self, known, total):
        self.done, self.total, self.since, self.said = known, total, time.monotonic(), 0
        if known:
            print(f"{known} of {total} known from an earlier run", flush=True)

    def step(self, name):
        self.done += 1
        now = time.monotonic() - self.since
        if now - self.said >= STEP or self.done == self.total:
            self.said = now
            print(f"{self.done} of {self.total} after {now:.0f} s: {name}", flush=True)


def look_through(script, plan, items, marks, each, folder, seconds):
    """Looks at `items` (dicts with a "name") by `script`, which reads `plan(items)`, a file, and prints `each` lines an
    item, or one with "failed". `marks`: {name: digest}. Returns the lines and what went wrong besides."""
    memory, seen, wrong = Memory(folder / "seen"), {}, []
    for item in items:
        lines = memory.recall(item["name"], marks[item["name"]])
        if lines is not None:
            seen[item["name"]] = lines
    waiting = [item for item in items if item["name"] not in seen]
    progress, under_way = Progress(len(seen), len(items)), {}
    try:
        for line in lines_of(script, plan(waiting), seconds) if waiting else ():
            name = line["name"]
            if "failed" in line:
                wrong.append(f"{name}: {line['failed']}")
                progress.step(f"{name} FAILED")
                continue
            under_way.setdefault(name, []).append(line)
            if len(under_way[name]) == each:
                seen[name] = under_way.pop(name)
                memory.keep(name, marks[name], seen[name])
                progress.step(name)
    except (TimeoutError, RuntimeError) as error:
        wrong.append(str(error))
    missing = [item["name"] for item in items if item["name"] not in seen]
    if missing:
        wrong.append(f"not looked at: {len(missing)} of {len(items)}, from {missing[0]} on; run it again to go on")
    return [line for item in items for line in seen.get(item["name"], ())], wrong
