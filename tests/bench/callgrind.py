"""Instructions of the real `tocsin replay` per three-axis sample, by valgrind's callgrind, whole and per stage.

Two lengths of one stream are replayed and subtracted, so that start-up and end drop out."""
import hashlib
import json
import os
import re
import subprocess

# A fixed stream: half an hour, an M 5 at 25 km after ten minutes and its larger aftershocks, in noise. Steim-2 miniSEED.
SYNTH = ['--sequence', '--magnitude', '5', '--distance', '25', '--main-at', '600', '--smallest', '3', '--hours', '0.5',
         '--background', '0.5', '--bits', '20', '--seed', '1']
RECORD_BYTES = 512
SHORT_SHARE = 0.25  # of the stream: before the earthquake

# What a stage of the chain is made of, outermost function by function. Those of `minus` are called from within and
# belong to another stage. A function that is no more counts as nothing: its work then stands under "everything else".
STAGES = [
    ('decode miniSEED', ['mseed_next'], []),
    ('scan headers', ['trace_open'], []),
    ('align components', ['trace_read'], ['mseed_next']),
    ('calibration, level, peaks', ['pipeline_feed'], ['chain_feed']),
    ('octave bands (band-pass)', ['onset_filter'], []),
    ('noise model, CUSUM, onset', ['onset_decide'], []),
    ('motion filters (velocity, displacement, bands)', ['features_filter'], []),
    ('features (Pd, tau_c, ratios, windows)', ['features_gather', 'features_step_report', 'features_open'], []),
    ('JMA intensity, STA/LTA', ['filter_jma_sta_lta', 'jma_count', 'jma_current', 'jma_event'], []),
    ('spectrum (three FFTs a second)', ['spectrum_feed'], []),
    ('chain: dividing into runs, steps', ['chain_feed'],
     ['onset_filter', 'onset_decide', 'features_filter', 'features_gather', 'features_step_report', 'features_open',
      'filter_jma_sta_lta', 'jma_count', 'jma_current', 'jma_event', 'spectrum_feed', 'relay']),
    ('evidence, prediction, policy', ['policy_feed'], []),
    ('reports, summary, JSON', ['relay'], ['policy_feed']),
]


def function_name(name):
    """Without what the compiler puts behind the name of a copy, and callgrind behind a recursion."""
    return re.sub(r"('\d+|\.(avx2|default|resolver|constprop|isra|part|cold|\d+).*)$", '', name)


def inclusive_costs(path):
    """Instructions of each function and what it calls, of a callgrind file; those that recurse count too often."""
    names, costs, function = {}, {}, None
    with open(path, encoding='utf-8', errors='replace') as lines:
        for line in lines:
            if line.startswith('fn='):
                number, _, name = line[3:].rstrip().partition(' ')
                if name:
                    names[number] = function_name(name)
                function = names[number]
            elif line.startswith('cfn='):
                number, _, name = line[4:].rstrip().partition(' ')
                if name:
                    names[number] = function_name(name)
            elif function and line[0] in '0123456789+-*':
                costs[function] = costs.get(function, 0) + int(line.split()[1])
    return costs


class Failed(Exception):
    pass


def replay(binary, xml, trace, scratch):
    """Instructions in all, those of each function, and the samples that were replayed."""
    out = os.path.join(scratch, 'callgrind.out')
    env = {'PATH': os.environ.get('PATH', ''), 'LC_ALL': 'C'}
    done = subprocess.run(['valgrind', '--tool=callgrind', f'--callgrind-out-file={out}', binary, 'replay',
                           '--stationxml', xml, trace], capture_output=True, text=True, timeout=600, env=env)
    found = re.search(r'Collected : (\d+)', done.stderr)
    if done.returncode != 0 or not found:
        raise Failed(f'replay under valgrind ended with {done.returncode}: {done.stderr[-2000:]}')
    summary = json.loads(done.stdout.splitlines()[-1])
    return int(found.group(1)), inclusive_costs(out), summary['samples']


def measure(binary, scratch):
    """{'instructions': a three-axis sample, 'stages': {name: ...}, 'stream': hash of the trace}"""
    binary = os.path.abspath(binary)
    long, short = os.path.join(scratch, 'stream.mseed'), os.path.join(scratch, 'short.mseed')
    subprocess.run([binary, 'synth', *SYNTH, long], check=True, capture_output=True, timeout=600)
    xml = os.path.join(scratch, 'stream.xml')
    with open(long, 'rb') as f:
        data = f.read()
    with open(short, 'wb') as f:
        f.write(data[:int(len(data) * SHORT_SHARE) // RECORD_BYTES * RECORD_BYTES])
    all_long, long_of, n_long = replay(binary, xml, long, scratch)
    all_short, short_of, n_short = replay(binary, xml, short, scratch)
    n = n_long - n_short
    if n <= 0:
        raise Failed(f'{n_long} samples in the long stream, {n_short} in the short one')

    def per_sample(names):
        return sum(long_of.get(name, 0) - short_of.get(name, 0) for name in names) / n

    total = (all_long - all_short) / n
    stages = {stage: per_sample(of) - per_sample(minus) for stage, of, minus in STAGES}
    stages['everything else'] = total - sum(stages.values())
    return {'instructions': round(total, 1), 'stages': {k: round(v, 1) for k, v in stages.items()},
            'stream': hashlib.sha256(data).hexdigest()[:16]}
