#!/usr/bin/python3
"""Replays catalogued records and scores picks and alarms (a small first scorer; `tocsin score` will replace it).

  score.py BINARY [--records DIR] [--kinds K,..] [--formats F,..] [--set KEY=VALUE ...] [--jobs N] [--csv FILE] [--worst N]

A catalogue is a folder with catalogue.csv (README.md there). Every record gets 60 s of its own mirrored beginning in front:
min(P - 1 s, 60 s) of it, or 0.7 P where P <= 3 s. Rules: hit = first pick in [P - 2 s, P + 5 s]; a pick before P - 2 s,
and any pick in a record without an earthquake, is false; fractions are of all events. Alarm = level "alarm".
What cannot be judged is listed with its reason."""
import argparse
import collections
import concurrent.futures
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile

READ = ('miniSEED', 'SAC', 'K-NET', 'KiK-net', 'OpenEEW')


def options(row, root, scratch):
    """The command line's share of a catalogue row: (options, files), or None where the product does not read it yet."""
    args = json.loads(row['loader_args'] or '{}')
    files = [os.path.join(root, p) for p in row['paths'].split(';')]
    kind = row['format'].split()[0]
    out = []
    if kind not in READ and not row['paths'].endswith(('sac', 'miniseed', 'MSEED', 'mseed', 'ms')):
        return None
    if files[0].endswith('.tgz'):
        target = os.path.join(scratch, row['id'])
        os.makedirs(target, exist_ok=True)
        subprocess.run(['tar', '-xzf', files[0], '-C', target], check=True)
        files = [os.path.join(target, m) for m in args['members']]
        if args.get('sens') == 'user3/user2':
            out += ['--scale', ','.join(sac_user_scale(files))]
    if 'sel' in args:
        out += ['--select', args['sel']]
    if isinstance(args.get('sens'), dict):
        out += ['--scale', ','.join(f'1/{args["sens"][c]:.17g}' for c in 'ZNE')]
    elif isinstance(args.get('sens'), (int, float)):
        out += ['--scale', f'1/{args["sens"]:.17g}']
    if 'mul' in args:
        out += ['--scale', f'{args["mul"]:.17g}']
    elif kind == 'SAC' and row['unit_after_load'] != 'count' and '--scale' not in out:
        out += ['--scale', '1']
    if row['unit_after_load'] == 'm/s' or args.get('unit') == 'm/s':
        if '--scale' in out:
            out += ['--unit', 'm/s']
    if 'order' in args and args['order'] != {'Z': 0, 'N': 1, 'E': 2}:
        out += ['--axes', ''.join('xyz'[args['order'][c]] for c in 'ZNE')]
    return out, files


def sac_user_scale(files):
    """ISNet: counts times USER2 / USER3 of each component, in the order Z N E."""
    import struct
    scale = {}
    for f in files:
        head = open(f, 'rb').read(632)
        e = '<' if struct.unpack('<i', head[304:308])[0] in (5, 6, 7) else '>'
        real = struct.unpack(e + '70f', head[:280])
        scale[head[600:608].decode('latin1').strip(' \0')[-1]] = f'{real[42] / real[43]:.9g}'
    return [scale[c] for c in 'ZNE']


def replay(binary, row, root, scratch, extra, settle=60):
    asked = options(row, root, scratch)
    if asked is None:
        return dict(row=row, skipped='format not read yet')
    opts, files = asked
    p = float(row['p_onset_s']) if row['p_onset_s'] else None
    end = int(row['n_samples']) / float(row['fs_hz'])
    quiet = min(60, end) if p is None else min(p - 1, 60) if p > 3 else 0.7 * p
    command = [binary, 'replay', '--settle', str(settle), '--quiet', f'{max(quiet, 0.1):.3f}', *extra, *opts, *files]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        return dict(row=row, skipped=f'exit {done.returncode}: {done.stderr.strip()[:200]}')
    lines = [json.loads(x) for x in done.stdout.splitlines()]
    summaries = [x for x in lines if x['type'] == 'summary']
    if len(summaries) != 1:
        return dict(row=row, skipped=f'{len(summaries)} records in it')
    picks = collections.OrderedDict()
    for x in lines:
        if x['type'] == 'pick':
            picks.setdefault(x['id'], dict(x))['onset_s'] = x['onset_s']
    return dict(row=row, p=p, end=end, ok=p is not None and quiet >= 1.5 and p < end - 5, summary=summaries[0],
                picks=[x for x in picks.values() if x['declared_s'] >= 0],
                alerts=[x for x in lines if x['type'] == 'alert' and x['time_s'] >= 0])


