#!/usr/bin/python3
"""Renders the public pages to files and looks at them with Chromium.

As a program (`make looks`): every kind of page in every language, at four widths, light and dark; screenshots
in build/test/browser/looks; prints bytes and requests of each kind, ends with 1 when anything is wrong."""
import gzip
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from steps import TOP  # noqa: E402

WORK = TOP / "build/test/browser"
LIBRARIES = [f"build/release/lib{layer}.a" for layer in ("page", "model", "base")]
OBJECT = "build/release/obj/tests/browser/render.o"
VERDICTS = ("active", "inactive", "consumed", "recalled", "held", "expired", "blocked", "never_issued",
            "mistyped", "bad_link", "busy")
PINS = ("many-visits", "pin-asked", "pin-wrong", "pin-right", "pin-opened", "pin-locked", "pin-busy")
FORMS = ("check-asking", "check-unreadable", "check-no_gtin", "check-bad_gtin", "check-mistyped",
         "check-never_issued", "check-not_found", "check-too_many", "check-busy", "report-asking",
         "report-refused", "report-done", "report-too_many", "report-busy")
KINDS = VERDICTS + PINS + FORMS
LANGUAGES = ("zh-CN", "en", "fr")
WIDTHS = (320, 360, 768, 1280)


def gzip_size(body):
    return len(gzip.compress(body, 9))


def render(out, sources):
    out.mkdir(parents=True, exist_ok=True)
    WORK.mkdir(parents=True, exist_ok=True)
    program = WORK / "render"
    subprocess.run(["make", "--no-print-directory", OBJECT, *LIBRARIES], cwd=TOP, check=True,
                   capture_output=True, timeout=300)
    subprocess.run(["gcc", "-pie", "-o", program, OBJECT, *LIBRARIES, "-ljansson", "-lcrypto"],
                   cwd=TOP, check=True, timeout=60)
    subprocess.run([program, out, *sources], check=True, timeout=60)
    return out


def render_sample():
    sample = TOP / "tests/golden/page"
    return render(WORK / "pages", [sample / f"{n}.json" for n in ("brand", "product", "lot")])


def files(pages, kind, language):
    return {"name": f"{kind}.{language}", "file": str(pages / f"{kind}.{language}.html"),
            "policy": (pages / f"{kind}.{language}.policy").read_text()}


def look(name, pages, widths, schemes, shots=None, seconds=350):
    """What look.mjs saw of each page at each width and scheme; screenshots into a folder of WORK, if named."""
    plan = WORK / f"{name}.json"
    WORK.mkdir(parents=True, exist_ok=True)
    if shots:
        (WORK / shots).mkdir(exist_ok=True)
    plan.write_text(json.dumps({"shots": shots and str(WORK / shots), "pages": pages, "widths": widths,
                                "schemes": schemes, "folded": shots is not None}))
    done = subprocess.run(["node", HERE / "look.mjs", plan], capture_output=True, text=True,
                          timeout=seconds)
    assert done.returncode == 0, done.stderr
    seen = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(seen) == len(pages) * len(widths) * len(schemes)
    return seen


def print_table(seen):
    print("| page | language | bytes | gzip | brotli | requests | sizes of type above the fold |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for s in seen:
        if s["width"] == 360 and s["scheme"] == "light":
            kind, language = s["name"].split(".")
            b = s["bytes"]
            print(f"| {kind} | {language} | {b['raw']} | {b['gzip']} | {b['brotli']} | {s['requests']} "
                  f"| {len(s['sizes'])} |")


def main():
    pages = render_sample()
    seen = look("looks", [files(pages, k, l) for k in KINDS for l in LANGUAGES], WIDTHS,
                ("light", "dark"), shots="looks", seconds=3600)
    print_table(sorted(seen, key=lambda s: (KINDS.index(s["name"].split(".")[0]), s["name"])))
    faults = [f"{s['name']} {s['width']} {s['scheme']}: {fault}" for s in seen for fault in s["faults"]]
    print(f"\n{len(seen)} looks at {len(KINDS)} kinds in {len(LANGUAGES)} languages, {len(faults)} findings; "
          f"screenshots in {(WORK / 'looks').relative_to(TOP)}")
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
