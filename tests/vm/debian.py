#!/usr/bin/env python3
"""A whole Debian 12 with systemd in an emulator, on the stock kernel, with the devices of tests/vm:

    tests/vm/debian.py up FOLDER [PACKAGE.deb]    disk, boot, until systemd is done; needs root for debootstrap
    tests/vm/debian.py run FOLDER 'COMMANDS'      as root in the guest: output, and the status
    tests/vm/debian.py down FOLDER                power off
    tests/vm/debian.py test [PACKAGE.deb]         all of it: the package's service on the sensor

BUILD (default build) says where the programs of `make` are. "N passed, N failed", or a SKIPPED line with the reason."""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "cli"), HERE]
import guest  # noqa: E402  tests/vm/guest.py
from claims import check, finish  # noqa: E402  tests/claims.py
from test_run import trace_of  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(HERE))
MIRROR = "http://deb.debian.org/debian"
PACKAGES = ("systemd,systemd-sysv,udev,kmod,dbus,ca-certificates,iproute2,alsa-utils,gpiod,libiio-utils,procps,nano")
CONF = """
node = { name = "lobby"; };
siren = { device = "plughw:0,0"; buffer_frames = 9600; period_frames = 960; };
voice = { languages = "en"; };
sensors = { cellar = { uri = "local:"; device = "accel_3d"; axes = "zyx"; rate_hz = 250.0; }; };
lines = { horn = { chip = "cp2112_gpio"; line = 1; stop = "off"; }; };
action = { horn = { output = "line:horn"; intensity = 4; reset = "operator"; }; };
"""
INIT = """#!/bin/sh
export PATH=/bin:/sbin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
for m in virtio_pci virtio_blk crc32c_generic ext4; do modprobe $m; done
i=0; while [ ! -b /dev/vda ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
mkdir -p /new && mount -t ext4 /dev/vda /new || poweroff -f
mount --move /dev /new/dev; umount /sys /proc
exec switch_root /new /lib/systemd/systemd
"""
AGENT = """[Unit]
Description=Commands of the host
DefaultDependencies=no
After=local-fs.target
[Service]
ExecStartPre=/bin/sh -c 'modprobe -a virtio_pci 9pnet_virtio 9p; mkdir -p /share; mount -t 9p -o trans=virtio,version=9p2000.L,msize=131072 share /share'
ExecStart=/bin/sh /usr/local/lib/agent /share
KillMode=process
Environment=HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
[Install]
WantedBy=multi-user.target
"""
TOOLS = {
    "plug-accel": 'modprobe uhid; [ $# -gt 0 ] || set -- /records/*\n'
                  'systemd-run -q --unit=plug-accel /usr/local/lib/vm/accel --like accel_3d --rate 100,250 --quiet 5 "$@"',
    "unplug-accel": "systemctl stop plug-accel; systemctl reset-failed plug-accel 2>/dev/null; true",
    "plug-relays": "modprobe uhid; mkdir -p /run/relays; [ -p /run/relays/wires ] || mkfifo /run/relays/wires\n"
                   "systemd-run -q --unit=plug-relays -p StandardOutput=append:/run/relays/log /usr/local/lib/vm/relays /run/relays/wires",
    "unplug-relays": "systemctl stop plug-relays; systemctl reset-failed plug-relays 2>/dev/null; true",
    "quake": "systemctl kill -s USR1 plug-accel",
}


def bootstrap():
    """The tree of a fresh Debian 12, made once in the cache."""
    tree = os.path.join(guest.CACHE, "bookworm")
    if not os.path.isdir(tree):
        if os.geteuid() != 0:
            raise guest.Absent("debootstrap needs root")
        shutil.rmtree(tree + ".new", ignore_errors=True)
        guest.output("debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", tree + ".new", MIRROR, seconds=1200)
        os.rename(tree + ".new", tree)
    return tree


def put(root, path, text, mode=0o644):
    target = root + path
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(target, mode)


