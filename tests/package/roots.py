"""Debian systems in folders, for tests of the package: made once by debootstrap, copied for each test.

A root is entered by chroot in namespaces of its own, so that whatever is mounted or started in it ends with the command."""
import os
import shutil
import subprocess

CACHE = os.environ.get("TOCSIN_ROOTS", os.path.expanduser("~/.cache/tocsin-roots"))
MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian")
PATIENCE_S = 1200
NO_SERVICES = "#!/bin/sh\nexit 101\n"  # policy-rc.d: nothing may be started in a folder


class Unavailable(Exception):
    pass


def shell(root, script, timeout=PATIENCE_S, stdin=None):
    """What /bin/sh -e says to it within the root; (status, its standard output and error)."""
    inside = (f"mount -t proc proc {root}/proc && mount -t tmpfs tmpfs {root}/dev/shm && "
              f"exec chroot {root} /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "
              "DEBIAN_FRONTEND=noninteractive /bin/sh -e")
    try:
        p = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "/bin/sh", "-c", inside], input=script,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                           timeout=timeout, check=False)
    except subprocess.TimeoutExpired as late:
        return 124, f"not done within {timeout} s: {late.output}"
    return p.returncode, p.stdout


def base(suite, packages=()):
    """The folder of a fresh system of that suite, made if it is not there; raises Unavailable."""
    if os.getuid() != 0:
        raise Unavailable("only root may make a root")
    if not shutil.which("debootstrap"):
        raise Unavailable("debootstrap is not installed")
    root = os.path.join(CACHE, suite)
    if not os.path.exists(f"{root}/.whole"):
        shutil.rmtree(root, ignore_errors=True)
        os.makedirs(root)
        try:
            p = subprocess.run(["debootstrap", "--variant=minbase", "--include=" + ",".join(("ca-certificates",) + tuple(packages)),
                                suite, root, MIRROR], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               timeout=PATIENCE_S, check=False)
        except subprocess.TimeoutExpired:
            raise Unavailable(f"debootstrap {suite} took more than {PATIENCE_S} s") from None
        if p.returncode:
            raise Unavailable(f"debootstrap {suite}: {p.stdout.strip().splitlines()[-1:]}")
        os.makedirs(f"{root}/dev/shm", exist_ok=True)
        with open(f"{root}/usr/sbin/policy-rc.d", "w", encoding="ascii") as f:
            f.write(NO_SERVICES)
        os.chmod(f"{root}/usr/sbin/policy-rc.d", 0o755)
        open(f"{root}/.whole", "w", encoding="ascii").close()
    status, said = shell(root, "test -r /proc/self/status", timeout=60)
    if status:
        raise Unavailable(f"chroot into {root}: {said.strip()[-200:]}")
    return root


def copy(root, to):
    """A copy that may be spoiled."""
    subprocess.run(["cp", "-a", "--reflink=auto", root, to], check=True)
    return to
