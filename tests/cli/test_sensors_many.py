#!/usr/bin/env python3
"""A node with several sensors, and events of every course from first sample to last word:  test_sensors_many.py BINARY

Virtual accelerometers, a sound card paced by the clock. The earthquakes are synthetic; one is cut off after its P wave, so that what
was predicted does not come. Nothing here depends on how fast the machine is. Ends with "N passed, N failed"."""
import concurrent.futures
import math
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]
from test_run import Node, Virtual, wait_for  # noqa: E402
from claims import check, finish  # noqa: E402  (tests/claims.py)


class House(Node):
    """A node whose sensors are so many virtual ones."""

    def __init__(self, binary, folder, traces, *sets):
        self.virtuals = [Virtual(binary, [t], "--wait-client") for t in traces]
        # A server that a busy machine holds up for a while is no dead sensor here.
        more = [f"sensors.{name}.{key}={value}" for name, v in zip(("cellar", "attic", "yard"), self.virtuals)
                for key, value in (("uri", f"ip:127.0.0.1:{v.port}"), ("axes", "zxy"), ("timeout_ms", 5000))]
        super().__init__(binary, folder, self.virtuals[0].port, "node.realtime=false", *more, *sets)

    def reasons(self, words):
        return [r for r in self.of("reason") if words in r["text"]]

    def sensor(self, name):
        health = self.health()
        return next((s for s in health["sensors"] if s["name"] == name), None) if health else None

    def sirens(self):
        return [s for s in self.of("sound") if s["siren"]]

    def threads(self):
        names = []
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            try:
                with open(f"/proc/{self.process.pid}/task/{task}/comm", encoding="ascii") as f:
                    names.append(f.read().strip())
            except FileNotFoundError:
                pass
        return names

    def all_end(self):
        if self.process.poll() is None:
            self.end()
        for v in self.virtuals:
            if v.process.poll() is None:
                v.end()


# ---- the ground ----

def read_rows(path):
    with open(path, encoding="ascii") as f:
        lines = f.readlines()
    head = [line for line in lines if line[0] not in "-0123456789"]
    return head, [[float(x) for x in line.split(",")] for line in lines if line[0] in "-0123456789"]


def write_rows(path, head, rows):
    with open(path, "w", encoding="ascii") as f:
        f.write("".join(line for line in head if not line.startswith(("# p_s", "# s_s", "# comment"))))
        f.writelines(",".join(f"{x:.7g}" for x in row) + "\n" for row in rows)
    return path


def grounds(binary, folder):
    def synth(name, *arguments):
        path = os.path.join(folder, name + ".csv")
        subprocess.run([binary, "synth", *arguments, path], check=True, stdout=subprocess.DEVNULL)
        return path

    quake = synth("quake", "--magnitude", "6.5", "--distance", "25", "--seed", "7", "--before", "12", "--after", "4")
    head, rows = read_rows(quake)
    quiet = rows[:1100]

    def still(n):
        return [quiet[i % len(quiet)] for i in range(n)]

    g = {"quake": quake}
    g["quiet"] = write_rows(os.path.join(folder, "quiet.csv"), head, still(6000))
    # It fades within 13 s, as an aftershock follows while the siren still sounds for the first.
    fade = [[a + b * math.exp(-i / 120) for a, b in zip(still(1)[0], rows[-1 - i % 300])] for i in range(1300)]
    g["two"] = write_rows(os.path.join(folder, "two.csv"), head, rows + fade + rows[1100:] + still(4000))
    g["knock"] = write_rows(os.path.join(folder, "knock.csv"), head, still(1200) + [
        [x + (6 * math.exp(-i / 3) * math.cos(i * 2.4) if i < 30 else 0) for x in row] for i, row in enumerate(still(200))] +
        still(3000))
    # A strong P wave, and nothing after it.
    head, strong = read_rows(synth("strong", "--magnitude", "7.5", "--distance", "60", "--seed", "3", "--before", "10", "--after", "1"))
    quiet, cut, gain = [[0.2 * x for x in row] for row in strong[:900]], 1100, 0.2
    g["cut"] = write_rows(os.path.join(folder, "cut.csv"), head, still(1000) + [[gain * x for x in row] for row in strong[:cut]] + [
        [a + gain * math.exp(-i / 15) * b for a, b in zip(q, strong[cut - 100 + i % 100])] for i, q in enumerate(still(5000))])
    return g


# ---- what is claimed ----

def one_alone(binary, folder, ground):
    """Two must say so and one does: no alarm but a reason; then the other dies, and one of one is enough."""
    n = House(binary, folder, [ground["quake"], ground["quiet"]], "arbiter.sensors=2")
    try:
        few = wait_for(lambda: n.reasons("too few sensors say so: 1 of 2"), 90)
        check("one of two is held, with its reason", few, n.notes)
        check("each sensor has a thread and a health of its own", n.threads().count("sense") == 2 and
              {s["name"] for s in n.health()["sensors"]} == {"cellar", "attic"} and n.sensor("attic")["fit"], n.threads())
        time.sleep(2)
        check("and nothing sounds, no line moves", not n.of("sound") and not any(level for _, _, level in n.outputs()), n.of("sound"))
        n.virtuals[1].end(signal.SIGKILL)
        check("a sensor that dies is left out, and that is said", wait_for(lambda: n.reasons("sensor unfit"), 30) and
              any("attic" in x for x in n.notes), n.notes)
        check("then one of one is enough", wait_for(n.sirens, 10), n.notes)
    finally:
        n.all_end()


