#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""How soon all members of a cluster know of a failure, and what it costs them to watch
each other: jsl beside memberlist.

    members.py [-n ROUNDS] [-s SEED] [-i SECONDS] [--detect N,...] [--idle N,...] [jsl]
               [memberlist]         (5 rounds, 10 s, detect 8,64, idle 8,64,256, both)

Run by make bench-members; a system that is not installed is skipped with a line. Each
member is a process of its own (bench/node; memberlist.go with DefaultLANConfig), over
loopback, in a network namespace of its own where that is allowed. jsl's nodes have the
defaults of their options; five of them vote, so the figures include an election's
heartbeats and the links of the others to the leader.

A round waits until each knows all others, and for a random 1 to 3 s more; then a member
drawn at random is killed (SIGKILL), or made silent (SIGSTOP: its sockets stay, nobody
reads them). Afterwards it is started anew, or resumed, or if that did not help for 150 s
replaced. Figures, in ms, p50 and p99 (nearest rank: of few rounds the worst):

    first       from just before the signal until one member has declared it failed
    all         until all others have, by the time that each wrote
    wrong       members declared failed that were running: by anybody, in all rounds,
                those that a resumed one declares included

Idle: after each knows all and 20 s, for -i seconds: CPU of all processes together
over the members, in % of one core; resident memory of the last member's process; UDP
datagrams sent and bytes over loopback (UDP and TCP, headers included), of the network
namespace's counters. Of more than 64 members, 32 share a process, and the last has one
alone: hundreds of processes that wake many times a second would measure how this
machine changes between them, and be late for each other.
"""

import argparse
import random
import signal
import sys
import time

import lab
from members_systems import SYSTEMS

KNOW_S = 150   # the longest wait for members to know each other: beyond 32 members
               # memberlist compares tables once a minute only
SETTLE_S = 20   # after that, before it counts as idle
DETECT_S = 60   # and for all to declare one failed

FAULTS = {"killed": signal.SIGKILL, "silent": signal.SIGSTOP}

# What is asked of jsl: (fault, n) -> "all" in ms, p50 and p99.
GOALS = {("killed", 8): (1000, 2000), ("killed", 64): (1500, 4000),
         ("silent", 8): (3000, None), ("silent", 64): (4000, None)}


def settle(members):
    if not members.lab.wait(members.all_know, KNOW_S):
        return False
    with members.lab.changed:
        members.settled()
    return True


def recover(members, how):
    if how == signal.SIGKILL:
        members.replace()
    else:
        members.nodes[members.victim].send(signal.SIGCONT)
        if settle(members):
            return
        print(f"  resumed member {members.victim} was not taken back in {KNOW_S} s")
        members.replace()
    if not settle(members):
        raise SystemExit(f"{members.name}: a restarted member is not known to all")


def detect(members, name, rounds):
    how, first, last, missed = FAULTS[name], [], [], 0
    members.false_positives = 0
    for _ in range(rounds):
        time.sleep(random.uniform(1, 3))
        start_us = members.fault(random.randint(1, members.n), how)
        if members.lab.wait(lambda: len(members.told) >= members.n - 1, DETECT_S):
            first.append(min(members.told.values()) - start_us)
            last.append(max(members.told.values()) - start_us)
        else:
            missed += 1
        recover(members, how)
    lab.row(f"{members.name}, n = {members.n}, {name}", lab.ms(first, 50),
            lab.ms(last, 50), lab.ms(last, 99), members.false_positives)
    if members.name == "jsl" and (name, members.n) in GOALS:
        for p, goal in zip((50, 99), GOALS[name, members.n]):
            met = not missed and (goal is None or lab.percentile(last, p) <= goal * 1000)
            if goal is not None:
                print(f"    {'met' if met else 'NOT MET':<8} p{p} <= {goal} ms")
    if missed:
        print(f"  not known to all within {DETECT_S} s in {missed} of {rounds} rounds")


def idle(members, seconds):
    def cpu_s():
        return sum(p.cpu_s() for p in set(members.nodes.values()))

    time.sleep(SETTLE_S)
    members.false_positives = 0
    before, start, used = lab.datagrams_and_bytes(), time.monotonic(), cpu_s()
    time.sleep(seconds)
    after, took = lab.datagrams_and_bytes(), time.monotonic() - start
    used = cpu_s() - used
    rss_kb = members.nodes[members.n].rss_kb()
    datagrams, size = ((b - a) / took / members.n for a, b in zip(before, after))
    lab.row(f"{members.name}, n = {members.n}", f"{100 * used / took / members.n:.3f}",
            f"{rss_kb / 1024:.1f}", f"{datagrams:.1f}", f"{size / 1000:.2f}",
            members.false_positives)


def with_members(make, n, do, shared=False):
    members = make(n, shared)
    start = time.monotonic()
    try:
        if not members.lab.wait(members.all_know, KNOW_S):
            known = sorted(len(known) for known in members.alive.values())
            print(f"  {members.name}, n = {n}: {known[0]} to {known[-1]} others known "
                  f"after {KNOW_S} s")
            return
        lab.say(f"{members.name}, n = {n}: all know all after "
                f"{time.monotonic() - start:.1f} s")
        do(members)
    finally:
        members.close()


def sizes(text):
    return [int(n) for n in text.split(",") if n]


def main():
    args = argparse.ArgumentParser(description="see the head of this file")
    args.add_argument("-n", type=int, default=5)
    args.add_argument("-s", type=int, default=1)
    args.add_argument("-i", type=float, default=10)
    args.add_argument("--detect", type=sizes, default=[8, 64])
    args.add_argument("--idle", type=sizes, default=[8, 64, 256])
    args.add_argument("systems", nargs="*", default=list(SYSTEMS))
    args = args.parse_args()
    if set(args.systems) - set(SYSTEMS):
        raise SystemExit(f"members.py: not one of {' '.join(SYSTEMS)}")
    lab.tidy_on_signals()
    if not lab.own_network():
        lab.say("no network namespace of its own: ports 26001 to 27256 have to be "
                "free, and the datagrams are all of this machine")
    makers = []
    for key in args.systems:
        why = SYSTEMS[key].missing()
        if why:
            print(f"{SYSTEMS[key].name}: skipped: {why}")
        else:
            makers.append(SYSTEMS[key])
    random.seed(args.s)
    if args.detect:
        print(f"detection, {args.n} rounds")
        lab.row("ms", "first p50", "all p50", "all p99", "wrong")
    for n in args.detect:
        for make in makers:
            with_members(make, n, lambda m: [detect(m, f, args.n) for f in FAULTS])
    if args.idle:
        print(f"idle, a member, over {args.i:g} s")
        lab.row("", "cpu %", "RSS MB", "datagrams/s", "kB/s", "wrong")
    for n in args.idle:
        for make in makers:
            with_members(make, n, lambda m: idle(m, args.i), shared=n > 64)
    return 0


if __name__ == "__main__":
    sys.exit(main())
