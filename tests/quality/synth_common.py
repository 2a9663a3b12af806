"""What the checks of synthetic records share: making one, published levels, tables for gnuplot, pictures."""
import json
import math
import os
import subprocess

import numpy as np

MODELS = ('tune', 'judge')
COLOURS = {'tune': '#1f77b4', 'judge': '#d62728'}


def synth(binary, folder, *options):
    """(rate, z n e, truth lines) of one synthetic record."""
    path = os.path.join(folder, 'x.csv')
    subprocess.run([binary, 'synth', *map(str, options), path], check=True)
    with open(path, encoding='ascii') as f:
        data = np.loadtxt((line for line in f if line[0] not in '#z'), delimiter=',')
    with open(os.path.join(folder, 'x.truth.jsonl'), encoding='utf-8') as f:
        truth = [json.loads(line) for line in f]
    return truth[0]['rate_hz'], data, truth


# Boore, Stewart, Seyhan & Atkinson (2014, Earthquake Spectra 30:1057): unspecified fault, no basin.
BSSA14 = {
    'PGA': dict(e0=.4473, e4=1.431, e5=.05053, e6=-.1662, mh=5.5, c1=-1.134, c2=.1917, c3=-.008088, h=4.5, c=-.6,
                vc=1500, f4=-.15, f5=-.00701, tau=(.398, .348), phi=(.695, .495), unit=9.80665),
    'PGV': dict(e0=5.037, e4=1.073, e5=-.1536, e6=.2252, mh=6.2, c1=-1.243, c2=.1489, c3=-.00344, h=5.3, c=-.84,
                vc=1300, f4=-.1, f5=-.00844, tau=(.401, .346), phi=(.644, .552), unit=.01)}


def bssa14(what, m, rjb_km, vs30=620.0):
    """Median, m/s^2 or m/s."""
    def firm(c):
        d, r = m - c['mh'], math.hypot(rjb_km, c['h'])
        return math.exp(c['e0'] + (c['e4'] * d + c['e5'] * d * d if d <= 0 else c['e6'] * d)
                        + (c['c1'] + c['c2'] * (m - 4.5)) * math.log(r) + c['c3'] * (r - 1))
    c = BSSA14[what]
    f2 = c['f4'] * (math.exp(c['f5'] * (min(vs30, 760) - 360)) - math.exp(c['f5'] * 400))
    return c['unit'] * firm(c) * math.exp(c['c'] * math.log(min(vs30, c['vc']) / 760)
                                          + f2 * math.log((firm(BSSA14['PGA']) + .1) / .1))


def sigma14(what, m):
    """Standard deviation of ln of one record within 110 km."""
    k = min(1, max(0, m - 4.5))
    (t0, t1), (p0, p1) = BSSA14[what]['tau'], BSSA14[what]['phi']
    return math.hypot(t0 + k * (t1 - t0), p0 + k * (p1 - p0))


def ba08(what, m, r_km):
    """Boore & Atkinson (2008, Earthquake Spectra 24:99) at 620 m/s, below M 5.75 as Atkinson & Boore (2011)."""
    def firm(h, e1, e5, e6, mh, c1, c2, c3):
        r, d = math.hypot(r_km, h), min(m - mh, 0)
        return math.exp(e1 + e5 * d + e6 * d * d + (c1 + c2 * (m - 4.5)) * math.log(r) + c3 * (r - 1))
    rock = firm(1.35, -.53804, .28805, -.10164, 6.75, -.6605, .1197, -.01151)
    y, linear, b2, unit = (rock, -.36, -.14, 9.80665) if what == 'PGA' else \
        (firm(2.54, 5.00121, .18322, -.12736, 8.5, -.8737, .1006, -.00334), -.6, -.06, .01)
    b = b2 * math.log(620 / 760) / math.log(300 / 760)
    if rock <= .03:
        site = b * math.log(.6)
    elif rock <= .09:
        dx, dy, x = math.log(3), b * math.log(1.5), math.log(rock / .03)
        site = b * math.log(.6) + (3 * dy - b * dx) / dx ** 2 * x ** 2 - (2 * dy - b * dx) / dx ** 3 * x ** 3
    else:
        site = b * math.log(rock / .1)
    small = max(0, 3.888 - .674 * m) - max(0, 2.933 - .51 * m) * math.log10(r_km + 10) if m <= 5.75 else 0
    return unit * y * math.exp(linear * math.log(620 / 760) + site) * 10 ** small


def table(folder, name, rows):
    with open(os.path.join(folder, name), 'w', encoding='ascii') as f:
        for row in rows:
            f.write(' '.join(f'{x:.5g}' if isinstance(x, float) else str(x) for x in row) + '\n')
    return os.path.join(folder, name)


def plot(folder, name, script, size='1100,800'):
    text = f"set terminal pngcairo size {size} font 'DejaVu Sans,9'\nset output '{os.path.join(folder, name)}'\n" \
           f"set grid lc rgb '#dddddd'\nset style fill noborder\n{script}\n"
    subprocess.run(['gnuplot', '-'], input=text, text=True, check=True)
