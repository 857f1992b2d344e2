#!/usr/bin/env python3
"""Who may write and read which topic, asked of the brokers themselves: every topic that stands there, by every certificate of
the house and by none. A principal sees, writes and reads what schemas/asyncapi.yaml says of it, and of everything else not even
that it exists.

    topics.py        beside a demo house whose var/demo/env is sourced

Nothing is written or read: an empty batch and an offset beyond the end are refused for what they are, after the broker has
looked at who asks. One line for each check that fails, then `N passed, N failed`.
"""
import glob
import os
import re
import socket
import ssl
import struct
import sys

import yaml

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KEYS = os.environ["R7_KEYS"]
SUPER = {"admin", "kafka"}  # those who run Kafka
PRODUCE, FETCH, METADATA, FIND_COORDINATOR, LIST_GROUPS = 0, 1, 3, 10, 16
READ, WRITE, DELETE, DESCRIBE = 3, 4, 6, 8  # bits of what a broker allows
TOPIC_REFUSED, GROUP_REFUSED = 29, 30
passed = failed = 0


def check(what, good, detail=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print("FAILED ", what, detail)


# --- Kafka's own words: https://kafka.apache.org/protocol, versions before the compact ones
def text(value):
    return struct.pack(">h", -1) if value is None else struct.pack(">h", len(value)) + value.encode()


def array(items):
    return struct.pack(">i", len(items)) + b"".join(items)


class Answer:
    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self, kind):
        value = struct.unpack_from(">" + kind, self.data, self.at)[0]
        self.at += struct.calcsize(kind)
        return value

    def text(self):
        length = self.number("h")
        if length < 0:
            return None
        self.at += length
        return self.data[self.at - length : self.at].decode()

    def array(self, item):
        return [item() for _ in range(max(0, self.number("i")))]


class Broker:
    """A connection as the owner of a certificate, or of none."""

    def __init__(self, name):
        host, port = os.environ["R7_KAFKA_BOOTSTRAP"].split(",")[0].rsplit(":", 1)
        context = ssl.create_default_context(cafile=os.environ["R7_CA"])
        context.check_hostname = False
        if name:
            context.load_cert_chain(f"{KEYS}/{name}.crt", f"{KEYS}/{name}.key")
        self.socket = context.wrap_socket(socket.create_connection((host, int(port)), 20))

    def ask(self, key, version, body):
        message = struct.pack(">hhi", key, version, 1) + text("topics") + body
        self.socket.sendall(struct.pack(">i", len(message)) + message)
        length = struct.unpack(">i", self.take(4))[0]
        answer = Answer(self.take(length))
        answer.number("i")
        return answer

    def take(self, length):
        data = b""
        while len(data) < length:
            more = self.socket.recv(length - len(data))
            if not more:
                raise ConnectionError("the broker hung up")
            data += more
        return data

    def topics(self, names=None):
        """Of those named, or of all that one is told of: {name: (error, what is allowed, partitions)}."""
        asked = struct.pack(">i", -1) if names is None else array([text(n) for n in names])
        answer = self.ask(METADATA, 8, asked + struct.pack(">???", False, False, True))
        answer.number("i")
        answer.array(lambda: (answer.number("i"), answer.text(), answer.number("i"), answer.text()))
        answer.text()
        answer.number("i")

        def partition():
            answer.number("h"), [answer.number("i") for _ in range(3)]
            for _ in range(3):
                answer.array(lambda: answer.number("i"))

        def topic():
            error, name, _ = answer.number("h"), answer.text(), answer.number("?")
            partitions = answer.array(partition)
            allowed = answer.number("i")
            return name, (error, {b for b in range(3, 13) if allowed > 0 and allowed >> b & 1}, len(partitions))

        return dict(answer.array(topic))

    def writes(self, names):
        """Which of them take a batch of mine: one that is empty, and so never becomes a message."""
        batch = array([struct.pack(">ii", 0, 0)])
        answer = self.ask(PRODUCE, 3, text(None) + struct.pack(">hi", -1, 10000) + array([text(n) + batch for n in names]))
        topics = answer.array(lambda: (answer.text(), answer.array(
            lambda: (answer.number("i"), answer.number("h"), answer.number("q"), answer.number("q"))[1])))
        return {name for name, errors in topics if TOPIC_REFUSED not in errors}

    def reads(self, names):
        """Which of them answer for an offset that is beyond their end otherwise than that it is not mine to ask."""
        beyond = array([struct.pack(">iqi", 0, 1 << 60, 1)])
        answer = self.ask(FETCH, 4, struct.pack(">iiiib", -1, 0, 0, 1, 0) + array([text(n) + beyond for n in names]))
        answer.number("i")

        def partition():
            answer.number("i")
            error = answer.number("h")
            answer.number("q"), answer.number("q")
            answer.array(lambda: (answer.number("q"), answer.number("q")))
            length = answer.number("i")
            answer.at += max(0, length)
            return error

        topics = answer.array(lambda: (answer.text(), answer.array(partition)))
        return {name for name, errors in topics if TOPIC_REFUSED not in errors}

    def uses_group(self, name):
        answer = self.ask(FIND_COORDINATOR, 1, text(name) + struct.pack(">b", 0))
        answer.number("i")
        return answer.number("h") != GROUP_REFUSED

    def groups(self):
        answer = self.ask(LIST_GROUPS, 1, b"")
        answer.number("i"), answer.number("h")
        return [g for g, _ in answer.array(lambda: (answer.text(), answer.text()))]


