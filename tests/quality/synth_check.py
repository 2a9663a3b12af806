#!/usr/bin/python3
"""Synthetic records beside published levels and recorded earthquakes: numbers on stdout, pictures in a folder.

  synth_check.py BINARY FOLDER [--records DIR] [--seed N] [--seeds N] [--only PART,...]

Makes in FOLDER (with gnuplot), each a part by its name:
  synth-levels.png     peaks over distance, M 4 to 7.5, against Boore et al. (2014) and Boore & Atkinson (2008)
  synth-envelopes.png  envelopes of recorded earthquakes and of synthetic ones, medians of six classes
  synth-spectra.png    their spectra
  synth-noise.png      spectrum of a building's noise between Peterson's (1993) two models
  synth-building.png   a day of a building, and one event of each class
  surrogate            (no picture) noise made from a quiet record against that record
The constants were set on seeds 1 to 4; these are judged on --seed and the following (101).
Records are found as RECORDS or --records (default ../shared/data); without them what needs them is skipped.
Needs numpy and scipy."""
import argparse
import math
import os
import sys
import tempfile

try:
    import numpy as np
    from scipy import signal
except ImportError as missing:
    sys.exit(f'{missing}: this check needs the Debian packages python3-numpy and python3-scipy')

import synth_records
from synth_common import COLOURS, MODELS, ba08, bssa14, plot, sigma14, synth, table

MAGNITUDES, DISTANCES = (4, 5, 6, 7, 7.5), (10, 20, 30, 50, 70, 100, 150, 200)
GROUNDS = {'rock': 620.0, 'stiff': 360.0}


# ---- published levels ----

def peaks(x, rate):
    """PGA and PGV (above 0.03 Hz), geometric means of two horizontals."""
    v = signal.lfilter([1 / rate], [1, -(1 - 2 * math.pi * .03 / rate)], x[:, 1:], axis=0)
    return {'PGA': math.sqrt(np.prod(abs(x[:, 1:]).max(axis=0))), 'PGV': math.sqrt(np.prod(abs(v).max(axis=0)))}


def measure(binary, scratch, args):
    """(model, ground, M, distance, distance to the rupture, peaks) of every cell and seed."""
    for model in MODELS:
        for ground in GROUNDS:
            for m in MAGNITUDES:
                for d in DISTANCES:
                    for seed in range(args.seed, args.seed + args.seeds):
                        rate, x, truth = synth(binary, scratch, '-m', m, '-d', d, '-s', seed, '--model', model, '--noise', 0,
                                               '--before', 1, '--rate', 50, '--site', ground, '--strike', 137 * seed % 360)
                        near = [t for t in truth if t['type'] == 'quake'][0]['nearest_km']
                        yield model, ground, m, d, near, peaks(x, rate)


def levels(binary, folder, scratch, args):
    rows = list(measure(binary, scratch, args))
    for name, published, grounds in (('Boore et al. 2014', bssa14, GROUNDS), ('Boore & Atkinson 2008', ba08, ('rock',))):
        for model in MODELS:
            for ground in grounds:
                for what in ('PGA', 'PGV'):
                    extra = (GROUNDS[ground],) if published is bssa14 else ()
                    print(f'\n{what} over {name}, {model}, {ground}, seeds {args.seed} to {args.seed + args.seeds - 1}\n  M  '
                          + ''.join(f'{d:>7d}' for d in DISTANCES) + ' km')
                    logs, inside = [], 0
                    for m in MAGNITUDES:
                        line = [np.mean([math.log(p[what] / published(what, m, near, *extra)) for a, b, c, e, near, p in rows
                                         if (a, b, c, e) == (model, ground, m, d)]) for d in DISTANCES]
                        logs += line
                        inside += sum(abs(x) < sigma14(what, m) for x in line)
                        print(f'  {m:<3g}' + ''.join(f'{math.exp(x):7.2f}' for x in line))
                    print(f'  mean {math.exp(np.mean(logs)):.2f}, scatter in ln {np.sqrt(np.mean(np.square(logs))):.2f}, '
                          f'{inside} of {len(logs)} within one sigma')
    draw_levels(folder, scratch, rows)