def furnish(root, build, trace):
    """What a fresh system has after its installation, the devices' programs beside it (with libraries of their own)."""
    libs = "/usr/local/lib/vm/lib"
    for name in ("accel", "relays"):
        path = os.path.join(build, "tests/vm", name)
        guest.copy(path, root, f"/usr/local/lib/vm/{name}.bin")
        listed = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout
        for word in listed.split():
            if word.startswith("/"):
                guest.copy(os.path.realpath(word), root, f"{libs}/{os.path.basename(word)}")
        put(root, f"/usr/local/lib/vm/{name}", f'#!/bin/sh\nexec {libs}/ld-linux-x86-64.so.2 --library-path {libs} '
            f'/usr/local/lib/vm/{name}.bin "$@"\n', 0o755)
    for name, text in TOOLS.items():
        put(root, f"/usr/local/bin/{name}", f"#!/bin/sh\n{text}\n", 0o755)
    guest.copy(os.path.join(HERE, "agent"), root, "/usr/local/lib/agent")
    put(root, "/etc/systemd/system/agent.service", AGENT)
    wants = root + "/etc/systemd/system/multi-user.target.wants"
    os.makedirs(wants, exist_ok=True)
    for unit, to in (("agent.service", "/etc/systemd/system/agent.service"), ("systemd-networkd.service", "/lib/systemd/system/systemd-networkd.service")):
        if not os.path.lexists(os.path.join(wants, unit)):
            os.symlink(to, os.path.join(wants, unit))
    put(root, "/etc/systemd/network/80-dhcp.network", "[Match]\nName=en* eth*\n[Network]\nDHCP=ipv4\n")
    if os.path.lexists(root + "/etc/resolv.conf"):
        os.remove(root + "/etc/resolv.conf")
    put(root, "/etc/resolv.conf", "nameserver 10.0.2.3\n")
    put(root, "/etc/hostname", "lobby\n")
    put(root, "/etc/hosts", "127.0.0.1 localhost lobby\n")
    put(root, "/etc/fstab", "/dev/vda / ext4 defaults 0 1\n")
    put(root, "/etc/apt/sources.list", f"deb {MIRROR} bookworm main\n")
    for path in trace:
        guest.copy(path, root, "/records/" + os.path.basename(path))


