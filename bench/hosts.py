# SPDX-License-Identifier: BSD-2-Clause
"""Hosts in network namespaces, for the benches that cut one off: host I is alone at
10.99.I.2, and the bench's own namespace (lab.own_network) is the router between all of
them, at 10.99.I.1. Made of veth pairs and routing rules: nothing but iproute2.
"""

import ctypes
import os
import shutil
import subprocess
import threading

OWN, CUT = 10, 20  # preferences of rules; 0 is the kernel's own, for what is here


def missing():
    """Why there can be no hosts; None if there can."""
    for tool in "ip", "nsenter":
        if not shutil.which(tool):
            return f"no {tool} (Debian: iproute2, util-linux)"
    try:
        Hosts(1).close()
    except (OSError, subprocess.CalledProcessError) as e:
        return f"no hosts in network namespaces here: {e}"
    return None


def _new_namespace():
    """A file descriptor that holds it."""
    made = []

    def make():  # a thread of its own may leave the network of the others
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(0x40000000) == 0:  # CLONE_NEWNET
            made.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY))
        else:
            made.append(OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno())))

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    if isinstance(made[0], OSError):
        raise made[0]
    return made[0]


def _ip(orders, prefix=()):
    subprocess.run([*prefix, "ip", "-batch", "-"], input=orders.encode(), check=True,
                   stderr=subprocess.DEVNULL)


class Hosts:
    """N hosts, until close()."""

    def __init__(self, n):
        self.namespaces = {}
        try:
            for i in range(1, n + 1):
                self._add(i)
            # What the bench itself asks a host is never cut.
            _ip(f"rule add pref {OWN} iif lo lookup main\n")
            with open("/proc/sys/net/ipv4/ip_forward", "w") as f:
                f.write("1")
        except BaseException:
            self.close()
            raise

    def _add(self, i):
        self.namespaces[i] = _new_namespace()
        _ip(f"link add host{i} type veth peer name eth0 netns {self._path(i)}\n"
            f"addr add 10.99.{i}.1/24 dev host{i}\n"
            f"link set host{i} up\n")
        _ip("link set lo up\n"
            f"addr add 10.99.{i}.2/24 dev eth0\n"
            "link set eth0 up\n"
            f"route add default via 10.99.{i}.1\n", self.inside(i))

    def _path(self, i):
        return f"/proc/{os.getpid()}/fd/{self.namespaces[i]}"

    def inside(self, i):
        """What to write before a command that is to run on host I."""
        return ["nsenter", f"--net={self._path(i)}"]

    def address(self, i):
        return f"10.99.{i}.2"

    def cutter(self, i):
        """Returns what cuts host I off when it is called: from then on whatever it and
        the other hosts send each other is lost without a word. It is a process that is
        there already, so that the cut comes when it is asked for."""
        p = subprocess.Popen(["ip", "-batch", "-"], stdin=subprocess.PIPE)

        def cut():
            p.communicate(self._rules("add", i).encode())
            if p.returncode != 0:
                raise OSError(f"host {i} cannot be cut off")

        return cut

    def heal(self, i):
        _ip(self._rules("del", i))

    def _rules(self, what, i):
        return "".join(f"rule {what} pref {CUT} {way} {self.address(i)} blackhole\n"
                       for way in ("from", "to"))

    def close(self):
        subprocess.run(["ip", "rule", "del", "pref", str(OWN)], check=False,
                       stderr=subprocess.DEVNULL)
        for i, fd in self.namespaces.items():
            subprocess.run(["ip", "link", "del", f"host{i}"], check=False,
                           stderr=subprocess.DEVNULL)
            os.close(fd)
        self.namespaces = {}
