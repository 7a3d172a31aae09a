"""A second implementation of what servers say to each other, as docs/protocol/federation.md describes it: enough of it to
be somebody's peer, and to be a bad one."""

import hashlib
import os
import socket
import struct
import time

import openssl

ALPN = b"obrol-peer/1"
EXPORTER_LABEL = b"EXPORTER-obrol-peer"
VERSION = 1
DIALLER, LISTENER = 1, 2
(HELLO, ROTATION, PROOF, RESUME, ITEMS, ACKNOWLEDGEMENT, HEADS, PUSH, FETCH, ENTRIES, BLOB_REQUEST, BLOB_PART, PRESENCE_QUERY,
 PRESENCE, PING, PONG, BYE) = range(1, 18)
DIRECT_POST, GROUP_POST, GROUP_REQUEST, GROUP_INVITATION, ITEM_REFUSED, NO_ITEM = range(1, 7)
JOIN, ACCEPT, LEAVE, INVITE, KICK = range(5)
MESSAGE, FILE = 1, 2


class Ended(Exception):
    """The other side closed the link; .bye is (code, words), or None where it said nothing."""

    def __init__(self, bye):
        super().__init__(f"the link ended: {bye}")
        self.bye = bye


def text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return struct.pack(">I", len(data)) + data


def number(value):
    return struct.pack(">q", value)


def texts(values):
    return struct.pack(">I", len(values)) + b"".join(text(value) for value in values)


def now():
    return int(time.time() * 1000)


def new_id():
    """As obrold makes them: a UUIDv7, milliseconds first."""
    random = bytearray(os.urandom(10))
    random[0] = 0x70 | random[0] & 0x0F
    random[2] = 0x80 | random[2] & 0x3F
    return now().to_bytes(6, "big") + bytes(random)


def frame(tag, body):
    return struct.pack(">I", 1 + len(body)) + bytes([tag]) + body


def hello(key, label, version=VERSION, host="", port=0):
    return struct.pack(">H", version) + key.public + text(label) + text(host) + struct.pack(">H", port)


def proof_text(role, exporter, dialler, listener):
    return b"obrol-peer/1 link\0" + bytes([role]) + exporter + dialler + listener


def items(key, receiver, epoch, first, count, encoded):
    place, listed = number(epoch) + number(first) + number(count), texts(encoded)
    return place + listed + key.sign(b"obrol-peer/1 items\0" + receiver + place + hashlib.sha256(listed).digest())


def author(name, display_name="", country=""):
    return text(name) + text(display_name) + text(country)


def direct_post(sender, to, body, id=None, at=None, kind=MESSAGE, into_folder=False):
    return bytes([DIRECT_POST]) + (id or new_id()) + author(sender) + text(to) + bytes([kind]) + \
        number(now() if at is None else at) + text(body) + bytes([into_folder])


def signed_text(home, group, id, server, name, body_digest, at, kind=MESSAGE, seq=0):
    return b"obrol-peer/1 group entry\0" + home + text(group.lower()) + id + server + text(name.lower()) + bytes([kind]) + number(at) + \
        body_digest + number(seq)


def group_post(group, sender, body, signature, id, at, kind=MESSAGE):
    return bytes([GROUP_POST]) + id + text(group) + author(sender) + bytes([kind]) + number(at) + text(body) + signature


def group_request(group, sender, action, who=(), code="", role=0):
    return bytes([GROUP_REQUEST]) + new_id() + text(group) + author(sender) + number(now()) + bytes([action]) + text(code) + \
        struct.pack(">I", len(who)) + b"".join(key + text(label) + text(name) for key, label, name in who) + bytes([role])


class Reader:
    def __init__(self, data):
        self.data = data

    def take(self, size):
        if len(self.data) < size:
            raise AssertionError(f"a frame is too short: {self.data!r}")
        part, self.data = self.data[:size], self.data[size:]
        return part

    def number(self):
        return struct.unpack(">q", self.take(8))[0]

    def count(self):
        return struct.unpack(">I", self.take(4))[0]

    def text(self):
        return self.take(self.count())