def up(build, folder, deb=None):
    """Boots it; the guest, or Absent."""
    version, kernel = guest.kernel()
    os.makedirs(folder, exist_ok=True)
    share = os.path.join(folder, "share")
    disk, initramfs = os.path.join(folder, "disk.img"), os.path.join(folder, "initramfs.gz")
    if not os.path.exists(disk):
        with tempfile.TemporaryDirectory(dir=folder) as work:
            root = os.path.join(work, "root")
            guest.output("cp", "-a", bootstrap(), root)
            furnish(root, build, trace_of(os.path.join(build, "tocsin"), work))
            guest.output("cp", "-a", os.path.join(kernel, "lib/modules"), root + "/lib/")
            guest.output("mke2fs", "-q", "-t", "ext4", "-d", root, disk + ".new", "4G",
                         env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin"), seconds=600)
            os.rename(disk + ".new", disk)
            put(work, "/init", INIT)
            small = os.path.join(work, "small")
            guest.base(small, os.path.join(work, "init"))
            guest.copy_modules(version, kernel, small, ["virtio_pci", "virtio_blk", "crc32c_generic", "ext4"])
            guest.pack(small, initramfs)
    os.makedirs(share, exist_ok=True)
    if deb:
        shutil.copy(deb, share)
    g = guest.Guest(version, kernel, initramfs, share, os.path.join(folder, "siren.wav"),
                    "-drive", f"file={disk},format=raw,if=virtio,cache=unsafe", "-netdev", "user,id=n0",
                    "-device", "virtio-net-pci,netdev=n0", memory=1024, append="systemd.show_status=0")
    put(folder, "/pid", f"{g.process.pid}\n")
    status, said = g.run("i=0; while [ $i -lt 600 ]; do s=$(systemctl is-system-running); case $s in running|degraded) break;; esac; "
                         "sleep 0.5; i=$((i + 1)); done; echo $s; systemctl --failed --no-legend; uname -r", 600)
    if status != 0:
        g.end("systemctl poweroff")
        raise guest.Absent(f"Debian did not come up: {said}")
    return g, said


def attach(folder):
    """A guest that another process started: only its commands."""
    class Process:
        def poll(self):
            with open(os.path.join(folder, "pid"), encoding="ascii") as f:
                return None if os.path.exists(f"/proc/{f.read().strip()}") else 1
    g = guest.Guest.__new__(guest.Guest)
    g.share, g.console, g.process = os.path.join(folder, "share"), os.path.join(folder, "console"), Process()
    g.n = len(glob.glob(os.path.join(g.share, "*.sh")))
    return g


def test(build, deb):
    found = sorted(glob.glob(os.path.join(ROOT, "build*", "**", "tocsin_*.deb"), recursive=True) +
                   glob.glob(os.path.join(ROOT, "..", "tocsin_*.deb")))
    deb = deb or (found[-1] if found else None)
    if not deb:
        print("SKIPPED 1: no package; make deb first, or give it")
        return 0
    with tempfile.TemporaryDirectory(dir=guest.CACHE if os.path.isdir(guest.CACHE) else None) as folder:
        g, said = up(build, folder, deb)
        print(said.strip())
        try:
            status, said = g.run(f"apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "
                                 f"/share/{os.path.basename(deb)}", 900)
            check("the package installs", status == 0, said[-1500:])
            put(g.share, "/node.conf", CONF)
            g.run("mkdir -p /etc/tocsin; cp /share/node.conf /etc/tocsin/tocsin.conf")
            g.run("plug-accel; plug-relays; amixer -q -c 0 sset Master 100% unmute; sleep 2; systemctl restart tocsin", 120)
            check("the service is active", g.wait_for("systemctl is-active --quiet tocsin", 60),
                  g.run("systemctl status tocsin; journalctl -b -u tocsin --no-pager | tail -n 40")[1])
            check("under a user of its own", g.wait_for("ps -o user= -p $(systemctl show -P MainPID tocsin) | grep -v root", 20))
            check("its sandbox lets it read the sensor", g.wait_for("journalctl -b -u tocsin -o cat --no-pager | grep '^fit'", 60),
                  g.run("journalctl -b -u tocsin --no-pager | tail -n 40")[1])
            g.run("sleep 15; quake")
            check("its sandbox lets it set the relay", g.wait_for("grep ' 1 1$' /run/relays/log", 120), g.run("cat /run/relays/log")[1])
            check("an earthquake is an alarm", g.wait_for("tocsin events list | grep alarm", 120),
                  g.run("tocsin events list; journalctl -b -u tocsin --no-pager | tail -n 40")[1])
        finally:
            g.end("systemctl poweroff", 120)
    return finish()


def main():
    build = os.path.abspath(os.environ.get("BUILD", os.path.join(ROOT, "build")))
    what, arguments = sys.argv[1], sys.argv[2:]
    try:
        if what == "up":
            _, said = up(build, os.path.abspath(arguments[0]), *arguments[1:2])
            print(said.strip())
            return 0
        if what == "test":
            return test(build, arguments[0] if arguments else None)
    except (guest.Absent, OSError) as e:
        print(f"SKIPPED 1: no emulated Debian here: {e}")
        return 0 if what == "test" else 1
    g = attach(os.path.abspath(arguments[0]))
    status, said = g.run(arguments[1] if what == "run" else "systemctl --no-block poweroff", 1800)
    sys.stdout.write(said)
    return 1 if status is None else status


if __name__ == "__main__":
    sys.exit(main())
