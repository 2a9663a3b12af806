"""Synthetic records beside recorded ones of the same size, place, rate and noise: envelopes, spectra, numbers."""
import csv
import math
import os
import sys

import numpy as np
from scipy import signal

from synth_common import COLOURS, MODELS, plot, synth, table

CLASSES = (('M 3.5 to 5', 3.5, 5.0), ('M 5 to 6', 5.0, 6.0), ('M 6 to 7.9', 6.0, 8.0))
REACHES = (('below 40 km', 0.0, 40.0), ('40 to 150 km', 40.0, 151.0))
BANDS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
MEASURES = ('P window, vertical', 'S window, horizontal', 'coda', 'vertical P over horizontal S', 'duration 5 to 95 %',
            'P rise', 'S rise')
TIMES = np.arange(-0.5, 6.01, 0.1)  # of the envelope, in units of S - P
FREQUENCIES = np.geomspace(0.5, 15.0, 40)


def filtered(x, rate):
    sos = signal.butter(2, [0.5, min(15, 0.4 * rate)], 'bandpass', fs=rate, output='sos')
    return signal.sosfilt(sos, x - x[:max(10, int(rate))].mean(axis=0), axis=0)


def smooth(power, rate, window_s):
    """rms over the window that ends at each sample."""
    n = max(1, int(window_s * rate))
    return np.sqrt(np.convolve(power, np.ones(n) / n)[:len(power)])


def look(x, rate, p, s, end):
    """Measures (log10; NaN where the record does not reach), envelope over (t - P) / (S - P), spectrum of the S."""
    y = filtered(x, rate)
    at = lambda a, b: y[max(0, int(a * rate)):max(1, int(min(b, end) * rate))]
    rms = lambda v: math.log10(math.sqrt(float(np.mean(v ** 2))) + 1e-12)
    lapse = max(1.0, s - p)
    h = smooth((y[:, 1] ** 2 + y[:, 2] ** 2) / 2, rate, 0.5)
    z = smooth(y[:, 0] ** 2, rate, 0.2)
    coda = s + max(15.0, 2 * lapse)
    energy = np.cumsum((at(p, end)[:, 1:] ** 2).sum(axis=1))
    in_p = z[int(p * rate):int((p + min(5, 0.9 * lapse)) * rate) + 1]
    in_s = h[int(s * rate):int((s + 30) * rate)]
    crossed = lambda v, share: max(1, np.argmax(v >= share * v.max())) / rate
    measures = [
        rms(at(p, p + min(3, 0.8 * lapse))[:, 0]), rms(at(s, s + 5)[:, 1:]),
        rms(at(coda, coda + 5)[:, 1:]) if coda + 5 < end else math.nan,
        math.log10(abs(at(p, p + 0.9 * lapse)[:, 0]).max() / abs(at(s, end)[:, 1:]).max()),
        math.log10((np.searchsorted(energy, 0.95 * energy[-1]) - np.searchsorted(energy, 0.05 * energy[-1]) + 1) / rate),
        math.log10(crossed(in_p, 0.5)), math.log10(crossed(in_s, 0.9))]
    t = np.arange(len(h)) / rate - p
    envelope = np.interp(TIMES * lapse, t, np.log10(h + 1e-9), left=math.nan, right=math.nan)
    envelope[TIMES * lapse > end - p] = math.nan
    piece = x[int(s * rate):int(min(s + 10, end) * rate)]
    f = np.fft.rfftfreq(4 * len(piece), 1 / rate)
    power = (abs(np.fft.rfft((piece - piece.mean(axis=0)) * signal.windows.tukey(len(piece), 0.1)[:, None],
                             4 * len(piece), axis=0)[:, 1:]) ** 2).mean(axis=1) / rate ** 2
    edges = np.sqrt(FREQUENCIES[1:] * FREQUENCIES[:-1])
    edges = np.concatenate(([edges[0] ** 2 / edges[1]], edges, [edges[-1] ** 2 / edges[-2]]))
    inside = [(f >= a) & (f < b) for a, b in zip(edges, edges[1:])]
    spectrum = np.array([0.5 * math.log10(power[w].mean() + 1e-18) if w.any() and b < 0.45 * rate else math.nan
                         for w, b in zip(inside, edges[1:])])
    return np.array(measures), envelope, spectrum


def recorded(root):
    sys.path.insert(0, root)
    import load as loader  # pylint: disable=import-outside-toplevel,import-error
    with open(os.path.join(root, 'catalogue.csv'), encoding='utf-8') as f:
        for row in csv.DictReader(f):
            try:
                m, d, z = float(row['magnitude']), float(row['epi_dist_km']), float(row['depth_km'] or 10)
                p, s = float(row['p_onset_s']), float(row['s_onset_s'] or row['s_theoretical_s'])
            except ValueError:
                continue
            if row['kind'] != 'quake' or not 3.5 <= m <= 7.9 or d > 150 or z > 60 or s - p < 1 or p < 2:
                continue
            data = loader.load(row)
            if data['unit'] == 'count' or len(data['comp']) < 3:
                continue
            x = np.column_stack([data['comp'][c] for c in 'ZNE']).astype(float)
            if len(x) / data['fs'] < s + 8:
                continue
            if data['unit'] == 'm/s':
                x = np.gradient(x, 1 / data['fs'], axis=0)
            yield m, d, max(1.0, z), p, s, data['fs'], x


