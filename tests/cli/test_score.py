#!/usr/bin/env python3
"""A small catalogue of synthetic records through `tocsin score`: what it judges, what it says, what it writes.

    tests/cli/test_score.py BINARY

Ends with "N passed, N failed"."""
import copy
import csv
import json
import math
import os
import subprocess
import sys
import tarfile
import tempfile

import jsonschema

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from claims import check, every_object, finish  # tests/claims.py

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COLUMNS = ("id", "kind", "paths", "format", "network", "n_samples", "fs_hz", "p_onset_s", "p_how", "origin_utc",
           "unit_after_load", "loader_args")


def run(binary, *arguments):
    return subprocess.run([binary, *arguments], capture_output=True, text=True, timeout=600)


def header(path, key):
    with open(path, encoding="utf-8") as f:
        for line in f:
            if line.startswith(f"# {key}:"):
                return float(line.split(":")[1])
    return None


def write_catalogue(folder, rows, name="catalogue.csv"):
    with open(os.path.join(folder, name), "w", newline="", encoding="utf-8") as f:
        w = csv.DictWriter(f, COLUMNS, restval="")
        w.writeheader()
        w.writerows(rows)


def noise(folder, name, seconds, seed):
    """Quiet white noise as CSV, by our own generator."""
    state = seed
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.write("# tocsin-csv 1\n# rate_hz: 100\nz,n,e\n")
        for _ in range(seconds * 100):
            values = []
            for _ in range(3):
                total = 0.0
                for _ in range(4):
                    state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
                    total += (state >> 33) / 2**31 - 0.5
                values.append(f"{total * 1e-3:.8f}")
            f.write(",".join(values) + "\n")


def shaken(folder, name, seconds):
    """As strong from its first sample to its last: its mirrored beginning alarms, before the record begins."""
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.write("# tocsin-csv 1\n# unit: m/s^2\n# rate_hz: 100\nz,n,e\n")
        for i in range(seconds * 100):
            f.write(f"{2 * math.sin(0.12 * i):.6f},{3 * math.sin(0.1 * i):.6f},{2 * math.cos(0.09 * i):.6f}\n")


def make(binary, folder):
    """Strong and weak quakes, noise, an archive, and what cannot be judged: the rows of a catalogue."""
    rows = []
    for name, options in (("strong", ["--magnitude", "6.5", "--distance", "25", "--seed", "7"]),
                          ("twin", ["--magnitude", "6.5", "--distance", "40", "--seed", "8"]),
                          ("weak", ["--magnitude", "3.5", "--distance", "60", "--seed", "3"])):
        path = os.path.join(folder, name + ".csv")
        run(binary, "synth", *options, path)
        rows.append(dict(id=name, kind="quake", paths=name + ".csv", format="CSV", p_onset_s=header(path, "p_s"),
                         p_how="manual (made)" if name != "weak" else "estimated",
                         origin_utc="2024-01-01T00:00:10Z" if name != "weak" else "2024-02-01T00:00:00Z"))
    run(binary, "synth", "--magnitude", "6", os.path.join(folder, "s.sac"))
    parts = [f"s.{axis}.sac" for axis in "ZNE"]
    with tarfile.open(os.path.join(folder, "s.tgz"), "w:gz") as tar:
        for part in parts:
            tar.add(os.path.join(folder, part), part)
            os.remove(os.path.join(folder, part))
    packed = dict(kind="quake", paths="s.tgz", format="SAC", p_onset_s=30, p_how="header")
    rows.append(dict(packed, id="packed", loader_args=json.dumps(dict(members=parts, mul=1e-9))))
    rows.append(dict(packed, id="counts", unit_after_load="count", loader_args=json.dumps(dict(members=parts))))
    noise(folder, "noise.csv", 120, 1)
    rows.append(dict(id="noise", kind="noise", paths="noise.csv", format="CSV", fs_hz=100, n_samples=12000))
    shaken(folder, "shaken.csv", 60)
    rows.append(dict(id="shaken", kind="vehicle", paths="shaken.csv", format="CSV", fs_hz=100, n_samples=6000))
    rows.append(dict(id="walk", kind="activity", paths="noise.csv", format="CSV"))
    rows.append(dict(id="no P", kind="quake", paths="noise.csv", format="CSV"))
    rows.append(dict(id="not there", kind="quake", paths="none.csv", format="CSV", p_onset_s=20))
    rows.append(dict(id="no sense", kind="quake", paths="noise.csv", format="CSV", loader_args='{"squeeze": 1}'))
    return rows


