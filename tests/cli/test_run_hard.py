#!/usr/bin/env python3
"""`tocsin run` where everything is against it: killed again and again in an alarm, pipes that nobody reads, a disk that hangs, a
second node on its folder, servers that lie or say nothing, no descriptors, stopped and continued.

    tests/cli/test_run_hard.py BINARY

Nothing is timed: what must not wait is given something that would last for ever. Ends with "N passed, N failed"."""
import concurrent.futures
import fcntl
import json
import os
import random
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_run as run  # noqa: E402
from test_run import Node, Virtual, check, wait_for  # noqa: E402

STROBE = (2, 1)  # line and level in the folder of lines
F_SETPIPE_SZ = 1031


def strobe_on(node):
    return any(o[1:] == STROBE for o in node.outputs())


def journal_lines(folder):
    """Every line of the journal, each checked as its reader checks it; a torn end is what a kill may leave."""
    with open(os.path.join(folder, "state", "journal"), "rb") as f:
        frames = f.read().split(b"\n")
    whole = []
    for frame in frames[:-1]:
        text = frame[18:]
        if len(text) != int(frame[:8], 16) or zlib.crc32(text) != int(frame[9:17], 16):
            return None
        whole.append(json.loads(text))
    return whole


def runs_of(lines):
    runs = []
    for line in lines:
        if line["type"] == "start":
            runs.append([])
        elif runs:
            runs[-1].append(line)
    return runs


def killed_again(binary, folder, trace):
    """Ten kills at any moment of an alarm: the journal whole, numbers in order, the siren right after each start."""
    rest = random.Random(11)
    v = Virtual(binary, trace, "--wait-client", "--quiet", "15")
    n = Node(binary, folder, v.port)
    check("the alarm that is killed came", wait_for(lambda: n.alert("alarm") and len(n.of("output")) > 1, 90), n.notes)
    n.end(signal.SIGKILL)
    whole = True
    for _ in range(9):
        n = Node(binary, folder, v.port)
        time.sleep(rest.choice((0.02, 0.05, 0.1, 0.3, 0.6, 1.0, 1.7)))
        n.end(signal.SIGKILL)
        whole = whole and journal_lines(folder) is not None
    n = Node(binary, folder, v.port)
    wait_for(lambda: n.of("sound"), 30)
    n.end()
    v.end()
    check("the journal is whole after each kill", whole)
    runs = runs_of(journal_lines(folder) or [])
    check("every start that got so far is in it", len(runs) >= 5, len(runs))
    names, order = {}, []
    for line in (x for r in runs for x in r if x.get("event_number")):
        names.setdefault(line["event_number"], set()).add(line["event_id"])
        if not order or line["event_number"] > order[-1]:
            order.append(line["event_number"])
    check("a number has one name", all(len(x) == 1 for x in names.values()), names)
    check("numbers go on one by one", order == list(range(1, len(order) + 1)), order)
    wrong, heard = [], 0
    for before, after in zip(runs, runs[1:]):
        said = [x for x in before if x["type"] == "alert" and x.get("event_number")]
        sounds = [x for x in after if x["type"] == "sound"]
        if not sounds or not said or said[-1]["alert"]["is_final"]:
            continue
        heard += 1
        if not sounds[0]["siren"] or sounds[0].get("event_id") != said[-1]["event_id"]:
            wrong.append((said[-1]["event_id"], sounds[0]))
    check("the siren goes on under the same name after every start", not wrong and heard >= 1, wrong[:2])


def nobody_reads(which):
    def job(binary, folder, trace):
        class Deaf(Node):
            def read_events(self):
                if which != "stdout":
                    Node.read_events(self)

            def read_notes(self):
                if which != "stderr":
                    Node.read_notes(self)
        v = Virtual(binary, trace, "--wait-client", "--quiet", "15")
        n = Deaf(binary, folder, v.port)
        pipe = (n.process.stdout if which == "stdout" else n.process.stderr).fileno()
        fcntl.fcntl(pipe, F_SETPIPE_SZ, 4096)
        end = os.open(f"/proc/{n.process.pid}/fd/{1 if which == 'stdout' else 2}", os.O_WRONLY | os.O_NONBLOCK)
        try:
            while True:
                os.write(end, b"\n")
        except BlockingIOError:
            os.close(end)
        check(f"{which} full: the strobe is set", wait_for(lambda: strobe_on(n), 90), n.health())
        found = wait_for(lambda: any(x["type"] == "output" for x in journal_lines(folder) or []), 30)
        check(f"{which} full: the journal is written", found, n.health())
        h = n.health()
        check(f"{which} full: every thread moves", h and not any("has not moved" in f["text"] for f in h["faults"]), h)
        n.process.send_signal(signal.SIGTERM)
        try:
            code = n.process.wait(30)
        except subprocess.TimeoutExpired:
            n.process.kill()
            code = None
        check(f"{which} full: SIGTERM ends it", code == 0, code)
        if which == "stdout":
            n.read_events()
        n.end(0) if n.process.poll() is None else n.process.wait()
        v.end()
    job.__name__ = f"nobody_reads_{which}"
    return job