class Link:
    """A link, as far as the caller takes it: greet(), prove(), resume(), or shake_hands() for all."""

    def __init__(self, tls, role, key, label, epoch=1):
        self.tls = tls
        self.role = role
        self.key = key
        self.label = label
        self.received = b""
        self.bye = None
        self.number = 0
        self.epoch = epoch
        self.acknowledged = 0
        self.refused = {}
        self.items = []  # what came from the other side
        self.place = {}  # of the last of them

    @classmethod
    def dial(cls, address, key, label, epoch=1, source=""):
        connection = socket.create_connection(address, source_address=(source, 0))
        return cls(openssl.Tls(connection, ALPN), DIALLER, key, label, epoch)

    @classmethod
    def accept(cls, listening, certificate, key, label):
        listening.settimeout(openssl.SECONDS_MAX)
        return cls(openssl.Tls(listening.accept()[0], ALPN, certificate), LISTENER, key, label)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.tls.close()

    def send(self, tag, body):
        return self.tls.send(frame(tag, body))

    def next_frame(self):
        """(tag, body). The last word of the other side is kept for the end."""
        while True:
            if len(self.received) >= 4:
                size = struct.unpack(">I", self.received[:4])[0]
                if len(self.received) >= 4 + size:
                    tag, body = self.received[4], self.received[5:4 + size]
                    self.received = self.received[4 + size:]
                    if tag != BYE:
                        return tag, body
                    reader = Reader(body)
                    self.bye = reader.text().decode(), reader.text().decode()
                    continue
            data = self.tls.receive()
            if not data:
                raise Ended(self.bye)
            self.received += data

    def expect(self, tag):
        while True:
            got, body = self.next_frame()
            if got == tag:
                return body
            self.answer(got, body)

    def answer(self, tag, body):
        """What any peer answers to what comes by the way."""
        if tag == PING:
            self.send(PONG, body)
        elif tag == ACKNOWLEDGEMENT:
            reader = Reader(body)
            epoch, acknowledged = reader.number(), reader.number()
            if epoch != self.epoch:
                return
            self.acknowledged = max(self.acknowledged, acknowledged)
            for _ in range(reader.count()):
                refused = reader.number()
                self.refused[refused] = reader.text().decode()
        elif tag == ITEMS:
            reader = Reader(body)
            epoch, _, first = reader.number(), reader.number(), reader.number()
            came = [reader.text() for _ in range(reader.count())]
            self.items += came
            self.place = {"epoch": epoch, "received": first + len(came) - 1, "id": came[-1][1:17]}
            self.send(ACKNOWLEDGEMENT, number(epoch) + number(first + len(came) - 1) + struct.pack(">I", 0))

    def end(self):
        """Reads until the other side closes; its last word."""
        try:
            while True:
                self.answer(*self.next_frame())
        except Ended as ended:
            return ended.bye

    def greet(self, **changes):
        self.hello = hello(self.key, self.label, **changes)
        self.send(HELLO, self.hello)
        self.their_hello = self.expect(HELLO)
        self.their_key = self.their_hello[2:34]

    def proof(self):
        hellos = (self.hello, self.their_hello) if self.role == DIALLER else (self.their_hello, self.hello)
        return self.key.sign(proof_text(self.role, self.tls.exported(EXPORTER_LABEL), *hellos))

    def prove(self, proof=None):
        self.send(PROOF, proof or self.proof())
        self.expect(PROOF)

    def send_resume(self, epoch=0, received=0, id=bytes(16)):
        """What this server has received of the other one."""
        self.send(RESUME, number(epoch) + number(received) + id)

    def hear_resume(self):
        reader = Reader(self.expect(RESUME))
        received_epoch, received = reader.number(), reader.number()
        self.number = self.acknowledged = received if received_epoch == self.epoch else 0

    def resume(self, **received):
        """Whoever dials says first how far he is."""
        if self.role == LISTENER:
            self.hear_resume()
        self.send_resume(**received)
        if self.role == DIALLER:
            self.hear_resume()
        # Nothing is taken from whoever has not told of his copies.
        self.send(HEADS, b"\0\1" + texts(()))

    def shake_hands(self, **received):
        self.greet()
        self.prove()
        self.resume(**received)
        return self

    def hand_over(self, *encoded):
        """The next items of this server's outbox; answers their numbers."""
        first = self.number + 1
        self.send(ITEMS, items(self.key, self.their_key, self.epoch, 1, first, encoded))
        self.number += len(encoded)
        return list(range(first, self.number + 1))

    def deliver(self, *encoded):
        """Hands them over and waits for the verdict: the reason for which each was refused, or None."""
        numbers = self.hand_over(*encoded)
        while self.acknowledged < numbers[-1]:
            self.answer(*self.next_frame())
        return [self.refused.get(number) for number in numbers]