def draw_levels(folder, scratch, rows):
    script = ''
    for k, what in enumerate(('PGA', 'PGV')):
        for m in MAGNITUDES:
            r = np.geomspace(5, 230, 40)
            median = np.array([bssa14(what, m, float(x)) for x in r])
            s = math.exp(sigma14(what, m))
            curve = table(scratch, f'c{what}{m}', zip(map(float, r), map(float, median), map(float, median * s),
                                                      map(float, median / s), (ba08(what, m, float(x)) for x in r)))
            parts = [f"'{curve}' using 1:3:4 with filledcurves lc rgb '#dddddd' title '2014, one {{/Symbol s}}'",
                     "'' using 1:2 with lines lc 'black' title '2014, median'",
                     "'' using 1:5 with lines dt 2 lc rgb '#777777' title '2008, median'"]
            for model in MODELS:
                dots = table(scratch, f'd{what}{m}{model}', [(near, p[what]) for a, g, c, _, near, p in rows
                                                             if (a, g, c) == (model, 'rock', m)])
                parts.append(f"'{dots}' using 1:2 with points pt 7 ps 0.5 lc rgb '{COLOURS[model]}' title '{model}'")
            key = 'set key bottom left samplen 2 Left reverse' if k == 0 and m == 7.5 else 'unset key'
            label = f"set ylabel '{('PGA, m/s^2', 'PGV, m/s')[k]}'" if m == 4 else 'unset ylabel'
            title = f"set title 'M {m:g}'" if k == 0 else 'unset title'
            axis = 'unset xlabel' if k == 0 else "set xlabel 'km to the rupture'"
            script += f"{key}\n{label}\n{title}\n{axis}\nset yrange [{('0.003:20', '0.0001:3')[k]}]\nplot " + ', '.join(parts) + '\n'
    plot(folder, 'synth-levels.png', "set logscale xy\nset xrange [5:230]\nset format y '10^{%T}'\n"
         f"set multiplot layout 2,{len(MAGNITUDES)}\n" + script, '1200,540')


# ---- a building ----

# Peterson (1993, USGS Open-File Report 93-322): period in s, dB relative to 1 (m/s^2)^2/Hz.
HIGH = ((.1, -91.5), (.22, -97.4), (.32, -110.5), (.8, -120), (3.8, -98), (4.6, -96.5), (6.3, -101), (7.9, -113.5), (15.4, -120))
LOW = ((.1, -168), (.17, -166.7), (.4, -166.7), (.8, -169.2), (1.24, -163.7), (2.4, -148.6), (4.3, -141.1), (5, -141.1),
       (6, -149), (10, -163.8), (12, -166.2))


def noise(binary, folder, scratch, _):
    curves = {}
    for name, options in (('ground alone', ('--noise', 0, '--activity', 0)), ('and a sensor of 25 {/Symbol m}g/{/Symbol \\326}Hz', ('--activity', 0)),
                          ('and a day of events, mean', ())):
        hours = 24 if name.endswith('mean') else 2
        rate, x, _ = synth(binary, scratch, '--building', '--hours', hours, '--seed', 101, *options)
        f, p = signal.welch(x[:, 0], rate, nperseg=4096, average='mean')
        keep = np.unique(np.geomspace(4, len(f) - 1, 400).astype(int))
        curves[name] = table(scratch, f'n{len(curves)}', [(float(f[i]), 10 * math.log10(p[i])) for i in keep])
        for lo, hi in ((.1, .2), (.2, .5), (.5, 1), (1, 2), (2, 5), (5, 10)):
            w = (f >= lo) & (f < hi)
            print(f"{'noise, ' + name.split(' {')[0]:32s} {lo:4g} to {hi:3g} Hz: {10 * math.log10(p[w].mean()):7.1f} dB")
    for name, model in (('new high', HIGH), ('new low', LOW)):
        curves[name] = table(scratch, 'm' + name[4:], [(1 / t, float(db)) for t, db in model])
    style = ("lw 2 lc rgb '#1f77b4'", "lw 2 lc rgb '#2ca02c'", "lw 2 lc rgb '#d62728'", "lw 2 dt 2 lc rgb 'black'", "lw 2 dt 3 lc rgb 'black'")
    plot(folder, 'synth-noise.png', "set logscale x\nset xrange [0.1:50]\nset yrange [-180:-40]\nset xlabel 'Hz'\n"
         "set ylabel 'dB relative to 1 (m/s^2)^2/Hz, vertical'\nset key top left\nplot "
         + ', '.join(f"'{path}' using 1:2 with lines {s} title '{name}'" for (name, path), s in zip(curves.items(), style)),
         '800,520')


