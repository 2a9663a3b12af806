#!/usr/bin/python3
"""What `tocsin replay` does with wrong traces, as a user sees it:  tests/cli/test_traces.py TOCSIN

Each wrong input gives one line on standard error that begins "tocsin replay: " and names the file and the place, and
status 2 (64 for usage and configuration); what stands on standard output until then are whole lines of JSON."""
import json, math, os, re, signal, struct, subprocess, sys, tempfile

TOCSIN = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build/tocsin")
passed = failed = 0
# The sanitizers' allocator keeps freed memory for a while: its peak says nothing about ours.
SANITIZED = any(mark in open(TOCSIN, "rb").read() for mark in (b"__asan_init", b"__tsan_init"))


# ---- minimal files ----

def csv(n=400, head="# tocsin-csv 1\n# rate_hz: 100\n# unit: m/s^2\n", names="z,n,e", rows=None):
    rows = rows or ["%.4f,%.4f,%.4f" % (math.sin(i), math.cos(i * 1.3), math.sin(i * 0.7)) for i in range(n)]
    return head + names + "\n" + "\n".join(rows) + "\n"


def sac(component="HNZ", n=400, promised=None, order="<", second=0, version=6, even=1, kind=1, delta=0.01, data=None):
    floats, ints = [-12345.0] * 70, [-12345] * 40
    floats[0], floats[5] = delta, 0.0
    ints[0:7] = [2024, 24, 10, 51, second, 0, version]
    ints[9], ints[15], ints[35] = n if promised is None else promised, kind, even
    text = {0: "TEST", 160: component, 168: "XX"}
    words = b"".join(text.get(at, "-12345").ljust(8).encode() for at in range(0, 192, 8))
    data = data or [100 * math.sin(i / 3) for i in range(n)]
    return struct.pack(order + "70f40i", *floats, *ints) + words + struct.pack(order + "%df" % len(data), *data)