def judge(r):
    """Adds hit, residual, declared, false picks and exposure."""
    p = r['p']
    limit = p - 2 if p is not None else r['end']
    r['exposure_s'] = max(0, limit)
    r['false'] = [x for x in r['picks'] if 0 <= x['onset_s'] < limit]
    hit = [x for x in r['picks'] if p is not None and p - 2 <= x['onset_s'] <= p + 5][:1]
    r['error'] = hit[0]['onset_s'] - p if hit else None
    r['declared'] = hit[0]['declared_s'] - p if hit else None
    return r


def percentile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(q * len(values)))] if values else float('nan')


def pick_table(results):
    print('| picks | n | missed | median s | <=0.1 | <=0.3 | <=0.5 | <=1.0 | declared median / p90 s |')
    print('|---|---|---|---|---|---|---|---|---|')
    for name, chosen in (('manual', [r for r in results if manual(r)]),
                         ('estimated', [r for r in results if not manual(r)]), ('all', results)):
        if not chosen:
            continue
        errors = [abs(r['error']) if r['error'] is not None else 99 for r in chosen]
        share = [sum(e <= w + 1e-6 for e in errors) / len(errors) for w in (0.1, 0.3, 0.5, 1.0)]
        declared = [r['declared'] for r in chosen if r['declared'] is not None]
        signed = [r['error'] for r in chosen if r['error'] is not None]
        print(f'| {name} | {len(chosen)} | {sum(e == 99 for e in errors)} | {statistics.median(signed or [99]):+.3f} | '
              + ' | '.join(f'{s:.2f}' for s in share)
              + f' | {statistics.median(declared or [99]):.2f} / {percentile(declared, 0.9):.2f} |')


def manual(r):
    return r['row']['p_how'].startswith(('manual', 'header'))


def alarm_table(results):
    known = [r for r in results if r['summary']['maxima']]
    print('| alarms (records of known scale) | n | alarmed | before | >= 1 s | median lead s | share of lead kept |')
    print('|---|---|---|---|---|---|---|')
    for threshold, level in ((3, 'watch'), (4, 'warning'), (5, 'alarm'), (6, 'alarm')):
        reached = [r for r in known if r['row']['kind'] == 'quake' and intensity(r) >= threshold]
        rows = []
        for r in reached:
            t = r['summary']['timing']
            at, crossed = t[level + '_s'], t[f'gbt_{threshold}_s']
            rows.append((at, crossed, r['p']))
        alarmed = [x for x in rows if x[0] is not None]
        judged = [x for x in rows if x[2] is not None and x[1] is not None and x[1] - x[2] >= 1]
        before = [x for x in judged if x[0] is not None and x[0] < x[1]]
        lead = [x[1] - x[0] for x in before]
        kept = [(x[1] - x[0]) / (x[1] - x[2]) if x in before else 0 for x in judged]
        print(f'| GB/T >= {threshold} -> {level} | {len(reached)} | {len(alarmed)} | {len(before)}/{len(judged)} | '
              f'{sum(x >= 1 for x in lead)} | {statistics.median(lead) if lead else float("nan"):.1f} | '
              f'{statistics.median(kept) if kept else float("nan"):.2f} |')
        missed = [r['row']['id'] for r in reached if r['summary']['timing'][level + '_s'] is None]
        if missed:
            print('  not alarmed:', ' '.join(missed))
    for name, chosen in (('quakes below GB/T 4', [r for r in known if r['row']['kind'] in ('quake', 'teleseism') and intensity(r) < 4]),
                         ('quakes of GB/T 4 to 5', [r for r in known if r['row']['kind'] in ('quake', 'teleseism') and 4 <= intensity(r) < 5]),
                         ('no earthquake', [r for r in known if r['row']['kind'] not in ('quake', 'teleseism')])):
        for level in ('alarm', 'warning', 'watch'):
            loud = [r for r in chosen if r['summary']['timing'][level + '_s'] is not None]
            print(f'{level} on {name}: {len(loud)} of {len(chosen)}', ' '.join(r['row']['id'] for r in loud[:8]))


