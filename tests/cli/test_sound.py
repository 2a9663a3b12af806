#!/usr/bin/env python3
"""What `tocsin siren` plays, measured in what a sound card took: into a file, and through a card paced by the clock.

    tests/cli/test_sound.py BINARY

The card is tests/alsa/pcm_paced.c beside BINARY (its head says what it does); a microphone hears what it plays. Nothing here
depends on how fast the machine is. Ends with "N passed, N failed"."""
import array
import concurrent.futures
import json
import math
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time

import jsonschema

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from claims import check, finish  # tests/claims.py

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
QUIET = ["--set", "voice.languages="]
# ---- what is in a file ----

class Sound:
    def __init__(self, path):
        with open(path, "rb") as f:
            data = f.read()
        self.rate = struct.unpack("<I", data[24:28])[0]
        self.x = array.array("h", data[44:44 + (len(data) - 44) // 2 * 2])

    def piece(self, from_s, length_s):
        return self.x[max(0, int(from_s * self.rate)):int((from_s + length_s) * self.rate)]

    def rms(self, from_s, length_s):
        x = self.piece(from_s, length_s)
        return math.sqrt(sum(v * v for v in x) / len(x)) / 32768 if x else 0.0

    def amplitude(self, hz, from_s, length_s):
        x = self.piece(from_s, length_s)
        n = len(x)
        if n == 0:
            return 0.0
        c, before, last, weight = 2 * math.cos(2 * math.pi * hz / self.rate), 0.0, 0.0, 0.0
        for i, v in enumerate(x):
            w = 1 - math.cos(2 * math.pi * (i + 0.5) / n)
            weight += w
            before, last = last, v * w + c * last - before
        return math.sqrt(max(0.0, last * last + before * before - c * last * before)) * 2 / weight / 32768

    def onset_s(self, from_s=0.0, level=0.01):
        for i in range(int(from_s * self.rate), len(self.x)):
            if abs(self.x[i]) > level * 32768:
                return i / self.rate
        return math.inf

    def jump(self):
        """The largest second difference: what a click is large in, and a tone of some hundred hertz is not."""
        x = self.x
        return max(abs(a - 2 * b + c) for a, b, c in zip(x, x[1:], x[2:])) / 32768

    def strokes(self):
        """(begin, length) of what sounds between pauses of 50 ms and more."""
        out, on = [], None
        step = 0.025
        quiet = 0.0
        for k in range(int(len(self.x) / self.rate / step)):
            t = k * step
            if self.rms(t, step) > 0.02:
                on = t if on is None else on
                quiet = 0.0
            elif on is not None:
                quiet += step
                if quiet >= 0.05:
                    out.append((on, t - quiet + step - on))
                    on = None
        return out


def fire_pattern(strokes):
    """ISO 8201 temporal-three (three of 0.5 s, 0.5 s apart, then 1.5 s) or T4 (four of 0.1 s, then 5 s), +- 20 %."""
    def like(value, want):
        return 0.8 * want <= value <= 1.2 * want
    gap = [b[0] - a[0] - a[1] for a, b in zip(strokes, strokes[1:])] + [math.inf]
    for count, on_s, off_s, rest_s in ((3, 0.5, 0.5, 1.5), (4, 0.1, 0.1, 5.0)):
        for i in range(len(strokes) - count + 1):
            if (all(like(s[1], on_s) for s in strokes[i:i + count])
                    and all(like(g, off_s) for g in gap[i:i + count - 1]) and gap[i + count - 1] >= 0.8 * rest_s):
                return True
    return False


def write_wav(path, hz, seconds, rate=16000):
    x = [int(20000 * math.sin(2 * math.pi * hz * i / rate)) for i in range(int(seconds * rate))]
    with open(path, "wb") as f:
        f.write(b"RIFF" + struct.pack("<I", 36 + 2 * len(x)) + b"WAVEfmt " +
                struct.pack("<IHHIIHH", 16, 1, 1, rate, 2 * rate, 2, 16) + b"data" + struct.pack("<I", 2 * len(x)))
        f.write(struct.pack(f"<{len(x)}h", *x))


# ---- without a card ----

class Files:
    def __init__(self, binary, folder):
        self.binary, self.folder, self.made = binary, folder, 0

    def play(self, *arguments):
        self.made += 1
        path = os.path.join(self.folder, f"{self.made}.wav")
        done = subprocess.run([self.binary, "siren", "--wav", path, *arguments], capture_output=True, text=True,
                              timeout=120)
        check(f"{' '.join(arguments)}: is written", done.returncode == 0, done.stderr)
        return Sound(path)


def tones(files):
    s = files.play("--level", "alarm", "--seconds", "8", *QUIET)
    check("the alarm begins at once", s.onset_s() < 0.005, s.onset_s())
    check("its first note is 520 Hz", s.amplitude(520, 0.05, 0.3) > 0.4, s.amplitude(520, 0.05, 0.3))
    third = s.amplitude(1560, 0.05, 0.3) / s.amplitude(520, 0.05, 0.3)
    check("as a square wave", 0.25 < third < 0.36 and s.amplitude(1040, 0.05, 0.3) < 0.01, third)
    check("its second 910 Hz", s.amplitude(910, 0.44, 0.14) > 0.5)
    check("it is never silent", min(s.rms(k * 0.1, 0.1) for k in range(1, 79)) > 0.2)
    w = files.play("--level", "warning", "--seconds", "12", *QUIET)
    check("the warning is another", w.amplitude(587, 0.05, 0.2) > 0.3 and w.amplitude(520, 0.05, 0.2) < 0.05)
    e = files.play("--level", "exercise", "--seconds", "8", *QUIET)
    check("the exercise a third", e.amplitude(392, 0.5, 0.5) > 0.3 and e.amplitude(520, 0.0, 8.0) < 0.02)
    for name, sound in (("alarm", s), ("warning", w), ("exercise", e)):
        check(f"{name}: no fire alarm's rhythm", not fire_pattern(sound.strokes()), sound.strokes())
    check("a fire alarm's rhythm would be found", fire_pattern([(0, .5), (1, .5), (2, .5), (4, .5)]) and
          fire_pattern([(0, .1), (.2, .1), (.4, .1), (.6, .1), (5.8, .1)]))
    # nothing but sines here, and cut in the middle: silence, another level, a new beginning
    cut = files.play("--level", "warning", "--level", "ended@0.123", "--level", "warning@0.45", "--level", "none@0.7",
                     "--seconds", "1", *QUIET)
    check("pre-empting does not click", cut.jump() < 0.03, cut.jump())
    check("and none is silence within 10 ms", cut.rms(0.4, 0.05) > 0.05 and cut.rms(0.711, 0.2) == 0.0)


def words(files):
    s = files.play("--level", "alarm", "--seconds", "14", "--set", "voice.languages=en")
    # Words: sound in which neither of the tone's notes leads.
    def spoken(t):
        return (s.rms(t, 0.1) > 0.05 and s.amplitude(520, t, 0.1) < 0.2 * s.rms(t, 0.1) + 0.1
                and s.amplitude(910, t, 0.1) < 0.3)
    first = next((k * 0.05 for k in range(200) if spoken(k * 0.05)), math.inf)
    check("the imperative begins within a second", 0.55 <= first <= 1.0, first)
    check("tone and words take turns", s.amplitude(520, 0.05, 0.3) > 0.4 and
          any(s.amplitude(520, k * 0.1, 0.2) > 0.4 for k in range(15, 60)))
    both = [k * 0.1 for k in range(140) if s.amplitude(520, k * 0.1, 0.1) > 0.3 and spoken(k * 0.1)]
    check("never both at once", not both, both)

    p = files.play("--level", "warning", "--level", "alarm@3", "--level", "cancel@5", "--set", "voice.languages=en")
    check("a higher level pre-empts at once", p.amplitude(520, 2.7, 0.3) < 0.1 and p.amplitude(520, 3.0, 0.3) > 0.4)
    check("a cancel, too", p.amplitude(520, 4.99 + 0.02, 1.0) < 0.02 and p.amplitude(659, 5.02, 0.3) > 0.1)
    check("and is spoken within 10 s", p.rms(6.6, 1.0) > 0.03)
    e = files.play("--level", "exercise", "--set", "voice.languages=en")
    end_s = len(e.x) / e.rate
    check("an exercise begins with words", e.onset_s() < 0.1 and e.amplitude(392, 0.1, 0.5) < 0.1)
    check("and ends with words", e.rms(end_s - 1.5, 1.0) > 0.03)
    check("and is not the alarm", max(e.amplitude(520, k * 0.5, 0.5) for k in range(int(end_s * 2))) < 0.2)
    for level in ("alarm", "warning", "exercise", "ended", "test"):
        x = files.play("--level", level, "--seconds", "20")
        check(f"{level} with words: no fire alarm's rhythm", not fire_pattern(x.strokes()))


def own_files(files):
    tone, prompts = os.path.join(files.folder, "authority.wav"), os.path.join(files.folder, "own", "en")
    os.makedirs(prompts)
    write_wav(tone, 700, 1.0)
    write_wav(os.path.join(prompts, "alarm_word.wav"), 1500, 1.0)
    s = files.play("--level", "alarm", "--seconds", "4", *QUIET, "--set", f"siren.alarm_file={tone}")
    check("an authority's tone takes the place of ours", s.amplitude(700, 0.1, 0.4) > 0.4 and
          s.amplitude(520, 0.1, 0.4) < 0.02)
    s = files.play("--level", "alarm", "--seconds", "4", "--set", "voice.languages=en", "--set",
                   f"voice.folder={os.path.dirname(prompts)}")
    check("a recorded word that of the synthetic one", s.amplitude(1500, 0.8, 0.5) > 0.5)
    with open(os.path.join(prompts, "test.wav"), "wb") as f:
        f.write(b"ID3 this is none")
    done = subprocess.run([files.binary, "siren", "--level", "test", "--wav", os.path.join(files.folder, "x.wav"),
                           "--set", "voice.languages=en", "--set", f"voice.folder={os.path.dirname(prompts)}"],
                          capture_output=True, text=True, timeout=60)
    check("a recording that cannot be read is told", done.returncode == 0 and "test.wav: no WAV file" in done.stderr,
          done.stderr)


def refusals(binary, folder):
    tone = os.path.join(folder, "none.wav")
    for arguments, code, says in (
            (["--level", "loud"], 64, "want test"), (["--level", "alarm@x"], 64, "seconds"),
            (["--level", "alarm@5", "--level", "none@1"], 64, "before"), (["--seconds", "0"], 64, "out of range"),
            (["--source", "me"], 64, "want local"), (["extra"], 64, "unexpected"), (["--what"], 64, "--what: unknown option"),
            (["--wav"], 64, "--wav: needs a value"),
            (["--set", "siren.volume=2"], 64, "siren.volume"), (["--set", "voice.languages=tlh"], 64, "tlh"),
            (["--set", "siren.test_schedule=soon"], 64, "siren.test_schedule"),
            (["--wav", "/nonexistent/x.wav", *QUIET], 1, "cannot write"),
            (["--wav", os.path.join(folder, "y.wav"), "--set", f"siren.alarm_file={tone}", *QUIET], 1, "none.wav"),
            (["--device", "nosuchcard", *QUIET], 1, "Unknown PCM nosuchcard")):
        done = subprocess.run([binary, "siren", *arguments], capture_output=True, text=True, timeout=60)
        check(f"{arguments}: refused in one line", done.returncode == code and says in done.stderr and
              done.stderr.count("\n") == 1 and not done.stdout, f"{done.returncode} {done.stderr}")


# ---- the paced card ----

CARD = """
pcm_type.paced {{ lib "{lib}" }}
pcm.card {{ type paced  file "{wav}" {wish} }}
pcm.microphone {{ type paced  file "{wav}"  delay_ms 80  gain_db {gain} }}
"""


class Card:
    def __init__(self, binary, folder, name, wish="", gain=-20):
        self.binary, self.wav = binary, os.path.join(folder, name + ".wav")
        lib = os.path.join(os.path.dirname(binary), "tests", "alsa", "libasound_module_pcm_paced.so")
        self.conf = os.path.join(folder, name + ".conf")
        with open(self.conf, "w", encoding="ascii") as f:
            f.write(CARD.format(lib=lib, wav=self.wav, wish=wish, gain=gain))

    def start(self, *arguments):
        # A larger queue than a device would have: this machine may be busy, and what is measured is in frames.
        return subprocess.Popen([self.binary, "siren", "--device", "card", "--set", "siren.buffer_frames=8192", "--set",
                                 "siren.period_frames=1024", *arguments], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env=dict(os.environ, ALSA_CONFIG_PATH=self.conf))

    def finish(self, process):
        try:
            self.out, self.err = process.communicate(timeout=90)
        except subprocess.TimeoutExpired:
            process.kill()
            self.out, self.err = process.communicate()
        self.code = process.returncode
        self.lines = [json.loads(line) for line in self.out.splitlines()]
        return self

    def run(self, *arguments):
        return self.finish(self.start(*arguments))

    def of(self, kind):
        return [line for line in self.lines if line["type"] == kind]

    def events(self):
        try:
            with open(self.wav + ".log", encoding="ascii") as f:
                return [(w, int(ns), int(frame)) for w, ns, frame in (line.split() for line in f)]
        except FileNotFoundError:
            return []

    def wait_for(self, event, after=0, seconds=60):
        """Until the card's log has one more of that event; how many it has."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            n = sum(e[0] == event for e in self.events())
            if n > after:
                return n
            time.sleep(0.02)
        return -1

    def wait_for_frames(self, more, seconds=60):
        size = os.path.getsize(self.wav)
        until = time.monotonic() + seconds
        while time.monotonic() < until and os.path.getsize(self.wav) < size + 2 * more:
            time.sleep(0.02)

    def fault(self, word):
        with open(self.wav + ".tmp", "w", encoding="ascii") as f:
            f.write(word)
        os.rename(self.wav + ".tmp", self.wav + ".fault")


def heard(binary, folder):
    card = Card(binary, folder, "heard").run("--microphone", "microphone", *QUIET)
    test = card.of("test")
    check("the siren test passes when the microphone hears it", card.code == 0 and len(test) == 1 and test[0]["heard"],
          f"{card.code} {card.out} {card.err}")
    if test and test[0]["heard"]:
        check("and tells how long the way took", test[0]["wake_s"] > 0.0, test)
        check("and how loud it was", -32 < test[0]["level_db"] < -18, test)
    return card


def when(binary, folder):
    """The time at which the node says that the first frame is heard is the card's own."""
    card = Card(binary, folder, "when").run("--level", "alarm", "--seconds", "2", *QUIET)
    check("an alarm plays", card.code == 0 and len(card.of("tone")) == 1, card.err)
    sound, starts = Sound(card.wav), [e for e in card.events() if e[0] == "start"]
    if card.code != 0 or not starts:
        return
    _, start_ns, start_frame = starts[0]
    told_s = (card.of("tone")[0]["heard_mono_ns"] - start_ns) * 1e-9 + start_frame / sound.rate
    check("its first frame is heard when it says so", len(starts) > 1 or abs(told_s - sound.onset_s()) < 0.02,
          f"told {told_s}, is {sound.onset_s()}")
    check("the card ran before, on silence", sound.onset_s() > 0.1 or len(starts) > 1, sound.onset_s())
    check("and it ends without a click", sound.x[-1] == 0)


def ends(binary, folder):
    """What is finite ends by itself, on a card too."""
    card = Card(binary, folder, "ends").run("--level", "cancel", *QUIET)
    check("a cancel ends by itself", card.code == 0 and len(card.of("tone")) == 1, card.err)
    return card


def not_heard(binary, folder):
    card = Card(binary, folder, "deaf", gain=-100).run("--microphone", "microphone", *QUIET)
    check("a siren that no one can hear fails its test", card.code == 1 and "has not heard" in card.err and
          card.of("test") and not card.of("test")[0]["heard"], card.err)
    card = Card(binary, folder, "alone").run(*QUIET)
    check("and one that nothing listened to", card.code == 1 and "nothing listened" in card.err, card.err)
    card = Card(binary, folder, "cut").run("--microphone", "microphone", "--level", "test", "--level", "alarm@1.2",
                                           "--seconds", "4", *QUIET)
    check("an alarm ends a test", card.code == 1 and card.of("test") and not card.of("test")[0]["played"] and
          card.of("tone")[-1]["revision"] == 2, card.out)


def abilities(binary, folder):
    for name, wish, want in (
            ("s32", "format S32_LE rate 44100 channels 1", ("S32_LE", 44100, 1)),
            ("float", "format FLOAT_LE rate 96000 channels 2", ("FLOAT_LE", 96000, 2)),
            ("s24", "format S24_3LE rate 22050 channels 2", ("S24_3LE", 22050, 2))):
        card = Card(binary, folder, name, wish).run("--level", "alarm", "--seconds", "1.5", *QUIET)
        lines = card.of("card")
        check(f"a card that can only do {wish}", card.code == 0 and lines and
              (lines[0]["format"], lines[0]["rate_hz"], lines[0]["channels"]) == want, card.out + card.err)
        if card.code == 0:
            sound = Sound(card.wav)
            at = sound.onset_s()
            check(f"{name}: plays 520 Hz", sound.rate == want[1] and sound.amplitude(520, at + 0.05, 0.3) > 0.4,
                  f"{sound.rate} {at}")


def faults(binary, folder):
    for word in ("xrun", "suspend"):
        card = Card(binary, folder, word)
        process = card.start("--level", "alarm", "--seconds", "5", *QUIET)
        card.wait_for("start")
        card.wait_for_frames(24000)
        card.fault(word)
        check(f"{word}: is met", card.wait_for(word) > 0)
        card.finish(process)
        sound = Sound(card.wav)
        starts = [e for e in card.events() if e[0] == "start"]
        check(f"{word}: it goes on by itself", card.code == 0 and len(starts) >= 2, card.err)
        check(f"{word}: and sounds", sound.amplitude(520, starts[-1][2] / sound.rate, 1.0) > 0.1 if starts else False)


def vanish(binary, folder):
    card = Card(binary, folder, "vanish")
    process = card.start("--level", "alarm", "--seconds", "12", *QUIET)
    card.wait_for("start")
    card.wait_for_frames(48000)
    opened = card.wait_for("open")
    card.fault("vanish")
    check("a card that vanishes is closed", card.wait_for("close") > 0)
    os.unlink(card.wav + ".fault")
    check("and opened again when it is back", card.wait_for("open", opened) > 0)
    card.finish(process)
    sound, back = Sound(card.wav), [e for e in card.events() if e[0] == "open"]
    check("and the alarm that stands sounds again", len(back) >= 2 and
          sound.amplitude(520, back[-1][2] / sound.rate, 1.0) > 0.1)
    check("the loss is told", card.code == 1, card.err)


def stopped(binary, folder):
    """A person's Ctrl-C ends it; the card is not left in the middle of anything."""
    card = Card(binary, folder, "stopped")
    process = card.start("--level", "alarm", "--seconds", "60", *QUIET)
    card.wait_for("start")
    card.wait_for_frames(24000)
    process.send_signal(signal.SIGINT)
    card.finish(process)
    check("an interrupt ends it in silence", card.code == 0 and Sound(card.wav).x[-1] == 0 and
          card.events()[-1][0] == "close", f"{card.code} {card.err}")


def schemas(cards):
    with open(os.path.join(ROOT, "docs", "schema", "siren.schema.json"), encoding="utf-8") as f:
        validator = jsonschema.Draft202012Validator(json.load(f))
    for line in (line for card in cards for line in card.lines):
        errors = [e.message for e in validator.iter_errors(line)]
        check(f"{line['type']}: follows its schema", not errors, errors)


def main():
    if len(sys.argv) != 2:
        print("usage: test_sound.py BINARY", file=sys.stderr)
        return 64
    binary = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        with concurrent.futures.ThreadPoolExecutor(3) as pool:  # these wait most of the time
            paced = [pool.submit(scene, binary, folder) for scene in
                     (vanish, faults, not_heard, heard, when, abilities, stopped, ends)]
            files = Files(binary, folder)
            tones(files)
            words(files)
            own_files(files)
            refusals(binary, folder)
            done = [one.result() for one in paced]
        schemas([card for card in done if isinstance(card, Card)])
    return finish()


if __name__ == "__main__":
    sys.exit(main())
