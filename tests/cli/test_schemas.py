#!/usr/bin/env python3
"""Every line of a replay is what its JSON Schema says, and a line that is not is found out.

    tests/cli/test_schemas.py BINARY

Ends with "N passed, N failed"."""
import copy
import json
import os
import re
import subprocess
import sys
import tempfile

import jsonschema

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from claims import check, every_object, finish  # tests/claims.py

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TYPES = ("pick", "reject", "alert", "summary")
OTHERS = ("check", "event", "health", "journal", "siren")  # of the node and its commands; their own tests hold lines against them
def load(name):
    with open(os.path.join(ROOT, "docs", "schema", name + ".schema.json"), encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft202012Validator.check_schema(schema)
    return schema


def validators():
    return {name: jsonschema.Draft202012Validator(load(name)) for name in TYPES}


def run(binary, *arguments):
    done = subprocess.run([binary, *arguments], capture_output=True, text=True, timeout=300)
    check(" ".join(arguments), done.returncode == 0, f"status {done.returncode}: {done.stderr.strip()}")
    return done


def break_line(event):
    """Lines that differ from a good one by one fault each."""
    for key in event:
        broken = copy.deepcopy(event)
        del broken[key]
        yield f"without {key}", broken
    yield "with an unknown key", dict(event, surprise=1)
    yield "of another version", dict(event, schema=event["schema"].replace("/1", "/2"))
    for key, value in event.items():
        if isinstance(value, bool):
            yield f"with {key} as a number", dict(event, **{key: 1.5})
        elif isinstance(value, (int, float)):
            yield f"with {key} as text", dict(event, **{key: "12"})
    if "thresholds" in event:
        broken = copy.deepcopy(event)
        del broken["thresholds"][0]["p"]
        yield "with a threshold without p", broken
    if event.get("predicted"):
        broken = copy.deepcopy(event)
        broken["predicted"]["intensity"]["richter"] = 5
        yield "with an intensity that nobody knows", broken


# What is replayed, and the lines that it must bring, so that no schema goes untested.
CASES = (
    ("a strong earthquake", ["--magnitude", "6", "--seed", "7"], ["--settle", "60"], {"pick", "alert", "summary"}),
    ("a great and near one, without settle time", ["--magnitude", "7", "--distance", "5", "--before", "5"], [],
     {"alert", "summary"}),
    ("a weak and far one", ["--magnitude", "4", "--distance", "120", "--seed", "3"], ["--settle", "60"], {"summary"}),
    ("candidates that are none", ["--magnitude", "6", "--seed", "3"],
     ["--settle", "60", "--set", "onset.vertical_ratio=0", "--set", "onset.high_ratio_log=-3"], {"reject", "summary"}),
    ("50 Hz", ["--rate", "50"], ["--settle", "30"], {"pick", "alert", "summary"}),
    ("500 Hz, decimated", ["--rate", "500", "--after", "20"], ["--settle", "30"], {"pick", "alert", "summary"}),
)
SCALES = ("gbt", "jma", "mmi", "ems98", "cwa")


EPOCHS = [  # of StationXML, for a record from 2026-01-01T00:00:00Z on: dates, options, is it told?
    ("one that covers it", 'startDate="2020-01-01T00:00:00Z"', [], False),
    ("one that begins behind it", 'startDate="2027-01-01T00:00:00Z"', [], True),
    ("one that ended before it", 'startDate="2020-01-01T00:00:00Z" endDate="2025-12-31T23:59:59Z"', [], True),
    ("one that ends within it", 'startDate="2020-01-01T00:00:00Z" endDate="2026-01-01T00:00:30Z"', [], True),
    ("one that ends with it", 'startDate="2026-01-01T00:00:00Z" endDate="2026-01-01T01:00:00Z"', [], False),
    ("no dates at all", "", [], False),
    ("the scale is told anyway", 'startDate="2027-01-01T00:00:00Z"', ["--scale", "1e-6"], False),
]


def epochs(binary, folder, valid, good):
    """An epoch that does not cover the record is used, and said: once on standard error, once in the summary."""
    mseed, xml = (os.path.join(folder, "epoch." + ending) for ending in ("mseed", "xml"))
    run(binary, "synth", mseed)
    with open(xml, encoding="utf-8") as f:
        text = f.read()
    for claim, dates, options, told in EPOCHS:
        with open(xml, "w", encoding="utf-8") as f:
            f.write(text.replace('startDate="2020-01-01T00:00:00Z"', dates))
        done = run(binary, "replay", *options, mseed, xml)
        hold(f"epoch: {claim}", done.stdout, valid, {"pick", "summary"}, good)
        note = json.loads(done.stdout.splitlines()[-1])["note"]
        check(f"epoch: {claim}: {'a note' if told else 'no note'}", (note is not None and "epoch" in note) == told and
              done.stderr.count("epoch of its StationXML") == told and done.stderr.count("\n") == told,
              f"{note} {done.stderr}")


def main():
    if len(sys.argv) != 2:
        print("usage: test_schemas.py BINARY", file=sys.stderr)
        return 64
    binary = sys.argv[1]
    valid = validators()
    for name, validator in valid.items():
        for path, one in every_object(validator.schema):
            check(f"{name}: {path} allows no unknown key", one.get("additionalProperties") is False)
            check(f"{name}: {path} requires only what it describes", set(one["required"]) <= set(one["properties"]))
    for name in OTHERS:
        for path, one in every_object(load(name)):
            check(f"{name}: {path} allows no unknown key", one.get("additionalProperties") is False)
            check(f"{name}: {path} requires only what it describes", set(one["required"]) <= set(one["properties"]))
    words = next(one for one in load("journal")["oneOf"] if one["properties"]["type"]["const"] == "reason")
    with open(os.path.join(ROOT, "alarm", "arbiter_conf.c"), encoding="utf-8") as f:
        told = re.findall(r'^ *\[ARBITER_\w+\] =\s*"([^"]+)"', f.read(), re.MULTILINE)
    check("the journal's reasons are the arbiter's", len(told) > 30 and words["properties"]["why"]["enum"] == told,
          set(told) ^ set(words["properties"]["why"]["enum"]))
    good = {}
    with tempfile.TemporaryDirectory() as folder:
        csv = os.path.join(folder, "quake.csv")
        for claim, synth, replay, want in CASES:
            ok = run(binary, "synth", *synth, csv).returncode == 0
            done = run(binary, "replay", *replay, csv) if ok else None
            check(f"{claim}: is replayed", ok and done.returncode == 0)
            if ok:
                hold(claim, done.stdout, valid, want, good)
        sac = os.path.join(folder, "q.sac")
        run(binary, "synth", sac)
        parts = [os.path.join(folder, f"q.{axis}.sac") for axis in "ZNE"]
        hold("counts of unknown scale", run(binary, "replay", "--settle", "30", *parts).stdout, valid, {"summary"}, good)
        hold("counts with a scale", run(binary, "replay", "--settle", "30", "--scale", "1e-9", *parts).stdout, valid,
             {"pick", "alert", "summary"}, good)
        run(binary, "synth", csv)
        for scale in SCALES:
            hold(f"decided on {scale}", run(binary, "replay", "--settle", "30", "--set", f"policy.scale={scale}", csv).stdout,
                 valid, {"pick", "summary"}, good)
        check("a record of unknown scale brings no alert", '"type":"alert"' not in run(binary, "replay", *parts).stdout)
        epochs(binary, folder, valid, good)
    for name in TYPES:
        check(f"{name}: some case brought one", name in good)
        for fault, broken in break_line(good.get(name, {})) if name in good else ():
            check(f"{name} {fault} is refused", not valid[name].is_valid(broken))
    return finish()


def hold(claim, text, valid, want, good):
    seen = set()
    for number, line in enumerate(text.splitlines(), 1):
        event = json.loads(line)
        name = event.get("type")
        seen.add(name)
        if name not in valid:
            check(f"{claim}: line {number} is of a known type", False, line[:100])
            continue
        errors = sorted(valid[name].iter_errors(event), key=lambda e: list(e.path))
        check(f"{claim}: line {number}, {name}", not errors,
              "; ".join(f"{e.json_path}: {e.message[:200]}" for e in errors[:3]))
        if not errors and len(line) > len(json.dumps(good.get(name, {}))):
            good[name] = event
    check(f"{claim}: brings {', '.join(sorted(want))}", want <= seen, f"only {sorted(seen)}")
    check(f"{claim}: the summary is the last line", bool(text) and '"type":"summary"' in text.splitlines()[-1])


if __name__ == "__main__":
    sys.exit(main())
