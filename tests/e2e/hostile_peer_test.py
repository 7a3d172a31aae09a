"""Another server that does what it must not: each time it is refused with a reason, the log is not filled with it, and
nobody else notices.

usage: hostile_peer_test.py OBROLD [unittest arguments]
"""

import contextlib
import hashlib
import os
import re
import socket
import struct
import sys
import tempfile
import threading
import time
import unittest

import chat
import obrold
import openssl
import peer_wire
from peer_wire import Ended, Link

PROGRAM = None
# Of the server, over what it had before; sanitizers double everything.
MEMORY_MIB_MAX = 96 if not os.environ.get("OBROL_SANITIZED") else 400
MIB = 1 << 20
# A flood slows others down on a busy machine; it does not stop them.
ANSWER_SECONDS_MAX = 10.0
HANDSHAKE_SECONDS_MAX = 20.0
FLOOD_ITEMS = 60_000
AGAIN = 20
# Lines of the log about one reason, however often it happened within a test.
LOGGED_MAX = 3
# After so long another line may say how often it happened meanwhile.
LOG_PAUSE_SECONDS = 10.0
# Whoever comes from there is told apart from others who are called alike.
THIEF_HOST = "127.0.0.2"
THEFTS = 30


class HostilePeer(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        settings = os.path.join(folder, "obrold.toml")
        with open(settings, "w", encoding="utf-8") as file:
            file.write("[passwords]\nmemory_kib = 8\niterations = 1\n")
        self.server = self.enterContext(obrold.Obrold(
            PROGRAM, "--demo", "--server-id", "A", "--config", settings, dialects=("native",), data=os.path.join(folder, "A")))
        self.address = self.server.address("native")
        self.messi, self.maya = self.person("messi"), self.person("maya")
        self.key = openssl.SigningKey(os.urandom(32))

    def person(self, name):
        client = chat.Chat(self.address)
        self.addCleanup(client.socket.close)
        self.assertEqual(client.ask(f"auth {name} surabaya")["status"], "OK")
        return client

    def tell(self, line, person=None):
        answer = (person or self.messi).ask(line)
        self.assertEqual(answer["status"], "OK", line)
        return answer["data"]

    def connect(self, label="E"):
        """A link that somebody here asked for, so that the other server is known and connected."""
        listening = self.enterContext(socket.create_server(("127.0.0.1", 0)))
        certificate = [os.path.join(self.server.data, "tls", name) for name in ("certificate.pem", "key.pem")]
        self.tell(f"addserver {label} 127.0.0.1 {listening.getsockname()[1]}")
        self.messi.send(f"connect {label}\n".encode())
        link = Link.accept(listening, certificate, self.key, label).shake_hands()
        self.addCleanup(link.tls.close)
        self.assertEqual(self.messi.answer()["status"], "OK")
        listening.close()
        return link

    def dial(self, key=None, label="E", epoch=1, source=""):
        link = Link.dial(self.address, key or self.key, label, epoch, source)
        self.addCleanup(link.tls.close)
        return link

    def links(self):
        return {server["server"]: server["state"] for server in self.tell("servers")}

    def history(self, other, person=None):
        return [message["text"] for message in self.tell(f"history {other} limit 1000", person)["messages"]]

    def others_are_well(self):
        begin = time.monotonic()
        self.tell("send maya apa kabar")
        self.assertLess(time.monotonic() - begin, ANSWER_SECONDS_MAX)

    def ended(self, link):
        """Its last word, (code, words), after which it is closed."""
        bye = link.end()
        self.assertIsNotNone(bye, "it was closed without a reason")
        self.others_are_well()
        return bye

    def logged(self, pattern):
        """Each line of the log that says so."""
        return [line for line in self.server.log().splitlines() if re.search(pattern, line)]

    @contextlib.contextmanager
    def paced_log(self, pattern):
        """Whatever happens within it, few new lines of the log say so."""
        before, begin = len(self.logged(pattern)), time.monotonic()
        yield
        lines = self.logged(pattern)[before:]
        pauses = int((time.monotonic() - begin) / LOG_PAUSE_SECONDS)
        self.assertLessEqual(len(lines), LOGGED_MAX * (1 + pauses), "\n".join(lines))

    def resident_mib(self):
        with open(f"/proc/{self.server.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+) kB", status.read())[1]) / 1024

    # Before the handshake is over.

    def test_garbage(self):
        for garbage, code in ((b"GET / HTTP/1.1\r\n\r\n" * 10, "too-large"), (b"\0" * 4096, "malformed"),
                              (b"\xff" * 4096, "too-large"), (b"\0\0\0\0", "malformed"), (b"\0\0\0\1\xff", "malformed"),
                              (peer_wire.frame(peer_wire.HELLO, b"\0\1" + os.urandom(200)), "malformed")):
            link = self.dial()
            link.tls.send(garbage)
            self.assertEqual(self.ended(link)[0], code)
        before = len(self.logged("malformed"))
        for _ in range(AGAIN):
            link = self.dial()
            link.tls.send(b"\0\0\0\1\xff")
            self.ended(link)
        self.assertLessEqual(len(self.logged("malformed")) - before, LOGGED_MAX, self.server.log()[-3000:])

    def test_a_replayed_handshake(self):
        one = self.dial()
        one.greet()
        proof = one.proof()
        one.prove(proof)
        two = self.dial()
        two.greet()
        two.send(peer_wire.PROOF, proof)
        self.assertEqual(self.ended(two)[0], "identity")
        self.assertEqual(len(self.logged('"identity"')), 1)

    def test_a_key_of_somebody_else(self):
        stranger = openssl.SigningKey(os.urandom(32))
        link = self.dial()
        link.greet()
        link.key = stranger
        link.send(peer_wire.PROOF, link.proof())
        self.assertEqual(self.ended(link)[0], "identity")

    def test_this_servers_own_key(self):
        link = self.dial()
        link.greet()
        mirror = self.dial()
        mirror.send(peer_wire.HELLO, link.their_hello)
        self.assertEqual(self.ended(mirror)[0], "own-server")

    def test_nothing_comes(self):
        begin = time.monotonic()
        for said in (b"", peer_wire.frame(peer_wire.HELLO, peer_wire.hello(self.key, "E"))[:20],
                     peer_wire.frame(peer_wire.HELLO, peer_wire.hello(self.key, "E"))):
            link = self.dial()
            link.tls.send(said)
            self.assertEqual(self.ended(link)[0], "silent")
        self.assertLess(time.monotonic() - begin, 3 * HANDSHAKE_SECONDS_MAX)

    def test_a_version_that_does_not_exist(self):
        link = self.dial()
        link.send(peer_wire.HELLO, peer_wire.hello(self.key, "E", version=0))
        self.assertEqual(self.ended(link)[0], "version")

    def test_a_frame_before_its_time(self):
        post = peer_wire.direct_post("eko", "maya", "halo")
        link = self.dial()
        link.greet()
        link.send(peer_wire.ITEMS, peer_wire.items(self.key, link.their_key, 1, 1, 1, [post]))
        self.assertEqual(self.ended(link)[0], "unexpected")
        link = self.dial()
        link.greet()
        link.prove()
        link.send(peer_wire.ITEMS, peer_wire.items(self.key, link.their_key, 1, 1, 1, [post]))
        self.assertEqual(self.ended(link)[0], "unexpected")

    def test_names_that_cannot_be(self):
        for label in ("", "a b", "x" * 64, "\u00e9", "..", "E~1234", "E\n"):
            link = self.dial(label=label)
            link.send(peer_wire.HELLO, peer_wire.hello(self.key, label))
            self.assertEqual(self.ended(link)[0], "label", label)

    # Who it is.

    def test_another_label(self):
        """Who claims the label of a server that is known gets neither its link nor its name."""
        self.connect("E")
        with self.paced_log(rf"\bE\b|{re.escape(THIEF_HOST)}"):
            for _ in range(THEFTS):
                thief = self.dial(openssl.SigningKey(os.urandom(32)), "E", source=THIEF_HOST)
                thief.greet()
                thief.prove()
                thief.send_resume()
                self.assertEqual(self.ended(thief)[0], "refused")
        self.assertTrue(self.logged(re.escape(THIEF_HOST)), "nobody hears of it")
        self.assertEqual(self.links(), {"E": "up"})

    def test_this_servers_label(self):
        """Another server may think itself to be called as this one: it is called otherwise here, or is not let in."""
        other = self.dial(label="A")
        other.greet()
        other.prove()
        other.send_resume()
        try:
            other.expect(peer_wire.RESUME)
        except Ended as ended:
            self.assertEqual(ended.bye[0], "refused")
        self.assertNotIn("A", self.links())

    # What it says.

    def test_a_good_one(self):
        """The second implementation is one: whatever is refused below is refused for what it is."""
        link = self.connect()
        self.assertEqual(link.deliver(peer_wire.direct_post("eko", "maya", "halo"),
                                      peer_wire.direct_post("eko", "nobody", "halo")), [None, "user-not-found"])
        self.assertEqual(self.history("eko@E", self.maya), ["halo"])
        self.maya.send(b"send eko@E baik\n")
        while not any(b"baik" in item for item in link.items):
            link.answer(*link.next_frame())
        self.assertEqual(self.maya.answer()["data"]["sent"][0].get("delivery"), None)

    def test_users_of_others(self):
        """A server speaks for its own users: it cannot name others."""
        link = self.connect()
        with self.paced_log(r"\bE\b|bad-name"):
            for name in ("messi@A", "messi@B", "eko@E", "", "a b", "x" * 101, "eko\n", "system") * AGAIN:
                refused = link.deliver(peer_wire.direct_post(name, "maya", "saya bukan saya"))
                self.assertEqual(refused, ["bad-name"], name)
        self.assertEqual(self.history("messi", self.maya), [])
        self.assertEqual(link.deliver(peer_wire.direct_post("messi", "maya", "messi dari E")), [None])
        self.assertEqual(self.history("messi", self.maya), [])
        self.assertEqual(self.history("messi@E", self.maya), ["messi dari E"])

    def test_texts_that_cannot_be(self):
        link = self.connect()
        for body in (b"", b"\xff\xfe", b"a\0b", b"x" * 200_000):
            self.assertNotEqual(link.deliver(peer_wire.direct_post("eko", "maya", body)), [None], body[:10])
        self.assertEqual(link.deliver(peer_wire.direct_post("eko", "maya", "halo", into_folder=True)), ["bad-argument"])
        self.assertEqual(link.deliver(peer_wire.direct_post("eko", "maya", "halo")), [None])
        self.assertEqual(self.history("eko@E", self.maya), ["halo"])

    def test_an_item_that_is_none(self):
        link = self.connect()
        for item in (b"", b"\x01", os.urandom(100), b"\xff" + peer_wire.new_id() + b"later",
                     peer_wire.direct_post("eko", "maya", "halo") + b"x"):
            try:
                self.assertNotEqual(link.deliver(item), [None])
            except Ended as ended:
                self.assertIsNotNone(ended.bye)
                link = self.dial().shake_hands()
        self.others_are_well()

    def test_the_same_id_twice(self):
        link = self.connect()
        id = peer_wire.new_id()
        link.deliver(peer_wire.direct_post("eko", "maya", "satu", id), peer_wire.direct_post("eko", "maya", "dua", id))
        link.deliver(peer_wire.direct_post("eko", "maya", "tiga", id))
        self.assertEqual(self.history("eko@E", self.maya), ["satu"])

    def test_replayed_items(self):
        link = self.connect()
        again = peer_wire.items(self.key, link.their_key, 1, 1, 1, [peer_wire.direct_post("eko", "maya", "sekali")])
        for _ in range(AGAIN):
            link.send(peer_wire.ITEMS, again)
            link.answer(peer_wire.ACKNOWLEDGEMENT, link.expect(peer_wire.ACKNOWLEDGEMENT))
        link.number = 1
        link.deliver(peer_wire.direct_post("eko", "maya", "terakhir"))
        self.assertEqual(self.history("eko@E", self.maya), ["sekali", "terakhir"])
        # By another connection of the same server they are no news either; for another server they are not signed.
        link.tls.close()
        link = self.dial().shake_hands()
        self.assertEqual(link.number, 2)
        link.send(peer_wire.ITEMS, again)
        link.deliver(peer_wire.direct_post("eko", "maya", "sungguh"))
        self.assertEqual(self.history("eko@E", self.maya), ["sekali", "terakhir", "sungguh"])

    def test_a_gap(self):
        link = self.connect()
        link.deliver(peer_wire.direct_post("eko", "maya", "satu"))
        link.send(peer_wire.ITEMS, peer_wire.items(self.key, link.their_key, 1, 1, 7, [peer_wire.direct_post("eko", "maya", "tujuh")]))
        self.assertEqual(self.ended(link)[0], "order")
        self.assertEqual(self.history("eko@E", self.maya), ["satu"])
        self.assertEqual(self.dial().shake_hands().number, 1)

    def test_another_epoch(self):
        """An epoch only goes forward."""
        link = self.connect()
        link.deliver(peer_wire.direct_post("eko", "maya", "satu"))
        link.tls.close()
        link = self.dial(epoch=3).shake_hands()
        self.assertEqual(link.deliver(peer_wire.direct_post("eko", "maya", "tiga")), [None])
        # What lies behind is acknowledged as any duplicate is, and has no effect.
        link.send(peer_wire.ITEMS, peer_wire.items(self.key, link.their_key, 2, 1, 1, [peer_wire.direct_post("eko", "maya", "dua")]))
        link.expect(peer_wire.ACKNOWLEDGEMENT)
        self.assertEqual(link.deliver(peer_wire.direct_post("eko", "maya", "empat")), [None])
        self.assertEqual(self.history("eko@E", self.maya), ["satu", "tiga", "empat"])

    def test_a_lie_about_a_restore(self):
        """A server says that this one's store was put back: at most once in a while is it believed, and nothing is lost."""
        link = self.connect()
        self.maya.send(b"send eko@E satu\n")
        while not link.items:
            link.answer(*link.next_frame())
        self.maya.answer()
        believed = 0
        for lie in (7, 9, 11):
            link.tls.close()
            link = self.dial()
            link.greet()
            link.prove()
            link.send_resume(1 + lie, 100, peer_wire.new_id())
            try:
                link.hear_resume()
                link.send(peer_wire.PING, peer_wire.text("halo"))
                link.expect(peer_wire.PONG)
                believed += 1
            except Ended as ended:
                self.assertEqual(ended.bye[0], "epoch")
        self.assertLessEqual(believed, 1)
        link.tls.close()
        link = self.dial().shake_hands()
        self.maya.send(b"send eko@E dua\n")
        while not any(b"dua" in item for item in link.items):
            link.answer(*link.next_frame())
        self.assertEqual(self.maya.answer()["status"], "OK")
        self.others_are_well()

    def test_acknowledging_what_was_never_sent(self):
        link = self.connect()
        link.send(peer_wire.ACKNOWLEDGEMENT, peer_wire.number(1) + peer_wire.number(1_000_000) + struct.pack(">I", 0))
        self.assertEqual(self.ended(link)[0], "order")
        self.assertEqual(self.tell("send eko@E masih ada")["sent"][0]["delivery"], "queued")
        link = self.dial().shake_hands()
        while not link.items:
            link.answer(*link.next_frame())
        self.assertIn(b"masih ada", link.items[0])

    def test_a_wrong_signature(self):
        link = self.connect()
        body = peer_wire.items(self.key, link.their_key, 1, 1, 1, [peer_wire.direct_post("eko", "maya", "palsu")])
        link.send(peer_wire.ITEMS, body[:-1] + bytes([body[-1] ^ 1]))
        self.assertEqual(self.ended(link)[0], "signature")
        for_another = openssl.SigningKey(os.urandom(32)).public
        link = self.dial().shake_hands()
        link.send(peer_wire.ITEMS, peer_wire.items(self.key, for_another, 1, 1, 1, [peer_wire.direct_post("eko", "maya", "palsu")]))
        self.assertEqual(self.ended(link)[0], "signature")
        link = self.dial().shake_hands()
        self.assertEqual(link.deliver(peer_wire.direct_post("eko", "maya", "benar")), [None])
        self.assertEqual(self.history("eko@E", self.maya), ["benar"])

    def test_giant_frames(self):
        link = self.connect()
        before = self.resident_mib()
        for size in (1 << 31, (1 << 32) - 1, 2 * MIB):
            link.tls.send(struct.pack(">I", size) + b"\x05")
            self.assertEqual(self.ended(link)[0], "too-large")
            link = self.dial().shake_hands()
            link.tls.send(struct.pack(">I", size) + b"\x05" + bytes(4 * MIB))
            link = self.dial().shake_hands()
        # Who has proved nothing may say less.
        stranger = self.dial(openssl.SigningKey(os.urandom(32)), "F")
        stranger.tls.send(struct.pack(">I", 64 * 1024) + b"\x01" + bytes(64 * 1024))
        self.assertEqual(self.ended(stranger)[0], "too-large")
        self.assertLess(self.resident_mib() - before, MEMORY_MIB_MAX)

    def test_clocks_that_go_wrong(self):
        link = self.connect()
        year = 365 * 24 * 3600 * 1000
        times = [0, -1, -(1 << 63), (1 << 63) - 1, peer_wire.now() + 400 * year, peer_wire.now() + 3600_000]
        texts = [f"dari {at}" for at in times]
        for at, body in zip(times, texts):
            link.deliver(peer_wire.direct_post("eko", "maya", body, at=at))
        arrived = self.tell("history eko@E limit 100", self.maya)["messages"]
        for message in arrived:
            self.assertRegex(message["at"], r"^\d{4}-\d\d-\d\dT")
            self.assertLess(message["at"], "2100")
        self.others_are_well()

    def test_a_flood(self):
        """Who sends faster than may be waits; memory stays what it is."""
        link = self.connect()
        before = self.resident_mib()
        is_over = threading.Event()

        def flood():
            count = 0
            while count < FLOOD_ITEMS and not is_over.is_set():
                if not link.tls.send(peer_wire.frame(peer_wire.ITEMS, peer_wire.items(
                        self.key, link.their_key, 1, 1, count + 1,
                        [peer_wire.direct_post("eko", "maya", "x" * 200) for _ in range(500)]))):
                    return
                count += 500

        flooding = threading.Thread(target=flood)
        flooding.start()
        try:
            highest = 0
            for _ in range(20):
                self.others_are_well()
                highest = max(highest, self.resident_mib())
                time.sleep(0.1)
        finally:
            is_over.set()
            # It reads nothing, so the other side closes it in the end, or this one does.
            with contextlib.suppress(OSError):
                link.tls.socket.shutdown(socket.SHUT_RDWR)
            flooding.join()
        self.assertLess(highest - before, MEMORY_MIB_MAX)
        self.others_are_well()

    def test_questions_without_end(self):
        """Requests whose answers nobody reads."""
        link = self.connect()
        before = self.resident_mib()
        link.tls.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        timeout = struct.pack("qq", 0, 300_000)
        link.tls.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout)
        ping = peer_wire.frame(peer_wire.PING, peer_wire.text("x" * 1000)) * 200
        for _ in range(300):
            if not link.tls.send(ping):
                break
        self.assertLess(self.resident_mib() - before, MEMORY_MIB_MAX)
        self.others_are_well()

    # Groups.

    def group(self, link):
        """#lab at home here, with eko of the other server."""
        self.tell("creategroup lab maya,eko@E")
        while not link.items:
            link.answer(*link.next_frame())
        self.assertEqual(link.deliver(peer_wire.group_request("lab", "eko", peer_wire.ACCEPT)), [None])

    def post(self, sender, body, key=None, home=None, at=None):
        id, at = peer_wire.new_id(), at or peer_wire.now()
        signed = peer_wire.signed_text(home or self.their_key, "lab", id, self.key.public, sender,
                                       hashlib.sha256(body.encode()).digest(), at)
        return peer_wire.group_post("lab", sender, body, (key or self.key).sign(signed), id, at)

    def test_posts(self):
        link = self.connect()
        self.their_key = link.their_key
        self.group(link)
        self.assertEqual(link.deliver(self.post("eko", "halo")), [None])
        for post in (self.post("eko", "palsu", key=openssl.SigningKey(os.urandom(32))),
                     self.post("eko", "palsu", home=self.key.public),
                     self.post("eko", "dari esok", at=peer_wire.now() + 24 * 3600_000),
                     self.post("siti", "bukan anggota"), self.post("messi", "bukan anggota"), self.post("messi@A", "palsu")):
            self.assertNotEqual(link.deliver(post), [None])
        posts = [message["text"] for message in self.tell("history #lab")["messages"] if message["kind"] == "message"]
        self.assertEqual(posts, ["halo"])
        # What it may not ask of a group.
        for request in (peer_wire.group_request("lab", "eko", peer_wire.KICK, [(link.their_key, "A", "maya")]),
                        peer_wire.group_request("lab", "messi", peer_wire.LEAVE),
                        peer_wire.group_request("lab", "siti", peer_wire.ACCEPT),
                        peer_wire.group_request("lab", "siti", peer_wire.JOIN, code="000000")):
            self.assertNotEqual(link.deliver(request), [None])
        self.assertEqual([member["user"] for member in self.tell("members lab")], ["messi", "maya", "eko@E"])

    def test_a_group_that_is_not_its_own(self):
        """Entries of a group at home here, from a server that is not its home."""
        link = self.connect()
        self.their_key = link.their_key
        self.group(link)
        body, id, at = "palsu", peer_wire.new_id(), peer_wire.now()
        digest = hashlib.sha256(body.encode()).digest()
        entry = peer_wire.number(4) + id + link.their_key + peer_wire.text("A") + peer_wire.text("maya") + \
            peer_wire.text("Maya") + b"\x01" + \
            peer_wire.number(at) + b"\0" + digest + peer_wire.text(body) + self.key.sign(
                peer_wire.signed_text(link.their_key, "lab", id, link.their_key, "maya", digest, at)) + \
            link.their_key + peer_wire.text("lab")
        head = peer_wire.text("lab") + peer_wire.text("lab") + peer_wire.number(4) + id + struct.pack(">I", 0)
        link.send(peer_wire.PUSH, head + peer_wire.texts([entry]))
        link.send(peer_wire.HEADS, b"\0\1" + struct.pack(">I", 1) + head)
        try:
            link.deliver(self.post("eko", "sesudahnya"))
        except Ended as ended:
            self.assertIsNotNone(ended.bye)
        self.assertNotIn("palsu", str(self.tell("history #lab")["messages"]))
        self.others_are_well()
        link.tls.close()
        stranger = self.dial(openssl.SigningKey(os.urandom(32)), "F").shake_hands()
        stranger.send(peer_wire.FETCH, struct.pack(">I", 1) + link.their_key + peer_wire.text("lab") + peer_wire.number(0))
        reader = peer_wire.Reader(stranger.expect(peer_wire.ENTRIES))
        self.assertEqual(reader.count(), 1)
        self.assertTrue(reader.text(), "a stranger may read a group")


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
