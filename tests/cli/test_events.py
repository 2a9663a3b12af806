#!/usr/bin/env python3
"""`tocsin events` on journals written here, whole, damaged, long, and while somebody writes:  test_events.py BINARY

The last line is "N passed, N failed"."""
import csv
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import zlib

import jsonschema

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOCSIN = sys.argv[1]
# The sanitizers' allocator keeps freed memory for a while: its peak says nothing about ours.
with open(TOCSIN, "rb") as program:
    SANITIZED = any(mark in data for data in [program.read()] for mark in (b"__asan_init", b"__tsan_init"))
passed = failed = 0


def check(claim, ok, detail=""):
    global passed, failed
    passed += bool(ok)
    failed += not ok
    if not ok:
        print("FAILED", claim, str(detail)[:1500], flush=True)


def frame(line):
    text = (line if isinstance(line, str) else json.dumps(line, separators=(",", ":"))).encode()
    return b"%08x %08x %s\n" % (len(text), zlib.crc32(text), text)


HEAD = frame({"type": "journal", "version": 1})
DAY = 1700000000  # 2023-11-14T22:13:20Z


def at(s):
    s += 22 * 3600 + 13 * 60 + 20
    return f"2023-11-{14 + s // 86400:02.0f}T{s // 3600 % 24:02.0f}:{s // 60 % 60:02.0f}:{s % 60:06.3f}Z"


def event(number, level, hour, end=True, more=0):
    """The lines of one event."""
    s = hour * 3600
    name = {"event_id": f"house-e-{number}", "event_number": number, "event_utc_ns": (DAY + s) * 10**9,
            "event_utc_trusted": True}

    def line(kind, after, **keys):
        return {"type": kind, "at": at(s + after), "mono_ns": int((s + after) * 1e9), **name, **keys}

    lines = [line("reason", 1, why="event began", level=level, source="local", text="event began")]
    for i in range(more + 1):
        lines.append(line("alert", 1 + i, sensor="cellar", sensor_index=0, alert={
            "revision": i + 1, "phase": "update", "status": "actual", "level": level, "basis": "predicted", "scale": "gbt",
            "observed": {"intensity": {"gbt": 4.5 + i}}}))
    lines.append(line("output", 1.01, what="siren-written", reaction_ms=1.25))
    if end:
        lines.append(line("reason", 60, why="event ended", text="event ended"))
    return [frame(one) for one in lines]


class Journal:
    def __init__(self, folder, name="journal"):
        self.path = os.path.join(folder, name)

    def write(self, *frames, file=""):
        with open(self.path + file, "wb") as f:
            f.write(HEAD + b"".join(frames))
        return self

    def run(self, *arguments):
        return subprocess.run([TOCSIN, "events", *arguments, "--journal", self.path], capture_output=True, text=True,
                              timeout=120, errors="surrogateescape")


def lists(journal):
    journal.write(*event(1, "watch", 0), *event(2, "alarm", 5), file=".1")
    journal.write(*event(3, "warning", 10, more=1), *event(4, "alarm", 20, end=False))
    done = journal.run()
    lines = done.stdout.splitlines()
    check("a line an event, newest last, of all files", [line.split()[0] for line in lines] == ["1", "2", "3", "4"], done)
    check("with what is asked of an event", "warning  predicted  shaking-ended  5.5 gbt" in lines[2] and
          "cellar  house-e-3" in lines[2] and at(36000) in lines[2], lines[2])
    check("list is the same", journal.run("list").stdout == done.stdout)
    for claim, options, want in [
            ("the last two", ["--last", "2"], ["3", "4"]),
            ("alarms", ["--level", "alarm"], ["2", "4"]),
            ("the last alarm", ["--level", "alarm", "--last", "1"], ["4"]),
            ("since a time", ["--since", at(36000)], ["3", "4"]),
            ("since the minute after it", ["--since", "2023-11-15T08:14Z"], ["4"]),
            ("since a day", ["--since", "2023-11-15"], ["2", "3", "4"]),
            ("none of today", ["--since", "24h"], [])]:
        done = journal.run(*options)
        check(claim, done.returncode == 0 and [line.split()[0] for line in done.stdout.splitlines()] == want, done)
    with open(os.path.join(ROOT, "docs", "schema", "event.schema.json"), encoding="utf-8") as f:
        valid = jsonschema.Draft202012Validator(json.load(f))
    events = [json.loads(line) for line in journal.run("list", "--json").stdout.splitlines()]
    check("as JSON, by its schema", len(events) == 4 and all(valid.is_valid(e) for e in events), events)
    check("with the numbers", events[2]["observed_intensity"] == 5.5 and events[2]["siren_ms"] == 1.25 and
          events[2]["revisions"] == 2 and events[2]["duration_s"] == 59 and events[3]["end"] == "open", events)


