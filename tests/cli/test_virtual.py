#!/usr/bin/env python3
"""tocsin virtual against the unmodified iio_info, iio_attr and iio_readdev, and against a client that is rude:

    tests/cli/test_virtual.py BINARY

What is read back is compared with the trace, sample by sample. The last line is "N passed, N failed"."""
import json
import math
import os
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

import jsonschema

TOCSIN = sys.argv[1]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WAIT_S = 20  # for what comes at once on an idle machine
RATE, SECONDS = 250, 3
passed = failed = 0
counting = threading.Lock()

if not all(shutil.which(tool) for tool in ("iio_info", "iio_attr", "iio_readdev")):
    print("SKIPPED all: no iio_info, iio_attr, iio_readdev (package libiio-utils)")
    sys.exit(0)
with open(os.path.join(ROOT, "docs", "schema", "virtual.schema.json"), encoding="utf-8") as f:
    SCHEMA = jsonschema.Draft202012Validator(json.load(f))


def check(claim, ok, detail=""):
    global passed, failed
    with counting:
        passed += bool(ok)
        failed += not ok
    if not ok:
        print("FAILED", claim, str(detail)[:400])


# ---- the trace, and a server that plays it

def motion(i):
    """Z N E in m/s^2; no two samples are alike."""
    t = i / RATE
    return (0.5 * math.sin(2 * math.pi * 3 * t), -0.2 + 0.1 * t, 0.3 * math.cos(2 * math.pi * 1.7 * t))


SAMPLES = [motion(i) for i in range(RATE * SECONDS)]
FOLDER = tempfile.TemporaryDirectory()
TRACE = os.path.join(FOLDER.name, "record.csv")
with open(TRACE, "w", encoding="utf-8") as f:
    f.write(f"# tocsin-csv 1\n# rate_hz: {RATE}\n# unit: m/s^2\nz,n,e\n")
    f.writelines(f"{z:.9f},{n:.9f},{e:.9f}\n" for z, n, e in SAMPLES)


