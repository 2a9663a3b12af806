#!/usr/bin/env python3
"""What a stream's end, a gap and a sensor's range do to what is told:  test_stream.py BINARY

The last line is "N passed, N failed"."""
import json
import math
import random
import subprocess
import sys

TOCSIN = sys.argv[1]
passed = failed = 0


def check(name, ok, detail=""):
    global passed, failed
    passed += bool(ok)
    failed += not ok
    if not ok:
        print("FAILED", name, detail)


def table(seconds, signal, rate=100, lost=range(0)):
    """A CSV record of quiet noise with signal(t) on the vertical; the samples `lost` are left out."""
    noise = random.Random(5)
    rows = ["# tocsin-csv 1", f"# rate_hz: {rate}", "# unit: m/s^2", "time_s,z,n,e"]
    for i in range(int(seconds * rate)):
        t = i / rate
        z, n, e = (noise.gauss(0, 1e-4) for _ in range(3))
        if i not in lost:
            rows.append(f"{t:.2f},{z + signal(t):.7g},{n:.7g},{e:.7g}")
    return "\n".join(rows) + "\n"


def replay(text, *options):
    done = subprocess.run([TOCSIN, "replay", *options, "-"], input=text, capture_output=True, text=True)
    if done.returncode:
        return None, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], ""


def wave(t, onset=30.0, peak=0.05):
    return peak * math.sin(2 * math.pi * 4 * (t - onset)) * math.exp(-(t - onset) / 3) if t >= onset else 0.0


def picks(lines):
    return [x for x in lines or [] if x["type"] == "pick"]


lines, why = replay(table(40, wave))
check("a P is declared, then refined", [p["refined"] for p in picks(lines)][:2] == [False, True], why)
first = picks(lines)[0]
check("... with STA/LTA and the spectrum beside it", first["sta_lta"] > 2 and first["spectrum_snr"] > 0, first)

lines, why = replay(table(first["declared_s"] + 0.3, wave))
refined = [p for p in picks(lines) if p["refined"]]
check("a record that ends before the refinement is refined with what there is",
      len(refined) == 1 and abs(refined[0]["onset_s"] - 30) < 0.05, (why, picks(lines)))

gap = int(first["declared_s"] * 100) + 20
lines, why = replay(table(40, wave, lost=range(gap, gap + 300)))
refined = [p for p in picks(lines) if p["refined"]]
check("a gap before the refinement too", refined and abs(refined[0]["onset_s"] - 30) < 0.05, (why, picks(lines)))


def strong(t):
    return wave(t, peak=1.5)


def level(lines):
    return [x["level"] for x in lines or [] if x["type"] == "summary"]


whole, why = replay(table(60, strong))
rows = table(60, strong).splitlines(keepends=True)
for i in [2904, *range(504, 6000, 1000)]:  # one a second before the P, and one every 10 s
    rows[i] = rows[i].split(",")[0] + ",nan,nan,nan\n"
holed, why = replay("".join(rows))
check("single missing samples do not make it deaf", level(whole) == level(holed) == ["alarm"], (why, level(whole), level(holed)))
check("... and are counted", [x["not_finite"] for x in holed if x["type"] == "summary"] == [7], holed[-1:])


def clipped(t):
    return max(-19.6, min(19.6, 400 * wave(t, peak=1))) if t >= 30 else 0.0


def reasons(lines):
    return [x["reason"] for x in lines or [] if x["type"] == "reject"]


lines, why = replay(table(40, clipped), "--set", "sensor.range_mps2=19.6")
check("what reaches the end of the range at once is clipped", "clip" in reasons(lines), (why, reasons(lines)))
lines, why = replay(table(40, clipped))
check("... where the range is known, else it is an impact",
      "clip" not in reasons(lines) and "impact" in reasons(lines), (why, reasons(lines)))

quake = subprocess.run([TOCSIN, "synth", "--magnitude", "6", "--distance", "30", "--seed", "7", "--before", "70",
                        "--after", "20", "-"], capture_output=True, text=True).stdout.splitlines(keepends=True)
first_row = next(i for i, row in enumerate(quake) if row.startswith("z,")) + 1
for blow in (1, 5, 15):
    for before in (3, 10, 15, 20):
        rows = list(quake)
        rows[first_row + 7000 - 100 * before] = f"{blow},{-blow},{blow}\n"
        lines, why = replay("".join(rows))
        alarm_s = [x["timing"]["alarm_s"] for x in lines or [] if x["type"] == "summary"]
        check(f"a blow of {blow} m/s^2 {before} s before the P neither alarms nor hides the earthquake",
              len(alarm_s) == 1 and alarm_s[0] is not None and 70 < alarm_s[0] < 80, (why, alarm_s))

print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
