# SPDX-License-Identifier: BSD-2-Clause
"""Hosts in network namespaces, for the benches that cut one off: host I is alone at
10.99.I.2, and the bench's own namespace (lab.own_network) is the router between all of
them, at 10.99.I.1. Made of veth pairs and routing rules: nothing but iproute2.
"""

import ctypes
import os
import shutil
import socket
import struct
import subprocess
import threading

OWN, CUT = 10, 20  # preferences of rules; 0 is the kernel's own, for what is here
NEW, DEL = (32, 0x605), (33, 0x5)  # rtnetlink(7): type; REQUEST, ACK, CREATE, EXCL
TO, FROM = 1, 2  # FRA_DST, FRA_SRC


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


def _rule(what, way, address):
    """To rtnetlink: what is @way this address is dropped without a word."""
    blackhole, preference = 6, 6
    body = struct.pack("8BI", socket.AF_INET, 32 * (way == TO), 32 * (way == FROM),
                       0, 0, 0, 0, blackhole, 0)
    body += struct.pack("HH4s", 8, way, address) + struct.pack("HHI", 8, preference, CUT)
    return struct.pack("IHHII", 16 + len(body), *what, 0, 0) + body


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

    def cut(self, i):
        """Cut host I off: what it and the other hosts send each other is lost without a
        word. Holds when this returns, and takes no other process to come to its turn."""
        self._rules(NEW, i)

    def heal(self, i):
        self._rules(DEL, i)

    def _rules(self, what, i):
        """Routing rules that drop what is from host I, and what is to it."""
        address = socket.inet_aton(self.address(i))
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as s:  # rtnetlink
            s.send(_rule(what, FROM, address) + _rule(what, TO, address))
            for _ in range(2):
                error, = struct.unpack_from("i", s.recv(65536), 16)
                if error:
                    raise OSError(-error, f"host {i}: {os.strerror(-error)}")

    def close(self):
        subprocess.run(["ip", "rule", "del", "pref", str(OWN)], check=False,
                       stderr=subprocess.DEVNULL)
        for i, fd in self.namespaces.items():
            subprocess.run(["ip", "link", "del", f"host{i}"], check=False,
                           stderr=subprocess.DEVNULL)
            os.close(fd)
        self.namespaces = {}
