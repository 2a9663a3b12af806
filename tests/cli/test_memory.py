#!/usr/bin/env python3
"""A replay takes as much memory for hours as for one, and never more than 16 MiB, with a page or a picture too.

    tests/cli/test_memory.py BINARY

Ends with "N passed, N failed"."""
import os
import re
import subprocess
import sys
import tempfile
import time

LIMIT_MIB, GROWTH_MIB = 16.0, 0.5
LONG_H = 12 # the page's tracks are full after 22 min of samples and 27 min of steps, and have been thinned out several times


def peak_mib(command):
    """The largest resident memory of a process, from /proc while it runs: too little at worst, by what it took last."""
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as p:
        while p.poll() is None:
            try:
                with open(f'/proc/{p.pid}/status', encoding='utf-8') as f:
                    found = re.search(r'VmHWM:\s+(\d+)', f.read())
                    peak = max(peak, int(found.group(1)) / 1024) if found else peak
            except OSError:
                pass
            time.sleep(0.003)
        said = p.stderr.read().decode(errors='replace')
    if 'built without the page' in said:
        print('SKIPPED 1: memory with a page: the program was built without it')
        return None
    if p.returncode != 0:
        sys.exit(f'{command}: ended with {p.returncode}: {said[-500:]}')
    return peak


def main():
    binary = sys.argv[1]
    with open(binary, 'rb') as f:
        program = f.read()
    for tool in (b'__asan_init', b'__tsan_init', b'__msan_init'):
        if tool in program:
            print(f'SKIPPED 1: memory: a sanitizer is in the program ({tool.decode()})')
            return 0
    passed = failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        peak = {}
        for hours in (1, LONG_H):
            trace = os.path.join(scratch, f'{hours}.mseed')
            subprocess.run([binary, 'synth', '--sequence', '--magnitude', '5', '--smallest', '3', '--hours', str(hours), trace],
                           check=True, capture_output=True)
            command = [binary, 'replay', '--stationxml', os.path.join(scratch, f'{hours}.xml'), trace]
            peak[hours] = peak_mib(command)
        peak['page'] = peak_mib([*command, '--plot', os.path.join(scratch, 'page.html')])
        peak['picture'] = peak_mib([*command, '--plot', os.path.join(scratch, 'picture.svg')])
    peak = {name: value for name, value in peak.items() if value is not None}
    for claim, ok in ((f'{LONG_H} h take no more than 1 h', peak[LONG_H] <= peak[1] + GROWTH_MIB),
                      *((f'{name}: within {LIMIT_MIB:g} MiB', 0 < value <= LIMIT_MIB) for name, value in peak.items())):
        passed, failed = passed + ok, failed + (not ok)
        if not ok:
            print(f'FAILED {claim}: {peak}')
    print('peak, MiB: ' + ', '.join(f'{name} {value:.1f}' for name, value in peak.items()))
    print(f'{passed} passed, {failed} failed')
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())
