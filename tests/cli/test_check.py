#!/usr/bin/env python3
"""`tocsin check` with a virtual sensor, a paced card and lines in a folder: all well, and each broken once.

    tests/cli/test_check.py BINARY

Ends with "N passed, N failed"."""
import concurrent.futures
import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zlib

import jsonschema

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOCSIN = os.path.abspath(sys.argv[1])
PATIENCE_S = 60  # of any wait: machines are shared
NOBODY = 65534
with open(TOCSIN, "rb") as program:
    SANITIZED = any(mark in data for data in [program.read()] for mark in (b"__asan_init", b"__tsan_init"))
passed = failed = 0
lock = threading.Lock()

ASOUND = """
pcm_type.paced {{ lib "{lib}" }}
pcm.card {{ type paced  file "{folder}/siren.wav" }}
pcm.slow {{ type paced  file "{folder}/slow.wav"  period 512 }}
pcm.microphone {{ type paced  file "{folder}/siren.wav" }}
pcm.nowhere {{ type null }}
"""
CONFIGURATION = """
node = {{ name = "house"; state = "{folder}/state"; }};
sensors = {{ cellar = {{ uri = "ip:127.0.0.1:{port}"; }}; }};
siren = {{ device = "card"; microphone = "microphone"; }};
voice = {{ languages = "en"; }};
lines = {{
  strobe = {{ chip = "sim:{folder}/chip"; line = 1; readback = "shows"; settle_ms = 200; }};
  gas = {{ chip = "sim:{folder}/chip"; line = 2; mode = "pulse"; manual = true; latched_at_start = false; }};
}};
contacts = {{
  receiver = {{ chip = "sim:{folder}/chip"; line = 11; opposite = 12; role = "official"; required = true; }};
  shows = {{ chip = "sim:{folder}/chip"; line = 13; role = "readback"; }};
  mains = {{ chip = "sim:{folder}/chip"; line = 14; role = "mains"; }};
}};
"""


def check(claim, ok, detail=""):
    global passed, failed
    with lock:
        passed += bool(ok)
        failed += not ok
        if not ok:
            print("FAILED", claim, str(detail)[:2500], flush=True)


def quiet_record(folder):
    noise = random.Random(3)
    path = os.path.join(folder, "quiet.csv")
    with open(path, "w", encoding="ascii") as f:
        f.write("# tocsin-csv 1\n# rate_hz: 250\n# unit: m/s^2\ntime_s,z,n,e\n")
        for i in range(250 * 20):
            f.write(f"{i / 250:.3f}," + ",".join(f"{noise.gauss(0, 2e-3):.5f}" for _ in range(3)) + "\n")
    return path


