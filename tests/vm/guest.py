"""An emulated PC (QEMU without KVM) with Debian's own kernel: fetch the kernel, make an initramfs, boot, run commands in it.

A command is a file in a folder that both share by 9p (tests/vm/agent runs it): it survives whatever is written to the console,
and needs no network. Nothing waits for ever; what the machine cannot offer is Absent, with the reason."""
import glob
import os
import re
import shutil
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.environ.get("VM_CACHE", os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "tocsin-vm"))
MODULES = ("virtio_pci virtio_blk ext4 crc32c_generic 9pnet_virtio 9p uhid hid-sensor-hub hid-sensor-accel-3d hid-sensor-trigger "
           "hid-cp2112 snd-hda-codec-generic snd-hda-intel").split()
BOOT_S, COMMAND_S = 240, 120


class Absent(Exception):
    """What is needed cannot be had here: skipped, not failed."""


def output(*command, seconds=300, **more):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False, **more)
    except (OSError, subprocess.TimeoutExpired) as e:
        raise Absent(f"{command[0]}: {e}") from e
    if done.returncode:
        raise Absent(f"{' '.join(command[:4])}: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


def kernel():
    """(version, folder) of Debian's stock kernel package, fetched once into CACHE and unpacked, not installed."""
    for tool in ("qemu-system-x86_64", "apt-get", "dpkg-deb", "cpio", "depmod", "modprobe", "busybox"):
        if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            raise Absent(f"no {tool}")
    found = re.search(r"linux-image-(\d\S+-amd64)", output("apt-cache", "depends", "linux-image-amd64"))
    if not found:
        raise Absent("apt knows no linux-image-amd64")
    version = found[1]
    folder = os.path.join(CACHE, version)
    if not os.path.exists(os.path.join(folder, "boot", f"vmlinuz-{version}")):
        os.makedirs(CACHE, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as work:
            output("apt-get", "download", f"linux-image-{version}", cwd=work)
            output("dpkg-deb", "-x", glob.glob(os.path.join(work, "*.deb"))[0], os.path.join(work, "root"))
            output("depmod", "-b", os.path.join(work, "root"), version, env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin"))
            shutil.rmtree(folder, ignore_errors=True)
            os.rename(os.path.join(work, "root"), folder)
    return version, folder


def copy(source, root, to=None):
    target = root + (to or source)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.isdir(source):
        shutil.copytree(source, target, dirs_exist_ok=True)
    elif not os.path.exists(target):
        shutil.copy2(source, target)


def copy_program(path, root, to):
    """With the libraries that it is linked with."""
    copy(path, root, to)
    for library in re.findall(r"(/\S+) \(0x", subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout):
        copy(os.path.realpath(library), root, library)


def copy_modules(version, folder, root, names=MODULES):
    env = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")
    for name in names:
        for path in re.findall(r"^insmod (\S+)", subprocess.run(
                ["modprobe", "-d", folder, "-S", version, "--show-depends", name],
                capture_output=True, text=True, env=env, check=False).stdout, re.M):
            copy(path, root, path[path.index("/lib/modules"):])
    for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
        copy(os.path.join(folder, "lib/modules", version, name), root, f"/lib/modules/{version}/{name}")
    output("depmod", "-b", root, version, env=env)


def base(root, init, programs=()):
    """The tree of an initramfs: busybox, kmod, the init script and these programs (path, place)."""
    for name in ("bin", "etc", "proc", "sys", "dev", "tmp", "root", "var/lib", "share", "run"):
        os.makedirs(os.path.join(root, name), exist_ok=True)
    copy(shutil.which("busybox"), root, "/bin/busybox")
    for name in output("busybox", "--list").split():
        if name != "busybox":
            os.symlink("busybox", os.path.join(root, "bin", name))
    os.symlink("bin", os.path.join(root, "sbin"))
    for name in ("modprobe", "depmod", "insmod", "kmod"):
        link = os.path.join(root, "bin", name)
        if os.path.lexists(link):
            os.remove(link)
        if name != "kmod":
            os.symlink("kmod", link)
    copy_program(os.path.realpath(shutil.which("kmod", path=os.environ["PATH"] + ":/usr/sbin:/sbin:/bin")), root, "/bin/kmod")
    for path, place in programs:
        copy_program(path, root, place)
    copy(os.path.join(HERE, "agent"), root, "/agent")
    copy(init, root, "/init")
    os.chmod(os.path.join(root, "init"), 0o755)
    for name, text in (("passwd", "root:x:0:0:root:/root:/bin/sh\n"), ("group", "root:x:0:\naudio:x:29:\n"),
                       ("hosts", "127.0.0.1 localhost\n")):
        with open(os.path.join(root, "etc", name), "w", encoding="ascii") as f:
            f.write(text)


def pack(root, path):
    with open(path, "wb") as f:
        subprocess.run("find . | cpio -o -H newc --quiet | gzip -1", shell=True, cwd=root, stdout=f, check=True)


class Guest:
    """A running machine. `share` is its /share; the sound card plays into `wav`, which is whole after end()."""

    def __init__(self, version, folder, initramfs, share, wav, *more, memory=768, append=""):
        os.makedirs(share, exist_ok=True)
        self.share, self.console = share, os.path.join(share, "..", "console")
        self.n = len(glob.glob(os.path.join(share, "*.sh")))
        command = ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-M", "q35", "-m", str(memory),
                   "-display", "none", "-no-reboot", "-nodefaults", "-serial", f"file:{self.console}",
                   "-kernel", os.path.join(folder, "boot", f"vmlinuz-{version}"), "-initrd", initramfs,
                   "-append", f"console=ttyS0 quiet panic=-1 mitigations=off random.trust_cpu=on tsc=reliable {append}",
                   "-virtfs", f"local,path={share},mount_tag=share,security_model=none",
                   "-audiodev", f"wav,id=a0,path={wav},out.frequency=48000,out.channels=1",
                   "-device", "ich9-intel-hda", "-device", "hda-output,audiodev=a0", *more]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def said(self):
        try:
            with open(self.console, encoding="utf-8", errors="replace") as f:
                return f.read()[-2000:]
        except OSError:
            return ""

    def run(self, text, seconds=COMMAND_S):
        """(status, output) of a shell script in the machine; status None: it did not end in time."""
        self.n += 1
        path = os.path.join(self.share, f"{self.n}.sh")
        with open(path + ".new", "w", encoding="utf-8") as f:
            f.write(text + "\n")
        os.rename(path + ".new", path)
        until = time.monotonic() + seconds
        rc = os.path.join(self.share, f"{self.n}.rc")
        while not os.path.exists(rc):
            if self.process.poll() is not None or time.monotonic() > until:
                return None, self.said()
            time.sleep(0.1)
        with open(rc, encoding="ascii") as f:
            status = int(f.read())
        with open(os.path.join(self.share, f"{self.n}.out"), encoding="utf-8", errors="replace") as f:
            return status, f.read()

    def wait_for(self, text, seconds=120):
        """Until the script's status is 0: its output; None after `seconds`. The waiting is done in the machine."""
        status, said = self.run(f"i=0; while [ $i -lt {seconds * 3} ]; do "
                                f"o=$({text}) && {{ echo \"$o\"; exit 0; }}; sleep 0.3; i=$((i + 1)); done; exit 1", seconds * 3)
        return said if status == 0 else None

    def end(self, power_off="sync; poweroff -f", seconds=60):
        """Powers it off, so that the WAV has its header."""
        if self.process.poll() is None:
            self.n += 1
            with open(os.path.join(self.share, f"{self.n}.sh"), "w", encoding="ascii") as f:
                f.write(power_off + "\n")
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            self.process.wait(30)
        self.process.stderr.close()
