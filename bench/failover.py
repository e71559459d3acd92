#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""How long a cluster of five is without a leader: jsl beside ZooKeeper and etcd.

    failover.py [-n ROUNDS] [-s SEED] [jsl] [zookeeper] [etcd]      (10 rounds, all three)

Run by make bench-failover; a system that is not installed is skipped with a line. The
three run one after the other on this machine over loopback, in a network namespace of
their own where that is allowed, each with its defaults: ZooKeeper tickTime 2000,
initLimit 10, syncLimit 5; etcd heartbeat 100 ms, election 1000 ms; jsl heartbeat 100 ms,
lease 500 ms. Their data is in one temporary directory, on the disk of $TMPDIR.

A round waits until all five agree on a leader and for a random 0.5 to 1.5 s more, does
one thing to the leader, and restarts, resumes or joins it afterwards:

    kill -9     SIGKILL
    clean stop  SIGTERM
    pause       SIGSTOP until a quorum follows another, then 1 s more, then SIGCONT
    cut         its process runs on, and what it and the four others send each other is
                lost without a word, for as long as a pause. Those who ask it who leads
                still reach it

For the last, and once more for kill -9, each node is a host of its own (hosts.py: a
network namespace, with a router between them); where that is not allowed these two are
skipped with a line. Elsewhere all are on one loopback, where jsl may trust a refused
connection (R13): that is why kill -9 is in the table twice.

Figures, in ms; p50 and p99 are nearest ranks, so p99 of 10 rounds is the worst:

    leads       from just before the signal until another node itself says that it leads
    quorum      until three of five follow that one, itself included: they name it, or
                (ZooKeeper) serve again after having been without a leader
    overlap     how long the old leader went on saying that it leads while another says
                so too: from that one's first word, or SIGCONT, to the old one's last
    lag         by how much the machine itself was late from the fault to the quorum: a
                sleep of 5 ms that took longer. On a busy machine it is what p99 shows
    cut off, it last says so        from the cut until the old one's last such word
    cold start  from the start of the first process until a quorum follows a leader, with
                empty data directories (ZooKeeper: a JVM each)