def building(binary, folder, scratch, _):
    rate, x, truth = synth(binary, scratch, '--building', '--hours', 24, '--rate', 50, '--seed', 103)
    counts = {}
    for t in truth:
        if t['type'] == 'nuisance':
            counts[t['class']] = counts.get(t['class'], 0) + 1
    print('\nA day of a building: ' + ', '.join(f'{n} {c}' for c, n in sorted(counts.items(), key=lambda e: -e[1])))
    n = int(rate) * 20
    largest = abs(x[:len(x) // n * n] - np.median(x, axis=0)).reshape(-1, n, 3).max(axis=1)
    path = table(scratch, 'day', [(i / 180, float(a), float(max(b, c))) for i, (a, b, c) in enumerate(largest)])
    script = f"set title 'a day: largest of each 20 s, m/s^2'\nset xlabel 'h'\nset xtics 6\nset logscale y\nplot '{path}' using 1:2 with dots " \
             "lc rgb '#1f77b4' notitle, '' using 1:3 with dots lc rgb '#d62728' notitle\n" \
             "unset logscale y\nunset xlabel\n"
    for name in ('footsteps', 'jumping', 'door', 'lift', 'lorry', 'train', 'machine', 'washing', 'construction', 'wind',
                 'thermal', 'mains', 'step', 'spike', 'bump'):
        long_ones = ('thermal', 'wind', 'mains', 'washing', 'machine')
        hours, activity = (12, 8) if name in long_ones else (2, 300) if name in ('step', 'bump', 'jumping') else (2, 10)
        rate, x, truth = synth(binary, scratch, '--building', '--hours', hours, '--only', name, '--activity', activity,
                               '--start-hour', 9, '--noise', 5, '--rate', 100, '--seed', 102)
        events = [t for t in truth if t['type'] == 'nuisance' and t['start_s'] > 5]
        if not events:
            print(f'no {name} in {hours} h')
            continue
        e = events[0]
        long = min(e['end_s'] - e['start_s'] + 4, 8000)
        v = x[int((e['start_s'] - 2) * rate):int((e['start_s'] - 2 + long) * rate)]
        v = v[::max(1, len(v) // 320)]
        path = table(scratch, 'c' + name, [(i * long / len(v), *map(float, a)) for i, a in enumerate(v)])
        step = 10 ** math.floor(math.log10(long / 2))
        step *= next(k for k in (1, 2, 5, 10) if long / (k * step) <= 5)
        script += f"set xtics {step:g}\nset title '{name} ({e['peak_mps2']:.2g} m/s^2)'\nplot '{path}' using 1:3 with lines lc rgb '#d62728' notitle, " \
                  "'' using 1:2 with lines lc rgb '#1f77b4' notitle\n"
    plot(folder, 'synth-building.png', "set format y '%.2g'\nset ytics font ',8'\nset multiplot layout 4,4\n" + script, '920,620')


def surrogate(binary, _, scratch, args):
    root = os.path.abspath(args.records)
    quiet = os.path.join(os.path.dirname(root), 'noise', 'wellington_hvsr', 'UT.STN11.A2_C50.miniseed')
    if not os.path.exists(quiet):
        print(f'\nSKIPPED surrogate: no record at {quiet}')
        return
    sys.path.insert(0, root)
    import parsers  # pylint: disable=import-outside-toplevel,import-error
    scale, worst = 1 / 7.49e8, 0.0
    traces = {t.code[-1]: t for t in parsers.read_mseed(quiet)}
    _, x, _ = synth(binary, scratch, '--building', '--hours', 0.5, '--activity', 0, '--noise', 0, '--noise-from', quiet,
                    '--noise-scale', scale, '--noise-unit', 'm/s')
    for k, c in enumerate('ZNE'):
        f, a = signal.welch(traces[c].data * scale, traces[c].fs, nperseg=4096, average='median')
        a = a * (2 * np.pi * f) ** 2
        _, b = signal.welch(x[:, k], 100, nperseg=4096)
        for lo in (0.2, 0.5, 1, 2, 5, 10, 20, 35):
            w = (f >= lo) & (f < 1.2 * lo)
            worst = max(worst, abs(10 * math.log10(b[w].mean() / a[w].mean())))
    print(f'\nNoise from a quiet record: within {worst:.1f} dB of its spectrum, 0.2 to 42 Hz')


def recorded(binary, folder, scratch, args):
    root = os.path.abspath(args.records)
    if os.path.exists(os.path.join(root, 'catalogue.csv')):
        synth_records.compare(binary, folder, scratch, root, range(args.seed, args.seed + args.seeds))
    else:
        print(f'\nSKIPPED synth-envelopes.png synth-spectra.png: no records at {root}')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('binary')
    parser.add_argument('folder')
    parser.add_argument('--records', default=os.environ.get('RECORDS', '../shared/data'))
    parser.add_argument('--seed', type=int, default=101)
    parser.add_argument('--seeds', type=int, default=4)
    parser.add_argument('--only', default='levels,records,noise,building,surrogate')
    args = parser.parse_args()
    os.makedirs(args.folder, exist_ok=True)
    parts = {'levels': levels, 'records': recorded, 'noise': noise, 'building': building, 'surrogate': surrogate}
    with tempfile.TemporaryDirectory() as scratch:
        for part in args.only.split(','):
            parts[part](args.binary, args.folder, scratch, args)


if __name__ == '__main__':
    main()
