#!/usr/bin/env python3
"""What is no plain file, given as a file; and outputs that would take the place of an input.

    tests/cli/test_files.py BINARY

A pipe without a writer, a device without an end: nothing may wait for them, every command says one line.
Ends with "N passed, N failed"."""
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import xml.etree.ElementTree

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from claims import check, finish  # tests/claims.py


def run(folder, *arguments):
    try:
        return subprocess.run(arguments, capture_output=True, timeout=60, cwd=folder, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(arguments, None, b"", b"it waits")


def refused(name, folder, arguments, code, *want):
    done = run(folder, *arguments)
    said = done.stderr.decode(errors="replace")
    check(name, done.returncode == code and said.count("\n") == 1 and all(w in said for w in want),
          f"{done.returncode} {said}")


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.write(text)


def no_plain_files(binary, folder):
    """Every place of a file, with each thing that is none."""
    catalogue = "id,kind,paths,format,loader_args\n{}\n"
    for what, words in (("pipe", "a pipe, and only a file"), ("folder.d", "a folder, not a file"),
                        ("zeros", "a device or socket, not a file")):
        named = what if what != "pipe" else "pipe.csv"
        refused(f"{what}: a configuration", folder, [binary, "replay", "-c", what, "good.csv"], 64, what, words)
        write(folder, "includes.conf", f'@include "{what}"\n')
        refused(f"{what}: included by one", folder, [binary, "replay", "-c", "includes.conf", "good.csv"], 64, what, words)
        refused(f"{what}: StationXML", folder, [binary, "replay", "--stationxml", what, "good.csv"], 2, what, words)
        refused(f"{what}: noise of synth", folder, [binary, "synth", "--noise-from", what, "o.csv"], 2, what, words)
        refused(f"{what}: a score to compare with", folder,
                [binary, "score", "whole.csv", "--compare", what], 2, what, words)
        write(folder, "record.csv", catalogue.format(f"x,noise,{what},CSV,"))
        refused(f"{what}: a catalogue's record", folder, [binary, "score", "record.csv"], 2, what, words)
        write(folder, "archive.csv", catalogue.format(f'x,noise,{what},SAC,"{{""members"": [""a""]}}"'))
        refused(f"{what}: its archive", folder, [binary, "score", "archive.csv"], 2, what, words)
        if what != "pipe":
            refused(f"{what}: a trace", folder, [binary, "replay", what], 2, what, words)
        if what != "folder.d":
            os.symlink(what, os.path.join(folder, f"c-{named}.csv"))
            refused(f"{what}: a catalogue", folder, [binary, "score", f"c-{named}.csv"], 2, words)
        member = tarfile.TarInfo("m")
        member.type, member.linkname = ((tarfile.FIFOTYPE, "") if what == "pipe" else
                                        (tarfile.SYMTYPE, "/dev/zero" if what == "zeros" else "/tmp"))
        with tarfile.open(os.path.join(folder, "m.tgz"), "w:gz") as tar:
            tar.addfile(member)
        write(folder, "member.csv", catalogue.format('x,noise,m.tgz,SAC,"{""members"": [""m""]}"'))
        refused(f"{what}: a member of an archive", folder, [binary, "score", "member.csv"], 2, words)


def a_pipe_may_be_a_trace(binary, folder):
    with open(os.path.join(folder, "good.csv"), "rb") as f:
        data = f.read()

    def feed():
        with open(os.path.join(folder, "pipe"), "wb") as f:
            f.write(data)
    writer = threading.Thread(target=feed, daemon=True)
    writer.start()
    piped = run(folder, binary, "replay", "pipe")
    writer.join(30)
    plain = run(folder, binary, "replay", "good.csv")
    check("a trace may be a named pipe", piped.returncode == 0 and len(piped.stdout) > 100 and
          piped.stdout.replace(b'"pipe', b'"good') == plain.stdout, piped.stderr)


def outputs_over_inputs(binary, folder):
    os.link(os.path.join(folder, "good.csv"), os.path.join(folder, "link.svg"))
    os.symlink("good.csv", os.path.join(folder, "symlink.html"))
    os.symlink("whole.csv", os.path.join(folder, "whole.svg"))
    os.link(os.path.join(folder, "quiet.csv"), os.path.join(folder, "q.sac"))
    before = {}
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            with open(path, "rb") as f:
                before[name] = f.read()
    for name, arguments, want in (
            ("a plot by a hard link", ["replay", "--plot", "link.svg", "good.csv"], "link.svg: would overwrite good.csv"),
            ("a page by a symbolic link", ["replay", "--plot", "symlink.html", "quiet.csv", "./good.csv"],
             "would overwrite ./good.csv"),
            ("a plot over the configuration", ["replay", "--plot", "link.svg", "-c", "good.csv", "quiet.csv"], None),
            ("a score over its catalogue", ["score", "--json", "whole.csv", "whole.csv"], "would overwrite whole.csv"),
            ("a score's picture over it", ["score", "--plot", "whole.svg", "whole.csv"], "would overwrite whole.csv"),
            ("a score over a record", ["score", "--csv", "quiet.csv", "whole.csv"], "would overwrite quiet.csv"),
            ("its rows over the run to compare with", ["score", "--csv", "old.json", "--compare", "old.json", "whole.csv"],
             "would overwrite old.json"),
            ("two reports into one file", ["score", "--csv", "new", "--json", "new", "whole.csv"], "two outputs"),
            ("a synthetic record over its noise", ["synth", "--noise-from", "quiet.csv", "quiet.csv"],
             "would overwrite quiet.csv"),
            ("its truth over its noise", ["synth", "--noise-from", "quiet.csv", "--truth", "quiet.csv", "new.csv"],
             "would overwrite quiet.csv"),
            ("its truth over itself", ["synth", "--truth", "new.csv", "new.csv"], "two outputs"),
            ("its truth over a component", ["synth", "--truth", "new.N.sac", "new.sac"], "two outputs"),
            ("its truth over StationXML", ["synth", "--bits", "24", "--truth", "new.xml", "new.mseed"], "two outputs")):
        if want:
            refused(name, folder, [binary, *arguments], 64, want)
        else:
            check(name, run(folder, binary, *arguments).returncode == 64)
    for name, data in before.items():
        with open(os.path.join(folder, name), "rb") as f:
            check(f"{name} is as before", f.read() == data)
    check("nothing was begun", not [n for n in os.listdir(folder) if n.startswith("new")], os.listdir(folder))
    nothing = run(folder, binary, "score", "--csv", "/dev/null", "--json", "/dev/null", "whole.csv")
    check("two reports into /dev/null", nothing.returncode == 0, nothing.stderr)
    again = run(folder, binary, "score", "--json", "old.json", "--compare", "old.json", "whole.csv")
    check("a run may take the place of the one it is compared with", again.returncode == 0, again.stderr)


def pictures(binary, folder):
    """A picture is whole or an error, and always XML."""
    for ending in ("svg", "png", "html"):
        full = os.path.join(folder, f"full.{ending}")
        os.symlink("/dev/full", full)
        for command in (["replay", "good.csv"], ["score", "whole.csv"]) if ending != "html" else (["replay", "good.csv"],):
            done = run(folder, binary, *command, "--plot", full)
            check(f"{command[0]}: a full disk for .{ending} is told", done.returncode == 1 and
                  b"No space left on device" in done.stderr and done.stderr.count(b"\n") == 1, done.stderr)
    run(folder, binary, "synth", "--before", "10", "--after", "10", "strange.sac")
    with open(os.path.join(folder, "strange.Z.sac"), "r+b") as f:
        f.seek(440)  # KSTNM, 8 bytes
        f.write(b"S\xff\xe9\xc3\xa9'<&")
    done = run(folder, binary, "replay", "--scale", "1e-9", "--plot", "strange.svg", "strange.Z.sac")
    with open(os.path.join(folder, "strange.svg"), "rb") as f:
        text = f.read()
    try:
        words = "".join(xml.etree.ElementTree.fromstring(text).itertext())
    except xml.etree.ElementTree.ParseError as e:
        words = str(e)
    check("a station's name that is no UTF-8 gives a picture that is XML", done.returncode == 0 and "XX.S____'<&..HN" in words,
          (done.stderr, words[:200]))
    fake = os.path.join(folder, "bin")
    os.mkdir(fake)
    for ending, whole in (("svg", b"<?xml version='1.0'?><svg>" + 9 * b"<g/>" + b"</svg>\n"),
                          ("png", b"\x89PNG" + bytes(range(100)) + b"IEND\xae\x42\x60\x82")):
        for cut in (0, 1, 12, len(whole)):
            with open(os.path.join(fake, "picture"), "wb") as f:
                f.write(whole[:len(whole) - cut])
            write(fake, "gnuplot", "#!/bin/sh\ncat >/dev/null\ncat $(dirname $0)/picture\n")
            os.chmod(os.path.join(fake, "gnuplot"), 0o755)
            done = subprocess.run([binary, "replay", "good.csv", "--plot", f"p.{ending}"], cwd=folder, timeout=60,
                                  capture_output=True, env=dict(os.environ, PATH=fake + ":" + os.environ["PATH"]))
            is_whole = whole[:len(whole) - cut].rstrip().endswith((b"</svg>", b"IEND\xae\x42\x60\x82"))
            check(f".{ending} of gnuplot without its last {cut} bytes",
                  done.returncode == 0 if is_whole else done.returncode == 1 and b"has no end" in done.stderr, done.stderr)


def main():
    if len(sys.argv) != 2:
        print("usage: test_files.py BINARY", file=sys.stderr)
        return 64
    binary = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        run(folder, binary, "synth", "--before", "10", "--after", "10", "--seed", "7", "good.csv")
        write(folder, "quiet.csv", "# tocsin-csv 1\n# rate_hz: 100\n# unit: m/s^2\nz,n,e\n" + "0.001,0.002,-0.001\n"
              "-0.001,0.001,0.002\n0.002,-0.002,0.001\n" * 2000)
        write(folder, "whole.csv", "id,kind,paths\nx,noise,quiet.csv\n")
        run(folder, binary, "score", "whole.csv", "--json", "old.json")
        os.mkfifo(os.path.join(folder, "pipe"))
        os.mkdir(os.path.join(folder, "folder.d"))
        os.symlink("/dev/zero", os.path.join(folder, "zeros"))
        no_plain_files(binary, folder)
        a_pipe_may_be_a_trace(binary, folder)
        outputs_over_inputs(binary, folder)
        if shutil.which("gnuplot"):
            pictures(binary, folder)
        else:
            print("SKIPPED 1: no gnuplot")
    return finish()


if __name__ == "__main__":
    sys.exit(main())
