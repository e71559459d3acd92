# SPDX-License-Identifier: BSD-2-Clause
"""Five nodes each of jsl, ZooKeeper and etcd, as failover.py sees them: start, kill,
pause, cut off, and what each node itself says about who leads."""

import http.client
import json
import os
import shutil
import signal
import socket
import threading

import lab

N = 5
QUORUM = 3


class Said:
    """What a node said last: its role ("leads", "follows" or None), and of whom: an
    epoch and an id where the system tells (jsl, etcd: both)."""

    def __init__(self, role=None, epoch=0, leader=0):
        self.role, self.epoch, self.leader = role, epoch, leader


class System:
    """On hosts of their own (hosts.Hosts), or all on loopback."""

    def __init__(self, hosts=None):
        self.lab = lab.Lab(self.on_line)
        self.hosts = hosts
        self.nodes = {}
        self.said = {i: Said() for i in range(1, N + 1)}
        self.fault_us = self.resumed_us = self.fault_epoch = 0
        self.fresh = set()  # nodes that have left the leader of before the fault
        self.old = None     # who led then: no news of it is news of a next leader
        self.leads = None   # (id, us): the first to say so after the fault
        self.quorum = None  # us: so many follow it, itself included
        self.yes = {}       # id -> [first, last] us of its newest "I lead"

    def on_line(self, key, words, us):
        pass

    def start(self, i):
        self.nodes[i] = self.launch(i)

    def start_all(self):
        for i in range(1, N + 1):
            self.start(i)

    def hear(self, i, said, us):
        """Node i says this; us is when it said so."""
        before, self.said[i] = self.said[i], said
        if said.role == "leads":
            if before.role == "leads" and before.epoch == said.epoch:
                self.yes[i][1] = us
            else:
                self.yes[i] = [us, us]
        if i == self.old or us < self.fault_us:
            return
        if self.is_fresh(i, before, said):
            self.fresh.add(i)
        if said.role == "leads" and i in self.fresh and self.leads is None:
            self.leads = (i, us)
        if self.leads and self.quorum is None and self.following() >= QUORUM:
            self.quorum = us

    def is_fresh(self, i, before, said):
        """Whether this is not a word from before the fault: it follows nobody, as each
        must before it follows another, or it names another epoch."""
        return said.role is None or said.epoch > self.fault_epoch

    def following(self):
        leader = self.leads[0]
        return 1 + sum(1 for i in self.fresh - {leader}
                       if self.said[i].role == "follows" and
                       self.said[i].leader in (0, leader))

    def healthy(self):
        """Its leader, when all follow it; else None."""
        leaders = [i for i in self.said if self.said[i].role == "leads"]
        if len(leaders) != 1:
            return None
        follow = [s for s in self.said.values() if s.role == "follows" and
                  s.leader in (0, leaders[0])]
        return leaders[0] if len(follow) == N - 1 else None

    def fault(self, do):
        """do(id) to the leader; returns its id."""
        with self.lab.changed:
            self.old = self.healthy()
            if self.old is None:
                return None
            self.fresh, self.leads, self.quorum = set(), None, None
            self.fault_epoch = max(s.epoch for s in self.said.values())
            self.fault_us = self.resumed_us = lab.now_us()
            do(self.old)
            return self.old

    def forget(self, i):
        with self.lab.changed:
            self.said[i] = Said()

    def address(self, i):
        return self.hosts.address(i) if self.hosts else "127.0.0.1"

    def command(self, i, argv):
        return self.hosts.inside(i) + argv if self.hosts else argv

    def resume(self):
        """After SIGSTOP; what it said before that, it did not say to anybody."""
        with self.lab.changed:
            self.resumed_us = lab.now_us()
            self.nodes[self.old].send(signal.SIGCONT)

    def stayed_us(self):
        """How long after the fault the old leader still said yes."""
        return max(0, self.yes[self.old][1] - self.fault_us)

    def overlap_us(self):
        """How long the old leader, since it was resumed, still said yes after the next
        one first did."""
        if self.old not in self.yes or self.leads is None:
            return 0
        return max(0, self.yes[self.old][1] - max(self.leads[1], self.resumed_us))

    def close(self):
        self.lab.close()


class Jsl(System):
    """bench/node, a process for each node; see there for its lines."""

    name = "jsl"

    @staticmethod
    def missing():
        return None

    def launch(self, i):
        build = os.environ.get("JSL_BUILD", ".")
        argv = [os.path.join(build, "bench/node"), self.lab.dir, "26000", str(N), str(N),
                str(i), str(i), "ask", self.address("%")]
        return self.lab.start(i, self.command(i, argv))

    def on_line(self, key, words, us):
        roles = {"LEADING": "leads", "FOLLOWING": "follows"}
        if len(words) < 4:
            return
        i, us = int(words[1]), int(words[0])
        if words[2] == "role" and len(words) == 6:
            said = Said(roles.get(words[3]), int(words[4]), int(words[5]))
            # A leader says so itself, by asking whether it may act (R4).
            if said.role != "leads":
                self.hear(i, said, us)
        elif words[2] == "acts":
            self.hear(i, Said("leads", int(words[3]), i), us)
        elif words[2] == "rests" and i in self.yes:
            self.yes[i][1] = int(words[4])
            self.hear(i, Said(), us)

    def polls(self):
        return "each change, written by the node; a leader asks itself each 1 ms"