def knet(n=400, promised_s=None, rate="100Hz", scale="3920(gal)/6182761", direction="U-D", counts=None):
    head = [("Origin Time", "2024/01/24 19:51:00"), ("Lat.", "41.0"), ("Long.", "142.5"), ("Depth. (km)", "30"),
            ("Mag.", "6.2"), ("Station Code", "TST001"), ("Station Lat.", "41.5"), ("Station Long.", "140.9"),
            ("Station Height(m)", "39"), ("Record Time", "2024/01/24 19:51:43"), ("Sampling Freq(Hz)", rate),
            ("Duration Time(s)", "%d" % (n // 100 if promised_s is None else promised_s)), ("Dir.", direction),
            ("Scale Factor", scale), ("Max. Acc. (gal)", "2.240"), ("Last Correction", "2024/01/24 19:51:43"),
            ("Memo.", "")]
    counts = counts or ["%d" % (500 * math.sin(i / 3) - 11113) for i in range(n)]
    rows = ["".join("%8s " % c for c in counts[i:i + 8]) for i in range(0, len(counts), 8)]
    return "".join("%-18s%s\n" % line for line in head) + "\n".join(rows) + "\n"


def openeew(packets=12, **change):
    lines = []
    for k in range(packets):
        packet = {"device_id": "000", "device_t": 1600000000 + 1.024 * k, "cloud_t": 1600000000.3 + 1.024 * k,
                  "sr": 31.25}
        for axis in "xyz":
            packet[axis] = [round(math.sin(k * 32 + i), 4) for i in range(32)]
        packet.update(change if k == packets // 2 or "sr" in change else {})
        lines.append(json.dumps(packet))
    return "\n".join(lines) + "\n"


def mseed(channel="HNZ", n=400, start=0, factor=100, promised=None, encoding=3, exponent=9, station="TEST"):
    out = b""
    for at in range(start, start + n, 100):
        count = min(100, start + n - at)
        record = b"000001D " + station.ljust(5).encode() + b"00" + channel.encode() + b"XX"
        record += struct.pack(">HHBBBBHHhhBBBBiHH", 2024, 24, 10, at // 6000, at // 100 % 60, 0, at % 100 * 100,
                              count if promised is None else promised, factor, 1, 0, 0, 0, 1, 0, 64, 48)
        record += struct.pack(">HHBBBB", 1000, 0, encoding, 1, exponent, 0) + bytes(8)
        record += struct.pack(">%di" % count, *[int(1000 * math.sin((at + i) / 3)) for i in range(count)])
        out += record.ljust(512, b"\0")
    return out


GOOD = {"csv": csv(), "sac": sac(), "knet": knet(), "openeew": openeew(), "mseed": mseed()}
GARBAGE = bytes((i * i * 131 + i * 7 + 3) % 256 for i in range(5000))

# ---- checking ----

folder = tempfile.TemporaryDirectory(prefix="tocsin-traces-")
os.chdir(folder.name)


def put(name, data):
    with open(name, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())
    return name


def run(*args, **options):
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([TOCSIN, "replay", *args], capture_output=True, timeout=120, **options)


def check(name, ok, why=""):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    if not ok:
        print("FAILED %s: %s" % (name, why))


def whole_lines(out):
    if out and not out.endswith(b"\n"):
        return False
    try:
        return all("schema" in json.loads(line) for line in out.splitlines())
    except ValueError:
        return False


def refused(name, result, code, pattern):
    """The result is one line that fits the pattern, the status, and nothing half written."""
    err = result.stderr.decode("utf-8", "replace")
    check(name, result.returncode == code and re.match("tocsin replay: (?:%s)[^\n]*\n\\Z" % pattern, err)
          and whole_lines(result.stdout),
          "status %d, stderr %r, stdout %r" % (result.returncode, err[-600:], result.stdout[-200:]))


def accepted(name, result, records=1):
    lines = result.stdout.splitlines()
    summaries = [json.loads(line) for line in lines if b'"tocsin.summary/' in line]
    notes_only = all(line.startswith(b"tocsin replay: note: ") for line in result.stderr.splitlines())
    check(name, result.returncode == 0 and notes_only and whole_lines(result.stdout)
          and len(summaries) == records, "status %d, stderr %r" % (result.returncode, result.stderr[-600:]))
    return summaries


# ---- good files are good: else every refusal below proves nothing ----

for kind, data in GOOD.items():
    summary = accepted("a good %s file" % kind, run(put("good." + kind, data)))
    check("its samples", summary and summary[0]["samples"] == (384 if kind == "openeew" else 400), summary)
    accepted("named by --format " + kind, run("--format", kind, "good." + kind))

# ---- wrong bytes ----

AT = r"(?:byte \d+|line \d+(?: column \d+)?): "
for kind, data in GOOD.items():
    data = data if isinstance(data, bytes) else data.encode()
    refused("an empty %s file" % kind, run("--format", kind, put("t." + kind, b"")), 2, r"t\.%s: " % kind + AT)
    refused("garbage as " + kind, run("--format", kind, put("t." + kind, GARBAGE)), 2, r"t\.%s: " % kind + AT)
    refused("zeros as " + kind, run("--format", kind, put("t." + kind, bytes(3000))), 2, r"t\.%s: " % kind + AT)
    for part in (0.02, 0.2, 0.5, 0.9, 0.99):
        cut = data[:int(len(data) * part)]
        result = run("--format", kind, put("t." + kind, cut))
        if kind == "csv" or (kind == "openeew" and cut.endswith(b"}\n")) or (kind == "mseed" and len(cut) % 512 == 0):
            if result.returncode == 0:  # a table may end after any row: a shorter record
                accepted("%s cut to %g" % (kind, part), result)
                continue
        refused("%s cut to %g" % (kind, part), result, 2, r"t\.%s: " % kind + AT)
refused("an empty file", run(put("t", b"")), 2, r"t: byte 0: the file is empty")
refused("garbage", run(put("t", GARBAGE)), 2, r"t: byte 0: not in a format known here \(mseed, sac")
refused("prose", run(put("t", "The north wind and the sun\n")), 2, r"t: byte 0: not in a format known here")
refused("StationXML alone", run(put("t", "<FDSNStationXML></FDSNStationXML>")), 2, "no trace among the files given")
refused("broken StationXML", run("good.mseed", put("t", "<FDSNStationXML>\n<a></b>")), 2, r"t: line 2: ")

# ---- wrong values ----

NAN, INF = float("nan"), float("inf")
HEAD = "# tocsin-csv 1\n"
for name, data, pattern in [
        ("csv: nothing but NaN", csv(rows=["nan,nan,nan"] * 400), r"t: none of its 400 samples is finite"),
        ("csv: one component NaN", csv(rows=["1,nan,2"] * 300), r"t: none of its 300 samples is finite"),
        ("csv: too few cells", csv(rows=["1,2,3", "1,2"]), r"t: line 6: 2 cells under 3 column names"),
        ("csv: too many cells", csv(rows=["1,2,3", "1,2,3,4"]), r"t: line 6: 4 cells under 3 column names"),
        ("csv: a word", csv(rows=["1,2,3", "1,two,3"]), r"t: line 6: column 'n': 'two' is not a number"),
        ("csv: zero rate", csv(head=HEAD + "# rate_hz: 0\n"), r"t: line 2: "),
        ("csv: a rate of NaN", csv(head=HEAD + "# rate_hz: nan\n"), r"t: line 2: "),
        ("csv: an absurd rate", csv(head=HEAD + "# rate_hz: 1e30\n"), r"t: line 2: "),
        ("csv: no rate", csv(head=HEAD), r"t: line 402: no rate"),
        ("csv: no rows", csv(rows=[""]), r"t: line \d+: no rows"),
        ("csv: a line without end", csv() + "1" * 100000, r"t: line 405: longer than 65536 bytes"),
        ("csv: NUL bytes", csv() + "\0\0\n", r"t: line 405: holds a NUL byte"),
        ("csv: time runs back", csv(head="", names="t,z", rows=["%.2f,1" % (i / 100) for i in range(50)] + ["0,1"]),
         r"t: line 52: the time runs backwards"),
        ("csv: thirty years on", csv(head="", names="t,z", rows=["%.2f,1" % (i / 100) for i in range(50)] + ["1e9,1"]),
         r"t: line 52: the time jumps by 1e\+09 s"),
        ("sac: zero rate", sac(delta=0.0), r"t: byte 0: DELTA is 0 s"),
        ("sac: NaN rate", sac(delta=NAN), r"t: byte 0: DELTA is nan s"),
        ("sac: an absurd rate", sac(delta=1e-30), r"t: byte 0: DELTA"),
        ("sac: samples missing", sac(promised=500), r"t: byte 2232: 500 samples promised, 400 there"),
        ("sac: samples too many", sac(promised=300), r"t: byte 1832: the file goes on"),
        ("sac: an absurd count", sac(promised=2**31 - 1), r"t: byte 2232: 2147483647 samples promised"),
        ("sac: a negative count", sac(promised=-5), r"t: byte \d+: NPTS is -5"),
        ("sac: no time series", sac(kind=4), r"t: byte \d+: file type 4"),
        ("sac: uneven", sac(even=0), r"t: byte \d+: LEVEN is 0"),
        ("sac: nothing but NaN", sac(data=[NAN] * 400), r"t: none of its 400 samples is finite"),
        ("sac: infinite", sac(data=[INF] * 400), r"t: none of its 400 samples is finite"),
        ("knet: zero rate", knet(rate="0Hz"), r"t: line 11: "),
        ("knet: an absurd rate", knet(rate="99999999999Hz"), r"t: line 11: "),
        ("knet: a zero scale", knet(scale="0(gal)/1"), r"t: line 14: "),
        ("knet: a scale over zero", knet(scale="1(gal)/0"), r"t: line 14: "),
        ("knet: counts missing", knet(promised_s=9), r"t: line \d+: 900 samples promised, 400 there"),
        ("knet: counts too many", knet(promised_s=3), r"t: line \d+: more than the 300 samples promised"),
        ("knet: an absurd duration", knet(promised_s=10**12), r"t: line 12: "),
        ("knet: NaN", knet(counts=["nan"] * 400), r"t: line 18: 'nan' is not a whole number"),
        ("knet: a direction", knet(direction="7"), r"t: line 13: "),
        ("openeew: no axis", openeew(x="nothing"), r"t: line 7: "),
        ("openeew: wrong count", openeew(x=[1.0] * 31), r"t: line 7: "),
        ("openeew: zero rate", openeew(sr=0), r"t: line 1: device 000: 'sr' is missing or no rate"),
        ("openeew: an absurd time", openeew(device_t=1e300, cloud_t=1e300), r"t: line 7: "),
        ("openeew: a cut line", openeew()[:-200], r"t: line 12 column \d+: "),
        ("mseed: zero rate", mseed(factor=0), r"t: byte 0: XX\.TEST\.00\.HNZ: sample rate 0 Hz"),
        ("mseed: wrong count", mseed(promised=5000), r"t: byte 0: 5000 samples promised"),
        ("mseed: an unknown encoding", mseed(encoding=77), r"t: byte 0: XX\.TEST\.00\.HNZ: data encoding 77"),
        ("mseed: an absurd length", mseed(exponent=40), r"t: byte 0: "),
        ("mseed: garbage behind", mseed() + GARBAGE, r"t: byte 2048: "),
        ("mseed: Steim of noise", mseed(encoding=11), r"t: byte 0: "),
]:
    refused(name, run(put("t", data)), 2, pattern)
accepted("csv: a few NaN", run(put("t", csv(rows=["1,2,%s" % ("nan" if 50 < i < 60 else i % 7) for i in range(300)]))))
accepted("sac: a few NaN", run(put("t", sac(data=[NAN if i % 50 == 7 else i % 9 for i in range(400)]))))

# ---- files and how they go together ----

refused("a missing file", run("none.sac"), 2, r"none\.sac: cannot open: No such file or directory")
refused("a missing file among others", run("good.sac", "none.sac"), 2, r"none\.sac: cannot open")
os.mkdir("dir")
refused("a directory", run("dir"), 2, r"dir: cannot open: a folder, not a file")
if os.geteuid() != 0:
    os.chmod(put("locked", b""), 0)
    refused("a locked file", run("locked"), 2, r"locked: cannot open: Permission denied")
refused("a name that drives the terminal", run("a\nb\033[2J"), 2, r"a\?b\?\[2J: cannot open")
refused("a long name", run("x" * 200 + "/" + "y" * 4000), 2, r"x+/?[xy]*: cannot open: ")
put("z.sac", sac("HNZ")), put("n.sac", sac("HNN", second=2)), put("e.sac", sac("HNE", second=30))
check("components that overlap", accepted("ok", run("z.sac", "n.sac"))[0]["samples"] == 200)
refused("components that do not overlap", run("z.sac", "n.sac", "e.sac"), 2,
        r"[zn]\.sac: XX\.TEST\.\.HN[ZN] ends before another component begins")
refused("two rates", run("z.sac", put("t", sac("HNN", delta=0.02))), 2, r"XX\.TEST\.\.HNN: its rate is 50 Hz")
accepted("three stations", run(put("t", mseed() + mseed(station="B") + mseed(station="C"))), records=3)
refused("the second record is broken", run("good.sac", put("t", csv(rows=["nan,1,1"] * 50))), 2, r"t: none of its 50")
put("t", mseed("HNZ") + mseed("HNN") + mseed("HNE"))
for given in ("t", "-"):
    with open("t") as f:
        summary = accepted("three components of " + given, run(given, stdin=f))
        check("their samples", summary and summary[0]["samples"] == 400)

# ---- options ----

for name, args, code, pattern in [
        ("no trace", [], 64, "no trace: "),
        ("an unknown option", ["--frobnicate", "good.sac"], 64, "--frobnicate: unknown option"),
        ("an option without its value", ["good.sac", "--rate"], 64, "--rate: needs a value"),
        ("an option with two lines", ["--rate", "1\n2", "good.sac"], 64, r"--rate 1\?2: give Hz"),
        ("an unknown format", ["--format", "segy", "good.sac"], 64, "--format segy: unknown; the formats are mseed, sac"),
        ("another format", ["--format", "mseed", "good.sac"], 2, r"good\.sac: byte 0: "),
        ("a selection of nothing", ["--select", "YY.*", "good.sac"], 2,
         r"--select YY\.\*: matches none of the 1 channels there \(the first is XX\.TEST\.\.HNZ\)"),
        ("axes of two names", ["--axes", "zn", "good.csv"], 64, "--axes: name three channels"),
        ("axes of four names", ["--axes", "a,b,c,d", "good.csv"], 64, "--axes: more than three names"),
        ("axes that are not there", ["--axes", "xyz", "good.csv"], 2, "--axes: good has no channel ending in 'x'"),
        ("axes named twice", ["--axes", "zzn", "good.csv"], 2, r"--axes: good\.Z is named twice"),
        ("axes without any", ["--axes", "---", "good.csv"], 2, "good: --axes leaves no component"),
        ("a zero scale", ["--scale", "0", "good.sac"], 64, "--scale 0: "),
        ("a scale over zero", ["--scale", "1/0", "good.sac"], 64, "--scale 1/0: "),
        ("a scale of words", ["--scale", "big", "good.sac"], 64, "--scale big: "),
        ("a scale of NaN", ["--scale", "nan", "good.sac"], 64, "--scale nan: "),
        ("two scales", ["--scale", "1,2", "good.sac"], 64, "--scale 1,2: "),
        ("a unit without scale", ["--unit", "m/s", "good.sac"], 64, "--unit m/s: "),
        ("an unknown unit", ["--unit", "furlong", "good.sac"], 64, "--unit furlong: "),
        ("a zero rate", ["--rate", "0", "good.sac"], 64, "--rate 0: "),
        ("an absurd rate", ["--rate", "1e9", "good.sac"], 64, "--rate 1e9: "),
        ("a block of none", ["--block", "0", "good.sac"], 64, "--block 0: "),
        ("a block and a half", ["--block", "1.5", "good.sac"], 64, "--block 1.5: "),
        ("a negative settle time", ["--settle", "-1", "good.sac"], 64, "--settle -1: "),
        ("an unknown key", ["--set", "onset.frobnicate=1", "good.sac"], 64, ".*onset.frobnicate"),
        ("a key without value", ["--set", "onset", "good.sac"], 64, ".*onset"),
        ("a missing configuration", ["--config", "none.conf", "good.sac"], 64, r"none\.conf: "),
        ("a configuration that is none", ["--config", put("bad.conf", "onset = {\n  what"), "good.sac"], 64,
         r"bad\.conf:\d+: "),
        ("an unknown key in a file", ["--config", put("key.conf", "\nfrobnicate = 1;\n"), "good.sac"], 64,
         r"key\.conf:2: .*frobnicate"),
        ("a directory as configuration", ["--config", "dir", "good.sac"], 64, "dir: "),
        ("a missing StationXML", ["--stationxml", "none.xml", "good.mseed"], 2, r"none\.xml: cannot open"),
        ("a StationXML that is none", ["--stationxml", "good.csv", "good.mseed"], 2, r"good\.csv: "),
        ("standard input twice", ["-", "-"], 2, "standard input"),
]:
    refused(name, run(*args), code, pattern)

# ---- standard input and standard output ----

QUAKE = subprocess.run([TOCSIN, "synth", "--magnitude", "6", "--distance", "30", "--seed", "7", "-"],
                       capture_output=True, timeout=120, check=True).stdout
put("quake.csv", QUAKE)
from_file = run("quake.csv")
accepted("a synthetic earthquake", from_file)
for name, options in (("a pipe", {"input": QUAKE}), ("a file redirected", {"stdin": open("quake.csv")})):
    result = subprocess.run([TOCSIN, "replay", "-"], capture_output=True, timeout=120, **options)
    accepted(name, result)
    check(name + " gives the same", result.stdout.replace(b'"standard_input', b'"quake') == from_file.stdout)
result = subprocess.run(["bash", "-c", '"$0" replay <(cat quake.csv)', TOCSIN], capture_output=True, timeout=120)
accepted("a process's output as a file", result)
refused("nothing on standard input", run("-"), 2, "standard input: byte 0: the file is empty")
refused("a broken row in a pipe", subprocess.run([TOCSIN, "replay", "-"], input=QUAKE + b"1,2\n", capture_output=True),
        2, r"standard input: line \d+: 2 cells under 3 column names")

with open("/dev/full", "wb") as full:
    for name, args in (("a full disk", ["quake.csv"]), ("a full disk and a short record", ["good.sac"])):
        result = subprocess.run([TOCSIN, "replay", *args], stdout=full, stderr=subprocess.PIPE)
        result.stdout = b""
        refused(name, result, 1, "standard output: No space left on device")
    for args in (["replay", "--help"], ["replay", "--print-config"], ["--help"], ["-V"]):
        result = subprocess.run([TOCSIN, *args], stdout=full, stderr=subprocess.PIPE)
        check("a full disk: " + " ".join(args), result.returncode == 1 and result.stderr.count(b"\n") == 1, result)
result = subprocess.run([TOCSIN, "replay", "quake.csv"], preexec_fn=lambda: os.close(1), stderr=subprocess.PIPE)
result.stdout = b""
refused("standard output closed", result, 1, "standard output: Bad file descriptor")
result = subprocess.run([TOCSIN, "replay", "quake.csv"], preexec_fn=lambda: (os.close(0), os.close(1), os.close(2)))
check("all three closed", result.returncode == 1, result)
for name, ignored, want in (("a reader that goes away", False, (-signal.SIGPIPE, 1)), ("... SIGPIPE ignored", True, (1,))):
    with tempfile.TemporaryFile() as err:
        p = subprocess.Popen([TOCSIN, "replay", "quake.csv"], stdout=subprocess.PIPE, stderr=err,
                             restore_signals=not ignored)
        p.stdout.close()
        code = p.wait(120)
        err.seek(0)
        text = err.read()
    check(name, code in want and text.count(b"\n") == (code == 1), "status %d, %r" % (code, text))

# ---- memory ----

def peak_kib(rows):
    """Peak resident memory of replaying so many rows from standard input."""
    p = subprocess.Popen([TOCSIN, "replay", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    p.stdin.write(b"# tocsin-csv 1\n# rate_hz: 100\n# unit: m/s^2\nz,n,e\n")
    chunk = "".join("%.5f,%.5f,%.5f\n" % (0.001 * math.sin(i), 0.001 * math.cos(i), 0.001 * math.sin(2 * i))
                    for i in range(1000)).encode()
    for _ in range(rows // 1000):
        p.stdin.write(chunk)
    p.stdin.close()
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    check("%d rows from standard input" % rows, p.returncode == 0, p.returncode)
    return usage.ru_maxrss


if SANITIZED:
    print("SKIPPED 1: peak memory under a sanitizer is the sanitizer's")
else:
    short, long = peak_kib(60000), peak_kib(600000)
    check("ten times the record, the same memory", long - short < 2048, "%d KiB, then %d KiB" % (short, long))

print("%d passed, %d failed" % (passed, failed))
sys.exit(failed != 0 or passed == 0)