# --- what the contract says
with open(f"{TOP}/schemas/asyncapi.yaml", encoding="utf-8") as file:
    OPERATIONS = {tuple(name.split("/")) for name in yaml.safe_load(file)["operations"]}


def channel(topic):
    """The channel of a topic, and whether it is the one for what was set aside of it."""
    name, aside = re.subn(r"\.set-aside$", "", topic)
    return re.sub(r"^(deliveries|receipts)\.[^.]+\.[^.]+$", r"\1", name), bool(aside)


def allowed(principal, topic):
    """A room by its operations; a source system by its name alone (S9). What a room takes it may set aside; nobody of the house
    reads that. Room ingest removes deliveries when they are durable, and may announce there for people (S11)."""
    name, aside = channel(topic)
    kind, _, own = principal.partition("-")
    may = set()
    if kind == "room":
        if ((own, "receive", name) in OPERATIONS and not aside) or (principal == "room-ingest" and name == "deliveries"):
            may.add(READ)
        if (own, "receive" if aside else "send", name) in OPERATIONS:
            may.add(WRITE)
        if principal == "room-ingest" and name == "deliveries":
            may |= {WRITE, DELETE}
    if kind == "system" and topic == "deliveries." + systems[principal]:
        may.add(WRITE)
    if kind == "system" and topic == "receipts." + systems[principal]:
        may.add(READ)
    return may | {DESCRIBE} if may else may


def uses(principal, group):
    kind, _, own = principal.partition("-")
    room, _, topic = group.partition(".")
    if kind == "room":
        return room == own and (room, "receive", topic) in OPERATIONS
    return kind == "system" and group.startswith(systems[principal] + ".")


# --- the walk
principals = sorted({os.path.basename(p)[: -len(".crt")] for p in glob.glob(f"{KEYS}/*.crt")} - SUPER - {"ca"})
principals = [p for p in principals if os.path.exists(f"{KEYS}/{p}.key")]
administrator = Broker("admin")
topics = {name: partitions for name, (_, _, partitions) in administrator.topics().items() if not name.startswith("__")}
# A region's name may hold a hyphen: where it ends is told by the topic.
systems = {"system-" + name[len("deliveries."):].replace(".", "-"): name[len("deliveries."):]
           for name in topics if re.fullmatch(r"deliveries\.[^.]+\.[^.]+", name)}
groups = sorted(set(administrator.groups()) | {f"{s}.reader" for s in systems.values()} |
                {f"{room}.{name}" for room, action, name in OPERATIONS if action == "receive"})
nothing = ["deliveries.region-x.nothing", "receipts.region-x.nothing", "delivery.nothing", "nothing.set-aside"]
check("every kind of topic, certificate and group is there", len(topics) > 30 and len(systems) > 3 and len(groups) > 15 and
      {"room-ingest", "room-search"} <= set(principals) and {p for p in principals if p.startswith("system-")} <= set(systems),
      (topics, principals, groups))

for principal in principals:
    broker = Broker(principal)
    told = broker.topics()
    wanted = {t: allowed(principal, t) for t in topics if allowed(principal, t)}
    check(f"{principal} is told of its own topics and no other", set(told) == set(wanted), sorted(set(told) ^ set(wanted)))
    for topic in topics:
        got = told.get(topic, (0, set(), 0))[1]
        check(f"{principal} may do with {topic} what the contract says", got == wanted.get(topic, set()), (got, wanted.get(topic)))
    for what, tried, right in (("write", broker.writes, WRITE), ("read", broker.reads, READ)):
        good = {t for t, may in wanted.items() if right in may}
        for topic in topics:
            done = bool(tried([topic]))
            check(f"{principal} can {what} {topic} as it may", done == (topic in good), "it can" if done else "it cannot")
    named = broker.topics([t for t in [*topics, *nothing] if not allowed(principal, t)])
    check(f"{principal} cannot tell another's topic from none", {(e, p) for e, _, p in named.values()} == {(TOPIC_REFUSED, 0)}, named)
    for group in groups:
        check(f"{principal} uses group {group} if it is its own", broker.uses_group(group) == uses(principal, group))

try:
    Broker(None).topics()
    check("who has no certificate is not let in", False)
except OSError:
    check("who has no certificate is not let in", True)
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
