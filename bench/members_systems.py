# SPDX-License-Identifier: BSD-2-Clause
"""Clusters of n members, a process each, as members.py sees them: jsl's and
memberlist's. Both print the same lines; see node.c."""

import os
import shutil
import subprocess
import time

import lab


class Members:
    SHARED = 32  # members in a process, when they share; the last has one alone

    def __init__(self, n, shared=False):
        self.n = n
        self.lab = lab.Lab(self.on_line)
        self.nodes = {}
        self.alive = {i: set() for i in range(1, n + 1)}  # whom each takes to be alive
        self.victim = None
        self.told = {}  # who has declared the victim failed: us
        self.false_positives = 0
        each = self.SHARED if shared else 1
        for first in range(1, n, each):
            self.start(first, min(first + each, n) - 1)
            time.sleep(0.005)
        self.start(n, n)

    def start(self, first, last):
        process = self.launch(first, last)
        for i in range(first, last + 1):
            self.nodes[i] = process

    def on_line(self, key, words, us):
        if len(words) != 4:
            return
        us, i, what = int(words[0]), int(words[1]), words[2]
        if what in ("joined", "recovered"):
            self.alive[i].add(int(words[3]))
        elif what in ("failed", "left"):
            other = int(words[3])
            self.alive[i].discard(other)
            if other != self.victim:
                self.false_positives += 1
            else:
                self.told.setdefault(i, us)

    def all_know(self):
        return all(len(known) >= self.n - 1 for known in self.alive.values())

    def fault(self, victim, how):
        with self.lab.changed:
            self.victim, self.told = victim, {}
            self.nodes[victim].send(how)
            return lab.now_us()

    def replace(self):
        """Another process in the place of the victim."""
        self.nodes[self.victim].end()
        with self.lab.changed:
            self.alive[self.victim] = set()
        self.start(self.victim, self.victim)

    def settled(self):
        """The victim's time is over: who declares it failed from now on is wrong."""
        self.victim = None

    def close(self):
        self.lab.close()


class Jsl(Members):
    """bench/node: the first five vote, so there is a leader, too."""

    name = "jsl"
    VOTERS = 5

    @staticmethod
    def missing():
        return None

    def launch(self, first, last):
        build = os.environ.get("JSL_BUILD", ".")
        return self.lab.start(first, [os.path.join(build, "bench/node"), self.lab.dir,
                                      "26000", str(self.n), str(self.VOTERS),
                                      str(first), str(last)])


class Memberlist(Members):
    name = "memberlist"
    GOPATH = "/usr/share/gocode"
    program = None

    @classmethod
    def missing(cls):
        """Why not, or None; builds the program."""
        path = os.path.join(cls.GOPATH, "src/github.com/hashicorp/memberlist")
        if not shutil.which("go") or not os.path.isdir(path):
            return "Debian: golang-go, golang-github-hashicorp-memberlist-dev"
        build = os.path.join(os.environ.get("JSL_BUILD", "."), "bench")
        cls.program = os.path.join(build, "memberlist")
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "memberlist.go")
        env = dict(os.environ, GOPATH=cls.GOPATH, GO111MODULE="off", CGO_ENABLED="0",
                   GOCACHE=os.path.join(build, "go-cache"))
        built = subprocess.run(["go", "build", "-o", cls.program, source], env=env,
                               capture_output=True, text=True)
        return None if built.returncode == 0 else f"go build: {built.stderr.strip()}"

    def launch(self, first, last):
        return self.lab.start(first, [self.program, "27000", str(self.n), str(first),
                                      str(last)])


SYSTEMS = {"jsl": Jsl, "memberlist": Memberlist}
