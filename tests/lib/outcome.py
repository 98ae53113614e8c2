"""What a suite's tests said: read from cmocka's and pytest's XML, never guessed from their prose."""
import dataclasses
import pathlib
import sys
import xml.etree.ElementTree as xml

from steps import LOGS, Logged, run_logged


@dataclasses.dataclass
class Outcome:
    name: str
    passed: int = 0
    failures: list = dataclasses.field(default_factory=list)  # "test: reason"
    skips: list = dataclasses.field(default_factory=list)  # "test: reason"
    log: pathlib.Path = None

    def add(self, other):
        self.passed += other.passed
        self.failures += other.failures
        self.skips += other.skips

    def summary(self):
        text = f"{self.passed} passed, {len(self.failures)} failed"
        return text + (f", {len(self.skips)} skipped" if self.skips else "")

    def add_case(self, name, case):
        """Counts one <testcase>."""
        bad = [e for e in case if e.tag in ("failure", "error")]
        skip = case.find("skipped")
        if bad:
            self.failures.append(f"{name}: {first_line(bad[0])}")
        elif skip is not None:
            self.skips.append(f"{name}: {first_line(skip)}")
        else:
            self.passed += 1


def first_line(element):
    text = (element.get("message") or element.text or "").strip()
    return text.splitlines()[0][:200] if text else "no reason given"


def tail(path, lines=15):
    text = path.read_text(errors="replace").splitlines() if path.exists() else []
    return "\n".join(text[-lines:])


def of_command(name, title, ended, log):
    if ended == 0:
        return Outcome(name, passed=1)
    return Outcome(name, failures=[f"{title}: {ended}"], log=log)


def of_cmocka(program, seconds):
    """One cmocka program, under the sanitizers."""
    title = f"{program.parent.name}/{program.name}"
    folder = LOGS / "unit"
    log = folder / f"{program.parent.name}-{program.name}.log"
    xml_name = f"{program.parent.name}-{program.name}"
    for old in folder.glob(f"{xml_name}.*.xml"):
        old.unlink()  # cmocka never overwrites
    ended = run_logged([str(program)], log, seconds, {
        "CMOCKA_MESSAGE_OUTPUT": "XML",
        "CMOCKA_XML_FILE": f"{folder}/{xml_name}.%g.xml",
        "UBSAN_OPTIONS": "print_stacktrace=1",
    })
    result = Outcome(title, log=log)
    for report in sorted(folder.glob(f"{xml_name}.*.xml")):
        add_report(result, report, title)
    # A sanitizer's finding or a crash ends the program without a word in the report.
    if ended != 0 and not result.failures:
        result.failures.append(f"{title}: ended with {ended}: {reason_in(log)}")
    elif ended == 0 and result.passed + len(result.skips) == 0:
        result.failures.append(f"{title}: ran no test")
    return result


def reason_in(log):
    """The line of a log that says most."""
    lines = log.read_text(errors="replace").splitlines()
    telling = [l for l in lines if "ERROR: " in l or "runtime error" in l or "ssert" in l]
    return (telling or lines[-1:] or ["no output"])[0].strip()[:200]


def add_report(result, report, title):
    try:
        cases = xml.parse(report).getroot().iter("testcase")
    except xml.ParseError as error:
        result.failures.append(f"{title}: unreadable report: {error}")
        return
    for case in cases:
        result.add_case(f"{title} {case.get('name')}", case)


class Pytest:
    """Files of a suite under way, or all of it; its log and report are called `name`."""

    def __init__(self, name, seconds, arguments, files, env=None):
        self.name = name
        self.log, self.report = LOGS / f"{name}.log", LOGS / f"{name}.xml"
        self.report.unlink(missing_ok=True)
        self.run = Logged([sys.executable, "-m", "pytest", "-v", f"--junitxml={self.report}", *map(str, files),
                           *arguments], self.log, seconds, env)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.run.__exit__()

    def outcome(self):
        """Waits for its end."""
        ended = self.run.wait()
        result = Outcome(self.name, log=self.log)
        if not self.report.exists():
            result.failures.append(f"{self.name}: ended with {ended}: {tail(self.log, 1)}")
            return result
        for case in xml.parse(self.report).getroot().iter("testcase"):
            result.add_case(f"{case.get('classname')}.{case.get('name')}", case)
        if ended not in (0, 5) and not result.failures:  # 5: there was no test
            result.failures.append(f"{self.name}: pytest ended with {ended}")
        return result


def of_pytest(name, seconds, arguments, files, env=None):
    with Pytest(name, seconds, arguments, files, env) as run:
        return run.outcome()
