#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A Java source that nobody has seen before, until its answer: through a gateway and
three peers, beside javac and java on the same machine, taking turns.

    java.py [-n ROUNDS] [-j JOBS] [-c CLIENTS]      (40 rounds, 60 jobs, 6 clients)

Run by make bench-java, in a network namespace of its own where that is allowed, with the
defaults and empty data directories; needs a JDK. The same source with other input is
beside java alone, whose classes are there already. The first answer is timed from the
start of the first process: of a cluster that never ran, and of one that did. CPU time is
that of the whole machine while all clients have a request on its way, or javac and java
of as many as there are cores: with other work on the machine it means nothing.
"""

import argparse
import concurrent.futures
import http.client
import os
import subprocess
import sys
import time

import lab

N, PORT, WAIT_S = 3, 27000, 60
REST_S = 15
BIN = os.environ.get("JSL_BIN", "bin")
HZ = os.sysconf("SC_CLK_TCK")
SOURCE = """import java.util.stream.IntStream;

public class Fresh {
    public static void main(String[] args) throws Exception {
        int sum = IntStream.rangeClosed(1, %d).filter(i -> i %% 3 == 0).sum();
        System.out.println("%s: " + sum + new String(System.in.readAllBytes()));
    }
}
"""
FORM = ('--b\r\nContent-Disposition: form-data; name="source"; filename="Fresh.java"\r\n'
        '\r\n%s\r\n--b\r\nContent-Disposition: form-data; name="stdin"\r\n\r\n%s'
        '\r\n--b--\r\n')


class Programs:
    """Sources that differ from all before, in this run and others."""

    def __init__(self):
        self.serial = 0

    def make(self):
        """(source, what it prints)"""
        self.serial += 1
        name, third = f"{time.time_ns()}.{self.serial}", self.serial // 3
        return SOURCE % (self.serial, name), f"{name}: {3 * third * (third + 1) // 2}"


class Cluster:
    def __init__(self, directory):
        self.lab = lab.Lab(lambda *_: None)
        conf = os.path.join(directory, "jsl.conf")
        with open(conf, "w") as f:
            f.write('cluster { name = "bench" }\n' + "".join(
                f'peer {i} {{ address = "127.0.0.1:{PORT + 10 * i}" }}\n'
                for i in range(1, N + 1)) +
                f'gateway 100 {{ address = "127.0.0.1:{PORT}" '
                f'http = "127.0.0.1:{PORT + 1}" }}\n')
        self.begin = time.monotonic()
        self.nodes = {i: self.lab.start(i, [
            os.path.join(BIN, "jsl-peer" if i <= N else "jsl-gateway"), "--config", conf,
            "--id", str(i), "--data-dir", directory]) for i in [*range(1, N + 1), 100]}

    def post(self, source, stdin=None):
        """(status, text)"""
        kind, body = "text/x-java-source", source
        if stdin is not None:
            kind, body = "multipart/form-data; boundary=b", FORM % (source, stdin)
        c = http.client.HTTPConnection("127.0.0.1", PORT + 1, timeout=WAIT_S)
        try:
            c.request("POST", "/compileandrun", body, {"Content-Type": kind})
            answer = c.getresponse()
            return answer.status, answer.read().decode()
        except OSError as e:
            return 0, str(e)
        finally:
            c.close()

    def run(self, program, stdin=None):
        """Seconds until the right answer."""
        start = time.monotonic()
        got = self.post(program[0], stdin)
        if got != (200, program[1] + (stdin or "") + "\n"):
            raise SystemExit(f"java.py: wrong answer: {got}")
        return time.monotonic() - start

    def first_answer(self, program):
        """Seconds from the start of the first process, asking again and again."""
        while (got := self.post(program[0]))[0] != 200:
            if time.monotonic() > self.begin + WAIT_S:
                raise SystemExit(f"java.py: no answer within {WAIT_S} s: {got}")
            time.sleep(0.01)
        return time.monotonic() - self.begin

    def cpu_s(self):
        """Of the gateway, and of the peers without their children."""
        own = [p.cpu_s() for p in self.nodes.values()]
        return own.pop(), sum(own)

    def close(self):
        self.lab.stop()


def peer_run(directory, program, compile=True, stdin=""):
    """javac and java; seconds until the right answer."""
    os.makedirs(directory, exist_ok=True)
    start = time.monotonic()
    if compile:
        with open(os.path.join(directory, "Fresh.java"), "w") as f:
            f.write(program[0])
        subprocess.run(["javac", "Fresh.java"], cwd=directory, check=True)
    got = subprocess.run(["java", "-cp", directory, "Fresh"], input=stdin, check=True,
                         text=True, stdout=subprocess.PIPE).stdout
    if got != program[1] + stdin + "\n":
        raise SystemExit(f"java.py: wrong answer of java: {got}")
    return time.monotonic() - start


def machine_cpu_s():
    with open("/proc/stat") as f:
        ticks = [int(n) for n in f.readline().split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4] - ticks[7]) / HZ  # idle, iowait, steal


def crowd(n, jobs, run):
    """(jobs a second, seconds of CPU a job), n at a time"""
    start, cpu = time.monotonic(), machine_cpu_s()
    with concurrent.futures.ThreadPoolExecutor(n) as pool:
        for one in [pool.submit(run, i) for i in range(jobs)]:
            one.result()
    return jobs / (time.monotonic() - start), (machine_cpu_s() - cpu) / jobs


def show_times(name, ours, theirs):
    for p in 50, 99:
        a, b = (lab.percentile(t, p) * 1000 for t in (ours, theirs))
        lab.row(f"{name}, p{p} ms", f"{a:.1f}", f"{b:.0f}", f"1/{b / a:.1f}")


def main():
    args = argparse.ArgumentParser(description="see the head of this file")
    args.add_argument("-n", type=int, default=40)
    args.add_argument("-j", type=int, default=60)
    args.add_argument("-c", type=int, default=6)
    args = args.parse_args()
    lab.tidy_on_signals()
    if not lab.own_network():
        lab.say(f"no network namespace of its own: ports from {PORT} have to be free")
    scratch, programs = lab.Lab(lambda *_: None), Programs()
    cluster = Cluster(scratch.dir)
    never_ran = cluster.first_answer(programs.make())
    time.sleep(REST_S)  # the class archives are made
    cluster.close()
    cluster = Cluster(scratch.dir)
    did_run = cluster.first_answer(programs.make())
    time.sleep(REST_S)

    ours, theirs, again, java = [], [], [], []
    for i in range(args.n + 5):
        program = programs.make()
        ours.append(cluster.run(program))
        theirs.append(peer_run(scratch.dir, program))
        again.append(cluster.run(program, stdin=str(i)))
        java.append(peer_run(scratch.dir, program, compile=False, stdin=str(i)))
    before = cluster.cpu_s()
    fast = crowd(args.c, args.j, lambda i: cluster.run(programs.make()))
    gateway, peers = (now - b for now, b in zip(cluster.cpu_s(), before))
    slow = crowd(os.cpu_count(), args.j // 4, lambda i: peer_run(
        os.path.join(scratch.dir, str(i)), programs.make()))
    cluster.close()

    lab.row(f"gateway + {N} peers, {args.n} rounds", "jsl", "javac, java", "ratio")
    show_times("fresh source", ours[5:], theirs[5:])  # the first ones warm up
    show_times("same source, other input", again[5:], java[5:])
    lab.row(f"jobs/s, {args.c} clients, {os.cpu_count()} javac",
            f"{fast[0]:.2f}", f"{slow[0]:.2f}", f"{fast[0] / slow[0]:.1f}")
    lab.row("CPU ms a job", f"{fast[1] * 1000:.0f}", f"{slow[1] * 1000:.0f}",
            f"1/{slow[1] / fast[1]:.1f}")
    lab.row("… of the gateway, of the peers", f"{gateway / args.j * 1000:.2f}",
            f"{peers / args.j * 1000:.2f}")
    lab.row("first answer, never ran, s", f"{never_ran:.2f}")
    lab.row("first answer, did run before, s", f"{did_run:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
