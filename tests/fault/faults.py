#!/usr/bin/python3
"""Every fault in full measure, beside the goals; also as build/fault/faults.json.

usage: faults.py [--list] [SCENE...]

Status 0: every goal met. The machine decides the times: what else runs on it counts against them."""
import json
import os
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from stage import Stage  # first: it says where the others are
import machine
import scenes
from server import TOP

SCENES = {
    "postgresql": [
        lambda s: scenes.postgresql_away(s, scenes.hung, 6, 500), lambda s: scenes.postgresql_away(s, scenes.stopped, 6, 500),
        lambda s: scenes.postgresql_away(s, scenes.out_of_connections, 6, 500),
        lambda s: scenes.postgresql_restarted(s, 3, 12), lambda s: scenes.postgresql_slow(s, 0.05, 2000),
        lambda s: scenes.postgresql_torn(s, 5000)],
    "redis": [
        lambda s: scenes.redis_lies(s, 100_000, 1500, (20, 60)), lambda s: scenes.redis_away(s, scenes.redis_stopped, 4),
        lambda s: scenes.redis_away(s, scenes.redis_hung, 4), lambda s: scenes.redis_away(s, scenes.redis_flushed, 4),
        lambda s: scenes.redis_slow(s, 4)],
    "changes": [lambda s: scenes.changes(s, 50)],
    "processes": [
        lambda s: scenes.frozen_worker(s, 4), scenes.frozen_for_good, lambda s: scenes.killed(s, "worker", 4),
        lambda s: scenes.killed(s, "parent", 4), lambda s: scenes.killed(s, "supervisor", 4)],
    "deploys": [lambda s: scenes.deploys(s, 5, 6)],
    "slow": [lambda s: scenes.slow_clients(s, 2000, 15, 200), lambda s: scenes.slow_clients(s, 2000, 15, 200, 600)],
    "overload": [lambda s: scenes.overload(s, 6)],
}


def play(stage, name, scene):
    """Its rows; one that says what was wrong, where something was."""
    try:
        return scene(stage)
    except Exception as error:  # the other scenes go on
        traceback.print_exc()
        return [scenes.Row(name, "", f"WRONG: {type(error).__name__}: {error}"[:300], False)]


def show(rows):
    width = max(len(r.what) for r in rows)
    for r in rows:
        print(f"{'met    ' if r.met else 'NOT MET'}  {r.what:<{width}}  {r.measured:<32} {r.goal}", flush=True)


def main(words):
    if words == ["--list"]:
        print(*SCENES)
        return 0
    chosen = words or list(SCENES)
    if unknown := [w for w in chosen if w not in SCENES]:
        sys.exit(f"{__doc__}\nno scene is called {unknown[0]}; there are: {' '.join(SCENES)}")
    rows, since = [], time.monotonic()
    with Stage(lots=600, first=True) as stage:
        print(f"{machine.description()}; the client on processor {stage.client_core}, "
              + ("before whatever else runs" if stage.first else "beside whatever else runs"))
        for name in chosen:
            for scene in SCENES[name]:
                new = play(stage, name, scene)
                show(new)
                rows += new
    folder = TOP / "build/fault"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "faults.json").write_text(json.dumps([vars(r) for r in rows], indent=1) + "\n")
    print(f"\n{sum(r.met for r in rows)} of {len(rows)} goals met in {time.monotonic() - since:.0f} s\n")
    show(rows)
    return 0 if all(r.met for r in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
