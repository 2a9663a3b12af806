#!/usr/bin/python3
"""Writes the synthetic seeds of the fuzz corpora of the SAC, K-NET and CSV readers: tests/fuzz/make_seeds.py"""
import math, os, struct

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")


def put(target, name, data):
    os.makedirs(os.path.join(HERE, target), exist_ok=True)
    with open(os.path.join(HERE, target, name), "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def sac(order, version=6, n=40, **change):
    floats, ints, text = [-12345.0] * 70, [-12345] * 40, {0: "TEST", 24: "00", 160: "HNZ", 168: "XX"}
    floats[0], floats[5], floats[8], floats[10], floats[57], floats[58] = 0.01, 0.0, 0.1, 0.2, 0.0, 0.0
    ints[0:7] = [2024, 24, 10, 51, 28, 5, version]
    ints[9], ints[15], ints[35] = n, 1, 1
    for key, value in change.items():
        kind, index = key.split("_")
        {"float": floats, "int": ints, "text": text}[kind][int(index)] = value
    words = b"".join(text.get(at, "-12345").ljust(8).encode() for at in range(0, 192, 8))
    data = [100 * math.sin(i / 3) for i in range(n)]
    footer = struct.pack(order + "22d", 0.01, *[-12345.0] * 21) if version == 7 else b""
    return (struct.pack(order + "70f", *floats) + struct.pack(order + "40i", *ints) + words
            + struct.pack(order + "%df" % n, *data) + footer)


def knet(direction="U-D", scale="3920(gal)/6182761", duration=1, rate=40):
    head = [("Origin Time", "2024/01/24 19:51:00"), ("Lat.", "41.0"), ("Long.", "142.5"), ("Depth. (km)", "30"),
            ("Mag.", "6.2"), ("Station Code", "TST001"), ("Station Lat.", "41.5"), ("Station Long.", "140.9"),
            ("Station Height(m)", "39"), ("Record Time", "2024/01/24 19:51:43"), ("Sampling Freq(Hz)", "%dHz" % rate),
            ("Duration Time(s)", "%d" % duration), ("Dir.", direction), ("Scale Factor", scale),
            ("Max. Acc. (gal)", "2.240"), ("Last Correction", "2024/01/24 19:51:43"), ("Memo.", "")]
    counts = [int(500 * math.sin(i / 3)) - 11113 for i in range(duration * rate)]
    rows = ["".join("%8d " % c for c in counts[i:i + 8]) for i in range(0, len(counts), 8)]
    return "".join("%-18s%s\n" % line for line in head) + "\n".join(rows) + "\n"


put("fuzz_sac", "little", sac("<"))
put("fuzz_sac", "big", sac(">"))
put("fuzz_sac", "version7", sac("<", version=7))
put("fuzz_sac", "no_time", sac("<", int_0=-12345, text_160="-12345"))
put("fuzz_sac", "cut", sac("<")[:700])
put("fuzz_sac", "uneven", sac("<", int_35=0))
put("fuzz_knet", "surface", knet("6"))
put("fuzz_knet", "up", knet())
put("fuzz_knet", "cut", knet()[:600])
put("fuzz_csv", "full", "# tocsin-csv 1\n# rate_hz: 50\n# start_utc: 2024-01-24T10:51:28.005Z\n# unit: gal\n# scale: 0.5\n"
    "# station: XX.TEST.00.HN\n# gravity: included\n# axes: y,-x,z\ntime_s,x,y,z\n"
    + "".join("%.2f,%d,%d,%d\n" % (i / 50, i, -i, i * i) for i in range(20)))
put("fuzz_csv", "gap", "time_s;z\n" + "".join("%s;%d\n" % (("%.3f" % (i / 100 + (i > 30) * 0.5)).replace(".", ","), i)
                                              for i in range(60)))
put("fuzz_csv", "utc", "time_utc\tHNZ\tHN1\n" + "".join("2024-01-24T10:51:%05.2fZ\t%d\t\n" % (28 + i / 50, i)
                                                       for i in range(20)))
put("fuzz_csv", "phone", '"Time (s)","Acceleration x (m/s^2)","Acceleration y (m/s^2)","Absolute"\n'
    + "".join("%.6E,%.3E,nan,1\n" % (i / 200, i / 7) for i in range(20)))
put("fuzz_csv", "blanks", "t_ms  x  y  z\n" + "".join("%d 1 2 3\n" % (i * 8) for i in range(20)))
