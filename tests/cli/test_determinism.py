#!/usr/bin/env python3
"""The same record prints the same bytes, whatever the blocks and however often; and what is wrong with a command line.

    tests/cli/test_determinism.py BINARY

Ends with "N passed, N failed"."""
import json
import math
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from claims import check, finish  # tests/claims.py


def run(binary, *arguments, stdin=b""):
    return subprocess.run([binary, *arguments], capture_output=True, input=stdin, timeout=300)


def motion(rate, seconds, p_s):
    """Z N E in m/s^2: gravity, noise, a spike, a P and an S."""
    dice = random.Random(1)
    for i in range(int(rate * seconds)):
        t = i / rate
        row = [9.81 + dice.gauss(0, 1e-4), dice.gauss(0, 1e-4), dice.gauss(0, 1e-4)]
        if i == int((p_s - 8) * rate):
            row[0] += 0.02
        for start, sizes, f in ((p_s, (0.05, 0.02, 0.015), 4), (p_s + 4, (0.5, 1.5, 1.2), 1.5)):
            if t >= start:
                wave = math.exp(-(t - start) / 4) * math.cos(2 * math.pi * f * (t - start))
                row = [x + size * wave for x, size in zip(row, sizes)]
        yield row


def write_csv(path, rate, rows, unit="m/s^2", head="", missing=()):
    with open(path, "w", encoding="ascii") as f:
        f.write(f"# tocsin-csv 1\n# rate_hz: {rate}\n# unit: {unit}\n{head}z,n,e\n")
        for i, row in enumerate(rows):
            f.write(",".join("nan" if i in missing else f"{x:.7f}" for x in row) + "\n")


def velocity(rows, rate):
    sums = [0.0, 0.0, 0.0]
    for row in rows:
        sums = [s + (x - (9.81 if k == 0 else 0)) / rate for k, (s, x) in enumerate(zip(sums, row))]
        yield sums


def make_records(folder):
    """Name to (path, options): each takes another way through the pipeline."""
    place = lambda name: os.path.join(folder, name)
    start = "# start_utc: 2024-01-24T10:51:28.005Z\n"
    write_csv(place("plain.csv"), 100, motion(100, 50, 30), head=start)
    write_csv(place("holes.csv"), 100, motion(100, 50, 30), missing={0, 1, 700, 701, 702, 3050})
    write_csv(place("fast.csv"), 500, motion(500, 40, 25), missing={5001})
    write_csv(place("velocity.csv"), 125, velocity(motion(125, 50, 30), 125), unit="m/s")
    write_csv(place("slow.csv"), 31.25, motion(31.25, 60, 40))
    write_csv(place("short.csv"), 100, motion(100, 1.5, 30))
    return {
        "as it is": ([place("plain.csv")], []),
        "settled": ([place("plain.csv")], ["--settle", "60"]),
        "with holes": ([place("holes.csv")], ["--settle", "20", "--quiet", "3"]),
        "decimated": ([place("fast.csv")], ["--settle", "20"]),
        "velocity": ([place("velocity.csv")], ["--settle", "20"]),
        "31.25 Hz": ([place("slow.csv")], []),
        "shorter than its quiet part": ([place("short.csv")], ["--settle", "60"]),
        "STA/LTA": ([place("plain.csv")], ["--set", "onset.statistic=sta_lta"]),
        "spectrum": ([place("plain.csv")], ["--set", "onset.statistic=spectrum"]),
        "one axis": ([place("plain.csv")], ["--axes", "z,-,-"]),
        "several records": ([place("plain.csv"), place("slow.csv"), place("holes.csv")], ["--settle", "10"]),
    }


def blocks(binary, records):
    for name, (paths, options) in records.items():
        want = run(binary, "replay", *options, *paths)
        check(f"{name}: is replayed", want.returncode == 0, want.stderr.decode())
        check(f"{name}: nothing on standard error", want.stderr == b"", want.stderr.decode())
        lines = want.stdout.decode().splitlines()
        try:
            events = [json.loads(line) for line in lines]
        except ValueError as error:
            check(f"{name}: every line is JSON", False, str(error))
            continue
        check(f"{name}: every line is an object with a type",
              lines and all(isinstance(e, dict) and "type" in e and "record" in e for e in events))
        summaries = [e for e in events if e["type"] == "summary"]
        check(f"{name}: one summary a record, the last of its lines",
              len(summaries) == len(paths) and events[-1]["type"] == "summary")
        if "short" not in name:
            check(f"{name}: something happens", any(e["type"] == "pick" for e in events))
        check(f"{name}: no number that JSON lacks", b"NaN" not in want.stdout and b"Infinity" not in want.stdout)
        for n in ("1", "7", "100", "255", "256"):
            again = run(binary, "replay", *options, "--block", n, *paths)
            check(f"{name}: the same bytes in blocks of {n}", again.stdout == want.stdout)
        again = run(binary, "replay", *options, *paths)
        check(f"{name}: the same bytes once more", again.stdout == want.stdout)
    (path,), _ = records["as it is"]
    with open(path, "rb") as f:
        piped = run(binary, "replay", "-", stdin=f.read())
    want = run(binary, "replay", path)
    check("from a pipe: the same but for the name",
          piped.stdout.replace(b'"standard_input', b'"plain') == want.stdout, piped.stderr.decode())


