#!/usr/bin/env python3
"""`tocsin run` for real: a virtual accelerometer, a sound card paced by the clock, lines in a folder, and what may go wrong.

    tests/cli/test_run.py BINARY

A record of $RECORDS (default ../shared/data) is played through iiod's protocol; without it a synthetic one takes its place.
Nothing here depends on how fast the machine is: what is measured is in the card's frames and in the node's own times.
Ends with "N passed, N failed"."""
import concurrent.futures
import glob
import json
import math
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_sound  # noqa: E402  (the WAV's measures and the card)
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import node_schemas  # noqa: E402  tests/node_schemas.py

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RECORDS = os.environ.get("RECORDS", os.path.join(os.path.dirname(ROOT), "shared", "data"))
CARD = """
pcm_type.paced {{ lib "{lib}" }}
pcm.card {{ type paced  file "{wav}" }}
pcm.nothing {{ type null }}
"""
passed = failed = 0
lock = threading.Lock()
longest = {}  # of every type of line that a node wrote: one that holds most


def check(claim, ok, detail=""):
    global passed, failed
    with lock:
        if ok:
            passed += 1
        else:
            failed += 1
            print(f"FAILED {claim} {str(detail)[:2000]}")


def wait_for(what, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        value = what()
        if value:
            return value
        time.sleep(0.05)
    return None


class Virtual:
    """An accelerometer that begins to move when somebody listens."""

    def __init__(self, binary, trace, *arguments, port=0):
        self.process = subprocess.Popen([binary, "virtual", "--port", str(port), *arguments, *trace],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.port = json.loads(self.process.stdout.readline())["port"]

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(30)
        self.process.stdout.close()


class Node:
    """A node in a folder of its own, its journal's lines as they come."""

    def __init__(self, binary, folder, port, *sets, card=True, arguments=(), limits=None, env=None):
        self.folder, self.lines, self.notes = folder, [], []
        self.sanitized = sanitized(binary)
        os.makedirs(os.path.join(folder, "sim"), exist_ok=True)
        self.wav = os.path.join(folder, "siren.wav")
        conf = os.path.join(folder, "asound.conf")
        lib = os.path.join(os.path.dirname(binary), "tests", "alsa", "libasound_module_pcm_paced.so")
        with open(conf, "w", encoding="ascii") as f:
            f.write(CARD.format(lib=lib, wav=self.wav))
        with open(os.path.join(folder, "node.conf"), "w", encoding="ascii") as f:
            f.write(f'''node = {{ name = "lobby"; state = "{folder}/state"; }};
siren = {{ device = "{'card' if card else 'nosuchcard'}"; buffer_frames = 4096; period_frames = 512; }};
voice = {{ languages = "en"; }};
sensors = {{ cellar = {{ uri = "ip:127.0.0.1:{port}"; axes = "zxy"; }}; }};
lines = {{ gas = {{ chip = "sim:{folder}/sim"; line = 1; }};
          strobe = {{ chip = "sim:{folder}/sim"; line = 2; stop = "off"; }}; }};
contacts = {{ silence = {{ chip = "sim:{folder}/sim"; line = 10; role = "silence"; bias = "pull-down"; active_low = false; }};
             drill = {{ chip = "sim:{folder}/sim"; line = 11; role = "drill"; level = "alarm"; bias = "pull-down"; active_low = false; }};
             test = {{ chip = "sim:{folder}/sim"; line = 12; role = "test"; bias = "pull-down"; active_low = false; }}; }};
action = {{ gas = {{ output = "line:gas"; intensity = 5; reset = "operator"; }};
           strobe = {{ output = "line:strobe"; intensity = 4; reset = "ended"; }}; }};
''')
        sets = [a for s in sets for a in ("--set", s)]
        self.process = subprocess.Popen(
            [binary, "run", "-c", os.path.join(folder, "node.conf"), "--events", "-", "--health",
             os.path.join(folder, "health.json"), *sets, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=limits,
            env=dict(os.environ, ALSA_CONFIG_PATH=conf, **(env or {})))
        self.readers = [threading.Thread(target=self.read_events), threading.Thread(target=self.read_notes)]
        for r in self.readers:
            r.start()

    def read_events(self):
        for line in self.process.stdout:
            self.lines.append(json.loads(line))

    def read_notes(self):
        for line in self.process.stderr:
            self.notes.append(line.rstrip("\n"))

    def of(self, kind):
        return [line for line in list(self.lines) if line["type"] == kind]

    def alert(self, level):
        return next((a for a in self.of("alert") if a["alert"]["level"] == level), None)

    def health(self):
        try:
            with open(os.path.join(self.folder, "health.json"), encoding="utf-8") as f:
                return json.load(f)
        except FileNotFoundError:
            return None

    def outputs(self):
        try:
            with open(os.path.join(self.folder, "sim", "log"), encoding="ascii") as f:
                return [tuple(int(v) for v in line.split()) for line in f]
        except FileNotFoundError:
            return []

    def contact(self, line, level):
        path = os.path.join(self.folder, "sim", f"in{line}")
        with open(path + ".new", "w", encoding="ascii") as f:
            f.write(f"{level}\n")
        os.rename(path + ".new", path)

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(30)
        for r in self.readers:
            r.join(10)
        self.process.stdout.close()
        self.process.stderr.close()
        check("no sanitizer has anything to say", not any("Sanitizer" in x for x in self.notes), self.notes)
        self.hold_schemas()
        return self.process.returncode

    def hold_schemas(self):
        wrong = [(line, errors) for line in self.lines if (errors := node_schemas.journal_errors(line))]
        check("every line is what its schema says", not wrong, wrong[:2])
        health = self.health()
        errors = node_schemas.health_errors(health) if health else []
        check("so is the health", not errors, errors)
        for line in self.lines + ([health] if health else []):
            kind = line.get("type", "the health")
            if len(str(line)) > len(str(longest.get(kind, ""))):
                longest[kind] = line

    def card_events(self):
        with open(self.wav + ".log", encoding="ascii") as f:
            return [(w, int(ns), int(frame)) for w, ns, frame in (line.split() for line in f)]


def sanitized(binary):
    with open(binary, "rb") as f:
        data = f.read()
        return any(word in data for word in (b"__tsan_init", b"__asan_init"))


def trace_of(binary, folder):
    """A strong record whose P is seen: real where there are records, and loudly synthetic where not."""
    found = sorted(glob.glob(os.path.join(RECORDS, "**", "AOM005*.UD"), recursive=True))
    if found:
        return [found[0], found[0][:-2] + "NS", found[0][:-2] + "EW"]
    print(f"SKIPPED 1: no records at {RECORDS}: a synthetic one is played")
    out = os.path.join(folder, "quake.csv")
    subprocess.run([binary, "synth", "--magnitude", "6.5", "--distance", "25", "--seed", "7", "--before", "10", out],
                   check=True, stdout=subprocess.DEVNULL)
    return [out]


def alarm(binary, folder, trace):
    """From sample to siren, voice and lines; then a drill key, silence, and the end."""
    v = Virtual(binary, trace, "--wait-client", "--quiet", "30")
    n = Node(binary, folder, v.port)
    check("the siren is ordered to alarm", wait_for(lambda: n.alert("alarm") and len(n.of("output")) > 2, 90), n.notes)
    wait_for(lambda: any(o["what"] == "voice-written" for o in n.of("output")), 30)
    wait_for(lambda: any(line == 1 and level == 1 for _, line, level in n.outputs()), 30)
    time.sleep(2.5)
    health = n.health()
    code = n.end()
    v.end()
    check("SIGTERM in an alarm ends it in order", code == 0 and n.of("stop"), n.notes)
    first = n.alert("warning") or n.alert("alarm") # a strong one may skip a level
    check("the stages follow each other", first and 0 <= first["stages"]["received_ms"] <= first["stages"]["detected_ms"]
          <= first["stages"]["decided_ms"], first)
    check("the event is named after its onset", first and first["event_id"].startswith("lobby-2") and
          first["event_id"].endswith("-1"), first)
    set_ns = {(line, level): ns for ns, line, level in reversed(n.outputs())}
    decided = next((s["mono_ns"] for s in n.of("lines") if "strobe" in s["asserted"]), math.inf)
    check("the strobe is set after the decision", set_ns.get((2, 1), 0) >= decided - 5e6, n.outputs())
    check("the gas valve was called for at alarm", (1, 1) in set_ns, n.outputs())
    check("the strobe is off after the stop", n.outputs()[-1][1:] == (2, 0) or [o for o in n.outputs() if o[1] == 2][-1][2] == 0)
    check("reactions are measured", health and health["latency"]["siren_written_ms"]["count"] >= 1 and
          health["latency"]["line_set_ms"]["count"] >= 1, health and health["latency"])
    check("memory stays below 64 MiB", n.sanitized or health and health["memory"]["peak_mib"] < 64, health and health["memory"])
    heard(n)
    return n


def heard(n):
    """The WAV: silence, then the tone when it was ordered, then the imperative within a second."""
    sound = test_sound.Sound(n.wav)
    starts = [e for e in n.card_events() if e[0] == "start"]
    onset = sound.onset_s()
    ordered = n.of("sound")[0]["mono_ns"]
    check("the card ran before on silence", onset > 0.5, onset)
    if len(starts) == 1:
        at_ns = starts[0][1] + (onset * sound.rate - starts[0][2]) / sound.rate * 1e9
        check("nothing is heard before the order", at_ns >= ordered - 2e6, (at_ns - ordered) * 1e-9)
    kinds = {s["sound"] for s in n.of("sound")}
    check("the tone is one of ours", max(sound.amplitude(hz, onset + 0.02, 0.1) for hz in (587, 784, 520)) > 0.2, kinds)

    def spoken(t):
        return (sound.rms(t, 0.1) > 0.05 and sound.amplitude(520, t, 0.1) < 0.1 and sound.amplitude(910, t, 0.1) < 0.2
                and sound.amplitude(587, t, 0.1) < 0.1 and sound.amplitude(784, t, 0.1) < 0.2)
    word = next((t for t in (k * 0.05 for k in range(40)) if spoken(onset + t)), math.inf)
    check("a word is heard soon after the tone", word < 2.0, word)
    check("the alarm's 520 Hz is heard", any(sound.amplitude(520, onset + k * 0.2, 0.3) > 0.4 for k in range(15)))


def killed(binary, folder, trace):
    """kill -9 in the alarm: the journal is whole, the siren sounds again, under the same name."""
    v = Virtual(binary, trace, "--wait-client", "--quiet", "30")
    n = Node(binary, folder, v.port)
    got = wait_for(lambda: n.alert("alarm"), 90)
    wait_for(lambda: len(n.of("output")) > 1, 10)
    n.end(signal.SIGKILL)
    check("the alarm came before it was killed", got, n.notes)
    torn = os.path.join(folder, "state", "journal")
    with open(torn, "ab") as f:
        f.write(b"00000040 0123")  # what a crash in the middle of a line leaves
    again = Node(binary, folder, v.port)
    sound = wait_for(lambda: again.of("sound"), 30)
    check("the siren sounds right after the restart", sound and sound[0]["siren"] and sound[0]["sound"] == "alarm",
          again.notes)
    check("under the event's old name", got and sound and sound[0].get("event_id") == got["event_id"], sound)
    again.end()
    v.end()
    with open(torn, "rb") as f:
        frames = f.read().splitlines()
    check("the journal is whole", all(len(x) == int(x[:8], 16) + 18 for x in frames), frames[-3:])
    # An hour later nothing of it is left but the number.
    third = Node(binary, folder, 1, "node.realtime=false")
    time.sleep(1.0)
    open_now = third.health()
    third.end()
    check("no event is repeated once it is over", True if third.of("sound") else open_now, third.lines)


def sensor_dies(binary, folder, trace):
    """The sensor's server is killed, comes back, and the node with it."""
    v = Virtual(binary, trace, "--quiet", "600")
    n = Node(binary, folder, v.port, "node.say_unfit_s=1.5")
    fit = wait_for(lambda: n.health() and n.health()["sensors"][0]["state"] == "running", 30)
    check("a sensor runs", fit, n.notes)
    port = v.port
    v.end(signal.SIGKILL)
    down = wait_for(lambda: not n.health()["sensors"][0]["fit"], 20)
    said = wait_for(lambda: [s for s in n.of("sound") if s["sound"] == "unfit" and s["voice"] and not s["siren"]], 20)
    check("and spoken once it lasts", said, n.notes)
    check("its death is said", down and n.health()["fit"] is False, n.health())
    v = Virtual(binary, trace, "--quiet", "600", port=port)
    back = wait_for(lambda: n.health()["sensors"][0]["state"] == "running", 30)
    check("and it is back by itself", back and n.health()["sensors"][0]["opens"] >= 2, n.health())
    check("the journal says both", len(n.of("health")) >= 2, n.lines)
    n.end()
    v.end()


def no_card_no_disk(binary, folder, trace):
    """No sound card and a disk that takes nothing: what still works still warns."""
    def small():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (700, 700))
    v = Virtual(binary, trace, "--wait-client", "--quiet", "30")
    n = Node(binary, folder, v.port, card=False, limits=small)
    wait_for(lambda: any(o[1:] == (2, 1) for o in n.outputs()), 90)
    time.sleep(1.0)
    n.end()
    v.end()
    check("the strobe is set all the same", any(o[1:] == (2, 1) for o in n.outputs()), n.notes[-10:])
    check("the siren's absence is said", any("siren" in x and "UNFIT" in x for x in n.notes), n.notes)
    check("and the disk's", any("cannot be written" in x for x in n.notes), n.notes)


def keys(binary, folder, trace):
    """A drill by its key: heard as one, no line that is not allowed; silence ends the sound."""
    v = Virtual(binary, trace, "--quiet", "600")
    n = Node(binary, folder, v.port)
    wait_for(lambda: n.health() and n.health()["siren"]["card"], 60)
    n.contact(11, 1)
    drill = wait_for(lambda: [s for s in n.of("sound") if s["exercise"]], 30)
    check("the drill key sounds an exercise", drill and drill[0]["siren"] and drill[0]["source"] == "operator", n.notes)
    n.contact(10, 1)
    quiet = wait_for(lambda: [s for s in n.of("sound") if not s["siren"] or s["sound"] == "none"], 30)
    check("the silence key ends it", quiet, n.notes)
    n.contact(11, 0)
    n.contact(10, 0)
    time.sleep(0.5)
    check("no line moved in the drill", not any(level for _, _, level in n.outputs()), n.outputs())
    n.contact(12, 1)
    check("the test key tests the siren, which nothing heard", wait_for(lambda: n.of("note"), 60), n.notes)
    n.end()
    v.end()


def service(binary, folder, trace):
    """What the service manager is told."""
    path = os.path.join(folder, "notify")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(path)
    listener.settimeout(20)
    v = Virtual(binary, trace, "--quiet", "600")
    n = Node(binary, folder, v.port, env={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "2000000"})
    said = []
    try:
        while not (any("READY=1" in s for s in said) and sum("WATCHDOG=1" in s for s in said) >= 2 and
                   any("STATUS=" in s and "fit" in s.lower() for s in said)):
            said.append(listener.recv(4096).decode())
    except socket.timeout:
        pass
    check("ready, alive and a sentence", any("READY=1" in s for s in said) and any("WATCHDOG=1" in s for s in said) and
          any("STATUS=" in s and "fit" in s.lower() for s in said), said)
    code = n.end(signal.SIGINT)
    v.end()
    listener.setblocking(False)
    try:
        while True:
            said.append(listener.recv(4096).decode())
    except BlockingIOError:
        pass
    check("stopping is said, and the end is good", code == 0 and any("STOPPING=1" in s for s in said), said[-3:])


def refusals(binary, folder):
    bad = os.path.join(folder, "bad.conf")
    with open(bad, "w", encoding="ascii") as f:
        f.write('node = { nam = "x"; };\n')
    newer = os.path.join(folder, "newer")
    os.makedirs(newer)
    with open(os.path.join(newer, "journal"), "w", encoding="ascii") as f:
        f.write('0000001e 4086dd6c {"type":"journal","version":2}\n')
    state = f"node.state={folder}/s"
    for arguments, code, says in (
            (["-c", bad], 64, "bad.conf:1"), (["-c", bad + "x"], 64, "No such file"),
            (["--set", "node.name=a b"], 64, "node.name"), (["--for", "x"], 64, "--for"), (["extra"], 64, "no argument"),
            (["--set", "action.siren.output=line:nosuch"], 64, "nosuch"), (["--what"], 64, "unknown option"),
            (["--set", "lines.a.line=3"], 64, "chip"),
            (["--set", state, "--events", "/nonexistent/x"], 64, "/nonexistent/x"),
            (["--set", "node.state=/proc/nothing/x"], 1, "node.state"),
            (["--set", f"node.state={newer}"], 1, "version 2")):
        done = subprocess.run([binary, "run", *arguments], capture_output=True, text=True, timeout=60)
        check(f"{arguments}: refused in one line", done.returncode == code and says in done.stderr and
              done.stderr.count("\n") == 1, f"{done.returncode} {done.stderr}")


def schemas(journal):
    """A schema that takes everything holds nothing: each kind of line was written, and none with a fault in it passes."""
    with open(journal, "rb") as f:
        lines = [json.loads(line[18:]) for line in f]
    check("the journal is what was told, behind its first line", lines[0]["type"] == "journal" and
          not any(node_schemas.journal_errors(line) for line in lines), lines[:2])
    longest["journal"] = lines[0]
    check("every kind of line was written", node_schemas.TYPES | {"the health"} == set(longest), sorted(longest))
    for kind, line in longest.items():
        errors = node_schemas.health_errors if kind == "the health" else node_schemas.journal_errors
        passes = [what for what, fault in node_schemas.broken(line) if not errors(fault)]
        check(f"{kind}: what is broken is refused", not passes, passes)


def main():
    binary = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as top:
        trace = trace_of(binary, top)
        jobs = [alarm, killed, sensor_dies, no_card_no_disk, keys, service]
        if sanitized(binary):
            print("SKIPPED 1: a thread sanitizer cannot live with a limit on files: no_card_no_disk")
            jobs.remove(no_card_no_disk)
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            running = []
            for job in jobs:
                folder = os.path.join(top, job.__name__)
                os.makedirs(folder)
                running.append((job, pool.submit(job, binary, folder, trace)))
            for job, result in running:
                try:
                    result.result(300)
                except Exception as e:  # a scenario that breaks off is a failure, not the end of the others
                    check(f"{job.__name__} ran to its end", False, repr(e))
        refusals(binary, top)
        schemas(os.path.join(top, "alarm", "state", "journal"))
        own = os.path.join(top, "alarm", "state", "keys", "own")
        check("the first start has made a key for itself alone", os.stat(own).st_mode & 0o777 == 0o600)
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
