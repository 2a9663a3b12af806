#!/usr/bin/python3
"""Writes the synthetic seeds of the fuzz corpora of the readers of numbers in columns: GeoNet, CSMIP, COSMOS, BHRC, SMC.
Usage: tests/fuzz/make_seeds_columns.py"""
import math, os

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")


def put(target, name, text):
    os.makedirs(os.path.join(HERE, target), exist_ok=True)
    with open(os.path.join(HERE, target, name), "wb") as f:
        f.write(text.encode("latin-1"))


def columns(values, per_line, cell):
    return "".join("".join(cell % v for v in values[i:i + per_line]) + "\n" for i in range(0, len(values), per_line))


def lines(*text):
    return "".join(line + "\n" for line in text)


def with_numbers(n, fill, **change):
    return [change.get("at%d" % i, fill) for i in range(n)]


def motion(n, size=9.0):
    return [size * math.sin(i / 3) for i in range(n)]


def geonet(component, corrected=False, n=15):
    kind = "Corrected" if corrected else "Uncorrected"
    unit = ("Instrument corrected data at 0.020 sec intervals" if corrected
            else "Raw readings in units of 1.00 mm/s/s  at intervals of 0.005 s")
    text = lines("%s accelerogram 20240124_105128_TEST_20 TEST" % kind, "Site TEST      42 37 10S  173 03 13E", "Nowhere",
                 "Instrument none", "Resolution: 24-bit", "Accelerogram none", "Here", "2024 January 24", "Epicentre none",
                 "Number of points  %d    Duration 0.1 s" % n, unit, "Data is unfiltered", "Component %s" % component,
                 "Acceleration:  Peak 9.0 mm/s/s", "Velocity", "Displacement")
    whole = with_numbers(40, 0, at8=2024, at9=1, at18=24, at19=10, at30=n, at33=n, at34=n * corrected, at35=n * corrected,
                         at38=51, at39=28005)
    real = with_numbers(60, 0.0, at21=5.0 * corrected, at24=0.005, at25=0.02)
    still = columns([0.0] * n, 10, "%8.2f")
    return (text + columns(whole, 10, "%8d") + columns(real, 10, "%8.4f") + columns(motion(n), 10, "%8.1f")
            + (still + still) * corrected)


def csmip(component, channel=1, pairs=False, n=21):
    text = lines("Uncorrected Accelerogram Data             Processed: 01/24/24", "Record of nothing", "Origin: none",
                 "12345   Start time:  1/24/24, 10:51:28.5 UTC (GPS)", "Station No. %s  40.9N" % ("" if pairs else "89146 "),
                 "NOWHERE S/N 7", "Chan  %d: %s" % (channel, component), "Record", "Hypocenter", "Instr Period = 0",
                 "No. of Points =  %d  Record Length = .1 sec" % n,
                 "Units are sec and g%s" % ("/10." if pairs else " ."), "RMS")
    header = columns(with_numbers(100, 0, at27=n), 16, "%5d") + columns(with_numbers(50, 0.0, at12=5.0), 8, "%10.3f")
    if pairs:
        data = columns([v for i, a in enumerate(motion(n)) for v in (0.005 * i, a)], 10, "%7.3f")
    else:
        data = "%6d Accelerogram points at 200 pts/sec in units of g .      Format: (8f9.6)\n" % n
        data += columns(motion(n), 8, "%9.6f")
    return text + header + data + "/&  ----------  End of Data for Channel  %d  ----------\n" % channel


