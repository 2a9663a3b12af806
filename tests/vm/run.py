#!/usr/bin/env python3
"""A node on Debian's own kernel, in an emulator:  tests/vm/run.py BUILD

An accelerometer and a relay board that are USB devices to the kernel (/dev/uhid), a sound card heard in a WAV file, the node
on libiio's local backend. A real earthquake where there are records ($RECORDS), else a synthetic one. What cannot be had here
is said and skipped; nothing depends on the machine's speed. Ends with "N passed, N failed"."""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "cli"), HERE]
import guest  # noqa: E402  tests/vm/guest.py
import test_sound  # noqa: E402  (the WAV's measures)
from claims import check, finish  # noqa: E402  tests/claims.py
from test_run import trace_of  # noqa: E402

CONF = """
node = { name = "lobby"; state = "/tmp/state"; };
siren = { device = "plughw:0,0"; buffer_frames = 9600; period_frames = 960; };
voice = { languages = "en"; };
sensors = { cellar = { uri = "local:"; device = "accel_3d"; axes = "zyx"; rate_hz = 250.0; }; };
lines = { horn = { chip = "cp2112_gpio"; line = 1; stop = "off"; };
          gas = { chip = "cp2112_gpio"; line = 2; kind = "fail-safe"; }; };
contacts = { silence = { chip = "cp2112_gpio"; line = 5; role = "silence"; }; };
action = { horn = { output = "line:horn"; intensity = 4; reset = "operator"; };
           gas = { output = "line:gas"; intensity = 5; reset = "operator"; }; };
"""
START_ACCEL = "accel --like accel_3d --rate 250 --quiet 5 {how} {trace} >>/tmp/accel.log 2>&1 & echo $! >/tmp/accel.pid"
START_RELAYS = "relays /tmp/wires >>/tmp/relays.log 2>&1 & echo $! >/tmp/relays.pid"
UNPLUG = "kill $(cat /tmp/{0}.pid); while kill -0 $(cat /tmp/{0}.pid) 2>/dev/null; do sleep 0.1; done"


def make(build, work, trace):
    version, folder = guest.kernel()
    mixer = shutil.which("amixer")
    if not mixer:
        raise guest.Absent("no amixer")
    root = os.path.join(work, "root")
    guest.base(root, os.path.join(HERE, "init"),
               [(os.path.join(build, "tocsin"), "/bin/tocsin"), (os.path.join(build, "tests/vm/accel"), "/bin/accel"),
                (os.path.join(build, "tests/vm/relays"), "/bin/relays"), (mixer, "/bin/amixer")])
    guest.copy_modules(version, folder, root)
    guest.copy("/usr/share/alsa", root)
    guest.copy(os.path.join(build, "voice/en"), root, "/usr/local/share/tocsin/voice/en")
    for path in trace:
        guest.copy(path, root, "/records/" + os.path.basename(path))
    with open(os.path.join(root, "etc/node.conf"), "w", encoding="ascii") as f:
        f.write(CONF)
    initramfs = os.path.join(work, "initramfs.gz")
    guest.pack(root, initramfs)
    return guest.Guest(version, folder, initramfs, os.path.join(work, "share"), os.path.join(work, "siren.wav"))


def lines(text):
    return [json.loads(x) for x in text.splitlines() if x.startswith("{") and x.endswith("}")]


def health(g):
    _, text = g.run("cat /tmp/health.json")
    try:
        return json.loads(text)
    except ValueError:
        return {}


def relay_log(g):
    _, text = g.run("cat /tmp/relays.log")
    return [tuple(x.split()) for x in text.splitlines()]


def devices(g, trace):
    status, said = g.run("for m in uhid hid-sensor-hub hid-sensor-accel-3d hid-sensor-trigger hid-cp2112 snd-hda-codec-generic "
                         "snd-hda-intel; do modprobe $m || exit 1; done; mkfifo /tmp/wires; mkdir /tmp/state; ls /dev/uhid; uname -r")
    check("Debian's kernel has the drivers", status == 0, said)
    names = " ".join("/records/" + os.path.basename(p) for p in trace)
    g.run(START_ACCEL.format(how="", trace=names) + "\n" + START_RELAYS)
    check("the sensor is an IIO device", g.wait_for("grep -l accel_3d /sys/bus/iio/devices/iio:device*/name", 60), g.said())
    check("the relays are a GPIO chip", g.wait_for("ls /dev/gpiochip0", 60), g.said())
    check("the sound card is there", g.wait_for("ls /dev/snd/pcmC0D0p", 60), g.said())
    g.run("amixer -q -c 0 sset Master 100% unmute")
    status, said = g.run("tocsin sensors -u local: --measure 5", 120)
    check("tocsin sensors finds it", status == 0 and "accel_3d" in said, said)
    print(said.strip())
    return names


