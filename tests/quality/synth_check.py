#!/usr/bin/python3
"""Synthetic records beside published levels and recorded earthquakes: numbers on stdout, pictures in a folder.

  synth_check.py BINARY FOLDER [--records DIR] [--seeds N]

Makes in FOLDER (with gnuplot):
  levels.png     peak acceleration over distance, M 4 to 7, against Boore & Atkinson (2008)
  ratios.png     real over synthetic for each record: P window, S window, coda, duration
  envelopes.png  envelopes of some records with those of synthetic ones of the same size and place
  waves.png      a real and a synthetic earthquake of the same size and distance
  building.png   a day of a building, and one event of each class
  noise.png      a real quiet record's spectrum, and that of noise made from it
Records are found as RECORDS or --records (default ../shared/data); without them the parts that need them are skipped.
Needs numpy and scipy."""
import argparse
import csv
import json
import math
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    from scipy import signal
except ImportError as missing:
    sys.exit(f'{missing}: this check needs the Debian packages python3-numpy and python3-scipy')

MODELS = ('tune', 'judge')


def synth(binary, folder, *options):
    """(rate, z n e, truth lines) of one synthetic record."""
    path = os.path.join(folder, 'x.csv')
    subprocess.run([binary, 'synth', *map(str, options), path], check=True)
    with open(path, encoding='ascii') as f:
        data = np.loadtxt((line for line in f if line[0] not in '#z'), delimiter=',')
    with open(os.path.join(folder, 'x.truth.jsonl'), encoding='utf-8') as f:
        truth = [json.loads(line) for line in f]
    return truth[0]['rate_hz'], data, truth


def ba08(m, r_km, vs30=620.0):
    """PGA, m/s^2: Boore & Atkinson (2008), small magnitudes as Atkinson & Boore (2011)."""
    r = math.hypot(r_km, 1.35)
    below = min(m - 6.75, 0)
    rock = math.exp(-0.53804 + 0.28805 * below - 0.10164 * below ** 2 + (-0.6605 + 0.1197 * (m - 4.5)) * math.log(r)
                    - 0.01151 * (r - 1))
    b = -0.14 * math.log(vs30 / 760) / math.log(300 / 760)
    if rock <= 0.03:
        site = b * math.log(0.6)
    elif rock <= 0.09:
        dx, dy, x = math.log(3), b * math.log(1.5), math.log(rock / 0.03)
        site = b * math.log(0.6) + (3 * dy - b * dx) / dx ** 2 * x ** 2 - (2 * dy - b * dx) / dx ** 3 * x ** 3
    else:
        site = b * math.log(rock / 0.1)
    small = max(0, 3.888 - 0.674 * m) - max(0, 2.933 - 0.51 * m) * math.log10(r_km + 10) if m <= 5.75 else 0
    return 9.80665 * rock * math.exp(-0.36 * math.log(vs30 / 760) + site) * 10 ** small


def table(folder, name, rows):
    with open(os.path.join(folder, name), 'w', encoding='ascii') as f:
        for row in rows:
            f.write(' '.join(f'{x:.6g}' if isinstance(x, float) else str(x) for x in row) + '\n')
    return os.path.join(folder, name)


def plot(folder, name, script, size='1400,1000'):
    text = f"set terminal pngcairo size {size} font 'DejaVu Sans,9'\nset output '{os.path.join(folder, name)}'\n" \
           f"set grid lc rgb '#cccccc'\n{script}\n"
    subprocess.run(['gnuplot', '-'], input=text, text=True, check=True)


# ---- published levels ----

def levels(binary, folder, scratch, seeds):
    print('Peak acceleration (geometric mean of two horizontals) over Boore & Atkinson 2008:')
    print('model   M   ' + ''.join(f'{r:>7d} km' for r in (10, 20, 30, 50, 70, 100)))
    rows, curves = [], []
    for model in MODELS:
        for m in (4, 5, 6, 7):
            line = []
            for d in (10, 20, 30, 50, 70, 100):
                ratio = []
                for seed in range(1, seeds + 1):
                    _, x, truth = synth(binary, scratch, '-m', m, '-d', d, '-s', seed, '--model', model, '--noise', 0,
                                        '--before', 1)
                    pga = math.sqrt(abs(x[:, 1]).max() * abs(x[:, 2]).max())
                    r = [t for t in truth if t['type'] == 'quake'][0]['nearest_km']
                    ratio.append(math.log(pga / ba08(m, r)))
                    rows.append((model, m, float(r), float(pga)))
                line.append(math.exp(np.mean(ratio)))
            print(f'{model:6s} {m}   ' + ''.join(f'{x:10.2f}' for x in line))
    for m in (4, 5, 6, 7):
        table(scratch, f'curve{m}', [(float(r), ba08(m, r), ba08(m, r) * math.exp(0.564), ba08(m, r) / math.exp(0.564))
                                     for r in np.geomspace(1, 120, 60)])
        for model in MODELS:
            table(scratch, f'points{m}{model}', [r[2:] for r in rows if r[0] == model and r[1] == m])
        curves.append(f"set title 'M {m}'\nplot '{scratch}/curve{m}' using 1:3:4 with filledcurves lc rgb '#dddddd' "
                      f"title 'Boore & Atkinson 2008, one sigma', '' using 1:2 with lines lc 'black' title 'median', "
                      f"'{scratch}/points{m}tune' using 1:2 pt 7 ps 0.5 lc rgb '#1f77b4' title 'tune', "
                      f"'{scratch}/points{m}judge' using 1:2 pt 7 ps 0.5 lc rgb '#d62728' title 'judge'")
    plot(folder, 'levels.png', "set logscale xy\nset xrange [1:120]\nset xlabel 'km to the rupture'\n"
         "set ylabel 'peak acceleration, m/s^2'\nset key bottom left\nset multiplot layout 2,2\n" + '\n'.join(curves))


