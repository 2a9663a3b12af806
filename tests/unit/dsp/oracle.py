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


def motion_input(n, fs):
    """Z N E: gravity and offsets, a wave packet each from 10 s on, a slow tilt; the same formula as in test_motion.c."""
    t = n / fs
    env = np.where(t < 10, 0, (t - 10) * np.exp(-(t - 10) / 2))
    return [off + amp * env * np.sin(2 * np.pi * f * (t - 10)) + 1e-3 * np.sin(0.3 * t + c)
            for c, (off, amp, f) in enumerate(((9.81, 0.2, 4.0), (-0.3, 0.5, 1.5), (0.1, 0.7, 0.6)))]


def motion():
    """Chain by sosfilt and cumulative trapezoid; parameters from sample 10 s on, windows 3 s and 4 s."""
    for fs in (31.25, 100, 1000):
        n = np.arange(int(30 * fs))
        sos = signal.butter(2, 0.075, "highpass", fs=fs, output="sos")
        integral = lambda x: np.cumsum((x + np.concatenate(([0], x[:-1]))) / 2) / fs
        a = [signal.sosfilt(sos, x - x[0]) for x in motion_input(n, fs)]
        v = [signal.sosfilt(sos, integral(x)) for x in a]
        d = [signal.sosfilt(sos, integral(x)) for x in v]
        low = signal.sosfilt(signal.butter(2, 3, "lowpass", fs=fs, output="sos"), v[0])
        p0 = int(np.ceil(10 * fs))
        p, w4 = slice(p0, p0 + round(3 * fs)), slice(p0, p0 + round(4 * fs))
        x = s = best = 0
        for i in range(p.start, p.stop):
            slope = 0 if i == p.start else (low[i] - low[i - 1]) * fs
            x, s = (1 - 1 / fs) * x + low[i] ** 2, (1 - 1 / fs) * s + slope ** 2
            if i - p.start >= 0.5 * fs:
                best = max(best, 2 * np.pi * np.sqrt(x / s))
        norm = lambda u: np.max(np.sqrt(sum(c[p0:] ** 2 for c in u)))
        cav = np.sum(np.abs(a[2][p0:])) / fs
        sec = ((np.arange(len(n) - p0)) / fs).astype(int)
        std = sum(np.sum(np.abs(a[2][p0:][sec == k])) / fs for k in range(sec[-1] + 1)
                  if np.max(np.abs(a[2][p0:][sec == k])) >= 0.025 * 9.80665)
        out = (v[1][p0 + int(2 * fs)], d[2][-1], max(abs(a[0][p])), max(abs(v[0][p])), max(abs(d[0][p])),
               2 * np.pi * np.sqrt(np.sum(d[0][p] ** 2) / np.sum(v[0][p] ** 2)), best, np.sum(v[0][w4] ** 2) / fs,
               norm(a), norm(v), norm(d), cav, std, np.pi / 2 / 9.80665 * np.sum(a[2][p0:] ** 2) / fs)
        print("    {%g, {%s}}," % (fs, ", ".join("%.12g" % o for o in out)))


