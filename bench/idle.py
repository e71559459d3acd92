#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The daemons with nothing to do: five jsl-peer and a jsl-gateway, started at once.

    idle.py [-i SECONDS] [-n TIMES]      (20 s; the cold start 3 times)

Run by make bench-idle, in a network namespace of its own where that is allowed, with
the defaults and empty data directories. Each peer prepares its JVMs meanwhile, as it
does in use; the figures are those of the daemon's own process, without its children.

    cold start  from the start of the first process until, by the lines on their stdout,
                one peer is LEADING and two are FOLLOWING (the time is when the line
                was read), in ms
    RSS, cpu    of each, 30 s later, over -i seconds: MB, and % of one core; the worst
                of the five
"""

import argparse
import os
import sys
import time

import lab

N = 5
QUORUM = 3
SETTLE_S = 30
WAIT_S = 30

CONFIG = 'cluster { name = "bench" }\n' + "".join(
    f'peer {i} {{ address = "127.0.0.1:{28000 + 10 * i}" }}\n' for i in range(1, N + 1)
) + 'gateway 100 { address = "127.0.0.1:28100"  http = "127.0.0.1:28108" }\n'


class Daemons:
    def __init__(self):
        self.lab = lab.Lab(self.on_line)
        self.roles = {}
        self.first_us = None
        self.nodes = {}
        conf = os.path.join(self.lab.dir, "jsl.conf")
        with open(conf, "w") as f:
            f.write(CONFIG)
        self.begin_us = lab.now_us()
        for i in [*range(1, N + 1), 100]:
            program = "jsl-peer" if i <= N else "jsl-gateway"
            self.nodes[i] = self.lab.start(i, [
                os.path.join(os.environ.get("JSL_BIN", "bin"), program),
                "--config", conf, "--id", str(i), "--data-dir", self.lab.dir])

    def on_line(self, key, words, us):
        # "3: switching from LOOKING to FOLLOWING"
        if words[1:3] != ["switching", "from"] or key > N:
            return
        self.roles[key] = words[5]
        roles = list(self.roles.values())
        if roles.count("LEADING") == 1 and \
                1 + roles.count("FOLLOWING") >= QUORUM and self.first_us is None:
            self.first_us = us

    def cold_start_us(self):
        if not self.lab.wait(lambda: self.first_us, WAIT_S):
            raise SystemExit(f"idle.py: no leader within {WAIT_S} s: {self.roles}")
        return self.first_us - self.begin_us

    def close(self):
        self.lab.stop()


def cost(daemons, seconds):
    """id -> (RSS in MB, % of one core)"""
    start, before = time.monotonic(), {i: p.cpu_s() for i, p in daemons.nodes.items()}
    time.sleep(seconds)
    took = time.monotonic() - start
    return {i: (p.rss_kb() / 1024, 100 * (p.cpu_s() - before[i]) / took)
            for i, p in daemons.nodes.items()}


def main():
    args = argparse.ArgumentParser(description="see the head of this file")
    args.add_argument("-i", type=float, default=20)
    args.add_argument("-n", type=int, default=3)
    args = args.parse_args()
    lab.tidy_on_signals()
    if not lab.own_network():
        lab.say("no network namespace of its own: ports 28010 to 28108 have to be free")
    cold = []
    for i in range(args.n):
        daemons = Daemons()
        cold.append(daemons.cold_start_us())
        if i + 1 < args.n:
            daemons.close()
    time.sleep(SETTLE_S)
    each = cost(daemons, args.i)
    daemons.close()
    gateway, peers = each.pop(100), list(each.values())
    worst = max(rss for rss, _ in peers), max(cpu for _, cpu in peers)
    lab.row("five jsl-peer", "p50", "worst")
    lab.row(f"cold start, ms, {args.n} times", lab.ms(cold, 50), lab.ms(cold, 99))
    lab.row("", "RSS MB", "cpu %")
    lab.row("jsl-peer, the worst of five", f"{worst[0]:.1f}", f"{worst[1]:.3f}")
    lab.row("jsl-gateway", f"{gateway[0]:.1f}", f"{gateway[1]:.3f}")
    for text, met in (("cold start, worst <= 1500 ms", max(cold) <= 1.5e6),
                      ("peer <= 8 MB", worst[0] <= 8), ("peer <= 0.5 %", worst[1] <= 0.5),
                      ("gateway <= 8 MB", gateway[0] <= 8)):
        print(f"  {'met' if met else 'NOT MET':<8} {text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
