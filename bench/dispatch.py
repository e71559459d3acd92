#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a job costs that does nothing: jsl beside gearmand and beanstalkd.

    dispatch.py [-n ROUNDS] [-i SECONDS] [-w WINDOW] [-l] [-q] [SYSTEM...]

Run by make bench-dispatch (3 rounds of 1 s, WINDOW 256), in a network namespace of its
own where that is allowed; a peer that is not installed is skipped with a line. Systems:
jsl, jsl-tls, gearman, beanstalk. All run over loopback, each as processes of its own:

    jsl         a leader that does no work, workers with 64 slots, a submitter, on libjsl's
                public API; in clear, and as jsl-tls with a secret
    gearman     gearmand, libgearman's worker (one job at a time, as it can) and client
    beanstalk   beanstalkd without its log; workers that reserve up to 64 jobs ahead; the
                result is a job in a second tube. An empty job is one of 8 bytes, its
                number

A job is SIZE bytes and its result is empty. "One at a time" submits the next job when
the result of the one before is there; "pipelined" keeps WINDOW jobs on their way. The
systems take turns within each round; a figure is the median of the rounds, and the
ratio is jsl's in clear to the best of the peers' (of jobs/s higher is better, of times
lower). CPU is of all processes of a system, in us per job. RSS is of the one that holds
the queue, after so many empty jobs (-l: and after 10^6). -q: empty jobs only.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import lab

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(os.environ.get("JSL_BUILD", "."), "bench")
SLOTS = 64
SECRET = "a secret of the bench for dispatch"
WAIT_S = 60


class System:
    """One queue and its workers; submit() measures with a submitter of its own."""
    port = 0

    def __init__(self, workers):
        self.lab = lab.Lab(self.on_line)
        self.workers = workers
        self.before = self.cost = self.end = None
        self.running = [self.lab.start("queue", self.queue())]
        self.wait_for_port()
        self.running += [self.lab.start("worker", self.worker(i))
                         for i in range(workers)]

    def wait_for_port(self):
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            try:
                return socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.02)
        raise SystemExit(f"{self.name}: does not start")

    def cpu_s(self):
        return sum(p.cpu_s() for p in self.running)

    def on_line(self, key, words, us):
        if key == "submitter" and words[0] == "begin":
            self.before = self.cpu_s()
        elif key == "submitter" and words[0] == "end":
            self.cost = self.cpu_s() - self.before
            self.end = [int(w) for w in words[1:]]

    def submit(self, size, window, count, seconds):
        """jobs/s, p50 and p99 in us, CPU in us per job"""
        self.end = None
        argv = self.submitter() + [str(n) for n in (size, window, count, seconds)]
        p = self.lab.start("submitter", argv)
        self.running.append(p)
        self.lab.wait(lambda: self.end or p.child.poll(), seconds + WAIT_S)
        if not self.end:
            raise SystemExit(f"{self.name}: no end of {' '.join(argv)}")
        self.running.remove(p)
        self.lab.processes.remove(p)
        p.end(signal.SIGTERM)
        jobs, ns, p50, p99 = self.end
        return {"rate": jobs / ns * 1e9, "p50": p50 / 1e3, "p99": p99 / 1e3,
                "cpu": self.cost / jobs * 1e6}

    def rss_kb(self):
        return self.running[0].rss_kb()

    def close(self):
        self.lab.close()


class Jsl(System):
    name, port, secret = "jsl", 29001, "-"

    @classmethod
    def missing(cls):
        return None

    def node(self, i):
        return [f"{BUILD}/dispatch_jsl", self.lab.dir, str(self.port - 1),
                str(self.workers), str(SLOTS), self.secret, str(i)]

    def queue(self):
        return self.node(1)

    def worker(self, i):
        return self.node(2 + i)

    def submitter(self):
        return self.node(2 + self.workers)


class JslTls(Jsl):
    name, port, secret = "jsl-tls", 29101, SECRET


class Gearman(System):
    name, port = "gearman", 29201

    @classmethod
    def missing(cls):
        if not shutil.which("gearmand"):
            return "no gearmand"
        source = os.path.join(HERE, "dispatch_gearman.c")
        cc = os.environ.get("CC", "cc").split()
        made = subprocess.run([*cc, "-O2", "-o", f"{BUILD}/dispatch_gearman", source,
                               "-lgearman"], stderr=subprocess.DEVNULL, check=False)
        return None if made.returncode == 0 else "no libgearman to compile with"

    def queue(self):
        return ["gearmand", "-L", "127.0.0.1", "-p", str(self.port), "-l",
                os.path.join(self.lab.dir, "gearmand.log"), "-P",
                os.path.join(self.lab.dir, "gearmand.pid")]

    def worker(self, i):
        return [f"{BUILD}/dispatch_gearman", str(self.port)]

    submitter = lambda self: self.worker(0)


