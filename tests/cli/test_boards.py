#!/usr/bin/env python3
"""Board and country profiles: every pair loads, layers count in their order, overlays compile, nothing else is taken for one.

    tests/cli/test_boards.py BINARY

Ends with "N passed, N failed"."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests"))
from claims import check, finish

TOCSIN = os.path.abspath(sys.argv[1])
BOARDS = os.path.join(ROOT, "boards")
PATIENCE_S = 120


def stems(pattern):
    return sorted(os.path.basename(p).rsplit(".", 1)[0] for p in glob.glob(os.path.join(BOARDS, pattern)))


def printed(*args, boards=BOARDS, conf=None):
    """(status, what was printed, standard error) of `tocsin check --print`."""
    command = [TOCSIN, "check", "--print"] + (["-c", conf] if conf else []) + list(args)
    p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=PATIENCE_S, check=False,
                       env=dict(os.environ, TOCSIN_BOARDS=boards))
    return p.returncode, p.stdout, p.stderr


def value(text, key):
    """A printed value and where it is from; the last of that name."""
    found = re.findall(rf"^ *{key} = (.*); # (.*)$", text, re.M)
    return found[-1] if found else (None, None)


def pairs():
    boards, countries = stems("*.conf"), stems("profiles/*.conf")
    check("the six kinds of node have a profile", {"rpi4-adxl355", "rpi5-adxl355", "rpi4-lsm6dso", "rpi4-icm42688", "beaglebone-adxl355",
                                                   "x86-usb-hid", "virtual"} <= set(boards), str(boards))
    check("so have the countries", countries == ["cn", "generic", "jp", "mx"], str(countries))
    for board in boards:
        for country in countries:
            status, text, said = printed("--set", f"node.board={board}", "--set", f"node.country={country}")
            check(f"{board} with {country} loads, and each says where from",
                  status == 0 and f"{board}.conf:" in text and f"{country}.conf:" in text, said)
    for country in countries:
        with open(os.path.join(BOARDS, "profiles", country + ".conf"), encoding="utf-8") as f:
            check(f"{country} says that it was not verified", "NOT VERIFIED" in f.read())


def overlays():
    named = {}
    for board in stems("*.conf"):
        _, text, _ = printed("--set", f"node.board={board}")
        overlay = (value(text, "overlay")[0] or '""').strip('"')
        if overlay:
            named.setdefault(overlay, []).append(board)
    sources = stems("overlays/*.dts")
    check("each overlay that a board names is there, and each that is there is named", sorted(named) == sources,
          f"{named} {sources}")
    if not shutil.which("dtc"):
        print(f"SKIPPED {len(sources)}: no dtc (package device-tree-compiler)")
        return
    for source in sources:
        p = subprocess.run(["dtc", "-@", "-I", "dts", "-O", "dtb", "-o", os.devnull, os.path.join(BOARDS, "overlays", source + ".dts")],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE_S, check=False)
        check(f"{source} compiles without a warning", p.returncode == 0 and not p.stdout.strip(), p.stdout)


def layers(folder):
    os.makedirs(os.path.join(folder, "profiles"))
    own = os.path.join(folder, "own.conf")

    def write(name, text):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.write(text)

    write("profiles/here.conf", 'siren = { device = "country"; }; voice = { languages = "ja"; };\n')
    write("it.conf", 'siren = { device = "board"; };\nsensors = { main = { rate_hz = 125.0; latency_ms = 8.0; }; };\n')
    write("own.conf", 'node = { board = "it"; country = "here"; };\nsensors = { main = { rate_hz = 250.0; }; };\n')
    status, text, said = printed(boards=folder, conf=own)
    check("a board counts over a country", status == 0 and value(text, "device")[0] is not None and
          '"board"' in text and '"country"' not in text, said)
    check("what only the country says stands", value(text, "languages")[0] == '"ja"', text[-300:])
    check("a file counts over its board", value(text, "rate_hz") == ("250.0", f"{own}:2"), str(value(text, "rate_hz")))
    check("what only the board says stands", value(text, "latency_ms")[0] == "8.0" and value(text, "latency_ms")[1].endswith("it.conf:2"),
          str(value(text, "latency_ms")))
    _, text, _ = printed("--set", "sensors.main.rate_hz=500", boards=folder, conf=own)
    check("--set counts over all", value(text, "rate_hz")[0] == "500.0", str(value(text, "rate_hz")))
    write("bad.conf", "siren = {\n  devise = 1;\n};\n")
    write("sly.conf", 'node = { country = "here"; };\n')
    for what, name, want in (("a profile that does not exist", "nix", "there are: bad, it, own, sly"), ("a path", "../it", "node.board"),
                             ("a path from the root", "/etc/passwd", "node.board"), ("a profile with a key that nobody knows", "bad", "bad.conf:2"),
                             ("a profile that chooses another", "sly", "cannot choose")):
        status, text, said = printed("--set", f"node.board={name}", boards=folder)
        check(f"{what} is refused, in one line that says why", status == 64 and want in said and said.count("\n") == 1, f"{status} {said}")
    os.symlink("/dev/zero", os.path.join(folder, "endless.conf"))
    status, _, said = printed("--set", "node.board=endless", boards=folder)
    check("a profile without end is refused", status == 64 and said.count("\n") == 1, f"{status} {said}")


def matching(folder):
    """A sensor that shows itself as a driver does: which boards say that it is theirs."""
    trace = os.path.join(folder, "quiet.csv")
    subprocess.run([TOCSIN, "synth", "--magnitude", "3", "--distance", "50", "--seed", "1", trace], check=True, timeout=PATIENCE_S,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for driver, want in (("accel_3d", ["x86-usb-hid"]), ("adxl355", [])):  # no test runs on a board of a known model
        virtual = subprocess.Popen([TOCSIN, "virtual", "--like", driver, "--port", "0", trace], stdout=subprocess.PIPE, text=True)
        try:
            port = json.loads(virtual.stdout.readline())["port"]
            p = subprocess.run([TOCSIN, "sensors", "-u", f"ip:127.0.0.1:{port}", "--json"], stdout=subprocess.PIPE, text=True,
                               timeout=PATIENCE_S, check=False, env=dict(os.environ, TOCSIN_BOARDS=BOARDS))
            text = subprocess.run([TOCSIN, "sensors", "-u", f"ip:127.0.0.1:{port}"], stdout=subprocess.PIPE, text=True,
                                  timeout=PATIENCE_S, check=False, env=dict(os.environ, TOCSIN_BOARDS=BOARDS)).stdout
        finally:
            virtual.kill()
            virtual.wait()
        fits = [b for line in p.stdout.splitlines() for b in json.loads(line).get("boards", [])]
        known = re.match("Raspberry|TI AM335x", MODEL)
        check(f"{driver} fits the boards that name it", known or fits == want, f"{fits} {p.stdout}")
        check(f"... and they are said for people, too, with the noise of its data sheet: {driver}",
              all(b in text for b in fits) and (driver != "adxl355" or "ug/sqrt(Hz)" in text), text)


MODEL = ""
if os.path.exists("/proc/device-tree/model"):
    with open("/proc/device-tree/model", encoding="utf-8", errors="replace") as model:
        MODEL = model.read()
pairs()
overlays()
with tempfile.TemporaryDirectory(prefix="tocsin-boards.") as scratch:
    layers(scratch)
    matching(scratch)
sys.exit(finish())
