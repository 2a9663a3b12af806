#!/usr/bin/python3
"""Writes the synthetic seeds of the fuzz corpora of the ESM, NSMN, UNAM, CWB, Raspberry Shake and columns readers:
tests/fuzz/make_seeds_text.py"""
import math, os

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")


def put(target, name, data):
    os.makedirs(os.path.join(HERE, target), exist_ok=True)
    with open(os.path.join(HERE, target, name), "wb") as f:
        f.write(data.encode())


def wave(i, c=0):
    return 3 * math.sin(i / 3 + c)


def esm(n=20, **change):
    head = {"EVENT_NAME": "TEST", "EVENT_ID": "T-1", "NETWORK": "XX", "STATION_CODE": "TST", "LOCATION": "",
            "DATE_TIME_FIRST_SAMPLE_YYYYMMDD_HHMMSS": "20190728_160919.870", "SAMPLING_INTERVAL_S": "0.005000",
            "NDATA": "20", "STREAM": "HNZ", "UNITS": "cm/s^2", "USER5": ""}
    head.update(change)
    return "".join("%s: %s\n" % line for line in head.items()) + "".join("%.6f\n" % wave(i) for i in range(n))


def nsmn(n=20, names="       N-S          E-W          U-D"):
    return ("STRONG GROUND MOTION RECORDS OF TURKIYE\nSTATION ID              : 0921\n"
            "RECORD TIME             : 20/07/2017 22:30:58.000000 (GMT)\nNUMBER OF DATA          : 20\n"
            "SAMPLING INTERVAL (sec) : 0.01\nRAW PGA VALUES (gal)    : (N-S) 1 (E-W) 1 (U-D) 1\n" + names + "\n"
            + "".join("%12.6f %12.6f %12.6f\n" % (wave(i), wave(i, 1), wave(i, 2)) for i in range(n)))


def unam(orientations="/V/N00E/N90E", more="", columns=3, n=20):
    lists = lambda value, count: ("/" + value) * count
    return ("*" * 80 + "\n" + "*" * 80 + "\nARCHIVO ESTANDAR DE ACELERACION:\nVERSION DEL FORMATO : 2.0\n"
            "CLAVE DE LA ESTACION                   : TST1\n"
            "ORIENTACION C1-C6 (rumbo;orientacion)  : " + orientations + "\n"
            "ORIENTACION C7-C12 (rumbo;orientacion) : " + more + "\n"
            "VEL. DE MUESTREO, C1-C6 (muestras/s)   : " + lists("200", columns) + "\n"
            "FECHA DEL SISMO [GMT]                  : 2017/09/19\nHORA EPICENTRO (GMT)                   : 00:00:10\n"
            "HORA DE LA PRIMERA MUESTRA (GMT)       : 23:59:50.5\n"
            "DURACION DEL REGISTRO (s), C1-C6       : " + lists("0.1", columns) + "\n"
            "NUM. TOTAL DE MUESTRAS, C1-C6          : " + lists("20", columns) + "\n"
            "UNIDADES DE LOS DATOS                  : Gal (cm/s/s)\n"
            "FORMATO DATOS (FORTRAN,10 campos/dato) : %dF10.4\nDATOS DE ACELERACION:\n" % columns + "-\n" * 4
            + "".join("".join("%10.4f" % wave(i, c) for c in range(columns)) + "\n" for i in range(n)))


def cwb(n=20, sequence="Time U(+); N(+); E(+)", data="4F10.3"):
    return ("#Earthquake Information\n#Origin Time(GMT+08): 2018/02/06-23:50:42\n\n#StationCode: EAS\n"
            "#StartTime(GMT+08): 2018/02/06-23:50:29.000\n#RecordLength(sec): 0.4\n#SampleRate(Hz): 50\n"
            "#AmplitudeUnit:  gal. DCoffset(corr)\n#DataSequence: " + sequence + "\n#Data: " + data + " \n"
            + "".join("%10.3f%10.3f%10.3f%10.3f\n" % (i / 50, wave(i), wave(i, 1), wave(i, 2)) for i in range(n)))


def packet(code, k, n=5):
    return "{'%s', %.3f, %s}\n" % (code, 1580372810.003 + k * n / 100,
                                    ", ".join(str(int(9999 * wave(k * n + i))) for i in range(n)))


packets = [packet(code, k) for k in range(6) for code in ("EHZ", "ENZ", "HDF")]
for name, text in {"up": esm(), "cut": esm(13), "velocity": esm(UNITS="m/s", SAMPLING_INTERVAL_S="0.003906"),
                   "no_time": esm(DATE_TIME_FIRST_SAMPLE_YYYYMMDD_HHMMSS="")}.items():
    put("fuzz_esm", name, text)
for name, text in {"three": nsmn(), "cut": nsmn(13), "order": nsmn(names="U-D N-S E-W").replace("\n", "\r\n")}.items():
    put("fuzz_nsmn", name, text)
for name, text in {"three": unam(), "cut": unam(n=13), "bearings": unam("/N45W/S10E/V").replace("\n", "\r\n"),
                   "four": unam(more="/V", columns=4)}.items():
    put("fuzz_unam", name, text)
for name, text in {"three": cwb(), "cut": cwb(13), "turned": cwb(sequence="Time N(+); E(-); U(+)", data="4E10.3")}.items():
    put("fuzz_cwb", name, text)
for name, text in {"sorted": "".join(packets) + "TERM\n", "swapped": "".join(packets[::-1]),
                   "cut": "".join(packets)[:-30], "lost": "".join(packets[:6] + packets[12:]).replace("\n", "\r\n")}.items():
    put("fuzz_rshake", name, text)
# The first byte chooses the options, see fuzz_columns.c.
for name, text in {
        "single": "\0" + "".join("%.3f\n" % wave(i) for i in range(20)),
        "skip": "\1started\ntime, x, y, z\n" + "".join("%d, %d, 2, 3\n" % (i, i) for i in range(20)),
        "all": "\2" + "".join("1 2 -3\n4\n" for i in range(5)),
        "timed": "\3" + "".join("%.2f;1,5;2,5;3,5\n" % (i / 100 + (i > 10)) for i in range(20)),
        "unix": "\4" + "".join("%d,%d\n" % (1706093488000 + 10 * i, i) for i in range(20)) + "17060",
        "uneven": "\5time_ms,a,x,y,z\n" + "".join("%d,,%d,%d,%s\n" % (7 * i + i % 3, i, -i, i if i % 4 else "")
                                                  for i in range(20)),
        "hole": "\6" + "".join("0\t%d\t%d\n" % (i, 5e7 * (i + 90 * (i > 9))) for i in range(20)),
        "dates": "\7" + "".join("2024-01-24 10:51:%05.2f,%d\n" % (28 + i / 30, i) for i in range(20))}.items():
    put("fuzz_columns", name, text)