class Beanstalk(System):
    name, port = "beanstalk", 29301

    @classmethod
    def missing(cls):
        return None if shutil.which("beanstalkd") else "no beanstalkd"

    def queue(self):
        return ["beanstalkd", "-l", "127.0.0.1", "-p", str(self.port), "-z", "1000000"]

    def worker(self, i):
        return [*self.submitter(), str(SLOTS)]

    def submitter(self):
        return [f"{BUILD}/dispatch_beanstalk", str(self.port)]


SYSTEMS = {s.name: s for s in (Jsl, JslTls, Gearman, Beanstalk)}


def table(names, head, figures, what, better, digits=0):
    """figures: row -> name -> list of dicts. Returns row -> ratio to the best peer."""
    lab.row(head, *names, "jsl/best")
    ratios = {}
    for label, by_name in figures.items():
        mid = {n: lab.percentile([f[what] for f in by_name[n]], 50) for n in names}
        peers = [mid[n] for n in names if n in ("gearman", "beanstalk")]
        if peers and "jsl" in mid:
            ratios[label] = mid["jsl"] / better(peers)
        lab.row(label, *(f"{mid[n]:.{digits}f}" for n in names),
                f"{ratios[label]:.2f}" if label in ratios else "-")
    return ratios


def sizes(args):
    return {"empty": 0} if args.q else {"empty": 0, "1 KB": 1024, "64 KB": 65536}


def measure(args, names):
    """(one at a time, pipelined), each: row -> name -> figures of the rounds"""
    single, piped = {}, {}
    for workers in 1, 4:
        systems = [SYSTEMS[n](workers) for n in names]
        rows = {f"{label}, {workers} worker{'s' * (workers > 1)}": size
                for label, size in sizes(args).items()}
        for _ in range(args.n):
            for label, size in rows.items():
                for s in systems:
                    for out, window in (single, 1), (piped, args.w):
                        out.setdefault(label, {}).setdefault(s.name, []).append(
                            s.submit(size, window, 1000000, args.i))
        for s in systems:
            s.close()
        lab.say(f"{workers} worker(s): done")
    return single, piped


def memory(args, names):
    counts = [10000, 1000000] if args.l else [10000]
    lab.row("RSS of the queue, KB", *names)
    systems = [SYSTEMS[n](1) for n in names]
    for count in counts:
        for s in systems:
            s.submit(0, args.w, count, 600)
        lab.row(f"after {count} empty jobs", *(s.rss_kb() for s in systems))
    for s in systems:
        s.close()


def goals(names, single, rates):
    rows = [(f"pipelined, {label}: >= the best peer ({ratio:.2f} of it)", ratio >= 1)
            for label, ratio in rates.items() if label.startswith("empty")]
    for label, by_name in single.items():
        if label.startswith("empty") and "jsl" in names:
            p50 = lab.percentile([f["p50"] for f in by_name["jsl"]], 50)
            rows.append((f"one at a time, {label}: p50 <= 200 us", p50 <= 200))
    for text, met in rows:
        print(f"  {'met' if met else 'NOT MET':<8} {text}")


def main():
    args = argparse.ArgumentParser(description="see the head of this file")
    args.add_argument("-n", type=int, default=3)
    args.add_argument("-i", type=int, default=1)
    args.add_argument("-w", type=int, default=256)
    args.add_argument("-l", action="store_true")
    args.add_argument("-q", action="store_true")
    args.add_argument("systems", nargs="*", default=list(SYSTEMS))
    args = args.parse_args()
    if set(args.systems) - set(SYSTEMS) or min(args.n, args.i, args.w) < 1:
        raise SystemExit(f"dispatch.py: not of {' '.join(SYSTEMS)}, or no number")
    lab.tidy_on_signals()
    if not lab.own_network():
        lab.say("no network namespace of its own: ports 29001 to 29301 have to be free")
    names = []
    for name in args.systems:
        why = SYSTEMS[name].missing()
        if why:
            print(f"{name}: skipped: {why}")
        else:
            names.append(name)
    single, piped = measure(args, names)
    table(names, "one at a time, p50 us", single, "p50", min)
    table(names, "one at a time, p99 us", single, "p99", min)
    table(names, "one at a time, CPU us/job", single, "cpu", min, 1)
    rates = table(names, f"pipelined, {args.w}: jobs/s", piped, "rate", max)
    table(names, "pipelined, CPU us/job", piped, "cpu", min, 1)
    memory(args, names)
    goals(names, single, rates)
    return 0


if __name__ == "__main__":
    sys.exit(main())
