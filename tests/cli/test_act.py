#!/usr/bin/env python3
"""Replay in the time of the clock, and a record that drives the outputs as an exercise:  test_act.py BINARY

A sound card paced by the clock, heard in a WAV file, and lines in a folder. Nothing depends on how fast the machine is: a paced
replay is only asked not to be early. Ends with "N passed, N failed"."""
import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]
import test_sound  # noqa: E402  (the WAV's measures)
from test_run import CARD, wait_for  # noqa: E402
from claims import check, finish  # noqa: E402  (tests/claims.py)

NODE = """
node = {{ name = "lobby"; state = "{folder}/state"; }};
siren = {{ device = "card"; buffer_frames = 4096; period_frames = 512; }};
voice = {{ languages = "en"; }};
lines = {{ gas = {{ chip = "sim:{folder}/sim"; line = 1; }};
          strobe = {{ chip = "sim:{folder}/sim"; line = 2; stop = "off"; drill = true; }};
          horn = {{ chip = "sim:{folder}/sim"; line = 3; drill = true; }};
          vent = {{ chip = "sim:{folder}/sim"; line = 4; drill = true; }}; }};
contacts = {{ silence = {{ chip = "sim:{folder}/sim"; line = 10; role = "silence"; bias = "pull-down"; active_low = false; }}; }};
action = {{ gas = {{ output = "line:gas"; intensity = 4; reset = "operator"; }};
           strobe = {{ output = "line:strobe"; intensity = 4; reset = "ended"; }};
           horn = {{ output = "line:horn"; intensity = 4; audible = true; }};
           vent = {{ output = "line:vent"; intensity = 4; drill = false; }}; }};
"""

def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


def synth(binary, path, *more):
    subprocess.run([binary, "synth", "--magnitude", "6.5", "--distance", "25", "--seed", "7", "--before", "4", "--after", "15", *more, path],
                   check=True, stdout=subprocess.DEVNULL)
    return path


class Exercise:
    def __init__(self, binary, folder, trace, *arguments, stdout=None):
        self.folder = folder
        os.makedirs(os.path.join(folder, "sim"))
        self.wav = os.path.join(folder, "siren.wav")
        self.out = os.path.join(folder, "out.json")
        self.events_path = os.path.join(folder, "events")
        card = os.path.join(folder, "asound.conf")
        lib = os.path.join(os.path.dirname(binary), "tests", "alsa", "libasound_module_pcm_paced.so")
        with open(card, "w", encoding="ascii") as f:
            f.write(CARD.format(lib=lib, wav=self.wav))
        conf = os.path.join(folder, "node.conf")
        with open(conf, "w", encoding="ascii") as f:
            f.write(NODE.format(folder=folder))
        os.makedirs(os.path.join(folder, "state"), exist_ok=True)
        with open(self.out, "w", encoding="ascii") as out, open(os.path.join(folder, "err"), "w", encoding="utf-8") as err:
            self.process = subprocess.Popen([binary, "replay", "-c", conf, "--act", "--events", self.events_path, *arguments, trace],
                                            stdout=stdout or out, stderr=err, env=dict(os.environ, ALSA_CONFIG_PATH=card))

    def printed(self):
        with open(self.out, encoding="utf-8") as f:
            return [json.loads(line) for line in f if line.endswith("\n")]

    def said(self):
        with open(os.path.join(self.folder, "err"), encoding="utf-8") as f:
            return f.read()

    def events(self, kind):
        try:
            with open(self.events_path, encoding="utf-8") as f:
                return [e for e in (json.loads(line) for line in f if line.endswith("\n")) if e["type"] == kind]
        except FileNotFoundError:
            return []

    def levels(self):
        try:
            with open(os.path.join(self.folder, "sim", "log"), encoding="ascii") as f:
                return [tuple(int(v) for v in line.split()[1:]) for line in f]
        except FileNotFoundError:
            return []

    def end(self, seconds=120):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "killed"