def pairs(binary, scratch, root, seeds):
    """(M, distance, {'real' or model: what look() saw, mean over the seeds}) of each record."""
    for m, d, z, p, s, rate, x in recorded(root):
        end = len(x) / rate
        quiet = filtered(x, rate)[:int(p * rate)]
        level = float(quiet[len(quiet) // 2:].std()) * math.sqrt(max(1, rate / 30))
        seen = {'real': look(x, rate, p, s, end)}
        for model in MODELS:
            made = []
            for seed in seeds:
                r, y, truth = synth(binary, scratch, '-m', m, '-d', d, '-z', z, '-s', seed, '--model', model, '--rate', max(20, rate),
                                    '--before', p, '--after', max(20, min(120, end - s)), '--noise', 0, '--strike', 137 * seed % 360)
                y = y + np.random.default_rng(seed).normal(0, level, y.shape)
                q = [t for t in truth if t['type'] == 'quake'][0]
                made.append(look(y, r, q['p_s'], q['s_s'], min(end + q['s_s'] - q['p_s'] - (s - p), len(y) / r)))
            seen[model] = tuple(np.mean([a[k] for a in made], axis=0) for k in range(3))
        yield m, d, seen


def spread(v):
    v = v[np.isfinite(v)]
    return (len(v), *np.percentile(v, [16, 50, 84])) if len(v) else (0, math.nan, math.nan, math.nan)


def report(seen):
    print(f'\nReal over synthetic, {len(seen)} records of M 3.5 to 7.9 within 150 km: median (half of the middle 68 %, log10)')
    print(f"{'':34s}" + ''.join(f'{model + " " + name:>20s}' for model in MODELS for name in ('all',))
          + ''.join(f'{"tune " + c[0][2:] + (", near" if not k else ", far"):>20s}' for c in CLASSES for k in range(2)))
    rows = [(name, lambda a, k=k: a[0][k]) for k, name in enumerate(MEASURES)]
    for lo, hi in zip(BANDS, BANDS[1:]):
        w = (FREQUENCIES >= lo) & (FREQUENCIES < hi)
        rows.append((f'S spectrum {lo:g} to {hi:g} Hz, to the whole', lambda a, w=w: np.nanmean(a[2][w]) - np.nanmean(a[2])))
    for name, get in rows:
        cells = []
        for model, inside in [(m, lambda a: True) for m in MODELS] + \
                [('tune', lambda a, c=c, r=r: c[1] <= a[0] < c[2] and r[1] <= a[1] < r[2]) for c in CLASSES for r in REACHES]:
            n, lo, mid, hi = spread(np.array([get(a[2]['real']) - get(a[2][model]) for a in seen if inside(a)]))
            cells.append(f'{10 ** mid:8.2f} ({(hi - lo) / 2:.2f}) {n:3d}')
        print(f'{name:36s}' + ''.join(f'{c:>20s}' for c in cells))


def draw(folder, scratch, seen, which, name, axis, labels, floor):
    script = ''
    for i, (size, m0, m1) in enumerate(CLASSES):
        for j, (reach, r0, r1) in enumerate(REACHES):
            mine = [a for a in seen if m0 <= a[0] < m1 and r0 <= a[1] < r1]
            parts = []
            for who in ('real', *MODELS):
                rows = []
                for k, x in enumerate(axis):
                    # Each record against the mean synthetic one of both models: its own size and place drop out.
                    v = np.array([a[2][who][which][k] - floor(a, which) for a in mine])
                    n, lo, mid, hi = spread(v)
                    if n >= max(3, len(mine) // 2):
                        rows.append((float(x), 10 ** lo, 10 ** mid, 10 ** hi))
                path = table(scratch, f'{name}{i}{j}{who}', rows)
                if who == 'real':
                    parts.append(f"'{path}' using 1:2:4 with filledcurves lc rgb '#dddddd' title 'recorded, middle 68 %'")
                    parts.append("'' using 1:3 with lines lw 2 lc 'black' title 'recorded, median'")
                else:
                    parts.append(f"'{path}' using 1:3 with lines lw 1.5 lc rgb '{COLOURS[who]}' title '{who}, median'")
            script += f"set title '{size}, {reach} ({len(mine)} records)'\n" \
                      f"{'set key bottom' if i == j == 0 else 'unset key'}\n{labels(i, j)}\nplot " + ', '.join(parts) + '\n'
    return script


def compare(binary, folder, scratch, root, seeds):
    seen = list(pairs(binary, scratch, root, seeds))
    if not seen:
        return
    report(seen)
    s_level = lambda a, _: float(np.mean([a[2][m][0][1] for m in MODELS]))
    script = draw(folder, scratch, seen, 1, 'e', TIMES, lambda i, j: f"{'set xlabel' if i == 2 else 'unset xlabel'}"
                  + (" 'time since P over S - P'" if i == 2 else ''), s_level)
    plot(folder, 'synth-envelopes.png', "set logscale y\nset format y '10^{%T}'\nset yrange [0.003:5]\nset xrange [-0.5:6]\n"
         "set multiplot layout 3,2 title 'Horizontal motion, rms of 0.5 s, 0.5 to 15 Hz, over the mean synthetic S'\n" + script, '820,860')
    s_mean = lambda a, k: float(np.nanmean([np.nanmean(a[2][m][k]) for m in MODELS]))
    script = draw(folder, scratch, seen, 2, 's', FREQUENCIES, lambda i, j: f"{'set xlabel' if i == 2 else 'unset xlabel'}"
                  + (" 'Hz'" if i == 2 else ''), s_mean)
    plot(folder, 'synth-spectra.png', "set logscale xy\nset format y '10^{%T}'\nset yrange [0.02:10]\nset xrange [0.5:15]\n"
         "set multiplot layout 3,2 title 'Horizontal Fourier spectrum of acceleration, 10 s from the S, over the mean synthetic one'\n"
         + script, '820,860')
