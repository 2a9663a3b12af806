#!/usr/bin/env python3
"""tocsin calibrate level and positions on recordings, level on a virtual sensor:  test_calibrate_level.py BINARY

The last line is "N passed, N failed"."""
import json
import math
import os
import subprocess
import sys
import tempfile

import jsonschema

BINARY = sys.argv[1]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RATE, G = 100, 9.80665
passed = failed = 0
with open(os.path.join(ROOT, "docs", "schema", "calibrate-level.schema.json"), encoding="utf-8") as f:
    SCHEMA = jsonschema.Draft202012Validator(json.load(f))


def check(claim, ok, detail=""):
    global passed, failed
    passed += bool(ok)
    failed += not ok
    if not ok:
        print("FAILED", claim, str(detail)[:400])


def run(*args, code=0, part="level"):
    done = subprocess.run([BINARY, "calibrate", part, *args], capture_output=True, text=True, timeout=60, check=False)
    check(f"{args[:4]} ends with {code}", done.returncode == code, (done.returncode, done.stderr))
    return done


def record(folder, name, zne, seconds=10, unit="m/s^2", push=0):
    """A sensor at rest; push: m/s^2 on N for the last second."""
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as out:
        out.write(f"# tocsin-csv 1\n# rate_hz: {RATE}\n# unit: {unit}\nz,n,e\n")
        for i in range(seconds * RATE):
            shake = 0.01 * math.sin(1.1 * i)
            n = zne[1] + (push if i >= (seconds - 1) * RATE else 0)
            out.write(f"{zne[0] + shake:.6f},{n - shake:.6f},{zne[2] + shake:.6f}\n")
    return path


def recorded(folder):
    tilt = math.radians(3)
    line = json.loads(run("--json", record(folder, "tilt.csv", (G * math.cos(tilt), 0, G * math.sin(tilt)))).stdout)
    check("the schema holds", SCHEMA.is_valid(line), line)
    check("3 degrees are found", line["up"] == "z" and abs(line["tilt_deg"] - 3) < 0.02, line)
    line = json.loads(run("--json", record(folder, "wall.csv", (0, 0, -G)), code=1).stdout)
    check("another axis is up", line["up"] == "-x" and not line["as_configured"] and abs(line["tilt_deg"] - 90) < 0.1, line)
    text = run(record(folder, "down.csv", (-G, 0, 0)), code=1).stdout
    check("and words say what to write", 'begins with "-z"' in text, text)
    done = run(record(folder, "moved.csv", (G, 0, 0), push=0.5), code=2)
    check("one that is moved is refused", "moved" in done.stderr and not done.stdout, done.stderr)
    done = run(record(folder, "none.csv", (0.1, 0, 0)), code=2)
    check("a record without gravity is refused", "not 1 g" in done.stderr and done.stderr.count("\n") == 1, done.stderr)
    run(record(folder, "short.csv", (G, 0, 0), seconds=1), "--seconds", "0.5", code=2)
    run("--out", "x.json", code=64)


def live(folder):
    path = record(folder, "live.csv", (G, 0.5, 0), seconds=30)
    server = subprocess.Popen([BINARY, "virtual", "--port", "0", "--loop", path], stdout=subprocess.PIPE, text=True)
    try:
        uri = json.loads(server.stdout.readline())["uri"]
        line = json.loads(run("--json", "--seconds", "3", "-u", uri, "--set", "sensors.a.rate_hz=100").stdout)
        check("a live one", line["up"] == "z" and line["as_configured"] and abs(line["tilt_deg"] - 2.92) < 0.1, line)
        line = json.loads(run("--json", "--seconds", "3", "-u", uri, "--set", "sensors.a.axes=-zyx", code=1).stdout)
        check("against its configuration", not line["as_configured"] and line["tilt_deg"] > 170, line)
    finally:
        server.terminate()
        server.wait(timeout=20)
        server.stdout.close()


def six(folder):
    """A sensor with an offset of 0.3 on x (recorded as E) and 5 % too much on z."""
    at = {"x": (0, 0, G), "-x": (0, 0, -G), "y": (0, G, 0), "-y": (0, -G, 0), "z": (G, 0, 0), "-z": (-G, 0, 0)}
    files = [record(folder, f"six{name}.csv", (1.05 * z, n, e + 0.3)) for name, (z, n, e) in at.items()]
    line = json.loads(run("--json", *reversed(files), part="positions").stdout)
    with open(os.path.join(ROOT, "docs", "schema", "calibrate-positions.schema.json"), encoding="utf-8") as f:
        check("the schema of positions holds", jsonschema.Draft202012Validator(json.load(f)).is_valid(line), line)
    check("offset", max(abs(a - b) for a, b in zip(line["offset_mps2"], (0.3, 0, 0))) < 0.001, line)
    check("gain", max(abs(a - b) for a, b in zip(line["gain"], (1, 1, 1 / 1.05))) < 0.0002, line)
    done = run(*files[:5], files[0], code=2, part="positions")
    check("a position twice", "same position, x up" in done.stderr, done.stderr)
    run(*files[:5], code=64, part="positions")
    done = run(*files[:5], record(folder, "askew.csv", (-7, 7, 0)), code=2, part="positions")
    check("a position askew", "askew" in done.stderr, done.stderr)
    done = run(*files[:5], record(folder, "shaken.csv", (-G, 0, 0), push=1), code=2, part="positions")
    check("a position in which it was moved", "shaken.csv: it was moved" in done.stderr, done.stderr)


with tempfile.TemporaryDirectory() as work:
    recorded(work)
    six(work)
    live(work)
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
