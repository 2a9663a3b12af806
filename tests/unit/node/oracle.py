#!/usr/bin/python3
"""Prints the expected numbers that test_features.c carries, by SciPy on whole arrays:  oracle.py

The signal is a formula, computed alike in C, so no data file is needed. SciPy 1.10, NumPy 1.24."""
import numpy as np
from scipy.signal import butter, sosfilt

ONSET_S, SECONDS = 30, 40


def signal(fs):
    """Z N E: gravity, steady tones, a P at 30 s, an S at 33 s; the same formula as in test_features.c."""
    t = np.arange(int(SECONDS * fs)) / fs
    packet = lambda t0, decay: np.where(t < t0, 0, (t - t0) * np.exp(-(t - t0) / decay))
    rows = zip((9.81, -0.3, 0.1), (0.20, 0.08, 0.06), (4.0, 3.0, 3.5), (0.2, 0.9, 0.7), (1.7, 1.5, 1.3))
    return np.array([offset + 2e-4 * np.sin(2 * np.pi * 7 * t + c) + 3e-4 * np.sin(2 * np.pi * 2.3 * t + 2 * c)
                     + 1e-3 * np.sin(2 * np.pi * 0.2 * t + c)
                     + p * packet(ONSET_S, 0.8) * np.sin(2 * np.pi * fp * (t - ONSET_S))
                     + 0.1 * p * packet(ONSET_S, 0.5) * np.sin(2 * np.pi * 14 * (t - ONSET_S))
                     + s * packet(ONSET_S + 3, 1.5) * np.sin(2 * np.pi * f_s * (t - ONSET_S - 3))
                     for c, (offset, p, fp, s, f_s) in enumerate(rows)])


def filtered(x, kind, corners, fs):
    return sosfilt(butter(2, corners, kind, fs=fs, output="sos"), x)


def trapezoid(x, fs):
    return np.cumsum((x + np.concatenate((np.zeros((3, 1)), x[:, :-1]), axis=1)) / (2 * fs), axis=1)


def features(fs, steps):
    x = signal(fs)
    x = x - x[:, :1]
    top = min(10, 0.45 * fs)
    a = filtered(x, "bandpass", [0.1, top], fs)
    v = filtered(np.cumsum(a, axis=1) / fs, "highpass", 0.1, fs)
    smooth = filtered(x, "lowpass", min(15, 0.45 * fs), fs) if fs > 35 else x
    d = filtered(smooth, "highpass", 1, fs)
    for _ in range(2):
        d = filtered(trapezoid(d, fs), "highpass", 1, fs)
    w = filtered(trapezoid(filtered(smooth, "highpass", 0.5, fs), fs), "highpass", 0.5, fs) ** 2
    mid = (filtered(x, "bandpass", [1, top], fs) ** 2).sum(0)
    low = (filtered(x, "bandpass", [0.05, 0.5], fs) ** 2).sum(0)
    high = (filtered(x, "highpass", 15, fs) ** 2).sum(0) if fs >= 45 else None
    norm_a, norm_v = np.sqrt((a ** 2).sum(0)), np.sqrt((v ** 2).sum(0))
    wz, wh = w[0], w[1] + w[2]
    o = int(np.ceil(ONSET_S * fs))
    end = lambda k: o + int(np.floor(0.1 * k * fs + 1e-9)) + 1     # one past the last sample of step k, from 1
    log = lambda p, q: np.log10((p + 1e-22) / (q + 1e-22))
    ramp = lambda t: np.clip((t - 0.6) / 0.6, 0, 1)

    def growth(k):
        if k <= 8:
            return 0.0
        last = slice(end(k - 8), end(k))
        return np.clip(log((wz + wh)[last].mean(), (wz + wh)[o:end(k - 8)].mean()) * ramp(0.1 * k), -1.5, 2)

    for k in steps:
        n, t = end(k), 0.1 * k
        second = slice(o, min(n, o + int(fs) + 1))
        last, before = slice(end(k - 4) if k > 4 else o, n), slice(o, end(k - 4) if k > 4 else o)
        s_growth = 0
        if k > 4:
            jump = log(wh[last].mean(), wz[last].mean()) - log(wh[before].mean(), wz[before].mean())
            s_growth = (np.clip(jump, -1.5, 2) if t >= 0.95 else 0) + \
                0.5 * np.clip(log(wh[last].mean(), wh[before].mean()) * ramp(t), -1.5, 2)
        tail = mid[end(k - 3) if k > 3 else o:n]
        one = slice(end(k - 10) if k > 10 else o, n)
        ratio = lambda e: 0.5 * np.log10((e[one].sum() + 1e-20) / (mid[one].sum() + 1e-20)) if e is not None else -9
        step = slice(end(k - 1) if k > 1 else o, n)
        print("    {%g, %d, {%s}}," % (fs, k, ", ".join("%.9g" % q for q in (
            norm_a[o:n].max(), norm_v[o:n].max(), abs(a[0])[o:n].max(), abs(v[0])[o:n].max(),
            abs(a[1:])[:, o:n].max(), abs(v[1:])[:, o:n].max(), abs(d[0])[o:n].max(),
            log(wh[second].sum(), wz[second].sum()), s_growth, np.mean([growth(i) for i in range(k - 4, k + 1)]),
            np.sqrt(tail.mean() / mid[o:n].max()), ratio(high), ratio(low), norm_a[step].max(), norm_v[step].max()))))


if __name__ == "__main__":
    for fs in (31.25, 100, 250):
        features(fs, (3, 8, 20, 45))