def knocked(binary, folder, ground):
    """A blow on one of two: not even where one is enough."""
    n = House(binary, folder, [ground["knock"], ground["quiet"]], "arbiter.sensors=2")
    try:
        seen = wait_for(lambda: n.of("alert") or n.reasons("too few") or (
            n.sensor("cellar") and n.health()["sensors"] and sum(s.get("rejects", 0) or 0 for s in n.health()["sensors"])), 60)
        check("the blow was noticed", seen, n.health())
        time.sleep(3)
        check("and nothing sounds", not n.of("sound"), n.of("sound"))
    finally:
        n.all_end()


def both(binary, folder, ground):
    """One event, one id, one siren; one dies within it, the other goes on and ends it."""
    n = House(binary, folder, [ground["quake"], ground["quake"]], "arbiter.sensors=2", "policy.end_after_s=10.0")
    try:
        check("both sound the alarm", wait_for(lambda: [s for s in n.sirens() if s["sound"] == "alarm"], 90), n.notes)
        wait_for(lambda: len({a["sensor"] for a in n.of("alert")}) == 2, 20)
        n.virtuals[1].end(signal.SIGKILL)
        check("its death is said", wait_for(lambda: n.reasons("sensor unfit"), 30), n.notes)
        time.sleep(1)
        check("the siren goes on", n.of("sound")[-1]["sound"] == "alarm" and n.of("sound")[-1]["siren"], n.of("sound")[-1])
        check("the other ends it, and its end is spoken", wait_for(lambda: [s for s in n.of("sound") if s["sound"] == "ended"], 90),
              n.notes[-12:])
        check("in words, without a tone", n.of("sound")[-1]["voice"] and not n.of("sound")[-1]["siren"], n.of("sound")[-1])
        wait_for(lambda: [o for o in n.of("output") if o["what"] == "voice-written" and o["mono_ns"] > n.of("sound")[-1]["mono_ns"]], 20)
        check("which the card took", n.of("output")[-1]["mono_ns"] >= n.of("sound")[-1]["mono_ns"], n.of("output")[-2:])
        ids = {x["event_id"] for x in n.of("alert") + n.of("sound") if "event_id" in x}
        check("all under one id", len(ids) == 1, ids)
        check("and one alarm was ordered", len([s for s in n.sirens() if s["sound"] == "alarm"]) == 1, n.sirens())
    finally:
        n.all_end()


def three(binary, folder, ground):
    """Two of three."""
    n = House(binary, folder, [ground["quake"], ground["quiet"], ground["quake"]], "arbiter.sensors=2")
    try:
        check("two of three sound the alarm", wait_for(n.sirens, 90), n.notes)
        check("three threads, three healths", n.threads().count("sense") == 3 and len(n.health()["sensors"]) == 3, n.threads())
        check("the third said nothing", {a["sensor"] for a in n.of("alert")} <= {"cellar", "yard"}, n.of("alert"))
        check("and is fit all the same", n.sensor("attic")["fit"], n.sensor("attic"))
    finally:
        n.all_end()


def second_shock(binary, folder, ground):
    """A second shock within the coda sounds again."""
    n = House(binary, folder, [ground["two"]])
    try:
        check("the first sounds", wait_for(lambda: [s for s in n.sirens() if s["sound"] == "alarm"], 90), n.notes)
        again = wait_for(lambda: [s for s in n.sirens() if s.get("event_number") == 2], 90)
        check("the second sounds again, as an event of its own", again, n.notes[-15:])
        check("before the first was over", not [s for s in n.of("sound") if s["sound"] == "ended"], n.of("sound"))
        first = n.sirens()[0]
        check("under another id", again and again[0]["event_id"] != first["event_id"], again)
        written = wait_for(lambda: [o for o in n.of("output") if o["what"] == "siren-written" and o.get("event_number") == 2], 30)
        check("and its tone goes to the card", written, n.of("output")[-3:])
    finally:
        n.all_end()


def cancelled(binary, folder, ground):
    """What was predicted does not come: that is spoken."""
    n = House(binary, folder, [ground["cut"]])
    try:
        check("a strong P wave warns", wait_for(n.sirens, 90), n.notes)
        cancel = wait_for(lambda: [s for s in n.of("sound") if s["sound"] == "cancel"], 60)
        check("nothing comes, and it is cancelled", cancel and cancel[0]["voice"] and not cancel[0]["siren"], n.notes[-12:])
        rejected = [a["mono_ns"] for a in n.of("alert") if a["alert"]["phase"] == "cancel"]
        spoken = wait_for(lambda: [o["mono_ns"] for o in n.of("output") if o["what"] == "voice-written" and
                                   o["mono_ns"] >= cancel[0]["mono_ns"]], 30) if cancel else None
        check("in words", rejected and spoken, n.of("output")[-3:])
        check("under the event's id", cancel and cancel[0]["event_id"] == n.sirens()[0]["event_id"], cancel)
    finally:
        n.all_end()


def main():
    binary = os.path.abspath(sys.argv[1])
    only = sys.argv[2:]
    with tempfile.TemporaryDirectory() as top:
        ground = grounds(binary, top)
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            running = []
            for job in (one_alone, knocked, both, three, second_shock, cancelled):
                if only and job.__name__ not in only:
                    continue
                folder = os.path.join(top, job.__name__)
                os.makedirs(folder)
                running.append((job, pool.submit(job, binary, folder, ground)))
            for job, result in running:
                try:
                    result.result(300)
                except Exception as e:  # a scenario that breaks off is a failure, not the end of the others
                    check(f"{job.__name__} ran to its end", False, repr(e))
    return finish()


if __name__ == "__main__":
    sys.exit(main())