def alarm(g):
    g.run("tocsin run -c /etc/node.conf --events /tmp/events --health /tmp/health.json >/tmp/notes 2>&1 & echo $! >/tmp/node.pid")
    fit = g.wait_for("grep -q '\"state\":\"running\"' /tmp/health.json && grep '\"fit\":true' /tmp/health.json", 120)
    check("the node is fit", fit, g.run("cat /tmp/notes /tmp/health.json /tmp/accel.log")[1])
    check("sensitivity is set to nothing, the interval to 4 ms", g.wait_for("grep 'on interval 4 ms, track 250 Hz' /tmp/accel.log", 10),
          g.run("cat /tmp/accel.log")[1])
    check("the fail-safe relay is closed while all is well", g.wait_for("grep -q ' 2 1$' /tmp/relays.log", 60), relay_log(g))
    g.run("sleep 12; kill -USR1 $(cat /tmp/accel.pid)", 120)
    rang = g.wait_for("grep '\"level\":\"alarm\"' /tmp/events | grep '\"type\":\"alert\"' | head -n 1", 180)
    _, notes = g.run("cat /tmp/notes")
    check("an earthquake through the kernel is an alarm", rang, notes)
    check("the horn's relay closes", g.wait_for("grep ' 1 1$' /tmp/relays.log", 30), relay_log(g))
    check("the gas valve's lets go", g.wait_for("grep ' 2 0$' /tmp/relays.log", 30), relay_log(g))
    check("a word was written to the card", g.wait_for("grep voice-written /tmp/events", 60), notes)
    h = health(g)
    check("reactions are measured", h.get("latency", {}).get("siren_written_ms", {}).get("count", 0) >= 1, h.get("latency"))
    print("latency:", json.dumps(h.get("latency")))
    print("sensor:", json.dumps(h.get("sensors")))


def unplug(g, names):
    """In the alarm: the relay chip, then the sensor."""
    g.run(UNPLUG.format("relays"))
    check("the lost relays are told", g.wait_for("grep -i 'horn' /tmp/notes | grep -i -e chip -e 'no such device' -e unplugged", 60),
          g.run("cat /tmp/notes")[1][-1500:])
    g.run("mv /tmp/relays.log /tmp/relays.before; " + START_RELAYS)
    check("plugged in again, the horn's relay closes by itself", g.wait_for("grep ' 1 1$' /tmp/relays.log", 60), relay_log(g))
    g.run(UNPLUG.format("accel"))
    check("the lost sensor is told", g.wait_for("grep '\"fit\":false' /tmp/health.json", 60), health(g))
    g.run(START_ACCEL.format(how="", trace=names))
    check("plugged in again, it is read again", g.wait_for("grep '\"state\":\"running\"' /tmp/health.json", 120), health(g))
    g.run("echo '5 0' >/tmp/wires; sleep 1; echo '5 1' >/tmp/wires")
    check("the silence key is seen through the kernel", g.wait_for("grep '\"silence: contact: yes\"' /tmp/events", 30), g.run("tail -n 5 /tmp/events")[1])
    check("and ends the sound", g.wait_for("grep '\"siren: off, ' /tmp/events", 30), g.run("tail -n 9 /tmp/events")[1])


def stop(g):
    status, said = g.run("kill $(cat /tmp/node.pid); i=0; while kill -0 $(cat /tmp/node.pid) 2>/dev/null && [ $i -lt 200 ]; "
                         "do sleep 0.3; i=$((i + 1)); done; cat /tmp/notes; [ $i -lt 200 ]", 180)
    check("SIGTERM ends the node", status == 0, said[-1500:])
    check("the horn's relay is let go", g.wait_for("grep ' 1 ' /tmp/relays.log | tail -n 1 | grep -e ' 1 0$' -e released", 20), relay_log(g))
    status, said = g.run("tocsin events list -c /etc/node.conf; tocsin events check -c /etc/node.conf")
    check("the event is in the journal, which is whole", status == 0 and "alarm" in said, said)
    print(said.strip())
    _, text = g.run("cat /tmp/events")
    kinds = {x["type"] for x in lines(text)}
    check("with alert, orders and outputs", {"alert", "sound", "lines", "output"} <= kinds, kinds)


def heard(path):
    sound = test_sound.Sound(path)
    length, onset = len(sound.x) / sound.rate, sound.onset_s()
    check("the card ran on silence before", 1 < onset < length, (onset, length))
    print(f"WAV: {length:.1f} s, first sound at {onset:.2f} s")
    times = [onset + k * 0.1 for k in range(int((min(length, onset + 30) - onset) / 0.1) - 3)]
    low = [t for t in times if sound.amplitude(520, t, 0.3) > 0.3]
    high = [t for t in times if sound.amplitude(910, t, 0.15) > 0.3]
    check("the alarm's 520 Hz is heard", len(low) > 2, len(low))
    check("and its 910 Hz", len(high) > 2, len(high))
    spoken = [t for t in times if sound.rms(t, 0.1) > 0.05 and max(
        sound.amplitude(hz, t, 0.1) for hz in (520, 910, 587, 784)) < 0.1]
    check("and words", len(spoken) > 2, len(spoken))


def main():
    build = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as work:
        trace = trace_of(os.path.join(build, "tocsin"), work)
        try:
            g = make(build, work, trace)
            status, said = g.run("uname -r; cat /proc/uptime", guest.BOOT_S)
            if status != 0:
                raise guest.Absent(f"the machine did not boot in {guest.BOOT_S} s: {said} {g.process.poll()}")
        except (guest.Absent, OSError, subprocess.CalledProcessError) as e:
            print(f"SKIPPED 1: no emulated machine here: {e}")
            return 0
        print(said.strip())
        try:
            names = devices(g, trace)
            alarm(g)
            unplug(g, names)
            stop(g)
        finally:
            g.end()
        heard(os.path.join(work, "siren.wav"))
    return finish()


if __name__ == "__main__":
    sys.exit(main())