def one_life(journal):
    done = journal.run("show", "2")
    check("one is shown by its number", done.returncode == 0 and "+60.000 s  reason    event ended" in done.stdout and
          "siren-written, 1.250 ms after the sample arrived" in done.stdout and "house-e-4" not in done.stdout, done)
    check("and by its id", journal.run("show", "house-e-2").stdout == done.stdout)
    done = journal.run("show", "99\x1b[2J")
    check("one that is not there is said in one line", done.returncode == 2 and done.stdout == "" and
          done.stderr.count("\n") == 1 and "\x1b" not in done.stderr and "no such event" in done.stderr, done)


def exports(journal):
    done = journal.run("export", "4", "2")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    check("what is exported is every line about them", {line["event_number"] for line in lines} == {2, 4} and
          len(lines) == 7, done.stdout)
    check("all of them, by no name", len(journal.run("export").stdout.splitlines()) == 16)
    rows = list(csv.DictReader(io.StringIO(journal.run("export", "--csv", "--level", "alarm").stdout)))
    check("a table has a row an event", [row["event_id"] for row in rows] == ["house-e-2", "house-e-4"] and
          rows[0]["siren_ms"] == "1.250" and rows[0]["sensors"] == "cellar", rows)


def whole(journal):
    done = journal.run("check")
    check("whole files are said to be", done.returncode == 0 and done.stdout.count("ok ") == 2, done)
    with open(journal.path, "rb") as f:
        good = f.read()
    for claim, data, says in [
            ("a torn end", good[:-7], "the node removes it"),
            ("a broken line", good.replace(b"house-e-3", b"house-E-3", 1), "1 broken"),
            ("lines that are no JSON", good + frame("hello"), "1 not to be understood"),
            ("a file that is none", b"hello\n" * 9, "no journal"),
            ("a newer version", frame({"type": "journal", "version": 2}), "newer version"),
            ("an empty file", b"", "no journal")]:
        with open(journal.path, "wb") as f:
            f.write(data)
        done = journal.run("check")
        check(f"{claim} is found", done.returncode == 1 and says in done.stdout and done.stdout.count("FAIL") == 1, done)
        told = json.loads(journal.run("check", "--json").stdout.splitlines()[-1])
        check(f"{claim}, as JSON", told["whole"] is False and says in told["says"], told)
        check(f"{claim} keeps nobody from the rest", journal.run().returncode == 0)
    with open(journal.path, "wb") as f:
        f.write(good)


def refusals(folder):
    nowhere = Journal(folder, "nowhere")
    for claim, arguments, code, says in [
            ("a journal that is not there", [], 2, "there is no journal"),
            ("an unknown word", ["sing"], 64, "want list, show"),
            ("show without an event", ["show"], 64, "wants one event"),
            ("list with one", ["list", "3"], 64, "none is wanted"),
            ("a time that is none", ["--since", "yesterday"], 64, "--since yesterday"),
            ("a level that is none", ["--level", "loud"], 64, "want watch"),
            ("no number", ["--last", "0"], 64, "--last 0"),
            ("a table of one", ["show", "3", "--csv"], 64, "export alone"),
            ("names and a filter", ["export", "3", "--last", "1"], 64, "without names"),
            ("an unknown option", ["--lats", "3"], 64, "--help")]:
        done = nowhere.run(*arguments)
        check(f"{claim} is refused in one line", done.returncode == code and says in done.stderr and
              done.stderr.count("\n") == 1 and not done.stdout, done)
    done = subprocess.run([TOCSIN, "events", "-c", "/dev/null", "--set", "node.state=" + folder], capture_output=True,
                          text=True, timeout=60)
    check("a configuration that is none is one of usage", done.returncode == 64, done)
    done = subprocess.run([TOCSIN, "events", "--set", "node.state=" + folder], capture_output=True, text=True, timeout=60)
    check("the configuration says where it is", done.returncode == 0 and "house-e-4" in done.stdout, done)