class Sensor:
    def __init__(self, record):
        self.process = subprocess.Popen([TOCSIN, "virtual", "--port", "0", "--loop", record], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self.port = json.loads(self.process.stdout.readline())["port"]

    def fault(self, name, value):
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE_S) as s:
            s.sendall(f"WRITE adxl355 DEBUG {name} {len(str(value))}\r\n{value}".encode())
            s.recv(64)

    def end(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait(PATIENCE_S)
        self.process.stdout.close()


class House:
    """A node's surroundings, all well."""

    def __init__(self, folder, port):
        self.folder, self.chip = folder, os.path.join(folder, "chip")
        os.makedirs(self.chip)
        os.makedirs(os.path.join(folder, "state"))
        self.conf = os.path.join(folder, "node.conf")
        with open(self.conf, "w", encoding="ascii") as f:
            f.write(CONFIGURATION.format(folder=folder, port=port))
        lib = os.path.join(os.path.dirname(TOCSIN), "tests", "alsa", "libasound_module_pcm_paced.so")
        self.asound = os.path.join(folder, "asound.conf")
        with open(self.asound, "w", encoding="ascii") as f:
            f.write(ASOUND.format(lib=lib, folder=folder))
        self.put("in11", 1)
        self.put("in12", 0)
        self.env = dict(os.environ, ALSA_CONFIG_PATH=self.asound)

    def put(self, name, text=""):
        with open(os.path.join(self.chip, name), "w", encoding="ascii") as f:
            f.write(f"{text}\n")

    def remove(self, name):
        os.unlink(os.path.join(self.chip, name))

    def run(self, *arguments, **more):
        began = time.monotonic()
        done = subprocess.run([TOCSIN, "check", "-c", self.conf, *arguments], capture_output=True, text=True, env=self.env,
                              timeout=PATIENCE_S * 3, **more)
        done.took_s = time.monotonic() - began
        return done

    def says(self, claim, arguments, code, *wanted):
        """Each of wanted stands in a line: "FAIL siren: ..."."""
        done = self.run(*arguments)
        lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
        for want in wanted:
            verdict, rest = want.split(" ", 1)
            check(f"{claim}: {want}", any(line.startswith(verdict + " ") and rest in line for line in lines), done)
        check(f"{claim}: status {code}", done.returncode == code and "Sanitizer" not in done.stderr, done)
        return done


def all_well(house):
    done = house.run("--json", "--seconds", "9")
    with open(os.path.join(ROOT, "docs", "schema", "check.schema.json"), encoding="utf-8") as f:
        valid = jsonschema.Draft202012Validator(json.load(f))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    check("as JSON every line is by its schema", lines and all(valid.is_valid(line) for line in lines), done)
    check("every part says something", {line["part"] for line in lines} ==
          set(valid.schema["properties"]["part"]["enum"]), done.stdout)
    own = [line for line in lines if line["part"] in ("configuration", "sensors", "siren", "lines", "contacts", "ups", "state")]
    check("all is well that is ours", all(line["verdict"] == "ok" for line in own), own)
    check("and nothing has FAILed", done.returncode == 0, done)
    check("what is to be done is said where something is not well",
          all(line["todo"] for line in lines if line["verdict"] == "FAIL"), lines)
    check("no relay has moved", not os.path.exists(os.path.join(house.chip, "log")))
    check("no file is left in the state's folder", os.listdir(os.path.join(house.folder, "state")) == [])


def sensors(house, sensor):
    only = ["--only", "sensors", "--seconds", "3.5"]
    house.says("well", only, 0, "ok sensor cellar: adxl355", "ok sensor cellar, rate: 250 Hz as asked",
               "ok sensor cellar, motion: x", "ok sensor cellar, noise: quietest second", "ok sensor cellar, time: by the clock")
    house.says("another rate", [*only, "--set", "sensors.cellar.rate_hz=100"], 0,
               "warn rate: 100 Hz asked for, 250 Hz is the nearest")
    house.says("too much noise", [*only, "--set", "sensors.cellar.noise_max_mps2=1e-4"], 1, "FAIL sensor cellar, noise:")
    sensor.fault("flat", 1)
    house.says("flat", only, 1, "FAIL sensor cellar, motion:")
    sensor.fault("flat", 0)
    sensor.fault("ppm", 200000)
    house.says("a wrong rate", [*only, "--seconds", "6"], 1, "FAIL sensor cellar, rate:")
    sensor.fault("ppm", 0)
    sensor.process.send_signal(signal.SIGSTOP)
    done = house.says("frozen", [*only, "--seconds", "3"], 1, "FAIL sensor")
    check("and that takes no longer than it may", done.took_s < 3 + 20, done.took_s)
    sensor.process.send_signal(signal.SIGCONT)
    house.says("gone", [*only, "--seconds", "2", "--set", "sensors.cellar.uri=ip:127.0.0.1:1"], 1,
               "FAIL sensor cellar: no sample", "FAIL Connection refused")
    house.says("one of two", [*only, "--seconds", "4", "--set", "sensors.roof.uri=ip:127.0.0.1:1"], 1,
               "ok sensor cellar: adxl355", "FAIL sensor roof: no sample")


def sound(house):
    house.says("well", ["--only", "siren", "--only", "microphone"], 0, 'ok siren: "card": 48000 Hz', "ok voice:",
               'ok microphone: "microphone": 48000 Hz')
    house.says("a microphone that is muted", ["--only", "microphone", "--set", "siren.microphone=nowhere"], 0,
               "warn gives digital silence")
    house.says("no such card", ["--only", "siren", "--set", "siren.device=none"], 1, "FAIL siren:")
    house.says("a card that nobody hears", ["--only", "siren", "--set", "siren.device=nowhere"], 0, "warn nobody hears it")
    house.says("a card with its own mind", ["--only", "siren", "--set", "siren.device=slow"], 0, "warn asked for were 48000, 128, 256")
    with open(os.path.join(house.folder, "siren.wav.fault"), "w", encoding="ascii") as f:
        f.write("vanish")
    house.says("a card that is gone", ["--only", "siren"], 1, "FAIL siren:")
    os.unlink(os.path.join(house.folder, "siren.wav.fault"))
    house.says("no card", ["--only", "siren", "--set", "siren.device="], 0, "warn siren: none is configured")
    house.says("no prompts", ["--only", "siren", "--set", "voice.installed=/nowhere"], 0, "warn voice:", "ok siren:")
    house.says("no voice", ["--only", "siren", "--set", "voice.languages="], 0, "ok voice: no language")
    house.says("a tone that is not there", ["--only", "siren", "--set", "siren.alarm_file=/nowhere.wav"], 1, "FAIL tones:")
    house.says("no such microphone", ["--only", "microphone", "--set", "siren.microphone=none"], 1, "FAIL microphone:")
    house.says("no microphone", ["--only", "microphone", "--set", "siren.microphone="], 0,
               "warn microphone: none is configured: no test of the siren can ever pass")


def wired(house, ended):
    """The relay's second contact, as a wire would be."""
    while not ended.wait(0.01):
        try:
            with open(os.path.join(house.chip, "out1"), encoding="ascii") as f:
                level = f.read(1)
            with open(os.path.join(house.chip, "in13"), encoding="ascii") as f:
                now = f.read(1)
        except OSError:
            now = level = ""
        if level and now != ("0" if level == "1" else "1"):
            house.put("in13", "0" if level == "1" else "1")


def lines(house):
    only = ["--only", "lines", "--only", "contacts"]
    house.put("in13", 1)
    house.says("well", only, 0, "ok line strobe: sim:", "ok line gas:", "ok contact receiver:", "ok contact mains: sim:")
    check("without --move nothing has moved", not os.path.exists(os.path.join(house.chip, "log")))
    ended = threading.Event()
    wire = threading.Thread(target=wired, args=(house, ended))
    wire.start()
    try:
        house.says("moved", ["--only", "lines", "--move"], 0, "ok line strobe: --move: MOVED to the other state and back",
                   "ok line gas: sim:")
    finally:
        ended.set()
        wire.join()
    with open(os.path.join(house.chip, "log"), encoding="ascii") as f:
        moves = [tuple(line.split()[1:]) for line in f]
    check("there and back, and no valve", moves == [("1", "0"), ("1", "1"), ("1", "0")], moves)
    house.put("in13", 1)
    house.says("a relay that does not move", ["--only", "lines", "--move"], 1, 'FAIL line strobe: --move: MOVED, and the read-back')
    house.put("fail1")
    house.says("a relay that cannot be set", ["--only", "lines", "--move"], 1, "FAIL line strobe: --move:")
    house.remove("fail1")
    house.put("refuse2")
    house.says("a line that is refused", only, 1, "FAIL line gas:", "ok line strobe:")
    house.remove("refuse2")
    house.put("in12", 1)
    house.says("a cut wire", only, 1, "FAIL contact receiver: lines 11 and 12 say the same")
    house.put("in12", 0)
    house.put("in14", 0)
    house.says("mains lost", only, 0, "warn contact mains: sim:")
    house.remove("in14")
    house.put("gone")
    house.says("a chip that is gone", only, 1, "FAIL line strobe:", "FAIL contact receiver:", "warn contact mains:")
    house.remove("gone")
    house.says("no such label", ["--only", "lines", "--set", "lines.strobe.chip=nobody"], 1, "FAIL no GPIO chip has the label")


def supply(house):
    def serve(answer):
        server = socket.create_server(("127.0.0.1", 0))

        def one():
            try:
                with server.accept()[0] as s:
                    while s.recv(256):
                        if answer:
                            s.sendall(f'VAR u ups.status "{answer}"\n'.encode())
            except OSError:
                pass
        threading.Thread(target=one, daemon=True).start()
        return server

    for claim, answer, want in (("on mains", "OL", "ok ups:"), ("on battery", "OB", "warn mains is lost"),
                                ("a battery that is low", "OB LB", "warn and the battery is low"),
                                ("a server that says nothing", None, "")):
        with serve(answer) as server:
            name = f"u@127.0.0.1:{server.getsockname()[1]}"
            done = house.run("--only", "ups", "--seconds", "3", "--set", f"ups.name={name}", "--set", "ups.timeout_s=10")
            line = " ".join(done.stdout.split())
            if answer:
                check(f"ups: {claim}", done.returncode == 0 and line.startswith(want.split(" ")[0]) and
                      want.split(" ", 1)[1] in line, done)
            else:
                check(f"ups: {claim} is left behind", done.returncode == 1 and "no answer within 3 s" in line and
                      done.took_s < 3 + 20, done)
    house.says("no server", ["--only", "ups", "--set", "ups.name=u@127.0.0.1:1"], 0, "warn ups:")


def frame(text):
    return b"%08x %08x %s\n" % (len(text), zlib.crc32(text), text)


def state(house):
    only = ["--only", "state"]
    journal = os.path.join(house.folder, "state", "journal")
    head = frame(b'{"type":"journal","version":1}')
    good = head + frame(b'{"type":"start"}') + frame(b'{"type":"stop"}')
    for claim, data, code, want in (("whole", good, 0, "ok journal: 3 whole lines"),
                                    ("torn", good[:-3], 0, "warn the node removes it"),
                                    ("broken", good.replace(b"start", b"stark"), 0, "warn 1 broken"),
                                    ("newer", frame(b'{"type":"journal","version":7}'), 1, "FAIL newer version")):
        with open(journal, "wb") as f:
            f.write(data)
        house.says(f"a journal that is {claim}", only, code, want, "ok state: ")
    os.unlink(journal)
    house.says("a folder that is not there yet", [*only, "--set", f"node.state={house.folder}/new"], 0, "ok is not there yet")
    check("and it is not made", not os.path.exists(os.path.join(house.folder, "new")))
    house.says("nor what it would be in", [*only, "--set", f"node.state={house.folder}/a/b"], 1, "FAIL state:")
    house.says("a file in its place", [*only, "--set", f"node.state={house.conf}"], 1, "FAIL state:")
    house.says("a folder that takes no file", [*only, "--set", "node.state=/proc/self"], 1, "FAIL cannot be written")


def keys(house):
    only = ["--only", "keys", "--set", f"node.state={house.folder}/keyed"]
    house.says("no key yet", only, 0, "ok own key: none yet", "ok trusted keys: 0 trusted")
    folder = os.path.join(house.folder, "keyed", "keys")
    os.makedirs(os.path.dirname(folder))
    subprocess.run([TOCSIN, "keys", "make", "--keys", folder, "--name", "before"], check=True, capture_output=True, timeout=60)
    house.says("the key of another name", [*only, "--set", "node.name=now"], 0, "warn was made for before, and the node is now now")
    house.says("the own key", [*only, "--set", "node.name=before"], 0, "ok own key:")
    os.chmod(os.path.join(folder, "own"), 0o644)
    house.says("one that others can read", only, 1, "FAIL others than its owner")


def machine(house):
    house.says("clock, kernel, memory", ["--only", "kernel", "--only", "memory"], 0, "ok kernel: Linux", "ok memory:", "ok timers:")
    if os.getuid() != 0 or SANITIZED:  # a sanitizer locks no memory, and says that it does
        print("SKIPPED 1: privileges that are refused: " + ("a sanitizer is in the program" if SANITIZED
                                                            else "only root can give them up"))
        return

    def drop():
        resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    try:
        done = subprocess.run([TOCSIN, "check", "--only", "privileges"], capture_output=True, text=True, timeout=PATIENCE_S,
                              preexec_fn=drop)
    except OSError as why:
        print(f"SKIPPED 1: privileges that are refused: {why}")
        return
    check("refused privileges are told, and what to do", done.returncode == 0 and done.stdout.count("warn") == 2 and
          "LimitRTPRIO" in done.stdout and "LimitMEMLOCK" in done.stdout, done)


def usage(house):
    for claim, arguments, says in (("an unknown part", ["--only", "engine"], "no such part"),
                                   ("no time", ["--seconds", "0"], "want seconds"),
                                   ("an argument", ["now"], "none is wanted"),
                                   ("an unknown key", ["--set", "node.nmae=x"], "node.name")):
        done = house.run(*arguments)
        check(f"{claim} is refused in one line", done.returncode == 64 and says in done.stderr and not done.stdout and
              done.stderr.count("\n") == 1, done)
    bad = os.path.join(house.folder, "bad.conf")
    with open(bad, "w", encoding="ascii") as f:
        f.write("node = {\n  name = 7;\n};\n")
    done = subprocess.run([TOCSIN, "check", "-c", bad], capture_output=True, text=True, timeout=PATIENCE_S)
    check("a wrong configuration is refused with its line", done.returncode == 64 and "bad.conf:2" in done.stderr, done)
    done = house.run("--print", "--set", "policy.scale=jma")
    check("--print says where each value comes from", done.returncode == 0 and 'scale = "jma"; # --set' in done.stdout and
          'name = "house"; # ' + house.conf + ":2" in done.stdout and "realtime = true; # default" in done.stdout, done.stdout)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        sensor = Sensor(quiet_record(folder))
        try:
            house = House(folder, sensor.port)
            all_well(house)
            with concurrent.futures.ThreadPoolExecutor() as pool:  # most of it waits
                jobs = [pool.submit(job, *arguments) for job, *arguments in (
                    (sensors, house, sensor), (sound, house), (lines, house), (supply, house), (state, house),
                    (keys, house), (machine, house), (usage, house))]
                for job in jobs:
                    job.result()
        finally:
            sensor.end()
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