def spectrum():
    """One Hann window of a formula by numpy.fft (density as scipy.signal.periodogram gives it) at chosen bins, then centroid,
    flatness, line share and rms between 0.75 Hz and 0.45 of the rate, floor 1e-6 m/s^2."""
    for fs, n in ((100, 200), (31.25, 64)):
        t = np.arange(n) / fs
        axes = [9.81 + np.sin(2 * np.pi * 3.3 * t) + 0.1 * t * t, 0.3 * np.cos(2 * np.pi * 7.1 * t + 1),
                0.2 * np.sin(2 * np.pi * 5 * t) * np.exp(-t)]
        f, p = signal.periodogram(axes, fs, signal.windows.hann(n, sym=False), detrend="constant")
        w = signal.windows.hann(n, sym=False)
        q = 2 * np.abs(np.fft.rfft((np.array(axes) - np.mean(axes, axis=1, keepdims=True)) * w)) ** 2 / fs / np.sum(w ** 2)
        assert np.allclose(p[:, 1:-1], q[:, 1:-1])
        m = (f >= 0.75) & (f <= 0.45 * fs)
        s, floor = p.sum(0)[m], 1e-12 / (fs / 2)
        line = max(s[k - 1:k + 2].sum() for k in range(1, len(s) - 1)) / s.sum()
        out = [p[0, 2], p[0, 7], p[1, 15], p[2, 10], np.sum(s * f[m]) / s.sum(),
               np.exp(np.mean(np.log(s + floor))) / (np.mean(s) + floor), line, np.sqrt(s.sum() * f[1])]
        print("    {%g, %d, {%s}}," % (fs, n, ", ".join("%.9g" % v for v in out)))


def decimate():
    """scipy.signal.firwin (Kaiser) and every factor-th sample of a formula: factor, outputs 0, 1, 40, 100."""
    for m in (2, 4, 7, 16):
        width = (82 - 7.95) / (14.36 * 20)
        h = signal.firwin(20 * m + 1, (0.6 - width / 2) / m, window=("kaiser", 0.1102 * (82 - 8.7)), fs=1)
        n = np.arange(120 * m)
        x = 9.81 + np.sin(0.3 * n / m) + 0.5 * np.sin(1.7 * n / m + 1) + 0.2 * np.sin(2.9 * n)
        y = np.convolve(np.concatenate((np.full(20 * m, x[0]), x)), h, "valid")[10 * m::m]
        print("    {%d, {%s}}," % (m, ", ".join("%.14g" % y[k] for k in (0, 1, 40, 100))))


def differentiate():
    """numpy.gradient of sin(0.2 n) + 0.01 n^2, 12 samples at 31.25 Hz."""
    n = np.arange(12)
    print(", ".join("%.14g" % v for v in np.gradient(np.sin(0.2 * n) + 0.01 * n ** 2, 1 / 31.25)))


def jma_fit():
    """The analog sections of dsp/jma.c: zeros and poles in Hz, dampings, and the worst error of intensity to 12 Hz."""
    from scipy.optimize import least_squares
    f = np.geomspace(.04, 25, 500)
    s, x, tp = 2j * np.pi * f, f / 10, 2 * np.pi
    want = np.sqrt(1 / f) * np.sqrt(1 - np.exp(-(f / .5) ** 3)) * (
        1 + .694 * x ** 2 + .241 * x ** 4 + .0557 * x ** 6 + .009664 * x ** 8 + .00134 * x ** 10 + .000155 * x ** 12) ** -.5
    pair = lambda f0, h: s * s + 2 * h * f0 * tp * s + (f0 * tp) ** 2

    def error(log_q):
        q = np.exp(log_q)
        g = s * np.prod([s + tp * z for z in q[:3]], 0) / np.prod([s + tp * p for p in q[3:7]], 0)
        g = g * pair(q[7], q[8]) / pair(q[9], q[10])
        for k in (11, 13, 15):
            g = g * (tp * q[k + 1]) ** 2 / pair(q[k + 1], q[k])
        d = 2 * np.log10(q[17] * abs(g) / want)
        return d * np.where((f < .1) | (f > 12), .5, 1)

    q = np.log([1.75, 7, 28, .45, 7 / 8, 3.5, 14, .5, 1, .5, .75, .9, 12, .6, 20, .6, 30, 1.262])
    for power in (1, 2):  # from least squares towards the least largest error
        q = least_squares(lambda p: np.sign(error(p)) * abs(200 * error(p)) ** power, q, max_nfev=3000, x_scale=.1).x
    print(np.round(np.exp(q), 4), abs(error(q)[f <= 12]).max())


if __name__ == "__main__":
    {k: v for k, v in globals().items() if callable(v)}[sys.argv[1]]()
