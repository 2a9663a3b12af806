#!/usr/bin/env python3
"""What `tocsin synth` writes is what it says it is: the lines beside a record, formats that agree, pipes.

    tests/cli/test_synth.py BINARY

Ends with "N passed, N failed"."""
import json
import os
import subprocess
import sys
import tempfile

import jsonschema

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from claims import check, finish  # tests/claims.py

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
def run(binary, *arguments, **more):
    return subprocess.run([binary, *arguments], capture_output=True, timeout=300, **more)


def lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def summary(done):
    return json.loads(done.stdout.splitlines()[-1])


# What is asked for, and (type, class) that must be told.
TRUTHS = (
    ("one earthquake", [], {("quake", "quake")}),
    ("along a rupture", ["-m", "7.2", "--site", "soft"], {("quake", "quake")}),
    ("a distant one", ["--teleseism", "70", "-m", "8", "--rate", "20"], {("quake", "teleseism")}),
    ("a sequence", ["--sequence", "-m", "6", "--hours", "0.3", "--smallest", "2.5", "--seed", "2"],
     {("quake", "quake"), ("quake", "aftershock")}),
    ("a building", ["--building", "--hours", "0.5", "--start-hour", "12"], {("nuisance", "lorry")}),
    ("a building that is shaken", ["--building", "--sequence", "--hours", "0.2", "--start-hour", "12", "--bits", "20"],
     {("quake", "quake"), ("nuisance", "lorry")}),
)


def hold_truths(binary, folder, validator):
    csv = os.path.join(folder, "a.csv")
    truth = os.path.join(folder, "a.truth.jsonl")
    for claim, arguments, want in TRUTHS:
        done = run(binary, "synth", *arguments, csv)
        check(f"{claim}: is made", done.returncode == 0, done.stderr)
        told = lines(truth)
        wrong = [line for line in told if not validator.is_valid(line)]
        check(f"{claim}: every line is what the schema says", not wrong, wrong[:1])
        check(f"{claim}: a record, events, an end", [t["type"] for t in (told[0], told[-1])] == ["record", "end"])
        check(f"{claim}: the end counts", told[-1]["events"] == len(told) - 2)
        events = {(t["type"], t.get("class")) for t in told[1:-1]}
        check(f"{claim}: what must happen does", want <= events, events)
        with open(csv, encoding="ascii") as f:
            rows = sum(line[0] not in "#z" for line in f)
        check(f"{claim}: the end knows the samples", rows == told[-1]["samples"])
        check(f"{claim}: the first line knows the length", abs(rows / told[0]["rate_hz"] - told[0]["duration_s"]) < 1e-5)
    for key in told[0]:
        check(f"a record line without {key} is refused",
              not validator.is_valid({k: v for k, v in told[0].items() if k != key}))


def hold_onset(binary, folder):
    """The P of the sidecar is where the record's P is: the picks agree with it."""
    csv = os.path.join(folder, "p.csv")
    run(binary, "synth", "--seed", "7", csv)
    p = [t for t in lines(os.path.join(folder, "p.truth.jsonl")) if t["type"] == "quake"][0]["p_s"]
    picks = [json.loads(line) for line in run(binary, "replay", "--settle", "30", csv).stdout.splitlines()]
    onsets = [e["onset_s"] for e in picks if e["type"] == "pick"]
    check("the P is picked where it is", onsets and abs(onsets[-1] - p) < 0.1, (onsets, p))


