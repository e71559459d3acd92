# SPDX-License-Identifier: BSD-2-Clause
"""What the benches that start clusters share: processes that report in lines of text,
a network of their own, figures and tables.

Times are microseconds of CLOCK_BOOTTIME, here and in the lines of the processes.
"""

import atexit
import ctypes
import fcntl
import os
import selectors
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time


def now_us():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000


def own_network():
    """A network namespace with nothing but loopback: no port is taken in it, and its
    counters count nobody else's datagrams. Returns whether that was allowed."""
    new_user, new_net = 0x10000000, 0x40000000
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.getuid(), os.getgid()
    if libc.unshare(new_net) != 0:
        if libc.unshare(new_user | new_net) != 0:
            return False
        # As root of it: programs that are started may go on making networks.
        for name, text in ("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), \
                ("gid_map", f"0 {gid} 1"):
            with open(f"/proc/self/{name}", "w") as f:
                f.write(text)
    get_flags, set_flags, up = 0x8913, 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(s, get_flags, request))[1]
        fcntl.ioctl(s, set_flags, struct.pack("16sh14x", b"lo", flags | up))
    return True


def datagrams_and_bytes():
    """UDP datagrams sent, and bytes over loopback with their headers, so far."""
    with open("/proc/self/net/snmp") as f:
        rows = [line.split() for line in f if line.startswith("Udp:")]
    with open("/proc/self/net/dev") as f:
        lo = next(line for line in f if line.strip().startswith("lo:"))
    return int(rows[1][rows[0].index("OutDatagrams")]), int(lo.split(":")[1].split()[0])


class Process:
    """One process of a cluster; each line that it prints goes to on_line(key, words,
    us) in the thread of the lab, us being when it was read."""

    def __init__(self, lab, key, argv, cwd=None):
        self.key, self.lab = key, lab
        self.stopped = False
        self.log = open(os.path.join(lab.dir, "stderr"), "ab")
        self.child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, cwd=cwd,
                                      stdout=subprocess.PIPE, stderr=self.log)
        self.pid = self.child.pid

    def send(self, which):
        self.stopped = which == signal.SIGSTOP
        os.kill(self.pid, which)

    def end(self, which=signal.SIGKILL):
        """Send @which, wait, and return the exit code."""
        if self.child.poll() is None:
            if self.stopped:
                self.send(signal.SIGCONT)
            self.send(which)
        return self.reap()

    def reap(self):
        code = self.child.wait()
        self.log.close()
        return code

    def rss_kb(self):
        with open(f"/proc/{self.pid}/status") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))

    def cpu_s(self):
        """Of all its threads."""
        ns = 0
        for task in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{task}/schedstat") as f:
                ns += int(f.read().split()[0])
        return ns / 1e9


class Lag:
    """How late this machine is by itself: what a sleep of 5 ms takes beyond that, at
    worst since worst_us was set to 0. A figure may have that much in it that is not
    its system's."""

    def __init__(self):
        self.worst_us, self.stopped = 0, False
        threading.Thread(target=self._watch, daemon=True).start()

    def stop(self):
        self.stopped = True

    def _watch(self):
        while not self.stopped:
            begin_us = now_us()
            time.sleep(0.005)
            self.worst_us = max(self.worst_us, now_us() - begin_us - 5000)


class Lab:
    """A directory, and processes whose lines are read by one thread. @changed is
    notified after each line; hold it to look at what on_line keeps."""

    def __init__(self, on_line):
        self.dir = tempfile.mkdtemp(prefix="jsl-bench.")
        self.on_line = on_line
        self.changed = threading.Condition(threading.RLock())
        self.selector = selectors.DefaultSelector()
        self.processes = []
        threading.Thread(target=self._read, daemon=True).start()
        atexit.register(self.close)

    def start(self, key, argv, cwd=None):
        p = Process(self, key, argv, cwd)
        os.set_blocking(p.child.stdout.fileno(), False)
        self.processes.append(p)
        self.selector.register(p.child.stdout, selectors.EVENT_READ, [p, b""])
        return p

    def _read(self):
        while True:
            for ready, _ in self.selector.select(0.2):
                p, rest = ready.data
                data = os.read(ready.fd, 65536)
                us = now_us()
                if not data:
                    self.selector.unregister(ready.fileobj)
                    continue
                *lines, ready.data[1] = (rest + data).split(b"\n")
                with self.changed:
                    for line in lines:
                        self.on_line(p.key, line.decode(errors="replace").split(), us)
                    self.changed.notify_all()

    def wait(self, until, seconds):
        """Until until() is true; returns what it was last."""
        end = time.monotonic() + seconds
        with self.changed:
            while not (got := until()) and time.monotonic() < end:
                self.changed.wait(max(0.001, min(0.1, end - time.monotonic())))
            return got

    def stop(self):
        """As an operator would: daemons end their JVMs."""
        for p in self.processes:
            if p.child.poll() is None:
                p.send(signal.SIGTERM)
        for p in self.processes:
            p.reap()
        self.close()

    def close(self):
        atexit.unregister(self.close)
        for p in self.processes:
            p.end()
        shutil.rmtree(self.dir, ignore_errors=True)


def percentile(values, p):
    """The nearest rank; NaN of nothing."""
    values = sorted(values)
    if not values:
        return float("nan")
    return values[max(0, -(-len(values) * p // 100) - 1)]


def row(name, *cells):
    print(f"  {name:<34}" + "".join(f"{c:>12}" for c in cells), flush=True)


def ms(values, p):
    return f"{percentile(values, p) / 1000:.1f}" if values else "-"


def tidy_on_signals():
    """Let a signal end the bench as an error would: with its processes."""
    for which in signal.SIGTERM, signal.SIGHUP:
        signal.signal(which, lambda *_: sys.exit(1))


def say(text):
    print(text, file=sys.stderr, flush=True)
