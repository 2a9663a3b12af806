#!/usr/bin/python3
"""Prints the expected numbers that the tests of dsp/ carry, by SciPy, one table a subject:  oracle.py SUBJECT

The signals are formulas, computed alike in C, so no data file is needed. SciPy 1.10, NumPy 1.24."""
import sys
import numpy as np
from scipy import signal

AT = (0, 1, 2, 7, 30, 200, 1000)


def butter():
    """Impulse responses: kind, order, rate, corners, h[AT]."""
    rows = [(k, n, fs, f1, f2) for k, n, fs, f1, f2 in (
        ("highpass", 2, 20, 0.075, 0), ("highpass", 2, 100, 0.075, 0), ("highpass", 2, 1000, 0.075, 0),
        ("highpass", 1, 31.25, 0.5, 0), ("highpass", 3, 250, 1, 0), ("highpass", 4, 62.5, 0.5, 0),
        ("highpass", 8, 200, 2, 0), ("lowpass", 1, 20, 3, 0), ("lowpass", 2, 44, 20, 0),
        ("lowpass", 5, 126.26, 10, 0), ("lowpass", 8, 1000, 15, 0), ("bandpass", 1, 100, 0.75, 1.5),
        ("bandpass", 2, 30.047, 0.1, 10), ("bandpass", 2, 1000, 0.1, 10), ("bandpass", 3, 250, 6, 12),
        ("bandpass", 4, 100, 1, 20), ("bandpass", 7, 500, 1, 30), ("bandpass", 8, 200, 2, 40))]
    for kind, order, fs, f1, f2 in rows:
        sos = signal.butter(order, [f1, f2] if kind == "bandpass" else f1, kind, fs=fs, output="sos")
        x = np.zeros(AT[-1] + 1)
        x[0] = 1
        h = signal.sosfilt(sos, x)[list(AT)]
        print('    {BUTTER_%s, %d, %g, %g, %g, {%s}},' % (kind.upper(), order, fs, f1, f2,
                                                      ", ".join("%.14g" % v for v in h)))


def stalta():
    """x[n] = sin(0.7 n) (n < 1500) or 5 sin(0.7 n); 100 Hz, 0.2 s / 5 s; obspy's definitions, recursive started by means."""
    n = np.arange(2000)
    e = (np.sin(0.7 * n) * np.where(n < 1500, 1, 5)) ** 2
    ns, nl = 20, 500
    s = l = 0
    for i, v in enumerate(e):
        s += (v - s) * max(1 / ns, 1 / (i + 1))
        l += (v - l) * max(1 / nl, 1 / (i + 1))
        if i in (499, 1000, 1500, 1520, 1999):
            box = np.mean(e[i - ns + 1:i + 1]) / np.mean(e[i - nl + 1:i + 1])
            print("    {%d, %.15g, %.15g}," % (i, s / l, box))


if __name__ == "__main__":
    {k: v for k, v in globals().items() if callable(v)}[sys.argv[1]]()