# ---- recorded earthquakes ----

def band(x, rate):
    sos = signal.butter(2, [0.5, min(15, 0.4 * rate)], 'bandpass', fs=rate, output='sos')
    return signal.sosfilt(sos, x - x[:max(10, int(rate))].mean(axis=0), axis=0)


def envelope(x, rate, p_s):
    """rms over 0.5 s, z and horizontals, from 5 s before P."""
    n = max(1, int(0.5 * rate))
    kernel = np.ones(n) / n
    z = np.sqrt(np.convolve(x[:, 0] ** 2, kernel)[:len(x)])
    h = np.sqrt(np.convolve((x[:, 1] ** 2 + x[:, 2] ** 2) / 2, kernel)[:len(x)])
    t = np.arange(len(x)) / rate - p_s
    return t, z, h


def measures(x, rate, p, s, end):
    """log10 of: vertical rms of the P window, horizontal rms of the S window and of the coda; seconds 5 to 95 %."""
    at = lambda a, b: x[max(0, int(a * rate)):max(1, int(b * rate))]
    rms = lambda v: math.log10(math.sqrt(float(np.mean(v ** 2))) + 1e-12)
    lapse = max(1.0, s - p)
    out = [rms(at(p, p + min(3, 0.8 * lapse))[:, 0]), rms(at(s, s + 5)[:, 1:]), None, None]
    coda = s + max(15.0, 2 * lapse)
    if coda + 5 < end:
        out[2] = rms(at(coda, coda + 5)[:, 1:])
    energy = np.cumsum((at(p, end)[:, 1:] ** 2).sum(axis=1))
    out[3] = math.log10((np.searchsorted(energy, 0.95 * energy[-1]) - np.searchsorted(energy, 0.05 * energy[-1]) + 1) / rate)
    return out


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
            noise = band(x, data['fs'])[:int(p * data['fs'])]
            yield row['id'], m, d, max(1.0, z), p, s, data['fs'], x, float(noise[len(noise) // 2:].std())


def records(binary, folder, scratch, root, seeds):
    rows, shown = [], []
    names = ('P, vertical', 'S, horizontal', 'coda', 'duration')
    for name, m, d, z, p, s, rate, x, noise in recorded(root):
        real_band = band(x, rate)
        end = len(x) / rate
        real = measures(real_band, rate, p, s, end)
        curves = [envelope(real_band, rate, p)]
        for model in MODELS:
            made = []
            for seed in range(1, seeds + 1):
                after = max(20, min(120, end - s))
                r, y, truth = synth(binary, scratch, '-m', m, '-d', d, '-z', z, '-s', seed, '--model', model, '--rate', rate
                                    if rate >= 20 else 20, '--before', p, '--after', after, '--noise', 0, '--source', 'auto')
                y = y + np.random.default_rng(seed).normal(0, noise, y.shape) * math.sqrt(rate / 30 if rate > 30 else 1)
                q = [t for t in truth if t['type'] == 'quake'][0]
                yb = band(y, r)
                made.append(measures(yb, r, q['p_s'], q['s_s'], min(end, len(y) / r)))
                if seed == 1:
                    curves.append(envelope(yb, r, q['p_s']))
            for k in range(4):
                v = [w[k] for w in made if w[k] is not None]
                if real[k] is not None and v:
                    rows.append((model, k, m, d, real[k] - float(np.mean(v)), name))
        shown.append((name, m, d, s - p, curves))
    if not rows:
        return
    print(f'\nReal over synthetic, {len(shown)} records of M 3.5 to 7.9 within 150 km (log10: median, half of the middle 68 %):')
    for model in MODELS:
        for k in range(4):
            v = np.array([r[4] for r in rows if r[0] == model and r[1] == k])
            lo, mid, hi = np.percentile(v, [16, 50, 84])
            print(f'{model:6s} {names[k]:14s} n {len(v):3d}  {mid:+.2f}  +-{(hi - lo) / 2:.2f}   (factor {10 ** mid:.2f})')
    script = ''
    for k in range(4):
        script += f"set title '{names[k]}: log10 of real over synthetic'\nset xlabel 'km'\nplot "
        script += ', '.join(f"'{table(scratch, f'r{k}{model}', [(r[3], r[4], r[2]) for r in rows if r[0] == model and r[1] == k])}'"
                            f" using 1:2:3 with points pt {5 + 2 * i} ps 0.8 palette title '{model}'"
                            for i, model in enumerate(MODELS)) + ', 0 lc 0 notitle\n'
    plot(folder, 'ratios.png', "set palette defined (3.5 'blue', 5.5 'green', 7.9 'red')\nset cblabel 'M'\n"
         "set yrange [-2:2]\nset multiplot layout 2,2\n" + script)
    envelopes(folder, scratch, shown)
    waves(binary, folder, scratch, root, shown)


def envelopes(folder, scratch, shown):
    shown.sort(key=lambda e: (e[1], e[2]))
    step = max(1, len(shown) // 12)
    script = ''
    for i, (name, m, d, lapse, curves) in enumerate(shown[::step][:12]):
        script += f"set title '{name.replace('_', ' ')}: M {m}, {d:.0f} km' noenhanced\nplot "
        parts = []
        for k, (t, z, h) in enumerate(curves):
            keep = slice(None, None, max(1, len(t) // 1500))
            path = table(scratch, f'e{i}_{k}', zip(map(float, t[keep]), map(float, z[keep] + 1e-9), map(float, h[keep] + 1e-9)))
            colour = ('black', '#1f77b4', '#d62728')[k]
            parts.append(f"'{path}' using 1:3 with lines lc rgb '{colour}' title '{('real', 'tune', 'judge')[k]}'")
            parts.append(f"'{path}' using 1:2 with lines dt 2 lc rgb '{colour}' notitle")
        script += ', '.join(parts) + '\n'
    plot(folder, 'envelopes.png', "set logscale y\nset xrange [-5:70]\nset format y '10^{%T}'\n"
         "set multiplot layout 4,3 title 'rms of 0.5 s, 0.5-15 Hz, m/s^2: horizontal (full), vertical (dashed); s after P'\n"
         + script, '1800,1500')


def waves(binary, folder, scratch, root, shown):
    want = [e for e in shown if 5.9 <= e[1] <= 7.2 and 20 < e[2] < 130] or shown
    name = want[len(want) // 2][0]
    for id_, m, d, z, p, s, rate, x, _ in recorded(root):
        if id_ == name:
            break
    r, y, truth = synth(binary, scratch, '-m', m, '-d', d, '-z', z, '--rate', rate, '--before', p, '--noise', 5)
    q = [t for t in truth if t['type'] == 'quake'][0]
    script = ''
    for k, axis in enumerate('ZNE'):
        for title, v, f, at in ((f'{name}: M {m:g}, {d:.0f} km, {axis}', x, rate, (p, s)),
                                (f'synthetic, {axis}', y, r, (q['p_s'], q['s_s']))):
            v = v[:int((s + 40) * f)]
            path = table(scratch, f'w{k}{title[:5]}', [(i / f - at[0], float(a)) for i, a in enumerate(v[:, k] - v[:50, k].mean())])
            script += f"set title '{title}' noenhanced\nset arrow 1 from {at[1] - at[0]}, graph 0 to {at[1] - at[0]}, graph 1 nohead lc rgb 'red'\n" \
                      f"plot '{path}' with lines lc rgb '#1f77b4' notitle\n"
    plot(folder, 'waves.png', "set xrange [-5:60]\nset multiplot layout 3,2\n" + script)


# ---- a building ----

def building(binary, folder, scratch):
    rate, x, truth = synth(binary, scratch, '--building', '--hours', 24, '--rate', 50, '--seed', 3)
    counts = {}
    for t in truth:
        if t['type'] == 'nuisance':
            counts[t['class']] = counts.get(t['class'], 0) + 1
    print('\nA day of a building: ' + ', '.join(f'{n} {c}' for c, n in sorted(counts.items(), key=lambda e: -e[1])))
    n = int(rate)
    peaks = abs(x[:len(x) // n * n] - np.median(x, axis=0)).reshape(-1, n, 3).max(axis=1)
    path = table(scratch, 'day', [(i / 3600, float(a), float(max(b, c))) for i, (a, b, c) in enumerate(peaks)][::5])
    script = f"set title 'a day: largest of each second, m/s^2'\nset logscale y\nplot '{path}' using 1:2 with dots lc rgb '#1f77b4' title 'vertical', '' using 1:3 with dots lc rgb '#d62728' title 'horizontal'\nunset logscale y\n"
    for name in ('footsteps', 'jumping', 'door', 'lift', 'lorry', 'train', 'machine', 'washing', 'construction', 'wind',
                 'thermal', 'mains', 'step', 'spike', 'bump'):
        hours = 24 if name in ('thermal', 'step', 'bump', 'wind', 'mains') else 2
        rate, x, truth = synth(binary, scratch, '--building', '--hours', hours, '--only', name, '--activity', 40 if hours == 2 else 4,
                               '--start-hour', 9, '--noise', 5, '--rate', 100, '--seed', 2)
        events = [t for t in truth if t['type'] == 'nuisance' and t['start_s'] > 5]
        if not events:
            continue
        e = events[0]
        long = min(e['end_s'] - e['start_s'] + 4, 8000)
        v = x[int((e['start_s'] - 2) * rate):int((e['start_s'] - 2 + long) * rate)]
        v = v[::max(1, len(v) // 6000)]
        path = table(scratch, 'c' + name, [(i * long / len(v), *map(float, a)) for i, a in enumerate(v)])
        script += f"set title '{name} ({e['peak_mps2']:.3g} m/s^2)'\nplot '{path}' using 1:3 with lines lc rgb '#d62728' notitle, '' using 1:2 with lines lc rgb '#1f77b4' notitle\n"
    plot(folder, 'building.png', 'set multiplot layout 4,4\n' + script, '2200,1400')


def noise(binary, folder, scratch, root):
    quiet = os.path.join(os.path.dirname(root.rstrip('/')), 'noise', 'wellington_hvsr', 'UT.STN11.A2_C50.miniseed')
    if not os.path.exists(quiet):
        print(f'\nSKIPPED noise.png: no record at {quiet}')
        return
    sys.path.insert(0, os.path.dirname(os.path.dirname(quiet)))
    scale = 1 / 7.49e8
    # The record through our own reader as CSV does not exist; its spectrum is that of its velocity, by scipy.
    sys.path.insert(0, root)
    import parsers  # pylint: disable=import-outside-toplevel,import-error
    traces = {t.code[-1]: t for t in parsers.read_mseed(quiet)}
    _, x, _ = synth(binary, scratch, '--building', '--hours', 0.5, '--activity', 0, '--noise', 0, '--noise-from', quiet,
                    '--noise-scale', scale, '--noise-unit', 'm/s')
    script, worst = '', 0.0
    for k, c in enumerate('ZNE'):
        f, a = signal.welch(traces[c].data * scale, traces[c].fs, nperseg=4096, average='median')
        a = a * (2 * np.pi * f) ** 2
        g, b = signal.welch(x[:, k], 100, nperseg=4096)
        path = table(scratch, 'n' + c, [(float(f[i]), 10 * math.log10(a[i]), 10 * math.log10(b[i])) for i in range(4, len(f) - 200)])
        for lo in (0.2, 0.5, 1, 2, 5, 10, 20, 35):
            w = (f >= lo) & (f < 1.2 * lo)
            worst = max(worst, abs(10 * math.log10(b[w].mean() / a[w].mean())))
        script += f"set title '{c}'\nplot '{path}' using 1:2 with lines lc 'black' title 'record', '' using 1:3 with lines lc rgb '#1f77b4' title 'noise made from it'\n"
    print(f'\nNoise from a quiet record: within {worst:.1f} dB of its spectrum, 0.2 to 42 Hz')
    plot(folder, 'noise.png', "set logscale x\nset xlabel 'Hz'\nset ylabel 'dB, (m/s^2)^2/Hz'\nset multiplot layout 1,3\n" + script, '1600,500')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('binary')
    parser.add_argument('folder')
    parser.add_argument('--records', default=os.environ.get('RECORDS', '../shared/data'))
    parser.add_argument('--seeds', type=int, default=4)
    args = parser.parse_args()
    os.makedirs(args.folder, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        levels(args.binary, args.folder, scratch, args.seeds)
        building(args.binary, args.folder, scratch)
        if os.path.exists(os.path.join(args.records, 'catalogue.csv')):
            records(args.binary, args.folder, scratch, os.path.abspath(args.records), args.seeds)
            noise(args.binary, args.folder, scratch, os.path.abspath(args.records))
        else:
            print(f'\nSKIPPED ratios.png envelopes.png waves.png noise.png: no records at {args.records}')


if __name__ == '__main__':
    main()
