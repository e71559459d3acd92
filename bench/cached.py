#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Cached answers of the gateway beside a bare evhttp server that says "hello".

    cached.py [-n ROUNDS] [-i SECONDS] [-k SECONDS]      (5 rounds of 1 s; kill: 8 s)

Run by make bench-http, with wrk -t1 -c32, in a network namespace of its own where that
is allowed; needs a JDK, as jsl-gateway --dev does. A request is a POST of a source of
600 bytes, the same each time and answered once before, so that the cache answers it.

    hello GET, POST   bench/hello, which looks at nothing; POST with the same source
    gateway           jsl-gateway --dev; they take turns, a figure is the median of the
                      rounds; the ratio is that of a round to hello GET, the most that
                      evhttp does
    leader killed     the gateway of a cluster of three peers, -k seconds long; the
                      leader's process is killed after a quarter of that. With
                      cache { invalidate-on-leader-change } false, and true: then what
                      was cached is run once more

Times in ms, of wrk's own. A failed request is one without a 2xx answer, or without any.
"""

import argparse
import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import lab

WAIT_S = 60
HELLO, DEV, CLUSTER = 29601, 29602, 29700
SOURCE = """public class Cached {
    public static void main(String[] args) {
        System.out.println("cached");
    }
}
"""
SOURCE += "//" + "." * (600 - len(SOURCE) - 3) + "\n"
SCRIPT = f"""wrk.method = "POST"
wrk.headers["Content-Type"] = "text/x-java-source"
wrk.body = [[
{SOURCE}]]
"""
BIN = os.environ.get("JSL_BIN", "bin")
BUILD = os.path.join(os.environ.get("JSL_BUILD", "."), "bench")


def ask(port, method, path):
    """(status, whether the cache answered); (0, False) without an answer"""
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    try:
        body = SOURCE if method == "POST" else None
        c.request(method, path, body, {"Content-Type": "text/x-java-source"})
        r = c.getresponse()
        r.read()
        return r.status, r.getheader("Cached-Response") == "true"
    except OSError:
        return 0, False
    finally:
        c.close()


def wait(what, until):
    end = time.monotonic() + WAIT_S
    while not until():
        if time.monotonic() > end:
            raise SystemExit(f"cached.py: no {what} within {WAIT_S} s")
        time.sleep(0.05)


class Daemons:
    def __init__(self):
        self.lab = lab.Lab(self.on_line)
        self.leader = None
        self.script = os.path.join(self.lab.dir, "post.lua")
        with open(self.script, "w") as f:
            f.write(SCRIPT)

    def on_line(self, key, words, us):
        # "3: switching from ELECTION to LEADING"
        if words[1:3] == ["switching", "from"] and words[5] == "LEADING":
            self.leader = key

    def gateway(self, key, port, *argv):
        self.lab.start(key, [os.path.join(BIN, "jsl-gateway"), *argv])
        wait("leader and worker", lambda: ask(port, "GET", "/readyz")[0] == 200)
        wait("cached answer", lambda: ask(port, "POST", "/compileandrun") == (200, True))

    def close(self):
        self.lab.stop()


def wrk(seconds, url, script=None):
    """answers/s, p99 and worst in ms, failed requests"""
    out = subprocess.run(["wrk", "-t1", "-c32", f"-d{seconds}s", "--latency",
                          "--timeout", "10s", *(["-s", script] if script else []), url],
                         capture_output=True, text=True, check=True).stdout
    unit = {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4}
    time_ms = lambda m: float(m[1]) * unit[m[2]]
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    errors = re.search(r"errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)",
                       out)
    return {"rate": float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]),
            "p99": time_ms(re.search(r"99%\s+([\d.]+)(us|ms|s|m)", out)),
            "worst": time_ms(re.search(
                r"Latency\s+\S+\s+\S+\s+([\d.]+)(us|ms|s|m)", out)),
            "failed": int(failed[1] if failed else 0) +
            sum(int(n) for n in (errors.groups() if errors else ()))}


def show(name, results, base):
    """base: the results of hello in the same rounds"""
    mid = {k: lab.percentile([r[k] for r in results], 50) for k in results[0]}
    mid["ratio"] = lab.percentile(
        [r["rate"] / b["rate"] for r, b in zip(results, base)], 50)
    lab.row(name, f"{mid['rate']:.0f}", f"{mid['p99']:.2f}", f"{mid['worst']:.1f}",
            sum(r["failed"] for r in results), f"{mid['ratio']:.2f}")
    return mid


def steady(args):
    daemons = Daemons()
    daemons.lab.start("hello", [os.path.join(BUILD, "hello"), str(HELLO)])
    daemons.gateway("dev", DEV, "--dev", "--http", f"127.0.0.1:{DEV}")
    hello, path = f"http://127.0.0.1:{HELLO}/", f"http://127.0.0.1:{DEV}/compileandrun"
    runs = {"hello GET": (hello, None), "hello POST": (hello, daemons.script),
            "gateway": (path, daemons.script)}
    results = {name: [] for name in runs}
    for _ in range(args.n):
        for name, run in runs.items():
            results[name].append(wrk(args.i, *run))
    daemons.close()
    return results


def killed(seconds, invalidate):
    """(hello just before, the gateway)"""
    daemons = Daemons()
    daemons.lab.start("hello", [os.path.join(BUILD, "hello"), str(HELLO)])
    conf = os.path.join(daemons.lab.dir, "jsl.conf")
    ports = {i: CLUSTER + 10 * i for i in (1, 2, 3)}
    with open(conf, "w") as f:
        f.write('cluster { name = "bench" }\n' + "".join(
            f'peer {i} {{ address = "127.0.0.1:{port}" }}\n' for i, port in ports.items()
        ) + f'gateway 100 {{ address = "127.0.0.1:{CLUSTER}" '
            f'http = "127.0.0.1:{CLUSTER + 1}" }}\n'
            f"cache {{ invalidate-on-leader-change = {invalidate} }}\n")
    rest = ["--config", conf, "--data-dir", daemons.lab.dir, "--id"]
    peers = {i: daemons.lab.start(i, [os.path.join(BIN, "jsl-peer"), *rest, str(i)])
             for i in ports}
    daemons.gateway("gateway", CLUSTER + 1, *rest, "100")
    hello = wrk(seconds, f"http://127.0.0.1:{HELLO}/")
    old = daemons.leader
    timer = threading.Timer(seconds / 4, lambda: peers[old].send(signal.SIGKILL))
    timer.start()
    result = wrk(seconds, f"http://127.0.0.1:{CLUSTER + 1}/compileandrun", daemons.script)
    timer.join()
    if not daemons.lab.wait(lambda: daemons.leader != old, WAIT_S):
        raise SystemExit("cached.py: no next leader")
    daemons.close()
    return hello, result


def main():
    args = argparse.ArgumentParser(description="see the head of this file")
    args.add_argument("-n", type=int, default=5)
    args.add_argument("-i", type=int, default=1)
    args.add_argument("-k", type=int, default=8)
    args = args.parse_args()
    if min(args.n, args.i, args.k) < 1:
        raise SystemExit("cached.py: no number")
    lab.tidy_on_signals()
    if not shutil.which("wrk"):
        print("skipped: no wrk")
        return 0
    if not lab.own_network():
        lab.say("no network namespace of its own: ports 29601 to 29733 have to be free")
    lab.row("wrk -t1 -c32", "answers/s", "p99 ms", "worst ms", "failed", "ratio")
    results = steady(args)
    for name in results:
        ours = show(name, results[name], results["hello GET"])
    fails = sum(r["failed"] for r in results["gateway"])
    for invalidate in "false", "true":
        hello, result = killed(args.k, invalidate)
        fails += result["failed"]
        show(f"leader killed, invalidate = {invalidate}", [result], [hello])
    for text, met in ((f"gateway >= 0.75 of hello ({ours['ratio']:.2f})",
                       ours["ratio"] >= 0.75),
                      ("gateway, p99 <= 5 ms", ours["p99"] <= 5),
                      ("no request failed", fails == 0)):
        print(f"  {'met' if met else 'NOT MET':<8} {text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
