#!/usr/bin/env python3
"""A live sensor through libiio and every way in which it can die:  test_sensor.py BINARY

`tocsin sensors` watches what `tocsin virtual` serves, while this breaks one and mends it. What must hold: the
fault is said, the count is right, it comes back by itself. The last line is "N passed, N failed"."""
import json
import os
import queue
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

TOCSIN = sys.argv[1]
PATIENCE_S = 30  # of any wait: machines are shared
passed = failed = 0
lock = threading.Lock()


def check(name, ok, detail=""):
    global passed, failed
    with lock:
        passed += bool(ok)
        failed += not ok
        if not ok:
            print("FAILED", name, detail, flush=True)


def quiet_record(folder):
    noise = random.Random(3)
    path = os.path.join(folder, "quiet.csv")
    with open(path, "w") as f:
        f.write("# tocsin-csv 1\n# rate_hz: 250\n# unit: m/s^2\ntime_s,z,n,e\n")
        for i in range(250 * 20):
            f.write(f"{i / 250:.3f}," + ",".join(f"{noise.gauss(0, 2e-3):.5f}" for _ in range(3)) + "\n")
    return path


def plain_signals():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # python ignores it: the program must not need that


class Server:
    def __init__(self, record, port=0, *options):
        self.record, self.options = record, options
        self.start(port)

    def start(self, port):
        self.process = subprocess.Popen(
            [TOCSIN, "virtual", "--port", str(port), "--loop", *self.options, self.record],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.port = json.loads(self.process.stdout.readline())["port"]
        self.uri = f"ip:127.0.0.1:{self.port}"

    def restart(self):
        for _ in range(100):  # the port may still be held by the old connections
            try:
                return self.start(self.port)
            except (json.JSONDecodeError, KeyError):
                self.process.wait(PATIENCE_S)
                time.sleep(0.1)

    def fault(self, *pairs):
        """Name and value, name and value ..., by the debug attributes."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE_S) as s:
            for name, value in zip(pairs[::2], pairs[1::2]):
                text = str(value)
                s.sendall(f"WRITE adxl355 DEBUG {name} {len(text)}\r\n{text}".encode())
                s.recv(64)

    def end(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait(PATIENCE_S)
        self.process.stdout.close()


class Watch:
    """Health lines of one sensor, as they come."""

    def __init__(self, uri, *sets):
        options = [x for s in sets for x in ("--set", s)]
        self.process = subprocess.Popen(
            [TOCSIN, "sensors", "--uri", uri, "--watch", "600", "--json", *options],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, preexec_fn=plain_signals)
        self.lines = queue.Queue()
        self.last = None
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))
        self.lines.put(None)

    def until(self, wanted):
        """The first line that fits, or None after PATIENCE_S or when it has died."""
        end = time.monotonic() + PATIENCE_S
        while (left := end - time.monotonic()) > 0:
            try:
                line = self.lines.get(timeout=left)
            except queue.Empty:
                return None
            if line is None:
                return None
            self.last = line
            if wanted(line):
                return line
        return None

    def sound(self):
        return self.until(lambda h: h["state"] == "running" and "no-samples" not in h["reasons"])

    def end(self):
        self.process.kill()
        self.process.wait(PATIENCE_S)


def has(reason):
    return lambda h: reason in h["reasons"]


def lacks(reason):
    return lambda h: reason not in h["reasons"] and h["state"] == "running"


def grown(before, key, by):
    return lambda h: h[key] >= before[key] + by and h["state"] == "running"


def dies_and_comes_back(watch, name, kill, mend=lambda: None):
    """Whatever `kill` does: the failure is counted, silence is said with its reason, and it runs again."""
    before = watch.sound()
    if not before:
        check(f"{name}: sound before", False, watch.last)
        return None
    kill()
    down = watch.until(lambda h: h["failures"] > before["failures"] or h["state"] in ("down", "quiet"))
    check(f"{name}: is said", down, watch.last)
    mend()
    back = watch.until(lambda h: h["opens"] > before["opens"] and h["state"] == "running"
                       and "no-samples" not in h["reasons"])
    check(f"{name}: comes back by itself", back, watch.last)
    check(f"{name}: the outage is counted as lost", back and back["lost"] > before["lost"], (before, back))
    return back


def deaths(record):
    """The sensor, its server or the connection die."""
    server = Server(record)
    watch = Watch(server.uri, "timeout_ms=400")
    first = watch.until(lambda h: h["state"] == "running" and h["samples"] > 100)
    check("a sensor is found by what it can do, and read", first and first["driver"] == "adxl355"
          and first["format"] == "be:s20/32>>4" and first["rate_hz"] == 250 and first["fit"], watch.last)
    check("buffers are small, and many", first and first["buffer_samples"] == 1 and first["kernel_buffers"] == 256)

    server.fault("errno", 5)
    check("a driver's error: opened again", watch.until(lambda h: h["opens"] == 2 and h["state"] == "running"), watch.last)
    dies_and_comes_back(watch, "the device is gone (ENODEV)", lambda: server.fault("gone_ms", 1200))
    dies_and_comes_back(watch, "the connection is cut", lambda: server.fault("refuse_ms", 700, "hangup", 1))
    silent = dies_and_comes_back(watch, "the server is frozen", lambda: server.process.send_signal(signal.SIGSTOP),
                                 lambda: (watch.until(has("no-samples")), server.process.send_signal(signal.SIGCONT)))
    check("... and was not killed by a broken pipe", silent and watch.process.poll() is None)
    dies_and_comes_back(watch, "the server is killed", server.process.kill,
                        lambda: (watch.until(has("no-samples")), server.end(), server.restart()))
    server.fault("stale", 200)
    back = dies_and_comes_back(watch, "a FIFO of old samples", lambda: server.fault("hangup", 1))
    check("... which are dropped", back and 190 <= back["stale"] <= 210, back)
    check("it is still one sensor: nothing has to be prepared anew", back and back["generation"] == 1, back)

    # A sensor that measures nothing behind a live server, for longer than it may: it is opened again.
    before = watch.sound()
    server.fault("stall_ms", 2800)
    check("a silent sensor is said", watch.until(has("no-samples")), watch.last)
    check("... and opened again", watch.until(lambda h: h["opens"] > before["opens"]), watch.last)
    check("... until it measures", watch.sound(), watch.last)
    watch.end()
    server.end()


def counts(record):
    """What is lost, repeated, or wrong in the samples."""
    server = Server(record)
    watch = Watch(server.uri)
    before = watch.until(lambda h: h["state"] == "running" and h["samples"] > 100)
    check("running", before, watch.last)
    clock = before and before["timestamp_clock"]
    check("its stamps are by a clock that does not step", clock == "monotonic", clock)

    server.fault("skip", 100)
    after = watch.until(grown(before, "gaps", 1))
    check("100 lost samples are 100 in one gap",
          after and after["lost"] == before["lost"] + 100 and after["gaps"] == before["gaps"] + 1, (before, after))
    check("... and are said", watch.until(has("gaps")), watch.last)

    before = watch.sound()
    server.fault("stall_ms", 800)
    check("a sensor that stalls is said", watch.until(has("no-samples")), watch.last)
    after = watch.until(grown(before, "gaps", 1))
    check("... what it missed is counted", after and 190 <= after["lost"] - before["lost"] <= 210, (before, after))
    check("... without opening it again", after and after["opens"] == before["opens"], after)

    before = watch.sound()
    server.fault("duplicate", 5)
    after = watch.until(grown(before, "duplicates", 1))
    check("stamps that repeat: their samples are dropped", after and after["duplicates"] == before["duplicates"] + 5,
          (before, after))
    before = watch.sound()
    server.fault("backward_ms", 50)
    after = watch.until(grown(before, "backward", 1))
    check("a stamp that goes back: its sample is dropped", after and after["backward"] == before["backward"] + 1,
          (before, after))
    check("none of this was a set clock", after and after["clock_steps"] == 0, after)
    watch.end()
    server.end()


def monitors(record):
    """Samples that come, and are worth nothing."""
    server = Server(record)
    watch = Watch(server.uri)
    check("sound samples are fit", watch.until(lambda h: h["fit"] and h["samples"] > 1000), watch.last)
    for name, value, reason, fit in (("flat", 1, "flat", False), ("stuck", 4, "stuck", False),
                                     ("temperature_deg", 99, "temperature", False)):
        server.fault(name, value)
        bad = watch.until(has(reason))
        check(f"{name} {value} is said as {reason}", bad and bad["fit"] == fit, watch.last)
        server.fault(name, 25 if reason == "temperature" else 0)
        check(f"... and is over when it is over", watch.until(lacks(reason)), watch.last)
    server.fault("noise_mps2", 6)
    check("the end of the range is said", watch.until(has("clipped")), watch.last)
    server.fault("noise_mps2", 0)
    server.fault("ppm", 50000)
    fast = watch.until(has("rate"))
    check("a wrong rate is said, and which it is", fast and abs(fast["true_rate_hz"] / 262.5 - 1) < 0.005, watch.last)
    watch.end()
    server.end()


def drivers(record):
    """What other drivers look like; and several who read at once."""
    for like, wanted in (("adxl355", "be:s20/32>>4"), ("lsm6dso_accel", "le:s16/16>>0"), ("accel_3d", "le:S32/32>>0")):
        server = Server(record, 0, "--like", like)
        listed = subprocess.run([TOCSIN, "sensors", "--uri", server.uri, "--json"], capture_output=True, text=True)
        seen = json.loads(listed.stdout.splitlines()[0]) if listed.stdout else {}
        check(f"{like} is listed", listed.returncode == 0 and seen.get("driver") == like and seen["usable"]
              and seen["axes"] == "xyz" and seen["rate_hz"] == 250, listed)
        readers = [subprocess.Popen([TOCSIN, "sensors", "--uri", server.uri, "--measure", "2", "--json"],
                                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) for _ in range(2)]
        for reader in readers:
            out, _ = reader.communicate(timeout=PATIENCE_S)
            m = json.loads(out.splitlines()[-1])
            check(f"{like} is measured", m["type"] == "measured" and m["samples"] > 200 and m["format"].lower() == wanted.lower()
                  and abs(m["gravity_mps2"] - 9.80665) < 0.1, m)
        server.end()
    plain = subprocess.run([TOCSIN, "sensors", "--uri", "ip:127.0.0.1:1"], capture_output=True, text=True)
    check("nobody there: one line and status 1", plain.returncode == 1 and "ip:127.0.0.1:1" in plain.stderr, plain)
    for wrong in (["--set", "rate_hz=0"], ["--set", "axes=zz"], ["--set", "axes=zyy"], ["--watch", "x"], ["rest"]):
        done = subprocess.run([TOCSIN, "sensors", *wrong], capture_output=True, text=True)
        check(f"{wrong} is refused", done.returncode == 64 and done.stderr, done)


with tempfile.TemporaryDirectory() as folder:
    record = quiet_record(folder)
    threads = [threading.Thread(target=t, args=(record,)) for t in (deaths, counts, monitors, drivers)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
print(f"{passed} passed, {failed} failed")
sys.exit(failed != 0)