def claims_of_json(s):
    records = {r["id"]: r for r in s["records"]}
    check("every record is listed", len(records) == 11 and s["records_n"] == 11 and s["replayed_n"] == 9)
    check("a file that is not there is named", "none.csv" in (records["not there"]["not_replayed"] or ""))
    check("arguments without sense are named", "squeeze" in (records["no sense"]["not_replayed"] or ""))
    for name in ("strong", "twin", "packed"):
        error = records[name]["error_s"]
        check(f"{name}: its P is picked within 0.3 s", error is not None and abs(error) <= 0.3, error)
    check("the P of unknown scale too", records["counts"]["error_s"] is not None)
    check("but no alarm is judged there", "unknown scale" in records["counts"]["alarms_not_judged"])
    check("without a P no pick is judged", records["no P"]["picks_not_judged"] == "no P in the catalogue")
    check("two records of one earthquake are one event", records["strong"]["event"] == records["twin"]["event"])
    check("another earthquake is another", records["strong"]["event"] != records["weak"]["event"])
    alarm = records["strong"]["alarms"][2]
    check("the strong one reaches GB/T 5 and is alarmed", alarm["reached"] and alarm["alarm_s"] is not None, alarm)
    check("noise raises nothing", not any(a["loud"] or a["false"] for a in records["noise"]["alarms"]))
    check("and its picks count as false over its whole length", records["noise"]["exposure_s"] == 120)
    settled = [a["settled"] for a in records["shaken"]["alarms"]]
    check("what the settle time raises is counted with its levels", settled[:3] == [1, 1, 1], settled)
    check("and is neither hit nor false", not any(a["loud"] or a["false"] or a["events"] for a in
                                                  records["shaken"]["alarms"]), records["shaken"]["alarms"])
    check("in the figures of the whole as well", s["settled_alarms"][:3] == [dict(events=1, records=1)] * 3,
          s["settled_alarms"])
    by_hand = [p for p in s["picks"] if p["whose"] == "manual" and p["refined"]][0]
    check("picks by hand: three of unknown and known scale and the packed one", by_hand["n"] == 4, by_hand["n"])
    check("none missed: a bound, no zero", by_hand["missed"]["value"] == 0 and by_hand["missed"]["high"] > 0.3)
    everyone = [p for p in s["picks"] if p["whose"] == "all" and p["refined"]][0]
    check("all are those by hand and the estimated one", everyone["n"] == 5, everyone["n"])