def hostile(folder):
    journal = Journal(folder, "hostile").write(
        frame({"type": "alert", "event_number": 1, "event_id": "=cmd|'\x1b[31m", "event_utc_ns": 2**63 - 1, "sensor": "\x9b2J",
               "mono_ns": -2**63, "at": 7, "alert": {"level": "alarm", "observed": {"intensity": {"gbt": 1e300}},
                                                     "thresholds": 5, "reasons": [[]]}}),
        frame('{"type":"output","event_number":1,"event_utc_ns":0,"what":"\\u0007","reaction_ms":1e308}'),
        frame('{"type":"note","event_number":-1,"text":null}'), frame("[" * 32 + "]" * 32), frame("{" * 9))
    for arguments in (["list"], ["list", "--json"], ["show", "1"], ["export"], ["export", "--csv"], ["check"]):
        done = journal.run(*arguments)
        control = [c for c in done.stdout + done.stderr if ord(c) < 32 and c != "\n" or 0x7f <= ord(c) < 0xa0]
        check(f"{arguments}: a file that lies is told of in plain text", done.returncode in (0, 1) and not control and
              not any(line.startswith("=") for line in done.stdout.splitlines()), (done, control))


def long_ones(folder):
    """64 MiB, as much as a node keeps, in the memory of a small one."""
    journal = Journal(folder, "long")
    one = b"".join(event(7, "alarm", 3, more=20))
    for i in range(8):
        journal.write(one * (8 * 2**20 // len(one)), file=f".{7 - i}" if i < 7 else "")
    done = subprocess.run([TOCSIN, "events", "--journal", journal.path], capture_output=True, text=True, timeout=300,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (48 * 2**20, 48 * 2**20)))
    check("64 MiB are read in little memory", done.returncode == 0 and done.stdout.count("\n") == 1, done)
    for i in range(8):
        os.unlink(journal.path + (f".{i}" if i else ""))


def meanwhile(folder):
    """A writer that turns its files over all the time: no event is lost or told twice, no end is taken for damage."""
    journal = Journal(folder, "busy").write()
    numbers = iter(range(1, 10**6))
    ended = threading.Event()

    def turn_over():
        for i in range(6, 0, -1):
            if os.path.exists(f"{journal.path}.{i}"):
                os.rename(f"{journal.path}.{i}", f"{journal.path}.{i + 1}")
        os.rename(journal.path, journal.path + ".1")

    def write():
        while not ended.is_set():
            with open(journal.path, "ab", buffering=0) as f:
                for _ in range(40):
                    for one in event(next(numbers), "alarm", 1):
                        f.write(one[:30])
                        f.write(one[30:])
            turn_over()
            with open(journal.path, "wb") as f:
                f.write(HEAD)
            ended.wait(0.05)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(8):
            done = journal.run()
            seen = [int(line.split()[0]) for line in done.stdout.splitlines()]
            check("read while it is written", done.returncode == 0 and seen == list(range(seen[0], seen[-1] + 1)) if seen
                  else done.returncode in (0, 2), (done.stderr, seen[:5], seen[-5:]))
    finally:
        ended.set()
        writer.join()
    done = journal.run("check")
    check("and whole behind it", done.returncode == 0, done)


def main():
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(folder)
        lists(journal)
        one_life(journal)
        exports(journal)
        whole(journal)
        refusals(folder)
        hostile(folder)
        meanwhile(folder)
        if SANITIZED:
            print("SKIPPED 1: memory: a sanitizer is in the program")
        else:
            long_ones(folder)
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