class Polled(System):
    """A system that is asked: each node by its own thread, each 5 ms."""

    EVERY_S = 0.005

    def __init__(self, hosts=None):
        super().__init__(hosts)
        self.done = threading.Event()
        self.threads = [threading.Thread(target=self.poll, args=(i,), daemon=True)
                        for i in self.said]

    def start_all(self):
        super().start_all()
        for t in self.threads:
            t.start()

    def poll(self, i):
        while not self.done.wait(self.EVERY_S):
            try:
                said = self.ask(i)
            except (OSError, ValueError, KeyError, http.client.HTTPException):
                said = Said()
            us = lab.now_us()
            with self.lab.changed:
                self.hear(i, said, us)
                self.lab.changed.notify_all()

    def polls(self):
        return "asked each 5 ms over a connection of its own; the time is the answer's"

    def close(self):
        self.done.set()
        super().close()


class ZooKeeper(Polled):
    """Debian's zookeeper: srvr, a four-letter word. Its followers do not say whom they
    follow: they count once they have been without a leader since the fault."""

    name = "ZooKeeper"
    JARS = "/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-nop.jar"

    @staticmethod
    def missing():
        jar = "/usr/share/java/zookeeper.jar"
        if not shutil.which("java") or not os.path.exists(jar):
            return "no zookeeper (Debian: zookeeper)"
        return None

    def launch(self, i):
        home = os.path.join(self.lab.dir, str(i))
        os.makedirs(home, exist_ok=True)
        with open(f"{home}/myid", "w") as f:
            f.write(f"{i}\n")
        servers = "".join(f"server.{j}={self.address(j)}:{25100 + j}:{25200 + j}\n"
                          for j in self.said)
        with open(f"{home}/zoo.cfg", "w") as f:
            f.write("tickTime=2000\ninitLimit=10\nsyncLimit=5\nmaxClientCnxns=0\n"
                    "admin.enableServer=false\n4lw.commands.whitelist=srvr\n"
                    f"dataDir={home}\nclientPortAddress={self.address(i)}\n"
                    f"clientPort={25000 + i}\n{servers}")
        main = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
        return self.lab.start(i, self.command(i, ["java", "-Xmx128m", "-cp", self.JARS,
                                                  main, f"{home}/zoo.cfg"]))

    def ask(self, i):
        with socket.create_connection((self.address(i), 25000 + i), 0.2) as s:
            s.sendall(b"srvr")
            answer = b""
            while data := s.recv(4096):
                answer += data
        for line in answer.decode().split("\n"):
            if line.startswith("Mode: "):
                return Said({"leader": "leads", "follower": "follows"}.get(line[6:]))
        return Said()

    def is_fresh(self, i, before, said):
        return said.role is None


class Etcd(Polled):
    """Debian's etcd-server: /v3/maintenance/status, answered by each member for itself,
    with its term and the leader that it knows."""

    name = "etcd"

    def __init__(self, hosts=None):
        super().__init__(hosts)
        self.ids = {}  # member id -> our number
        self.connections = {}

    @staticmethod
    def missing():
        return None if shutil.which("etcd") else "no etcd (Debian: etcd-server)"

    def launch(self, i):
        peers = ",".join(f"n{j}=http://{self.address(j)}:{25200 + j}" for j in self.said)
        client = f"http://{self.address(i)}:{25100 + i}"
        peer = f"http://{self.address(i)}:{25200 + i}"
        argv = ["etcd", "--name", f"n{i}", "--log-level", "error",
                "--logger", "zap", "--log-outputs", "stderr",
                "--data-dir", os.path.join(self.lab.dir, str(i)),
                "--listen-client-urls", client,
                "--advertise-client-urls", client,
                "--listen-peer-urls", peer,
                "--initial-advertise-peer-urls", peer,
                "--initial-cluster", peers,
                "--initial-cluster-token", "bench"]
        return self.lab.start(i, self.command(i, argv))

    def ask(self, i):
        c = self.connections.pop(i, None) or \
            http.client.HTTPConnection(self.address(i), 25100 + i, timeout=0.2)
        try:
            c.request("POST", "/v3/maintenance/status", b"{}")
            status = json.loads(c.getresponse().read())
        except BaseException:
            c.close()
            raise
        self.connections[i] = c
        own, leader = status["header"]["member_id"], status.get("leader", "0")
        self.ids[own] = i
        if leader == "0":
            return Said()
        return Said("leads" if leader == own else "follows", int(status["raftTerm"]),
                    self.ids.get(leader, -1))


SYSTEMS = {"jsl": Jsl, "zookeeper": ZooKeeper, "etcd": Etcd}