def witnessed(binary, folder, trace):
    """Threads of high priority take no memory, lock, open and sync nothing in an alarm; and a disk that hangs
    neither holds them up nor starves the watchdog."""
    notify, disk, saw = (os.path.join(folder, x) for x in ("notify", "disk", "witness"))
    os.mkfifo(disk)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(notify)
    told = []
    threading.Thread(target=lambda: [told.append(m) for m in iter(lambda: listener.recv(4096), b"end")], daemon=True).start()
    so = os.path.join(os.path.dirname(binary), "tests", "preload", "witness.so")
    v = Virtual(binary, trace, "--wait-client", "--quiet", "15")
    n = Node(binary, folder, v.port, "siren.device=nothing",  # the paced card is a program, and opens files
             env={"LD_PRELOAD": so, "WITNESS": saw, "WITNESS_DISK": disk,
                  "NOTIFY_SOCKET": notify, "WATCHDOG_USEC": "2000000"})
    stuck = wait_for(lambda: n.health() and any("thread record" in f["part"] and "moved" in f["text"]
                                                for f in n.health()["faults"]), 60)
    check("a disk that hangs is said", stuck, n.health())
    before = len(told)
    fed = wait_for(lambda: any(b"WATCHDOG=1" in m for m in told[before:]), 30)
    check("and the watchdog is fed all the same", fed)
    check("and the strobe is set all the same", wait_for(lambda: strobe_on(n), 90), n.health())
    release = os.open(disk, os.O_RDWR)
    for _ in range(100):
        os.write(release, b"1")
    check("what waited for the disk is written then",
          wait_for(lambda: any(x["type"] == "output" for x in journal_lines(folder) or []), 30))
    code = n.end()
    listener.close()
    os.close(release)
    v.end()
    check("and it ends in order", code == 0, n.notes)
    with open(saw, encoding="ascii") as f:
        counts = {line.split()[0]: dict(x.split("=") for x in line.split()[1:]) for line in f}
    check("the witness saw the others", int(counts.get("record", {}).get("memory", 0)) > 100, counts)
    for thread in ("sense", "alarm"):
        check(f"{thread} takes no memory, locks, opens, sleeps", thread not in counts, counts.get(thread))
    counts.setdefault("siren", {}).pop("lock", None)  # the sound library's, of a handle that is this thread's alone
    check("siren takes no memory, opens, sleeps", all(v == "0" for v in counts["siren"].values()), counts["siren"])


def stopped(binary, folder, trace):
    """SIGSTOP for some seconds in an alarm, as by a debugger or a machine that is suspended: it goes on where it was."""
    v = Virtual(binary, trace, "--wait-client", "--quiet", "15")
    n = Node(binary, folder, v.port)
    check("an alarm came", wait_for(lambda: n.alert("alarm"), 90), n.notes)
    n.process.send_signal(signal.SIGSTOP)
    time.sleep(5)
    before = len(n.lines)
    n.process.send_signal(signal.SIGCONT)
    check("after SIGSTOP its sensor runs again", wait_for(
        lambda: len(n.lines) >= before and n.health()["sensors"][0]["state"] == "running" and n.health()["siren"]["card"] and
        n.health()["sensors"][0]["silent_s"] < 1, 30), n.health())
    numbers = {x["event_id"] for x in n.lines if x.get("event_number") == 1}
    check("the event keeps its name", len(numbers) == 1, numbers)
    check("and it ends in order", n.end() == 0 and n.of("stop"), n.notes)
    v.end()


