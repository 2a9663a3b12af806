#!/usr/bin/env python3
"""The node's lines and contacts on a chip that is a folder:  test_outputs.py BINARY

`tocsin run` without a sensor acts on what contacts tell it: an official receiver, keys, a chip that goes and comes back, the
signal that ends it in the middle of an alarm. The last line is "N passed, N failed"."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

TOCSIN = sys.argv[1]
PATIENCE_S = 30  # of any wait: machines are shared
STROBE, HORN, DOORS, GAS = 0, 1, 2, 3
RECEIVER, SILENCE, DRILL, RESET = 10, 11, 12, 13
passed = failed = 0

CONFIGURATION = """
node = {{ name = "house"; state = "{state}"; }};
siren = {{ device = ""; }};
lines = {{
  strobe = {{ chip = "sim:{chip}"; line = 0; drill = true; }};
  horn = {{ chip = "sim:{chip}"; line = 1; }};
  doors = {{ chip = "sim:{chip}"; line = 2; stop = "on"; }};
  gas = {{ chip = "sim:{chip}"; line = 3; mode = "pulse"; pulse_s = 60.0; manual = true; latched_at_start = false; }};
}};
contacts = {{
  receiver = {{ chip = "sim:{chip}"; line = 10; role = "official"; }};
  silence = {{ chip = "sim:{chip}"; line = 11; role = "silence"; }};
  drill = {{ chip = "sim:{chip}"; line = 12; role = "drill"; }};
  reset_key = {{ chip = "sim:{chip}"; line = 13; role = "reset"; }};
}};
arbiter = {{ official_s = 1.0; }};
action = {{
  strobe = {{ output = "line:strobe"; intensity = 4; hold_s = 0.5; }};
  horn = {{ output = "line:horn"; audible = true; }};
  doors = {{ output = "line:doors"; hold_s = 0.5; }};
  gas = {{ output = "line:gas"; reset = "operator"; }};
}};
"""


def check(name, ok, detail=""):
    global passed, failed
    passed += bool(ok)
    failed += not ok
    if not ok:
        print("FAILED", name, detail, flush=True)


class Node:
    def __init__(self, folder, chip_there=True):
        self.chip = os.path.join(folder, "chip")
        self.events = os.path.join(folder, "events")
        os.makedirs(self.chip, exist_ok=True)
        if os.path.exists(self.events):  # of a node before
            os.unlink(self.events)
        if not chip_there:
            self.put("gone")
        configuration = os.path.join(folder, "node.conf")
        with open(configuration, "w") as f:
            f.write(CONFIGURATION.format(state=folder, chip=self.chip))
        self.process = subprocess.Popen([TOCSIN, "run", "-c", configuration, "--events", self.events],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def put(self, name, text=""):
        with open(os.path.join(self.chip, name), "w") as f:
            f.write(text)

    def contact(self, line, closed):
        self.put(f"in{line}", "0" if closed else "1")  # to ground, with a pull-up

    def level(self, line):
        try:
            with open(os.path.join(self.chip, f"out{line}")) as f:
                return int(f.read(1) or -1)
        except OSError:
            return -1

    def levels(self):
        return [self.level(line) for line in (STROBE, HORN, DOORS, GAS)]

    def await_levels(self, name, want):
        end = time.monotonic() + PATIENCE_S
        while self.levels() != want and time.monotonic() < end:
            time.sleep(0.01)
        check(name, self.levels() == want, f"{self.levels()}, not {want}")

    def journal(self):
        with open(self.events) as f:
            return [json.loads(line) for line in f if line.endswith("\n")]

    def await_said(self, name, text):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if os.path.exists(self.events) and any(text in json.dumps(line) for line in self.journal()):
                break
            time.sleep(0.02)
        else:
            return check(name, False, f"never said: {text}")
        check(name, True)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "killed"


def an_official_warning(node):
    node.await_levels("at first nothing is called for", [0, 0, 0, 0])
    node.await_said("the contacts are read", "silence: contact: no")
    node.contact(RECEIVER, True)
    node.await_levels("the receiver's contact calls for every line", [1, 1, 1, 1])
    node.contact(SILENCE, True)
    node.await_levels("silence stops the horn and nothing else", [1, 0, 1, 1])
    node.contact(SILENCE, False)
    node.contact(RESET, True)
    node.await_said("the gas is not reset while it is called for", "reset refused")
    node.contact(RESET, False)
    node.contact(RECEIVER, False)
    node.await_levels("when it is over only the gas waits", [0, 0, 0, 1])
    node.await_said("and says so", "gas: stays until a person resets it")
    node.contact(RESET, True)
    node.await_levels("for a person", [0, 0, 0, 0])
    node.contact(RESET, False)


def a_drill(node):
    node.contact(DRILL, True)
    node.await_levels("a drill moves what is allowed to", [1, 0, 0, 0])
    node.await_said("and says what it leaves out", "gas: not called: not allowed in a drill")
    node.contact(RECEIVER, True)
    node.await_levels("a real warning is no drill", [1, 1, 1, 1])
    node.await_said("and ends it", "drill broken off by a real event")


def the_end(node):
    code = node.stop()
    check("it ends as asked", code == 0, code)
    check("each line is left in its safe state, in an alarm too", node.levels() == [0, 0, 1, 0], node.levels())
    with open(os.path.join(node.chip, "log")) as f:
        times = [int(line.split()[0]) for line in f]
    check("the chip's log is in order", times == sorted(times))
    journal = node.journal()
    lines = [line for line in journal if line["type"] == "lines" and line["asserted"]]
    check("the order names its lines", lines and lines[0]["asserted"] == ["strobe", "horn", "doors", "gas"], lines[:1])
    done = [line for line in journal if line.get("what") == "line-set" and line.get("event_number") == 1 and line["level"]]
    check("each line that was set is told with its delay",
          {line["line"] for line in done} >= {"strobe", "horn", "doors", "gas"} and
          all(line["after_decision_ms"] >= 0 for line in done), done)


def a_restart(folder):
    node = Node(folder)
    try:
        for line in (RECEIVER, SILENCE, DRILL, RESET):
            node.contact(line, False)
        node.await_levels("after a restart what waited for a person waits", [0, 0, 0, 1])
        node.process.kill()
        node.process.wait()
        node = Node(folder)
        node.await_said("after kill -9 too", "line-set")
        node.await_levels("after kill -9 too", [0, 0, 0, 1])
        node.await_said("the reset key is read", "reset_key: contact: no")
        node.contact(RESET, True)
        node.await_levels("and is reset", [0, 0, 0, 0])
    finally:
        node.stop()


def a_chip_that_is_not_there(node):
    node.await_said("a chip that is not there is no reason not to start", "line-refused")
    os.unlink(os.path.join(node.chip, "gone"))
    node.await_levels("it is found when it comes", [0, 0, 0, 0])
    node.contact(RECEIVER, True)
    node.await_levels("and works then", [1, 1, 1, 1])
    node.put("gone")
    node.await_said("one that goes is told", "receiver: contact at fault: yes")
    os.unlink(os.path.join(node.chip, "gone"))
    node.await_said("and one that is back too", "receiver: contact at fault: no")
    check("it ends as asked", node.stop() == 0)


def refusals(folder):
    for name, setting, want in (
            ("a line that does not exist", "action.gas.output=line:gsa", "there is no lines.gsa"),
            ("two of one line", "lines.horn.line=0", "lines.horn.line is in use already"),
            ("a siren that only a person stops", "action.siren.reset=operator", "action.siren.reset is operator"),
            ("a valve that opens by itself", "lines.gas.mode=hold", "lines.gas.manual needs kind fail-safe")):
        configuration = os.path.join(folder, "node.conf")
        run = subprocess.run([TOCSIN, "run", "-c", configuration, "--set", setting, "--for", "1"],
                             capture_output=True, text=True, timeout=PATIENCE_S)
        check(name + " stops the start", run.returncode == 64 and want in run.stderr, f"{run.returncode} {run.stderr}")


with tempfile.TemporaryDirectory() as folder:
    node = Node(folder)
    try:
        an_official_warning(node)
        a_drill(node)
        the_end(node)
    finally:
        node.stop()
    a_restart(folder)
    refusals(folder)
with tempfile.TemporaryDirectory() as folder:
    node = Node(folder, chip_there=False)
    try:
        a_chip_that_is_not_there(node)
    finally:
        node.stop()
print(f"{passed} passed, {failed} failed")
sys.exit(failed != 0)