def paced(binary, folder, trace):
    """The same lines as at once, in the time of the clock, as they come."""
    at_once = subprocess.run([binary, "replay", trace], capture_output=True, check=True, text=True).stdout
    length_s = lines_of(at_once)[-1]["duration_s"]
    began = time.monotonic()
    run = subprocess.Popen([binary, "replay", "--speed", "20", trace], stdout=subprocess.PIPE, text=True)
    first = run.stdout.readline()
    check("a line is there before the record is over", first and run.poll() is None)
    rest = run.stdout.read()
    code = run.wait(60)
    took = time.monotonic() - began
    check("twenty times as fast is not faster", took >= length_s / 20 - 0.1, (took, length_s))
    check("and says the same, byte for byte", code == 0 and first + rest == at_once, (code, first, at_once[:400]))
    run.stdout.close()


def whole(binary, folder, trace):
    """From its first word to its last."""
    e = Exercise(binary, folder, trace, "--speed", "2")
    code = e.end()
    said = e.said()
    check("an exercise goes to its end", code == 0 and "EXERCISE over" in said, f"{code} {said}")
    head = said.split("event began")[0]
    check("what it will do stands before it begins", "EXERCISE: " in head and "lines that move: strobe, horn" in head and
          "lines that a drill does not move: gas, vent" in head and "no sensor is watched" in head, said)
    alerts = [line for line in e.printed() if line["type"] == "alert"]
    check("every alert is an exercise", alerts and all(a["status"] == "exercise" for a in alerts), alerts)
    inner = [a["alert"]["status"] for a in e.events("alert")]
    check("the alarm thread's too, and as many", inner == ["exercise"] * len(alerts), inner)
    check("the replay's lines are all there", e.printed()[-1]["type"] == "summary", e.printed()[-1:])
    sounds = e.events("sound")
    check("the siren's orders are exercises", sounds and all(s["exercise"] for s in sounds), sounds)
    check("the end is said", sounds and sounds[-1]["sound"] == "ended", sounds[-1:])
    ordered = [x for x in e.events("lines") if x["asserted"]]
    check("the lines' too", ordered and all(x["exercise"] for x in ordered), ordered)
    check("what is allowed in a drill moves", {(2, 1), (3, 1)} <= set(e.levels()), e.levels())
    check("and is let go", {(2, 0), (3, 0)} <= set(e.levels()[-4:]), e.levels())
    check("what is not stays", not {(1, 1), (4, 1)} & set(e.levels()), e.levels())
    refused = {r["text"].split(":")[0] for r in e.events("reason") if "not allowed in a drill" in r["why"]}
    check("and its reason is told", refused == {"gas", "vent"}, refused)
    check("nothing is journalled", not os.listdir(os.path.join(folder, "state")))
    tones(e.wav)


def tones(wav):
    """Words, the exercise's own tone, words: never the alarm's."""
    sound = test_sound.Sound(wav)
    step, length = 0.1, len(sound.x) / sound.rate
    times = [k * step for k in range(int(length / step) - 2)]
    tone = [t for t in times if sound.amplitude(392, t, 0.2) > 0.2]
    loud = [t for t in times if sound.rms(t, 0.1) > 0.03]
    check("the exercise's 392 Hz is heard", len(tone) >= 3, (len(tone), length))
    check("words come before it and after it", tone and loud and loud[0] < tone[0] - 0.5 and loud[-1] > tone[-1] + 1,
          (tone[:1], tone[-1:], loud[:1], loud[-1:]))
    check("the alarm's tone never", not any(sound.amplitude(520, t, 0.3) > 0.3 for t in times if t in loud))


def broken_off(binary, folder, trace):
    """SIGINT in its middle."""
    e = Exercise(binary, folder, trace)
    check("it sounds", wait_for(lambda: any(o["what"] == "siren-written" for o in e.events("output")), 60), e.said())
    e.process.send_signal(signal.SIGINT)
    code = e.end(30)
    check("SIGINT ends it, and that is no mistake", code == 0 and "broken off by SIGINT" in e.said(), f"{code} {e.said()}")
    check("with every line safe", {line: level for line, level in e.levels()} == {1: 0, 2: 0, 3: 0, 4: 0}, e.levels())
    check("and nothing of the rest", e.printed()[-1]["type"] == "summary" and e.printed()[-1]["duration_s"] < 30, e.printed()[-1])


