#!/usr/bin/env python3
"""The package's life on a bare Debian 12: installed, run, upgraded, removed, purged; and what the unit promises.

    tests/package/test_bookworm.py FOLDER    with the package that `make deb` made

Needs root and a mirror for debootstrap; says SKIPPED where it has neither. Ends with "N passed, N failed"."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tests"), os.path.dirname(os.path.abspath(__file__))]
from claims import check, finish
import roots

EXPOSURE_MAX = 1.8
RUN = """
tocsin synth --magnitude 6 --distance 30 --seed 1 /tmp/quake.csv >/dev/null
tocsin virtual --port 30999 /tmp/quake.csv >/tmp/virtual.log 2>&1 & server=$!
sed 's/uri = "local:"/uri = "ip:127.0.0.1:30999"/' /usr/share/doc/tocsin/examples/example.conf >/etc/tocsin/tocsin.conf
printf 'pcm.!default { type null }\\nctl.!default { type null }\\n' >/etc/asound.conf
install -d -o tocsin -g tocsin /run/tocsin
setpriv --reuid tocsin --regid tocsin --init-groups tocsin run -c /etc/tocsin/tocsin.conf >/tmp/run.log 2>&1 & node=$!
i=0
while [ $i -lt 90 ] && ! grep -q 'alarm' /tmp/run.log; do sleep 1; i=$((i + 1)); done
kill -TERM $node; wait $node && echo ended well
kill $server || true
cat /tmp/run.log
"""


def newer(deb, folder, version):
    """The same package, said to be another version."""
    tree = os.path.join(folder, "tree")
    subprocess.run(["dpkg-deb", "-R", deb, tree], check=True)
    control = os.path.join(tree, "DEBIAN", "control")
    with open(control, encoding="utf-8") as f:
        text = re.sub(r"^Version: .*$", f"Version: {version}", f.read(), flags=re.M)
    with open(control, "w", encoding="utf-8") as f:
        f.write(text)
    out = os.path.join(folder, "newer.deb")
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "-b", tree, out], check=True, stdout=subprocess.DEVNULL)
    return out


def read(path):
    with open(path, "rb") as f:
        return f.read()


def contents(folder):
    """Each file below, with what is in it."""
    return {os.path.relpath(os.path.join(d, f), folder): read(os.path.join(d, f))
            for d, _, files in os.walk(folder) for f in files}


def installed(root):
    status, said = roots.shell(root, "apt-get update -qq && apt-get install -y -qq --no-install-recommends /tmp/tocsin.deb")
    check("it installs on a bare Debian 12", status == 0, said[-1500:])
    status, said = roots.shell(root, "id tocsin")
    check("its user is there, with the groups of cards and lines", status == 0 and "audio" in said and "gpio" in said, said)
    status, said = roots.shell(root, "dpkg -V tocsin; stat -c '%U %a' /var/lib/tocsin; test ! -e /etc/tocsin/tocsin.conf")
    check("its state is its user's alone", status == 0 and said.strip() == "tocsin 750", said)
    sbom = json.loads(read(f"{root}/usr/share/doc/tocsin/tocsin.spdx.json"))
    names = {p["name"]: p["versionInfo"] for p in sbom["packages"]}
    check("what is in it is listed: itself, libraries with their versions", {"tocsin", "libiio0", "libfftw3-single3"} <= set(names)
          and all(names.values()), str(names))


def unit(root):
    status, said = roots.shell(root, "systemd-analyze verify --man=no /lib/systemd/system/tocsin.service")
    check("systemd has nothing against the unit", status == 0 and not said.strip(), said)
    status, said = roots.shell(root, "systemd-analyze security --offline=yes --no-pager /lib/systemd/system/tocsin.service")
    figure = re.search(r"exposure level for tocsin.service: ([0-9.]+)", said)
    check(f"exposure is at most {EXPOSURE_MAX}", figure and float(figure[1]) <= EXPOSURE_MAX, said[-300:])
    text = read(f"{root}/lib/systemd/system/tocsin.service").decode()
    for line in ("Type=notify", "RestartPreventExitStatus=64", "LimitRTPRIO=80", "LimitMEMLOCK=infinity", "User=tocsin"):
        check(f"the unit says {line}", re.search(f"^{line}$", text, re.M))


def main():
    debs = [d for d in glob.glob(os.path.join(sys.argv[1], "tocsin_*.deb"))]
    if len(debs) != 1:
        sys.exit(f"{sys.argv[1]}: one tocsin_*.deb is expected there; run make deb")
    try:
        clean = roots.base("bookworm", ("systemd",))
    except roots.Unavailable as why:
        print(f"SKIPPED 1: the package in a bare Debian 12: {why}")
        return finish()
    with tempfile.TemporaryDirectory(prefix="tocsin-package.") as folder:
        root = roots.copy(clean, os.path.join(folder, "root"))
        shutil.copy(debs[0], f"{root}/tmp/tocsin.deb")
        shutil.copy(newer(debs[0], folder, "9.9"), f"{root}/tmp/newer.deb")
        installed(root)
        unit(root)
        status, said = roots.shell(root, RUN, timeout=300)
        check("as its own user the node alarms on an earthquake, and ends well", status == 0 and "alarm" in said and "ended well" in said,
              said[-1500:])
        state, conf = contents(f"{root}/var/lib/tocsin"), read(f"{root}/etc/tocsin/tocsin.conf")
        check("what happened is in its journal", any(b"alarm" in data for data in state.values()), str(sorted(state)))
        status, said = roots.shell(root, "apt-get install -y -qq --no-install-recommends /tmp/newer.deb && dpkg-query -W tocsin")
        check("it is upgraded", status == 0 and "9.9" in said, said[-1500:])
        check("the upgrade keeps configuration and state", contents(f"{root}/var/lib/tocsin") == state
              and read(f"{root}/etc/tocsin/tocsin.conf") == conf)
        status, said = roots.shell(root, "apt-get remove -y -qq tocsin")
        check("removed, the program is gone", status == 0 and not os.path.exists(f"{root}/usr/bin/tocsin"), said[-1500:])
        check("removed, configuration and state stay", contents(f"{root}/var/lib/tocsin") == state
              and read(f"{root}/etc/tocsin/tocsin.conf") == conf)
        status, said = roots.shell(root, "apt-get purge -y -qq tocsin")
        left = [p for p in ("/etc/tocsin", "/var/lib/tocsin", "/usr/share/tocsin", "/lib/systemd/system/tocsin.service",
                            "/usr/share/doc/tocsin") if os.path.exists(root + p)]
        check("purged, nothing is left", status == 0 and not left, said[-1500:] + str(left))
    return finish()


sys.exit(main())