def refusals(binary, folder, records):
    """Usage and configuration: 64. Bad input: 2. One line on standard error, nothing on standard output."""
    (good,), _ = records["as it is"]
    place = lambda name: os.path.join(folder, name)
    for name, text in (("empty.csv", ""), ("prose.csv", "Once upon a time\n"), ("typo.conf", "onset: { treshold = 3; };\n"),
                       ("range.conf", "onset: { warm_s = 1e9; };\n"), ("syntax.conf", "onset: {\n")):
        with open(place(name), "w", encoding="ascii") as f:
            f.write(text)
    write_csv(place("sluggish.csv"), 10, motion(10, 60, 30))
    write_csv(place("racing.csv"), 5000, motion(5000, 1, 30))
    cases = (
        ("no trace", 64, ["replay"], "trace"),
        ("an unknown option", 64, ["replay", "--bogus", good], "--bogus"),
        ("a value missing", 64, ["replay", good, "--settle"], "--settle"),
        ("a block of 0", 64, ["replay", "--block", "0", good], "--block"),
        ("a block of 257", 64, ["replay", "--block", "257", good], "--block"),
        ("half a block", 64, ["replay", "--block", "1.5", good], "--block"),
        ("a negative settle time", 64, ["replay", "--settle", "-1", good], "--settle"),
        ("settle that is no number", 64, ["replay", "--settle", "nan", good], "--settle"),
        ("no quiet at all", 64, ["replay", "--quiet", "0", good], "--quiet"),
        ("an unknown key", 64, ["replay", "--set", "onset.bogus=1", good], "onset.bogus"),
        ("a value out of range", 64, ["replay", "--set", "onset.warm_s=0", good], "onset.warm_s"),
        ("a value that is no number", 64, ["replay", "--set", "onset.warm_s=soon", good], "onset.warm_s"),
        ("an unknown choice", 64, ["replay", "--set", "onset.statistic=magic", good], "onset.statistic"),
        ("a key without a value", 64, ["replay", "--set", "onset.warm_s", good], "onset.warm_s"),
        ("a configuration that is not there", 64, ["replay", "-c", place("none.conf"), good], "none.conf"),
        ("a mistyped key in a file", 64, ["replay", "-c", place("typo.conf"), good], "typo.conf:1"),
        ("out of range in a file", 64, ["replay", "-c", place("range.conf"), good], "range.conf:1"),
        ("a file that is no configuration", 64, ["replay", "-c", place("syntax.conf"), good], "syntax.conf"),
        ("a unit without a scale", 64, ["replay", "--unit", "m/s", good], "--scale"),
        ("a scale of 0", 64, ["replay", "--scale", "0", good], "--scale"),
        ("two scales", 64, ["replay", "--scale", "1,2", good], "--scale"),
        ("a file that is not there", 2, ["replay", place("none.csv")], "none.csv"),
        ("a folder", 2, ["replay", folder], folder),
        ("an empty file", 2, ["replay", place("empty.csv")], "empty.csv"),
        ("a file of prose", 2, ["replay", place("prose.csv")], "prose.csv"),
        ("a rate too low", 2, ["replay", place("sluggish.csv")], "20 Hz"),
        ("a rate too high", 2, ["replay", place("racing.csv")], "5000 Hz"),
    )
    for claim, code, arguments, word in cases:
        done = run(binary, *arguments)
        error = done.stderr.decode()
        check(f"{claim}: status {code}", done.returncode == code, f"was {done.returncode}: {error}")
        check(f"{claim}: nothing on standard output", done.stdout == b"")
        check(f"{claim}: one line that says '{word}'",
              error.count("\n") == 1 and error.startswith("tocsin replay: ") and word in error, error)
    check("no command: status 64", run(binary).returncode == 64)
    check("an unknown command: status 64", run(binary, "conquer").returncode == 64)
    check("help: status 0", run(binary, "replay", "--help").returncode == 0)
    with open("/dev/full", "wb") as full:
        done = subprocess.run([binary, "replay", good], stdout=full, stderr=subprocess.PIPE, timeout=300)
    check("a full disk: status 1, and told", done.returncode == 1 and b"No space left" in done.stderr, str(done))
    partial = run(binary, "replay", good, place("none.csv"))
    check("one of two files is not there: status 2", partial.returncode == 2)


def main():
    binary = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        records = make_records(folder)
        blocks(binary, records)
        refusals(binary, folder, records)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