def unread(binary, folder, trace):
    """A reader that reads nothing holds up neither the outputs nor their end."""
    r, w = os.pipe()
    written = 0
    os.set_blocking(w, False)
    try:
        while True:
            written += os.write(w, b" " * 512)
    except BlockingIOError:
        pass
    os.set_blocking(w, True)
    e = Exercise(binary, folder, trace, "--speed", "2", stdout=w)
    os.close(w)
    check("it sounds all the same", wait_for(lambda: e.events("sound"), 60), e.said())
    check("and the strobe is set", wait_for(lambda: (2, 1) in e.levels(), 30), e.levels())
    e.process.send_signal(signal.SIGINT)
    check("its outputs are safe at once", wait_for(lambda: e.levels()[-4:].count((2, 0)), 20), e.levels())
    e.process.send_signal(signal.SIGINT)
    code = e.end(30)
    check("and a second signal ends it, with what was not read told", code == 1, f"{code} {e.said()}")
    os.close(r)


def silenced(binary, folder, trace):
    """The silence key in an exercise."""
    e = Exercise(binary, folder, trace, "--speed", "4")
    wait_for(lambda: (3, 1) in e.levels(), 60)
    with open(os.path.join(folder, "sim", "in10"), "w", encoding="ascii") as f:
        f.write("1\n")
    check("the silence key ends the horn", wait_for(lambda: (3, 0) in e.levels()[-3:] and any("silenced" in r["why"] for r in e.events("reason")), 30),
          e.levels())
    check("it goes to its end", e.end() == 0, e.said())


def beside_a_node(binary, folder, trace):
    """Not while the node runs."""
    os.makedirs(os.path.join(folder, "state"))
    conf = os.path.join(folder, "node.conf")
    with open(conf, "w", encoding="ascii") as f:
        f.write(f'node = {{ state = "{folder}/state"; }}; siren = {{ device = ""; }};')
    node = subprocess.Popen([binary, "run", "-c", conf], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        check("a node runs", wait_for(lambda: os.path.exists(os.path.join(folder, "state", "journal")), 30))
        done = subprocess.run([binary, "replay", "-c", conf, "--act", trace], capture_output=True, text=True, timeout=60)
        check("an exercise beside its node is refused", done.returncode == 1 and "another node runs" in done.stderr, done)
    finally:
        node.send_signal(signal.SIGTERM)
        node.wait(30)


def refusals(binary, folder, trace):
    unknown = os.path.join(folder, "unknown.csv")
    with open(unknown, "w", encoding="ascii") as f:
        f.write("".join(f"{i % 7},{i % 5},{i % 3}\n" for i in range(500)))
    for arguments, code, says in (
            (["--speed", "0", trace], 64, "--speed"), (["--speed", "fast", trace], 64, "--speed"),
            (["--events", folder + "/x", trace], 64, "--act"),
            (["--act", "--events", "/nonexistent/x", trace], 64, "/nonexistent/x"),
            (["--act", "--rate", "100", "--columns", "1,2,3", unknown], 2, "scale"),
            (["--act", trace, synth(binary, folder + "/other.csv")], 2, "--select")):
        done = subprocess.run([binary, "replay", *arguments], capture_output=True, text=True, timeout=60)
        check(f"{arguments}: refused in one line", done.returncode == code and says in done.stderr and
              done.stderr.count("\n") == 1, f"{done.returncode} {done.stderr}")


def main():
    binary = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as top:
        trace = synth(binary, os.path.join(top, "quake.csv"))
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            running = []
            for job in (whole, broken_off, unread, silenced, beside_a_node, paced, refusals):
                folder = os.path.join(top, job.__name__)
                os.makedirs(folder)
                running.append((job, pool.submit(job, binary, folder, trace)))
            for job, result in running:
                try:
                    result.result(300)
                except Exception as e:  # a scenario that breaks off is a failure, not the end of the others
                    check(f"{job.__name__} ran to its end", False, repr(e))
    return finish()


if __name__ == "__main__":
    sys.exit(main())