Who says so: jsl's nodes (bench/node, a process each on libjsl) write each change with
their own time, and a leader asks itself each millisecond whether it may act
(jsl_node_is_leader, R4): only a yes counts. ZooKeeper's servers are asked "srvr",
etcd's members /v3/maintenance/status, each 5 ms, and the time is when the answer was
read: theirs are up to 5 ms and an answer's time too long. An answer that was on its way
when its sender was stopped counts before SIGCONT, not after.
"""

import argparse
import random
import signal
import sys
import time

import hosts
import lab
from failover_systems import N, SYSTEMS

AGREE_S = 60  # the longest wait for a cluster to agree, and for a next leader

FAULTS = {"kill -9": signal.SIGKILL, "clean stop": signal.SIGTERM,
          "pause": signal.SIGSTOP}
CUT = "cut"
ON_HOSTS = {"kill -9, hosts": signal.SIGKILL, CUT: CUT}


class Figures:
    def __init__(self):
        self.leads, self.quorum, self.overlap, self.stayed = [], [], [], []
        self.lag = []
        self.missed = 0


def settle(system):
    if not system.lab.wait(system.healthy, AGREE_S):
        raise SystemExit(f"{system.name}: five nodes do not agree in {AGREE_S} s: " +
                         str({i: vars(s) for i, s in system.said.items()}))
    time.sleep(random.uniform(0.5, 1.5))


def fault(system, how):
    """To its leader; returns whose id."""
    if how == CUT:
        return system.fault(system.hosts.cut)
    return system.fault(lambda leader: system.nodes[leader].send(how))


def mend(system, how, old):
    """Have the old leader back."""
    if how == signal.SIGSTOP or how == CUT:
        time.sleep(1)
        if how == CUT:
            system.hosts.heal(old)
        else:
            system.resume()
        system.lab.wait(lambda: system.healthy() not in (None, old), AGREE_S)
    else:
        system.nodes[old].reap()
        system.forget(old)
        system.start(old)


def play(system, how, figures, lag):
    """One round; False if the leader changed by itself just before it."""
    settle(system)
    lag.worst_us = 0
    old = fault(system, how)
    if old is None:
        return False
    if not system.lab.wait(lambda: system.quorum, AGREE_S):
        figures.missed += 1
    else:
        figures.leads.append(system.leads[1] - system.fault_us)
        figures.quorum.append(system.quorum - system.fault_us)
    figures.lag.append(lag.worst_us)
    mend(system, how, old)
    figures.overlap.append(system.overlap_us())
    figures.stayed.append(system.stayed_us())
    return True


def measure(make, rounds, results, cold):
    """Adds to results, the name of a fault -> Figures, and to the cold starts."""
    for i in range(max(1, min(5, rounds))):
        system = make()
        begin_us = lab.now_us()
        system.start_all()
        if system.lab.wait(lambda: system.quorum, AGREE_S):
            cold.append(system.quorum - begin_us)
        if i + 1 < max(1, min(5, rounds)):
            system.close()
    for name, how in FAULTS.items():
        play_all(system, name, how, rounds, results)
    system.close()


def play_all(system, name, how, rounds, results):
    results[name] = Figures()
    lag, done = lab.Lag(), 0
    while done < rounds:
        done += play(system, how, results[name], lag)
    lag.stop()
    lab.say(f"{system.name}: {name}: {done} rounds")


def measure_hosts(make, rounds, results):
    """The same on hosts of their own, where the network can fail, too."""
    network = hosts.Hosts(N)
    system = make(network)
    system.start_all()
    for name, how in ON_HOSTS.items():
        play_all(system, name, how, rounds, results)
    system.close()
    network.close()


def show(name, results, cold):
    print(f"{name}")
    lab.row("ms", "leads p50", "p99", "quorum p50", "p99", "overlap p50", "worst",
            "lag worst")
    for fault, f in results.items():
        lab.row(f"{fault}, {len(f.quorum)} rounds",
                lab.ms(f.leads, 50), lab.ms(f.leads, 99), lab.ms(f.quorum, 50),
                lab.ms(f.quorum, 99), lab.ms(f.overlap, 50), lab.ms(f.overlap, 100),
                lab.ms(f.lag, 100))
        if f.missed:
            print(f"  {fault}: no next leader within {AGREE_S} s in {f.missed} rounds")
    if CUT in results:
        stayed = results[CUT].stayed
        print(f"  cut off, it last says so after {lab.ms(stayed, 50)} ms (p50), "
              f"at worst {lab.ms(stayed, 100)}")
    lab.row(f"cold start, {len(cold)} times", "", "", lab.ms(cold, 50), lab.ms(cold, 99))


def goals(ours, theirs):
    """What is asked of jsl, and whether this run has it; theirs: ZooKeeper's, or None."""
    rows = [("clean stop, p50 <= 30 ms", ours["clean stop"], 50, 30e3)]
    for fault in "pause", *ON_HOSTS:
        if fault in ours:
            rows += [(f"{fault}, p50 <= 600 ms", ours[fault], 50, 600e3),
                     (f"{fault}, p99 <= 750 ms", ours[fault], 99, 750e3)]
    rows = [(text, lab.percentile(f.quorum, p) <= us) for text, f, p, us in rows]
    rows += [("never two leaders", max(max(f.overlap) for f in ours.values()) == 0)]
    if theirs:
        a, b = (lab.percentile(f["kill -9"].quorum, 50) for f in (ours, theirs))
        rows.insert(0, (f"kill -9, p50 <= 1/5 of ZooKeeper's ({a / b:.2f} of it)",
                        a <= b / 5))
    for text, met in rows:
        print(f"  {'met' if met else 'NOT MET':<8} {text}")


def main():
    args = argparse.ArgumentParser(usage="failover.py [-n ROUNDS] [-s SEED] [SYSTEM...]")
    args.add_argument("-n", type=int, default=10)
    args.add_argument("-s", type=int, default=1)
    args.add_argument("systems", nargs="*", default=list(SYSTEMS))
    args = args.parse_args()
    unknown = set(args.systems) - set(SYSTEMS)
    if unknown or args.n < 1:
        raise SystemExit(f"failover.py: not one of {' '.join(SYSTEMS)}: {unknown}")
    lab.tidy_on_signals()
    own = lab.own_network()
    if not own:
        lab.say("no network namespace of its own: ports 25000 to 26010 have to be free")
    no_hosts = hosts.missing() if own else "no network of its own"
    if no_hosts:
        print(f"{'; '.join(ON_HOSTS)}: skipped: {no_hosts}")
    all_results = {}
    for key in args.systems:
        make = SYSTEMS[key]
        if make.missing():
            print(f"{make.name}: skipped: {make.missing()}")
            continue
        random.seed(args.s)
        all_results[key], cold = {}, []
        try:
            measure(make, args.n, all_results[key], cold)
            if not no_hosts:
                measure_hosts(make, args.n, all_results[key])
        finally:  # what there is, when a cluster does not come up
            show(make.name, all_results[key], cold)
    if "jsl" not in all_results:
        return 0
    goals(all_results["jsl"], all_results.get("zookeeper"))
    return int(any(max(f.overlap) > 0 for f in all_results["jsl"].values()))


if __name__ == "__main__":
    sys.exit(main())
