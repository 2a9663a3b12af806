#!/usr/bin/env python3
"""tocsin calibrate noise on recordings of known noise, and rate on a virtual sensor:  test_calibrate_noise.py BINARY

Ends with "N passed, N failed"."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

import jsonschema

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from claims import check, finish  # noqa: E402  (tests/claims.py)

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = sys.argv[1]


def run(*arguments, code=0):
    done = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=300)
    check(" ".join(arguments), done.returncode == code, f"status {done.returncode}: {done.stderr.strip()}")
    return done


def quiet(folder, name, density):
    path = os.path.join(folder, name)
    run("synth", "--building", "--hours", "0.05", "--activity", "0", "--background", "0", "--noise", str(density), path)
    return path


def claims(folder, schema):
    plain, loud = quiet(folder, "plain.csv", 25), quiet(folder, "loud.csv", 100)
    line = json.loads(run("calibrate", "noise", "--json", "--device", "adxl355", plain).stdout)
    schema.validate(line)
    check("three axes as their data sheet says", [a["verdict"] for a in line["axes"]] == ["ok"] * 3, line["axes"])
    check("within 12 %", all(0.88 < a["of_data_sheet"] < 1.12 for a in line["axes"]), line["axes"])
    line = json.loads(run("calibrate", "noise", "--json", "--device", "adxl355", loud, code=1).stdout)
    schema.validate(line)
    check("four times its noise is found", [a["verdict"] for a in line["axes"]] == ["loud"] * 3, line["axes"])
    run("calibrate", "noise", "--density", "100", loud)
    line = json.loads(run("calibrate", "noise", "--json", plain).stdout)
    schema.validate(line)
    check("without a name nothing is claimed", line["data_sheet_mps2_rthz"] is None, line)
    text = run("calibrate", "noise", "--device", "adxl355", plain).stdout
    check("a table of bands with both models", "quietest" in text and "-166.7" in text, text)
    if shutil.which("gnuplot"):
        picture = os.path.join(folder, "noise.svg")
        run("calibrate", "noise", "--plot", picture, "--device", "adxl'355", plain)
        with open(picture, encoding="utf-8") as f:
            check("a picture with both models", "New Low Noise Model" in f.read())
    else:
        print("SKIPPED 2: no gnuplot")
    short = os.path.join(folder, "short.csv")
    with open(plain, encoding="utf-8") as f, open(short, "w", encoding="utf-8") as to:
        to.writelines(f.readlines()[:1000])
    check("ten seconds are too little", "windows" in run("calibrate", "noise", short, code=2).stderr)
    run("calibrate", "noise", "--plot", "x.pdf", plain, code=64)
    run("calibrate", "noise", "--density", "0", plain, code=64)
    run("calibrate", "noise", os.path.join(folder, "none.csv"), code=2)


def load(name):
    with open(os.path.join(ROOT, "docs", "schema", name + ".schema.json"), encoding="utf-8") as f:
        return jsonschema.Draft202012Validator(json.load(f))


def live(folder, schema):
    """Losses are possible on a busy machine, and are a finding: 0 or 1."""
    path = quiet(folder, "live.csv", 25)
    server = subprocess.Popen([BINARY, "virtual", path, "--like", "adxl355", "--loop", "--port", "0"],
                              stdout=subprocess.PIPE, text=True)
    try:
        port = json.loads(server.stdout.readline())["port"]
        done = subprocess.run([BINARY, "calibrate", "rate", "--json", "--seconds", "3", "-u", f"ip:127.0.0.1:{port}"],
                              capture_output=True, text=True, timeout=120)
        check("a live sensor's rate", done.returncode in (0, 1) and done.stdout, done.stderr)
        if done.stdout:
            line = json.loads(done.stdout)
            schema.validate(line)
            check("is 100 Hz by its timestamps", abs(line["rate_hz"] - 100) < 1, line)
            check("and its name is told", line["device"] == "adxl355", line)
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
    done = run("calibrate", "rate", path, code=64)
    check("a recording has no clock", "no clock" in done.stderr, done.stderr)


def main():
    with tempfile.TemporaryDirectory() as folder:
        claims(folder, load("calibrate-noise"))
        live(folder, load("calibrate-rate"))
    sys.exit(finish())


main()