def intensity(r):
    return r['summary']['maxima']['intensity']['gbt']


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('binary')
    ap.add_argument('--records', default=os.environ.get('RECORDS', '../shared/data'))
    ap.add_argument('--kinds')
    ap.add_argument('--formats')
    ap.add_argument('--ids')
    ap.add_argument('--set', action='append', default=[])
    ap.add_argument('--jobs', type=int, default=os.cpu_count())
    ap.add_argument('--csv')
    ap.add_argument('--json')
    ap.add_argument('--worst', type=int, default=0)
    ap.add_argument('--floor', action='store_true', help='exit 1 unless the floor of docs/quality.md is kept')
    a = ap.parse_args()
    rows = list(csv.DictReader(open(os.path.join(a.records, 'catalogue.csv'), newline='')))
    rows = [r for r in rows if (not a.kinds or r['kind'] in a.kinds.split(','))
            and (not a.formats or r['format'].split()[0] in a.formats.split(','))
            and (not a.ids or any(i in r['id'] for i in a.ids.split(',')))]
    extra = [x for s in a.set for x in ('--set', s)]
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        results = list(pool.map(lambda r: replay(a.binary, r, a.records, scratch, extra), rows))
    skipped = [r for r in results if 'skipped' in r]
    results = [judge(r) for r in results if 'skipped' not in r]
    for why, n in collections.Counter(r['skipped'] for r in skipped).most_common():
        print(f'not judged: {n} ({why}):', ' '.join(r['row']['id'] for r in skipped if r['skipped'] == why)[:300])
    scored = [r for r in results if r['row']['kind'] == 'quake' and r['ok']]
    for r in results:
        if r['row']['kind'] == 'quake' and not r['ok'] and r['p'] is not None:
            print('picks not judged:', r['row']['id'], '(too little before or behind the P)')
    pick_table(scored)
    for name, chosen in (('quiet', [r for r in results if r['row']['kind'] in ('noise', 'quake')]),
                         *((k, [r for r in results if r['row']['kind'] == k])
                           for k in sorted({r['row']['kind'] for r in results} - {'noise', 'quake', 'teleseism'}))):
        hours = sum(r['exposure_s'] for r in chosen if r['ok'] or r['row']['kind'] != 'quake') / 3600
        false = sum(len(r['false']) for r in chosen if r['ok'] or r['row']['kind'] != 'quake')
        if hours:
            print(f'{name}: {hours:.2f} h, {false} false picks = {false / hours:.1f}/h')
    alarm_table(results)
    rejects = collections.Counter()
    for r in results:
        rejects.update(r['summary']['rejects'])
    print('rejections:', dict(rejects))
    for r in sorted(scored, key=lambda r: -abs(r['error'] if r['error'] is not None else 99))[:a.worst]:
        print('worst:', r['row']['id'], r['row']['p_how'][:6], 'error', r['error'], 'declared', r['declared'], 'false', len(r['false']))
    if a.csv:
        with open(a.csv, 'w', newline='') as f:
            w = csv.writer(f)
            w.writerow('id kind p_s error_s declared_s false gbt watch_s warning_s alarm_s gbt5_s'.split())
            for r in results:
                t = r['summary']['timing']
                w.writerow([r['row']['id'], r['row']['kind'], r['p'], r['error'], r['declared'], len(r['false']),
                            intensity(r) if r['summary']['maxima'] else '', t['watch_s'], t['warning_s'], t['alarm_s'], t['gbt_5_s']])
    if a.json:
        json.dump([{k: v for k, v in r.items() if k != 'row'} | dict(id=r['row']['id'], kind=r['row']['kind']) for r in results],
                  open(a.json, 'w'))
    broken = [r for r in skipped if not r['skipped'].startswith('format not read')]
    return floor(scored, results, broken) if a.floor else 0


def floor(scored, results, broken):
    """The promise of docs/quality.md, claim by claim."""
    by_hand = [r for r in scored if manual(r)]
    near = lambda w: sum(r['error'] is not None and abs(r['error']) <= w + 1e-6 for r in by_hand) / max(1, len(by_hand))
    declared = [r['declared'] for r in by_hand if r['declared'] is not None]
    strong = [r for r in results if r['summary']['maxima'] and r['row']['kind'] == 'quake' and intensity(r) >= 6]
    claims = (('every record of a format that is read was replayed', results and not broken),
              ('manual picks: none missed', by_hand and all(r['error'] is not None for r in by_hand)),
              ('manual picks: all within 0.5 s', near(0.5) >= 1),
              ('manual picks: 0.80 within 0.1 s', near(0.1) >= 0.80),
              ('manual picks: declared 0.16 s after P (median)', declared and statistics.median(declared) <= 0.165),
              ('no warning and no alarm on noise', not any(r['summary']['level'] in ('warning', 'alarm') for r in results if r['row']['kind'] == 'noise')),
              ('every record of GB/T >= 6 alarmed', strong and all(r['summary']['level'] == 'alarm' for r in strong)))
    for name, kept in claims:
        print('FLOOR', 'kept  ' if kept else 'BROKEN', name)
    print(f'{sum(bool(k) for _, k in claims)} passed, {sum(not k for _, k in claims)} failed')
    return 0 if all(k for _, k in claims) else 1


if __name__ == '__main__':
    sys.exit(main())