def second_node(binary, folder, trace):
    """Two nodes on one folder would spoil each other's journal: the second says so and ends; after a kill it may."""
    v = Virtual(binary, trace, "--quiet", "600")
    first = Node(binary, folder, v.port)
    wait_for(lambda: first.of("start"), 30)
    second = Node(binary, folder, v.port, card=False)
    try:
        code = second.process.wait(30)
    except subprocess.TimeoutExpired:
        code = None
    check("a second node on one state folder is refused", code == 1 and any("another node" in x for x in second.notes),
          second.notes)
    second.end(signal.SIGKILL)
    first.end(signal.SIGKILL)
    third = Node(binary, folder, v.port)
    check("and starts when the first is gone", wait_for(lambda: third.health() and third.health()["sensors"][0]["samples"], 30),
          third.notes)
    third.end()
    v.end()


def disk_frees(binary, folder, trace):
    """A disk that is full at the start and later is not: the journal is where it belongs, with all that waited."""
    v = Virtual(binary, trace, "--quiet", "600")
    n = Node(binary, folder, v.port, card=False,
             limits=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20, resource.RLIM_INFINITY)))
    wait_for(lambda: n.of("health"), 30)
    check("a full disk takes nothing", not journal_lines(folder), journal_lines(folder))
    waited = len(n.lines)
    resource.prlimit(n.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    path = os.path.join(folder, "state", "journal")
    found = wait_for(lambda: os.path.exists(path) and len(journal_lines(folder) or []) > waited, 30)
    check("and what waited is in the journal when there is room", found, n.notes)
    n.end()
    v.end()
    kinds = [x["type"] for x in journal_lines(folder) or []]
    check("from the start to the stop", kinds[:2] == ["journal", "start"] and kinds[-1] == "stop", kinds)


class Server:
    """A socket of our own on the loopback; serve(connection) is called in a thread for each that comes."""

    def __init__(self, serve):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(16)
        self.port = self.socket.getsockname()[1]
        self.serve = serve
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                c, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.guarded, args=(c,), daemon=True).start()

    def guarded(self, c):
        try:
            self.serve(c)
        except OSError:
            pass
        finally:
            c.close()

    def end(self):
        self.socket.close()


def drip(c):
    """A line that never ends: each byte comes in time, the last one never."""
    while True:
        c.sendall(b"0")
        time.sleep(0.5)


def silent(c):
    while c.recv(4096):
        pass


def lying(port, change):
    """Between a client and a good server; change(request, answer) is what the client gets."""
    def serve(c):
        up = socket.create_connection(("127.0.0.1", port))
        last = [b""]

        def forward():
            try:
                while data := c.recv(65536):
                    last[0] = data
                    up.sendall(data)
            except OSError:
                pass
            up.close()
        threading.Thread(target=forward, daemon=True).start()
        while data := up.recv(65536):
            c.sendall(change(last[0], data))
    return Server(serve)


def in_xml(pattern, to):
    def change(request, answer):
        at = answer.find(b"\n") + 1
        if b"<?xml" not in answer[:200] or not at:
            return answer
        text = re.sub(pattern, to, answer[at:])
        return b"%d\n" % (len(text) - 1) + text
    return change


def to_attribute(text):
    return lambda request, answer: b"%d\n%s\n" % (len(text), text) if request.startswith(b"READ ") else answer


def to_samples(to):
    return lambda request, answer: to if request.startswith(b"READBUF") else answer


def noise(seed):
    rest = random.Random(seed)

    def change(request, answer):
        answer = bytearray(answer)
        for _ in range(rest.choice((0, 0, 1, 3))):
            answer[rest.randrange(len(answer))] = rest.randrange(256)
        return bytes(answer)
    return change


LIES = {
    "error": to_samples(b"-2147483648\n"), "nothing": to_samples(b"0\n"),
    "mask": lambda q, a: re.sub(rb"\n[0-9a-f]{8}\n", b"\n00000000\n", a, count=1) if q.startswith(b"READBUF") else a,
    "nan": to_attribute(b"nan"), "huge": to_attribute(b"1e300"), "empty": to_attribute(b""), "long": to_attribute(b"9" * 100000),
    "bits": in_xml(rb"([su])\d+/\d+", rb"\g<1>4000000000/4000000000"), "none": in_xml(rb":[su]\d+/\d+", b":s0/0"),
    "index": in_xml(rb'index="\d+"', b'index="-7"'), "nameless": in_xml(rb' (id|name|type)="[^"]*"', b""),
    "noise": noise(1), "noise2": noise(2),
}