def hold_formats(binary, folder):
    """The same samples through CSV, SAC and miniSEED, through a file and through a pipe."""
    same = ["synth", "--building", "--sequence", "--hours", "0.1", "--bits", "24", "--rate", "50", "--start-hour", "9"]
    path = {end: os.path.join(folder, "f." + end) for end in ("csv", "sac", "mseed")}
    for end in path:
        done = run(binary, *same, path[end])
        check(f"{end}: is written", done.returncode == 0, done.stderr)
    lsb = lines(os.path.join(folder, "f.truth.jsonl"))[0]["lsb_mps2"]
    replays = {
        "csv": run(binary, "replay", path["csv"]),
        "sac": run(binary, "replay", "--scale", "1e-9", *(os.path.join(folder, f"f.{a}.sac") for a in "ZNE")),
        "mseed": run(binary, "replay", path["mseed"], os.path.join(folder, "f.xml")),
        "csv through a pipe": run(binary, "replay", "-", input=run(binary, *same, "-").stdout),
        "mseed through a pipe": run(binary, "replay", "--scale", str(lsb), "-",
                                    input=run(binary, *same, "--format", "mseed", "-").stdout),
    }
    reference = summary(replays["csv"])
    for name, done in replays.items():
        check(f"{name}: is replayed", done.returncode == 0, done.stderr)
        got = summary(done)
        check(f"{name}: all samples", got["samples"] == 18000, got["samples"])
        check(f"{name}: the same rate and start", (got["rate_hz"], got["start"]) == (50, "2026-01-01T00:00:00.000Z"))
        check(f"{name}: the same picks", got["picks"] == reference["picks"], (got["picks"], reference["picks"]))
        for a, b in zip(got["components"], reference["components"]):
            check(f"{name}: {a['axis']} has the same peak", abs(a["pga_mps2"] / b["pga_mps2"] - 1) < 0.001)
    check("a file and a pipe have the same bytes",
          run(binary, *same, "--format", "mseed", "-").stdout == open(path["mseed"], "rb").read())


def hold_range(binary, folder):
    """A range is the end of it, whether or not bits were asked for."""
    csv = os.path.join(folder, "range.csv")
    for claim, more in (("a range alone", []), ("a range and bits", ["--bits", "16"])):
        done = run(binary, "synth", "-m", "7", "-d", "10", "--range", "0.02", *more, csv)
        check(f"{claim}: is made", done.returncode == 0, done.stderr)
        with open(csv, encoding="ascii") as f:
            largest = max(abs(float(x)) for line in f if line[0] not in "#z" for x in line.split(","))
        told = lines(os.path.join(folder, "range.truth.jsonl"))
        check(f"{claim}: cuts off", abs(largest - 0.02 * 9.80665) < 1e-6, largest)
        check(f"{claim}: counts what it cut", told[-1]["clipped"] > 100 and told[1]["peak_mps2"] > largest, told[-1])


def hold_noise_from(binary, folder):
    """Noise like that of a record: its level comes back, its events do not."""
    loud, like = os.path.join(folder, "loud.csv"), os.path.join(folder, "like.csv")
    run(binary, "synth", "--building", "--hours", "0.2", "--noise", "300", "--only", "door", "--activity", "5",
        "--start-hour", "12", loud)
    done = run(binary, "synth", "--building", "--hours", "0.2", "--noise", "0", "--activity", "0", "--noise-from", loud, like)
    check("noise like that of a record is made", done.returncode == 0, done.stderr)

    def middle(path):
        with open(path, encoding="ascii") as f:
            z = sorted(abs(float(line.split(",")[1])) for line in f if line[0] not in "#z")
        return z[len(z) // 2]

    check("with its level", abs(middle(like) / middle(loud) - 1) < 0.1, (middle(like), middle(loud)))
    scaled = []
    for scale in ("2e-8", "1/50000000"):
        done = run(binary, "synth", "--building", "--hours", "0.1", "--activity", "0", "--noise-scale", scale, "--noise-from",
                   os.path.join(folder, "f.Z.sac"), like)
        with open(like, "rb") as f:
            scaled.append(f.read())
    check("the scale of its counts may be a quotient", done.returncode == 0 and scaled[0] == scaled[1], done.stderr)
    done = run(binary, "synth", "--building", "--noise-from", os.path.join(folder, "f.Z.sac"), like)
    check("a record of unknown scale is refused", done.returncode == 2 and b"scale is unknown" in done.stderr, done.stderr)


def main():
    if len(sys.argv) != 2:
        print("usage: test_synth.py BINARY", file=sys.stderr)
        return 64
    with open(os.path.join(ROOT, "docs", "schema", "synth.schema.json"), encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft202012Validator.check_schema(schema)
    with tempfile.TemporaryDirectory() as folder:
        hold_truths(sys.argv[1], folder, jsonschema.Draft202012Validator(schema))
        hold_onset(sys.argv[1], folder)
        hold_formats(sys.argv[1], folder)
        hold_range(sys.argv[1], folder)
        hold_noise_from(sys.argv[1], folder)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