def cosmos(component, azimuth, kind="acceleration", units="g.     (02)", form="(8f9.6)", cell="%9.6f", per_line=8, n=19,
           scnl="HNZ"):
    text = lines("Uncorrected acceleration  (Format v01.20 with 13 text lines) Src:  test", "Rcrd", "Hypocenter", "Origin",
                 "Statn No: 05- 23837 Code:CE-23837  TEST", "Coords", "Recorder", "Rcrd start time", "Sta Chan  1: %s" % component,
                 "Raw", "Processed", "Record", "Values")
    whole = with_numbers(100, -999, at39=2024, at41=1, at42=24, at43=10, at44=51, at53=azimuth)
    real = with_numbers(100, -999.0, at21=0.298, at29=28.005, at33=0.005, at41=0.625)
    return (text + " 100 Integer-header values follow on  10 lines, Format= (10I8)\n" + columns(whole, 10, "%8d")
            + " 100 Real-header values follow on  17 lines, Format= (6F13.6)\n" + columns(real, 6, "%13.6f")
            + "   1 Comment line(s) follow\n|<SCNL>23837.%s.CE.--   <AUTH>CE\n" % scnl
            + "   %d %s pts, approx  0 secs, units=%sFormat=%s\n" % (n, kind, units, form)
            + columns(motion(n), per_line, cell) + "End-of-data for Chan  1 acceleration\n")


def bhrc(component, n=23, azimuth="Azimuth L 352   T 82"):
    return (lines("* VOL1DS FILE:  5520/01", "Inst Type = SSA-2", "Origin Time : 2024/01/24   10:51:28", "", "L", "",
                  "COMP %s" % component, "Nowhere    Station   38.474 N 47.059 E   %s" % azimuth, "Epicenter", "INSTR PERIOD",
                  "NO. OF POINTS =  %d      DURATION =  %.3f" % (n, n / 200), "UNITS ARE SECONDS AND G/10", "")
            + lines(*["    0    0"] * 7) + lines(*["  .188324E-01  .00"] * 7) + columns(motion(n), 10, "%13.5E") + "/&\n")


def smc(component, vertical, azimuth, n=21, comments=2, ms=5):
    text = lines("2 CORRECTED ACCELEROGRAM", "*", "TESTA", "     2024  01  24    1051", "Moment Mag=      7.1",
                 "station = Nowhere, 1295 Street  component=    %s" % component, "epicentral dist", "inst type", "*", "*", "*")
    whole = with_numbers(48, -32768, at1=2024, at2=24, at3=10, at4=51, at5=28, at6=ms, at12=vertical, at13=azimuth,
                         at15=comments, at16=n)
    real = with_numbers(50, 1.7e38, at1=200.0)
    return (text + columns(whole, 8, "%10d") + columns(real, 5, "%15.7E") + "|a comment\n" * comments
            + columns(motion(n), 8, "%10.3f"))


put("fuzz_geonet", "v1a", geonet("N28W") + geonet("S62W") + geonet("Up"))
put("fuzz_geonet", "v2a", geonet("S16W", True) + geonet("Up", True))
put("fuzz_geonet", "cut", geonet("N28W")[:1200])
put("fuzz_csmip", "v1", csmip("360 Deg") + csmip("Up", 2) + csmip("90 Deg", 3))
put("fuzz_csmip", "pairs", csmip("NS", pairs=True) + csmip("INTC", 2, pairs=True) + csmip("V", 3, pairs=True))
put("fuzz_csmip", "cut", csmip("360 Deg")[:900])
put("fuzz_cosmos", "v1", cosmos("360 deg", 360, scnl="HNN") + cosmos("Up", 400))
put("fuzz_cosmos", "v0", cosmos("L", -999, "raw accel.", "counts (50),", "(10I8)", "%8d", 10, scnl="?"))
put("fuzz_cosmos", "v2", cosmos("90 deg", 90, units="cm/sec2 (04),") + cosmos("90 deg", 90, "velocity", "cm/sec (05),"))
put("fuzz_cosmos", "cut", cosmos("360 deg", 360)[:1800])
put("fuzz_bhrc", "three", bhrc("L1") + bhrc("V2") + bhrc("T3"))
put("fuzz_bhrc", "no_azimuth", bhrc("L1", azimuth="") + bhrc("T3", azimuth=""))
put("fuzz_bhrc", "cut", bhrc("L1")[:700])
put("fuzz_smc", "north", smc("360", 90, 360))
put("fuzz_smc", "up", smc("up", 0, -32768, comments=0, ms=-32768))
put("fuzz_smc", "name", smc("N45E", -32768, -32768))
put("fuzz_smc", "cut", smc("360", 90, 360)[:1500])