def claims_of_schema(s):
    with open(os.path.join(ROOT, "docs", "schema", "score.schema.json"), encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft202012Validator.check_schema(schema)
    valid = jsonschema.Draft202012Validator(schema)
    for path, one in every_object(schema):
        check(f"schema {path} allows no unknown key", one.get("additionalProperties") is False)
        check(f"schema {path} requires only what it describes", set(one["required"]) <= set(one["properties"]))
    errors = list(valid.iter_errors(s))
    check("the JSON is what its schema says", not errors, [e.message[:200] for e in errors[:3]])
    for key in s:
        broken = copy.deepcopy(s)
        del broken[key]
        check(f"without {key} it is not", not valid.is_valid(broken))
    for part in ("records", "picks", "alarms", "false_picks", "false_alarms", "settled_alarms"):
        broken = copy.deepcopy(s)
        broken[part][0]["surprise"] = 1
        check(f"an unknown key in {part} is refused", not valid.is_valid(broken))


def claims_of_csv(path):
    with open(path, newline="", encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    check("CSV has a row a record", len(rows) == 11)
    check("what was not replayed leads", {r["id"] for r in rows[:2]} == {"not there", "no sense"}, rows[0]["id"])
    badness = [float(r["badness"]) for r in rows[2:]]
    check("then the worst first", badness == sorted(badness, reverse=True))
    check("the settle time has its columns", {r["id"]: r["settled_alarm_5"] for r in rows}["shaken"] == "1"
          and {r["id"]: r["settled_alarm_5"] for r in rows}["noise"] == "0")
    check("every row has every cell", all(None not in r and None not in r.values() for r in rows))


def claims_of_table(text):
    check("the table names what was not replayed", "Not replayed: not there: " in text and "squeeze" in text)
    check("and what was not judged, with its reason",
          "Picks not judged: 1, no P in the catalogue: no P" in text and "unknown scale" in text)
    check("and what the settle time raised", "Raised in the settle time, neither hit nor false: watch 1 in 1 record, "
          "warning 1 in 1 record, alarm 1 in 1 record\n  shaken " in text, text)
    check("it has picks, alarms and false picks",
          all(x in text for x in ("manual    refined", "5: alarm", "quiet", "walk" if "walk" in text else "activity")))


def claims_of_compare(binary, folder, base):
    same = run(binary, "score", folder, "--compare", base)
    check("nothing changed against itself", "11 records in both runs: 0 changes for the better, 0 for the worse"
          in same.stdout, same.stdout[:200] + same.stderr)
    with open(base, encoding="utf-8") as f:
        s = json.load(f)
    settled = [r for r in s["records"] if r["id"] == "shaken"][0]["alarms"]
    other = os.path.join(folder, "other.json")
    for had, want in ((3, "+ shaken"), (None, "0 changes for the better, 0 for the worse")):
        settled[2]["settled"] = had
        with open(other, "w", encoding="utf-8") as f:
            json.dump(s, f)
        now = run(binary, "score", folder, "--ids", "shaken", "--compare", other).stdout
        check(f"{had} alarms in the settle time before", want in now and
              ("alarm in the settle time: 3 -> 1" in now) == (had == 3), now[:200])
    deaf = run(binary, "score", folder, "--compare", base, "--set", "onset.statistic=sta_lta", "--set",
               "onset.sta_lta_threshold=1000")
    check("a deaf detector loses the P", "- strong" in deaf.stdout and "P missed" in deaf.stdout, deaf.stdout[:300])
    settled[2]["settled"] = 3
    records = s["records"]
    many = [dict(records[k % len(records)], id=f"copy {k}") for k in range(6000)]
    s["records"] = many + list(reversed(records))
    with open(other, "w", encoding="utf-8") as f:
        json.dump(s, f)
    now = run(binary, "score", folder, "--compare", other)
    check("a run of thousands, in another order", os.path.getsize(other) > 4e6 and
          "11 records in both runs: 1 changes for the better" in now.stdout and "6000 records only in the earlier run" in now.stdout,
          now.stdout[:300] + now.stderr)
    large = os.path.join(folder, "large.json")
    with open(large, "wb") as f:
        f.truncate(64 * 1024 * 1024 + 1)
    now = run(binary, "score", folder, "--ids", "noise", "--compare", large)
    check("more than 64 MiB is refused", now.returncode == 2 and "larger than 67108864 bytes" in now.stderr, now.stderr)
    bad = os.path.join(folder, "bad.json")
    for text, want in (("{", "line 1"), ('{"schema":"tocsin.pick/1"}', "not the JSON of a score")):
        with open(bad, "w", encoding="utf-8") as f:
            f.write(text)
        done = run(binary, "score", folder, "--compare", bad)
        check(f"compare with {text} is refused", done.returncode == 2 and want in done.stderr, done.stderr)
    done = run(binary, "score", folder, "--compare", os.path.join(folder, "no.json"))
    check("and with no file", done.returncode == 2 and "no.json" in done.stderr, done.stderr)


def claims_of_usage(binary, folder):
    empty = os.path.join(folder, "empty")
    os.mkdir(empty)
    twice = os.path.join(folder, "twice.csv")
    write_catalogue(folder, [dict(id="noise", kind="noise", paths="noise.csv")], "twice.csv")
    for arguments, code, want in (
            ([], 64, "no catalogue"),
            (["--jobs", "0", folder], 64, "--jobs 0"),
            (["--plot", "x.gif", folder], 64, ".svg or .png"),
            (["--json", "-", "--csv", "-", folder], 64, "--csv -: standard output is taken by --json"),
            (["--surprise", folder], 64, "unknown option"),
            (["--set", "onset.nonsense=1", folder], 64, "nonsense"),
            ([empty], 2, "catalogue.csv: cannot open"),
            ([os.path.join(folder, "strong.csv")], 2, "not a catalogue"),
            ([folder, twice], 2, "record 'noise' is in two catalogues"),
            (["--kinds", "quake,blast", folder], 64,
             "--kinds blast: no such kind; there are: activity, noise, quake, vehicle"),
            (["--kinds", "teleseism", folder], 2, "no record is left"),
            (["--ids", "not there,no sense", folder], 2, "none of 2 records could be replayed; not there: "),
            (["--ids", "noise", "--json", os.path.join(empty, "no", "x"), folder], 1, "cannot write")):
        done = run(binary, "score", *arguments)
        check(f"score {' '.join(arguments)[:60]}", done.returncode == code and want in done.stderr
              and done.stderr.count("\n") == 1, f"{done.returncode} {done.stderr}")
    json_path = os.path.join(empty, "none.json")
    done = run(binary, "score", "--ids", "not there,no sense", "--json", json_path, folder)
    check("what could not be replayed is listed all the same", "Not replayed: no sense" in done.stdout
          and os.path.getsize(json_path) > 100, done.stdout)
    for option in ("--json", "--csv"):
        done = run(binary, "score", "--ids", "noise", option, "/dev/full", folder)
        check(f"a full disk for {option} is told", done.returncode == 1 and done.stderr ==
              "tocsin score: /dev/full: cannot write: No space left on device\n", done.stderr)
    for option, want in (("--json", '"schema":"tocsin.score/1"'), ("--csv", "id,kind,")):
        done = run(binary, "score", "--ids", "noise", option, "-", folder)
        check(f"{option} - is all of standard output", done.returncode == 0 and want in done.stdout[:40] and
              "records, " not in done.stdout and done.stderr.startswith("1 records, "), done.stdout[:80])
    check("no file is called -", not os.path.exists("-"))
    check("--help explains", run(binary, "score", "--help").stdout.startswith("usage: tocsin score"))
    one = run(binary, "score", "--kinds", "noise,activity", "--ids", "al,noi", folder)
    check("--kinds and --ids choose", one.stdout.startswith("2 records"), one.stdout[:60])


def main():
    if len(sys.argv) != 2:
        print("usage: test_score.py BINARY", file=sys.stderr)
        return 64
    binary = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TMPDIR"] = os.path.join(folder, "tmp")
        os.mkdir(os.environ["TMPDIR"])
        write_catalogue(folder, make(binary, folder))
        json_path, csv_path = os.path.join(folder, "a.json"), os.path.join(folder, "a.csv")
        done = run(binary, "score", folder, "--json", json_path, "--csv", csv_path)
        check("a catalogue is scored", done.returncode == 0 and done.stderr == "", done.stderr)
        with open(json_path, encoding="utf-8") as f:
            s = json.load(f)
        claims_of_json(s)
        claims_of_schema(s)
        claims_of_csv(csv_path)
        claims_of_table(done.stdout)
        check("unpacked files are gone", os.listdir(os.environ["TMPDIR"]) == [])
        for jobs in ("1", "3"):
            again = run(binary, "score", folder, "--jobs", jobs, "--json", json_path + jobs)
            with open(json_path, "rb") as a, open(json_path + jobs, "rb") as b:
                check(f"the same bytes from {jobs} threads", a.read() == b.read() and again.stdout == done.stdout)
        claims_of_compare(binary, folder, json_path)
        claims_of_usage(binary, folder)
        picture = os.path.join(folder, "p.svg")
        drawn = run(binary, "score", folder, "--ids", "strong,shaken", "--plot", picture)
        if "not installed" in drawn.stderr:
            print("SKIPPED 1: no gnuplot")
        else:
            with open(picture, encoding="utf-8") as f:
                text = f.read()
            check("a picture is drawn", drawn.returncode == 0 and "Share of the lead" in text, drawn.stderr)
            check("with something in each panel", "no record to judge" not in text)
            drawn = run(binary, "score", folder, "--ids", "noise", "--plot", picture)
            with open(picture, encoding="utf-8") as f:
                check("without earthquakes three panels say that they are empty", drawn.returncode == 0 and
                      f.read().count("no record to judge") == 3, drawn.stderr)
            check("that names the settle time's", "settle time: watch 1, warning 1, alarm 1" in text)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