class Server:
    def __init__(self, *options, traces=(TRACE,)):
        self.process = subprocess.Popen([TOCSIN, "virtual", "--port", "0", *options, *traces], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.lines = [json.loads(line)] if line else []
        self.hello = self.lines[0] if line else None
        if not line:
            raise RuntimeError(self.process.stderr.read())
        self.port, self.uri = self.hello["port"], self.hello["uri"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Its exit code, after SIGTERM where it still runs."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.wait()

    def wait(self):
        if not self.process.stdout.closed:
            try:
                out, self.stderr = self.process.communicate(timeout=WAIT_S + SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                out, self.stderr = self.process.communicate()
            self.lines += [json.loads(line) for line in out.splitlines()]
        return self.process.returncode

    def tool(self, *arguments):
        done = subprocess.run([arguments[0], "-u", self.uri, *arguments[1:]], capture_output=True, timeout=WAIT_S * 2)
        return done.returncode, done.stdout, done.stderr

    def attr(self, *arguments):
        code, out, err = self.tool("iio_attr", *arguments)
        return out.decode().strip() if code == 0 else f"failed: {err.decode()}"

    def debug(self, name, value):
        return self.attr("-D", self.hello["device"], name, str(value))


# ---- a client of our own

class Client:
    def __init__(self, server):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_S)
        self.file = self.socket.makefile("rb")
        self.format = server.hello["format"]
        self.last = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def number(self, command):
        self.send(command + "\r\n")
        return self.integer()

    def integer(self):
        line = self.file.readline()
        return int(line) if line else None  # None: hung up

    def text(self, command):
        n = self.number(command)
        if n is None or n < 0:
            return n
        body = self.file.read(n + 1)
        return body[:-1].rstrip(b"\0")

    def write(self, where, value):
        return self.number(f"WRITE iio:device0 {where} {len(value)}\r\n{value}".rstrip("\r\n"))

    def fault(self, name, value):
        self.send(f"WRITE iio:device0 DEBUG {name} {len(str(value))}\r\n{value}")
        return self.integer()

    def open(self, samples, mask=0x17, clock="monotonic", buffers=None):
        """As many kernel buffers as a test on a busy machine needs, unless it is about them."""
        self.number(f"SET iio:device0 BUFFERS_COUNT {buffers or min(1024, 8192 // samples)}")
        self.send(f"WRITE iio:device0 current_timestamp_clock {len(clock)}\r\n{clock}")
        self.integer()
        self.mask = mask
        return self.number(f"OPEN iio:device0 {samples} {mask:08x}")

    def go_on(self, samples):
        """read(), and in front of it the last row of the read before."""
        return self.last + self.read(samples)

    def read(self, samples):
        """[(x, y, z, ns)] of adxl355 with mask 0x17, or the negative errno, or None: hung up."""
        try:
            rows = self.read_rows(samples)
        except ConnectionError:
            return None
        self.last = rows[-1:] if isinstance(rows, list) else []
        return rows

    def read_rows(self, samples):
        rows = []
        self.send(f"READBUF iio:device0 {samples * 24}\r\n")
        while len(rows) < samples:
            n = self.integer()
            if n is None or n < 0:
                return n
            if not rows:
                self.file.readline()
            data = self.file.read(n)
            if len(data) < n:
                return None
            rows += decode(data, self.format, temperature=False)
        return rows


def decode(data, text, temperature):
    """Scans of x y z, perhaps temperature, time stamp: [(x, y, z, ns)]."""
    order = ">" if text[0] == "b" else "<"
    bits, rest = text[4:].split("/")
    storage, shift = rest.split(">>")
    bits, size, shift = int(bits), int(storage) // 8, int(shift)
    head = 3 * size + (2 if temperature else 0)
    at_ns = (head + 7) // 8 * 8
    rows = []
    for at in range(0, len(data) - at_ns - 7, at_ns + 8):
        row = []
        for axis in range(3):
            raw = int.from_bytes(data[at + axis * size:at + (axis + 1) * size], "big" if order == ">" else "little")
            raw = raw >> shift & (1 << bits) - 1
            row.append(raw - (1 << bits) if raw >> (bits - 1) else raw)
        rows.append((*row, struct.unpack_from("<q", data, at + at_ns)[0]))
    return rows


def worst(rows, lsb, first=0, gravity=9.80665):
    """Largest difference from the trace, in counts: x is east, y north, z up."""
    most = 0
    for i, (x, y, z, _) in enumerate(rows):
        up, north, east = SAMPLES[first + i]
        for count, value in ((x, east), (y, north), (z, up + gravity)):
            most = max(most, abs(count - value / lsb))
    return most


def steps(rows):
    return [b[3] - a[3] for a, b in zip(rows, rows[1:])]


# ---- the unmodified tools

def tools_read_the_trace():
    for form, device, temperature in (("be:s20/32>>4", "adxl355", True), ("le:s20/32>>12", "adxl355", True),
                                      ("le:s16/16>>0", "lsm6dso_accel", False), ("le:S32/32>>0", "accel_3d", False),
                                      ("be:s16/16>>0", "adxl355", True)):
        with Server("--format", form, "--wait-client") as s:
            check(f"{form}: the device is {device}", s.hello["device"] == device, s.hello)
            code, out, err = s.tool("iio_readdev", "-b", "50", "-s", "300", device)
            rows = decode(out, form, temperature)
            check(f"{form}: iio_readdev gets what it asks for", code == 0 and len(rows) == 300, (code, len(out), err))
            check(f"{form}: ... which is the trace within an LSB", rows and worst(rows, s.hello["lsb_mps2"]) <= 0.51,
                  rows and worst(rows, s.hello["lsb_mps2"]))
            check(f"{form}: ... each 4 ms after the last", set(steps(rows)) == {1000000000 // RATE}, set(steps(rows)))
            check(f"{form}: SIGTERM ends it well", s.stop() == 0, s.stderr)
            check(f"{form}: it says what it does", [x["type"] for x in s.lines] == ["listening", "begun", "ended"] and
                  all(SCHEMA.is_valid(x) for x in s.lines), s.lines)
            begun = [x["utc_ns"] for x in s.lines if x["type"] == "begun"]
            check(f"{form}: ... and when its first sample was", rows and abs(begun[0] - rows[0][3]) < 5e6, (begun, rows[:1]))


def tools_show_the_sensor():
    with Server("--label", "roof", "--rate", "250,100", "--like", "adxl355") as s:
        code, out, err = s.tool("iio_info")
        text = out.decode()
        for want in ("Backend version: 0.24", "iio:device0: adxl355", "label: roof", "5 channels found", "accel_x:  (input, index: 0, format: be:s20/32>>4)",
                     "format: le:S64/64>>0", "Current trigger: trigger0(adxl355-dev0)", "scale value: 0.000038245",
                     "sampling_frequency_available value: 250.000000 100.000000", "current_timestamp_clock value: realtime",
                     "watermark value", "stall_ms value: 0"):
            check(f"iio_info shows '{want}'", code == 0 and want in text, text + err.decode())
        check("... without complaint", "ERROR" not in text and not err, text + err.decode())
        check("iio_attr sets the rate", s.attr("-c", "adxl355", "accel_x", "sampling_frequency", "100") != "" and
              "100.000000" in s.attr("-c", "adxl355", "accel_z", "sampling_frequency"))
        check("... one that is offered", "failed" in s.attr("-c", "adxl355", "accel_x", "sampling_frequency", "99"))
        check("... the clock", "monotonic" in s.attr("-d", "adxl355", "current_timestamp_clock", "monotonic"))
        check("... a fault", "7" in s.debug("temperature_deg", "7") and
              s.attr("-c", "adxl355", "temp", "raw") == "2048")
        check("... a buffer's length", "64" in s.attr("-B", "adxl355", "length", "64"))
        code, out, err = s.tool("iio_readdev", "-b", "10", "-s", "50", "adxl355", "accel_z", "timestamp")
        check("a client may take some channels only", code == 0 and len(out) == 50 * 16, (code, len(out), err))
        ns = [struct.unpack_from("<q", out, 16 * i + 8)[0] for i in range(len(out) // 16)]
        check("... at the rate that was set", {b - a for a, b in zip(ns, ns[1:])} == {10000000}, ns[:4])
    turned = "0, -1, 0; 1, 0, 0; 0, 0, 1"
    with Server("--like", "lsm6dso_accel", "--mount-matrix", turned, "--name", "box", "--no-gravity", "--wait-client") as s:
        check("the mount matrix is told", s.attr("-d", "box", "in_mount_matrix") == turned, s.attr("-d", "box", "in_mount_matrix"))
        _, out, _ = s.tool("iio_readdev", "-b", "10", "-s", "50", "box")
        rows = [(-y, x, z, ns) for x, y, z, ns in decode(out, s.hello["format"], False)]
        check("... and undone by it the trace is back, without gravity where none is wanted",
              len(rows) == 50 and worst(rows, s.hello["lsb_mps2"], gravity=0) <= 0.51, rows[:3])


def several_clients_at_once():
    with Server("--rate", "1000") as s:
        with Client(s) as lazy, Client(s) as idle:
            lazy.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            check("a client that never reads", lazy.open(1000, clock="realtime") == 0)
            lazy.send("READBUF iio:device0 4000000\r\n")
            idle.send("READBUF")  # half a line
            got = {}

            def one(i):
                got[i] = s.tool("iio_readdev", "-b", str(4 << i), "-s", "2000", "adxl355")

            threads = [threading.Thread(target=one, args=(i,)) for i in range(4)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            rows = [decode(got[i][1], s.hello["format"], True) for i in range(4)]
            check("... holds up none of four others", all(got[i][0] == 0 and len(rows[i]) == 2000 for i in range(4)),
                  [(got[i][0], len(rows[i]), got[i][2]) for i in range(4)])
            seen = {ns: row for row in rows[0] for ns in [row[3]]}
            shared = [row for r in rows[1:] for row in r if row[3] in seen]
            check("who measures at the same time measures the same",
                  len(shared) > 1000 and all(seen[row[3]] == row for row in shared), len(shared))
        s.stop()
        check("what the lazy one did not take was lost", s.lines[-1]["lost"] >= 0)


# ---- the protocol

def the_context_comes_in_a_frame():
    with Server() as s, Client(s) as c:
        c.send("VERSION\r\n")
        check("the version", c.file.readline() == b"0.24.tocsin \n")
        xml, frame = c.text("PRINT"), c.text("ZPRINT")
        size, block = struct.unpack("<I", frame[5:9])[0], int.from_bytes(frame[9:12], "little")
        check("the context as a Zstandard frame", frame[:5] == b"\x28\xb5\x2f\xfd\xa0" and size == len(xml) and
              block == size << 3 | 1 and frame[12:] == xml, (size, len(xml), block))
        if shutil.which("zstd"):
            done = subprocess.run(["zstd", "-dc"], input=frame, capture_output=True)
            check("... that zstd unpacks", done.stdout == xml, done.stderr)


def rude_clients():
    with Server() as s:
        with Client(s) as c:
            c.send(b"A" * 100000)
            check("a line without end is an error", c.integer() == -22)
            try:
                left = c.file.read()
            except ConnectionResetError:
                left = b""
            check("... and the end", left == b"")
        with Client(s) as c:
            c.send(os.urandom(3000).replace(b"\n", b"x") + b"\n")
            c.file.readline()
        with Client(s) as c:
            check("a buffer beyond all bounds", c.number("OPEN iio:device0 4294967295 7") == -12)
            check("... or of nothing", c.number("OPEN iio:device0 4 0") == -22)
            c.send("VERSION\r\n" * 2000)
            check("many commands at once", all(c.file.readline() == b"0.24.tocsin \n" for _ in range(2000)))
            c.send("VERSION\r\nEXIT\r\nVERSION\r\n")
            check("EXIT hangs up behind the answers", c.file.read() in (b"0.24.tocsin \n",))
        with Client(s) as c:
            c.send("PRINT\r\n")
            c.socket.shutdown(socket.SHUT_WR)
            check("who stops talking still gets the answer", b"</context>" in c.file.read())
        many = [socket.create_connection(("127.0.0.1", s.port), timeout=WAIT_S) for _ in range(80)]
        deadline, ends = time.monotonic() + WAIT_S, 0
        while ends < 16 and time.monotonic() < deadline:
            ends = len(select.select(many, [], [], 0.1)[0])
        check("more than 64 connections are too many", ends == 16, ends)
        for one in many:
            one.close()
        deadline, version = time.monotonic() + WAIT_S, b""
        while version != b"0.24.tocsin \n" and time.monotonic() < deadline:
            with Client(s) as c:
                try:
                    c.send("VERSION\r\n")
                    version = c.file.readline()
                except OSError:
                    version = b""
        check("... and it lives on", version == b"0.24.tocsin \n", version)
        check("... to end well", s.stop() == 0)


# ---- faults

def faults_in_the_samples():
    period = 1000000000 // RATE
    with Server("--loop") as s, Client(s) as c, Client(s) as control:
        def gaps(rows):
            return [round(step / period) - 1 for step in steps(rows) if step != period]

        check("a buffer", c.open(5) == 0)
        check("no fault, no gap", gaps(c.go_on(50)) == [])
        control.fault("skip", 7)
        check("skip", sum(gaps(c.go_on(50))) == 7)
        s.debug("stall_ms", 200)
        gap = gaps(c.go_on(100))
        check("stall, told by iio_attr", len(gap) == 1 and 48 <= gap[0] <= 51, gap)
        with Client(s) as small:
            small.open(5, buffers=2)
            control.fault("hold_ms", 250)
            begin = time.monotonic()
            rows = small.read(5)
            check("hold: nothing comes, and what comes then is old", time.monotonic() - begin > 0.2 and gaps(rows) == [], rows)
            gap = gaps(small.go_on(50))
            check("... the newest is lost where the queue is full", gap and gap[0] > 40, gap)
        c.read(100)
        control.fault("duplicate", 2)
        zero = [step for step in steps(c.go_on(50)) if step <= 0]
        check("duplicate", zero == [0, 0], zero)
        control.fault("backward_ms", 100)
        back = [step for step in steps(c.go_on(50)) if step < 0]
        check("backward", back == [period - 100000000], back)
        control.fault("ppm", 20000)
        c.read(20)
        rows = c.read(100)
        rate = 99e9 / (rows[-1][3] - rows[0][3])
        check("ppm", abs(rate / RATE - 1.02) < 1e-6, rate)
        check("... while it says the old rate", control.text("READ iio:device0 INPUT accel_x sampling_frequency") == b"250.000000")
        control.fault("ppm", 0)
        for axis, bit in enumerate((1, 2, 4)):
            control.fault("stuck", bit)
            c.read(20)
            rows = c.read(50)
            alive = [len({row[a] for row in rows}) > 1 for a in range(3)]
            check(f"stuck {bit}", alive == [a != axis for a in range(3)], alive)
        control.fault("stuck", 0)
        control.fault("flat", 1)
        c.read(20)
        check("flat", len({row[:3] for row in c.read(50)}) == 1)
        control.fault("flat", 0)
        control.fault("clip_mps2", 0.25)
        c.read(20)
        rows, end = c.read(400), 0.25 / s.hello["lsb_mps2"]
        check("clip", all(abs(v) <= end + 1 for row in rows for v in row[:3]) and sum(abs(row[0]) > end - 2 for row in rows) > 10)
        control.fault("clip_mps2", 0)
        control.fault("noise_mps2", 0.1)
        c.read(20)
        rows = c.read(200)
        jumps = [(b[1] - a[1]) * s.hello["lsb_mps2"] for a, b in zip(rows, rows[1:])]
        rms = math.sqrt(sum(j * j for j in jumps) / len(jumps) / 2)
        check("noise", 0.07 < rms < 0.13, rms)
        control.fault("noise_mps2", 0)
        control.fault("stale", 10)
        with Client(s) as late:
            late.open(20)
            begin = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
            rows = late.read(20)
            check("stale", sum(row[3] < begin - 8 * period // 2 for row in rows) >= 5 and gaps(rows) == [], rows[:2])
        control.fault("temperature_deg", -12)
        check("temperature", control.text("READ iio:device0 INPUT temp raw") == b"2220")


def faults_of_the_connection():
    with Server("--loop") as s, Client(s) as control:
        with Client(s) as c:
            c.open(5)
            control.fault("errno", 5)
            check("errno", c.read(5) == -5)
            check("... once", isinstance(c.read(5), list))
            control.fault("gone_ms", 400)
            check("gone", c.read(5) == -19 and control.number("READ iio:device0 INPUT accel_x raw") == -19)
            deadline = time.monotonic() + WAIT_S
            while c.read(5) == -19 and time.monotonic() < deadline:
                time.sleep(0.05)
            check("... and back", isinstance(c.read(5), list))
            control.number("TIMEOUT 100")
            control.fault("stall_ms", 500)
            check("a time-out is for all", -110 in [c.read(25) for _ in range(20)])
            control.number("TIMEOUT 0")
            check("... and so is none", isinstance(c.read(25), list))
            control.fault("hangup", 1)
            check("hangup", c.read(5) is None)
            check("... leaves the control connection", control.number("TIMEOUT 1000") == 0)
        control.fault("refuse_ms", 600)
        with Client(s) as c:
            try:
                c.send("VERSION\r\n")
                check("refuse", c.file.readline() == b"")
            except ConnectionError:
                check("refuse", True)
        deadline, version = time.monotonic() + WAIT_S, b""
        while not version and time.monotonic() < deadline:
            time.sleep(0.1)
            with Client(s) as c:
                try:
                    c.send("VERSION\r\n")
                    version = c.file.readline()
                except ConnectionError:
                    pass
        check("... for a while", version == b"0.24.tocsin \n")
        with Client(s) as c:
            c.open(5)
            control.fault("die", 1)
            check("die", s.wait() == 1 and "ended" not in [x["type"] for x in s.lines], s.lines)
            try:
                check("... and the connection with it", c.read(5) is None)
            except ConnectionError:
                check("... and the connection with it", True)


# ---- the track

def once():
    with Server("--wait-client", "--once") as s:
        code, out, err = s.tool("iio_readdev", "-b", "50", "-s", str(len(SAMPLES)), "adxl355")
        rows = decode(out, s.hello["format"], True)
        check("--once: the whole record", len(rows) == len(SAMPLES) and worst(rows, s.hello["lsb_mps2"]) <= 0.51, (len(rows), err))
        check("... then it ends by itself", s.wait() == 0 and s.lines[-1]["reason"] == "through" and s.lines[-1]["lost"] == 0, s.lines)


def once_with_a_rest():
    with Server("--wait-client", "--once") as s, Client(s) as c:
        c.open(200)
        check("a last refill that is not full", isinstance(c.read(600), list) and c.read(200) == -19)


def once_alone():
    with Server("--once", "--start-at", "2.5") as s:
        check("--once ends without a client, too", s.wait() == 0, s.stderr)


def loop():
    with Server("--wait-client", "--loop") as s, Client(s) as c:
        c.open(25)
        rows = c.read(1000)
        lsb, last = s.hello["lsb_mps2"], len(SAMPLES)
        check("--loop: the record", worst(rows[:last], lsb) <= 0.51)
        rows += c.read(300)
        usual, seam = (max(abs(b[axis] - a[axis]) for a, b in zip(part, part[1:]) for axis in range(3))
                       for part in (rows[:last], rows[last - 1:last + 380]))
        check("... no step behind its end", seam <= 1.5 * usual, (seam * lsb, usual * lsb))
        check("... and the record again", worst(rows[last + 375:], lsb, first=375) <= 0.51)


def settle():
    with Server("--wait-client", "--settle", "1", "--quiet", "0.4") as s, Client(s) as c:
        c.open(50)
        rows = c.read(400)
        lsb = s.hello["lsb_mps2"]
        check("--settle: the mirrored beginning first", s.hello["record_at_s"] == 1 and
              all(rows[249 - i][:3] == rows[250 + i][:3] for i in range(100)))
        check("... then the record", worst(rows[250:], lsb) <= 0.51)
        rows = [row for _ in range(20) for row in c.read(50)]
        check("... behind it quiet, for ever", abs(rows[-1][3] - rows[0][3] - (len(rows) - 1) * 4000000) == 0)


def start_at():
    with Server("--wait-client", "--start-at", "1.5") as s, Client(s) as c:
        c.open(50)
        check("--start-at", worst(c.read(100), s.hello["lsb_mps2"], first=375) <= 0.51 and s.hello["record_at_s"] == -1.5)


def another_rate():
    with Server("--wait-client", "--rate", "1000") as s, Client(s) as c:
        c.open(100)
        rows = c.read(2000)
        off = worst(rows[400:2000:4], s.hello["lsb_mps2"], first=100)
        check("--rate: resampled, and the record is still there", off <= 3, off)
        check("... each millisecond", set(steps(rows)) == {1000000})


def knet(path):
    """Rate, and m/s^2 of one component of K-NET or KiK-net."""
    with open(path, encoding="ascii") as record:
        head = [next(record) for _ in range(17)]
        counts = [int(word) for line in record for word in line.split()]
    gal, full = next(line for line in head if line.startswith("Scale")).split()[-1].split("(gal)/")
    rate = float(next(line for line in head if line.startswith("Sampling"))[18:].strip("Hz \n"))
    return rate, [count * float(gal) / float(full) / 100 for count in counts]


def a_real_record():
    records = os.environ.get("RECORDS", os.path.join(ROOT, "..", "shared", "data"))
    paths = [os.path.join(records, "gmprocess_knet", "AOM0021801241951." + part) for part in ("UD", "NS", "EW")]
    if not all(os.path.exists(path) for path in paths):
        print(f"SKIPPED 1: no records at {records}")
        return
    (rate, up), (_, north), (_, east) = map(knet, paths)
    with Server("--wait-client", "--start-at", "20", traces=paths) as s, Client(s) as c:
        c.open(50)
        rows, lsb, first = c.read(300), s.hello["lsb_mps2"], int(20 * rate)
        off = max(abs(count - value / lsb) for i, row in enumerate(rows)
                  for count, value in zip(row, (east[first + i], north[first + i], up[first + i] + 9.80665)))
        check("a record of K-NET in three files", off <= 0.51 and s.hello["rates_hz"] == [rate], (off, s.hello))


def refusals():
    bad = os.path.join(FOLDER.name, "bad.csv")
    with open(bad, "w", encoding="utf-8") as out:
        out.write("# tocsin-csv 1\n# rate_hz: 100\nz,n,e\n" + "1,2,3\n" * 50)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for claim, code, arguments in (
                ("no trace", 64, []), ("an unknown option", 64, ["--foo", TRACE]), ("no such file", 2, [TRACE + "x"]),
                ("a format that is none", 64, ["--format", "be:q20/32>>4", TRACE]),
                ("an unsigned one", 64, ["--format", "be:u20/32>>4", TRACE]),
                ("an unknown driver", 64, ["--like", "adxl999", TRACE]),
                ("a rate that cannot be", 64, ["--rate", "100,x", TRACE]), ("the same rate twice", 64, ["--rate", "100,100", TRACE]),
                ("--loop and --once", 64, ["--loop", "--once", TRACE]),
                ("a matrix that is no rotation", 64, ["--mount-matrix", "1, 0, 0; 0, 1, 0; 1, 0, 1", TRACE]),
                ("a name with markup", 64, ["--name", "a<b", TRACE]),
                ("a record of unknown scale", 2, [bad]),
                ("a start behind the end", 2, ["--start-at", "3600", "--once", TRACE]),
                ("an address that is none", 1, ["--listen", "localhost", TRACE]),
                ("a port that is taken", 1, ["--port", str(taken.getsockname()[1]), TRACE])):
            done = subprocess.run([TOCSIN, "virtual", *arguments], capture_output=True, text=True, timeout=WAIT_S)
            check(f"{claim} is refused", done.returncode == code and done.stdout == "" and
                  done.stderr.startswith("tocsin virtual: ") and done.stderr.count("\n") == 1, (done.returncode, done.stderr))


def run(part):
    began = time.monotonic()
    try:
        part()
    except (OSError, RuntimeError, subprocess.SubprocessError, TypeError, IndexError, AttributeError) as problem:
        check(f"{part.__name__} comes to its end", False, repr(problem))
    if os.environ.get("VERBOSE"):
        print(f"{part.__name__}: {time.monotonic() - began:.1f} s")


# Each has servers of its own and mostly waits for them.
PARTS = [threading.Thread(target=run, args=(part,)) for part in (
    tools_read_the_trace, tools_show_the_sensor, several_clients_at_once, the_context_comes_in_a_frame, rude_clients,
    faults_in_the_samples, faults_of_the_connection, once, once_with_a_rest, once_alone, loop, settle, start_at, another_rate, a_real_record, refusals)]
for part in PARTS:
    part.start()
for part in PARTS:
    part.join()
FOLDER.cleanup()
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
