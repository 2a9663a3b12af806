#!/usr/bin/env python3
"""The floor of docs/quality.md, claim by claim, on a score of the recorded earthquakes.

    tests/quality/floor.py BINARY CATALOGUE

Exit 1 unless every claim is kept; the last line is "N passed, N failed"."""
import json
import os
import subprocess
import sys
import tempfile

RECORDS = 162  # of a whole catalogue: fewer would prove less


def score(binary, catalogue):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "score.json")
        subprocess.run([binary, "score", catalogue, "--json", path], check=True, stdout=subprocess.DEVNULL)
        with open(path, encoding="utf-8") as f:
            return json.load(f)


def strong_ones(records):
    """Earthquakes whose record reached GB/T 6."""
    return [r for r in records if r["not_replayed"] is None and r["kind"] == "quake" and r["alarms"][3]["reached"]]


def claims(s):
    picks = [p for p in s["picks"] if p["whose"] == "manual" and p["refined"]][0]
    noise = [a for a in s["false_alarms"] if a["where"] == "noise"][0]
    strong = strong_ones(s["records"])
    yield "the catalogue is whole", s["records_n"] >= RECORDS
    yield "every record is replayed", s["records_n"] > 0 and s["replayed_n"] == s["records_n"]
    yield "manual picks: none missed", picks["n"] > 0 and picks["missed"]["value"] == 0
    yield "manual picks: all within 0.5 s", picks["n"] > 0 and picks["within_0_5_s"]["value"] == 1
    yield "manual picks: 0.80 within 0.1 s", picks["n"] > 0 and picks["within_0_1_s"]["value"] >= 0.8 - 1e-9
    yield ("manual picks: declared 0.16 s after P (median)",
           picks["n"] > 0 and picks["declared_median_s"]["value"] <= 0.165)
    yield ("no warning and no alarm on noise",
           noise["records"] > 0 and noise["warning"]["events"] == 0 and noise["alarm"]["events"] == 0)
    yield ("every record of GB/T >= 6 is alarmed",
           strong and all(r["alarms"][3]["alarm_s"] is not None for r in strong))


def main():
    if len(sys.argv) != 3:
        print("usage: floor.py BINARY CATALOGUE", file=sys.stderr)
        return 64
    kept = [(name, bool(ok)) for name, ok in claims(score(sys.argv[1], sys.argv[2]))]
    for name, ok in kept:
        print("FLOOR", "kept  " if ok else "BROKEN", name)
    print(f"{sum(ok for _, ok in kept)} passed, {sum(not ok for _, ok in kept)} failed")
    return 0 if all(ok for _, ok in kept) else 1


if __name__ == "__main__":
    sys.exit(main())