def servers(binary, folder, trace):
    """Servers that lie, each in another way, one that is silent, one that drips: none of them costs the good
    sensor, and SIGTERM ends it in the middle of all their calls."""
    v = Virtual(binary, trace, "--quiet", "600")
    bad = {name: lying(v.port, change) for name, change in LIES.items()}
    bad.update(silent=Server(silent), drip=Server(drip))
    names = list(bad)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda some: among(binary, folder, v.port, {x: bad[x].port for x in some}),
                      [names[i:i + 3] for i in range(0, len(names), 3)]))
    for server in bad.values():
        server.end()
    v.end()


def among(binary, folder, good, bad):
    """One node with a good sensor and up to three bad ones."""
    some = ", ".join(bad)
    folder = os.path.join(folder, "-".join(bad))
    os.makedirs(folder)
    n = Node(binary, folder, good, *(f"sensors.{name}.uri=ip:127.0.0.1:{port}" for name, port in bad.items()), card=False)

    def sensors():
        return {s["name"]: s for s in (n.health() or {"sensors": []})["sensors"]}
    runs = wait_for(lambda: sensors().get("cellar", {}).get("samples", 0) > 100, 60)
    time.sleep(3)
    check(f"{some}: it lives and the good sensor runs", n.process.poll() is None and runs and
          sensors()["cellar"]["state"] == "running", n.notes[-5:])
    fit = [x for x in bad if x not in ("noise", "noise2", "long") and sensors().get(x, {}).get("fit")]
    check(f"{some}: none that lies is fit", not fit, fit)
    n.process.send_signal(signal.SIGTERM)
    try:
        code = n.process.wait(60)
    except subprocess.TimeoutExpired:
        code = None
    check(f"{some}: SIGTERM ends it within their calls", code == 0, (code, n.notes[-3:]))
    check(f"{some}: and the lines are safe", [o for o in n.outputs() if o[1] == 2][-1:] != [] and
          [o for o in n.outputs() if o[1] == 2][-1][2] == 0, n.outputs())
    n.end(signal.SIGKILL)


def few_descriptors(binary, folder, trace):
    """Out of descriptors at any moment of the start: one line and the end, or a node that says what is missing."""
    v = Virtual(binary, trace, "--quiet", "600")
    wrong = []
    for limit in (5, 7, 9, 11, 13, 14, 15, 17, 19):
        at = os.path.join(folder, str(limit))
        os.makedirs(at)
        n = Node(binary, at, v.port, limits=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)),
                 arguments=("--for", "1"))
        try:
            code = n.process.wait(30)
        except subprocess.TimeoutExpired:
            code = None
        n.end(signal.SIGKILL)
        if code not in (0, 1) or (code == 1 and "Too many open files" not in "".join(n.notes)):
            wrong.append((limit, code, n.notes))
    check("out of descriptors is said, and never hangs", not wrong, wrong)
    v.end()


def main():
    binary = os.path.abspath(sys.argv[1])
    jobs = [killed_again, nobody_reads("stdout"), nobody_reads("stderr"), witnessed, stopped, second_node, disk_frees, servers,
            few_descriptors]
    if run.sanitized(binary):
        print("SKIPPED 3: a sanitizer has its own memory, files and descriptors: witnessed, disk_frees, few_descriptors")
        jobs = [j for j in jobs if j not in (witnessed, disk_frees, few_descriptors)]
    with tempfile.TemporaryDirectory() as top:
        # libiio drops what it has peeked at with recv(NULL, MSG_TRUNC), which the thread sanitizer takes for a write.
        with open(os.path.join(top, "suppressions"), "w", encoding="ascii") as f:
            f.write("called_from_lib:libiio.so\n")
        os.environ["TSAN_OPTIONS"] = f"suppressions={f.name}"
        trace = run.trace_of(binary, top)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            running = []
            for job in jobs:
                folder = os.path.join(top, job.__name__)
                os.makedirs(folder)
                running.append((job, pool.submit(job, binary, folder, trace)))
            for job, result in running:
                try:
                    result.result(300)
                except Exception as e:
                    check(f"{job.__name__} ran to its end", False, repr(e))
    print(f"{run.passed} passed, {run.failed} failed")
    return run.failed != 0


if __name__ == "__main__":
    sys.exit(main())
