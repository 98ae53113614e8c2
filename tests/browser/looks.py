#!/usr/bin/python3
"""Renders the public pages to files and looks at them with Chromium.

As a program (`make looks`): every kind of page in every language, at four widths, light and dark, and as printed;
screenshots in build/test/browser/looks, contact sheets in its folder `sheets`; prints bytes and requests of each kind,
ends with 1 when anything is wrong. A run that was cut short goes on where it stopped."""
import gzip
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import looking  # noqa: E402
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
SCHEMES = ("light", "dark")
PRINTED = ("active", "recalled", "expired", "never_issued", "check-asking")
SHOTS = WORK / "looks"


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


def plan_of(name, pages, widths, schemes, shots=None, tabs=2):
    plan = WORK / f"{name}.json"
    WORK.mkdir(parents=True, exist_ok=True)
    plan.write_text(json.dumps({"shots": shots and str(shots), "pages": pages, "widths": widths,
                                "schemes": schemes, "tabs": tabs}))
    return plan


def look(name, pages, widths, schemes, seconds=350):
    """What look.mjs saw of each page at each width and scheme."""
    seen = list(looking.lines_of("look.mjs", plan_of(name, pages, widths, schemes), seconds))
    failed = [s for s in seen if "failed" in s]
    assert not failed, failed
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


def write_sheets():
    """The top of every page at every width, as it is opened; some whole, opened, and on paper."""
    import sheets

    def shots(kinds, width, schemes, top=0, more=""):
        return [sheets.Shot(f"{k} {l} {width} {s}{more}", SHOTS / f"{k}.{l}.{width}.{s}{more}.png", top)
                for k in kinds for s in schemes for l in LANGUAGES]
    # width of the screen: how wide on the sheet, how many side by side, how much of the page
    scales = {320: (320, 6, 720), 360: (324, 6, 800), 768: (384, 5, 960), 1280: (512, 3, 1000)}
    count = 0
    for width in WIDTHS:
        wide, columns, top = scales[width]
        count += sheets.write(SHOTS / "sheets", f"top-{width}", shots(KINDS, width, SCHEMES, top), wide, columns)
    count += sheets.write(SHOTS / "sheets", "whole", shots(("active",), 360, SCHEMES, more=".open")
                          + shots(("recalled",), 360, SCHEMES), 324, 6)
    count += sheets.write(SHOTS / "sheets", "wide", shots(("active",), 1280, SCHEMES, more=".open"), 700, 3)
    count += sheets.write(SHOTS / "sheets", "print", [
        sheets.Shot(f"{k} {l} print", SHOTS / f"{k}.{l}.print.png") for k in PRINTED for l in LANGUAGES], 500, 3)
    return count


def main():
    rendered = render_sample()
    pages = [files(rendered, k, l) for k in KINDS for l in LANGUAGES]
    SHOTS.mkdir(parents=True, exist_ok=True)
    made_by = looking.digest(HERE / "look.mjs", HERE / "browser.mjs", str((WIDTHS, SCHEMES)))
    marks = {p["name"]: looking.digest(made_by, pathlib.Path(p["file"]), p["policy"]) for p in pages}
    seen, wrong = looking.look_through(
        "look.mjs", lambda waiting: plan_of("looks", waiting, WIDTHS, SCHEMES, SHOTS, tabs=1), pages, marks,
        len(WIDTHS) * len(SCHEMES), SHOTS, int(os.environ.get("SUYUAN_LOOKS_SECONDS", 1500)))
    print_table(seen)
    wrong += [f"{s['name']} {s['width']} {s['scheme']}: {fault}" for s in seen for fault in s["faults"]]
    if len(seen) == len(pages) * len(WIDTHS) * len(SCHEMES):
        print(f"\n{write_sheets()} contact sheets in {(SHOTS / 'sheets').relative_to(TOP)}")
    print(f"{len(seen)} looks at {len(KINDS)} kinds in {len(LANGUAGES)} languages, {len(wrong)} findings; "
          f"screenshots in {SHOTS.relative_to(TOP)}")
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
