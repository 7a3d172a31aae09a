"""Document 004 walked with two servers, and native's words for the same; what goes wrong between servers.

usage: two_servers_test.py OBROLD [unittest arguments]
"""

import collections
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import sys
import tempfile
import time
import unittest

import chat
import obrold
import openssl
import peer_wire

PROGRAM = None
DIALECTS = ("protokol-chat", "native")
# Generous: sanitizers on a busy machine.
ARRIVAL_SECONDS_MAX = 30.0
# From the ready line of a server that comes back to what waited for it. What is promised is a second; `drain.py` measures it.
RETURN_SECONDS_MAX = 3.0 if not os.environ.get("OBROL_SANITIZED") else ARRIVAL_SECONDS_MAX
# PROTOCOLS.md: a dead server is an error within 5 s.
DEAD_SECONDS_MAX = 10.0
AT_ONCE_SECONDS_MAX = 3.0
FRAMES_AGAIN = 10


class Person(chat.Chat):
    """Somebody who talks by hand: one request, one answer."""

    def __init__(self, server, dialect, name=None, password="surabaya"):
        super().__init__(server.address(dialect))
        if name:
            answer = self.ask(f"auth {name} {password}")
            if answer["status"] != "OK":
                raise AssertionError(f"auth {name}: {answer}")

    def tell(self, line):
        """The data of an OK."""
        answer = self.ask(line)
        if answer["status"] != "OK":
            raise AssertionError(f"{line}: {answer}")
        return answer["data"]

    def refusal(self, line):
        answer = self.ask(line)
        if answer["status"] != "ERROR":
            raise AssertionError(f"{line}: {answer}")
        return answer.get("code", answer["data"])

    def until(self, line, is_it):
        """Asks again until the data is as it should be."""
        deadline = time.monotonic() + ARRIVAL_SECONDS_MAX
        while True:
            answer = self.ask(line)
            if answer["status"] == "OK" and is_it(answer["data"]):
                return answer["data"]
            if time.monotonic() > deadline:
                raise AssertionError(f"{line} still gives {answer}")
            time.sleep(0.02)

    def inbox(self, count):
        """[(sender, receiver, text)] of so many messages of protokol-chat's inbox, as they come."""
        got = []

        def take(data):
            got.extend((sender, each["msg_to"], each["msg"].strip()) for sender, messages in data.items() for each in messages)
            return len(got) >= count

        self.until("inbox", take)
        return got


class TwoServers(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.a = self.start("A")
        self.b = self.start("B")
        self.keep_ports(self.a)
        self.keep_ports(self.b)

    def start(self, label, *arguments):
        settings = os.path.join(self.folder, "obrold.toml")
        with open(settings, "w", encoding="utf-8") as file:
            file.write("[passwords]\nmemory_kib = 8\niterations = 1\n[peers]\npresence_kept_s = 0\n")
        return self.enterContext(obrold.Obrold(
            PROGRAM, "--demo", "--server-id", label, "--config", settings, *arguments, dialects=DIALECTS,
            data=os.path.join(self.folder, label)))

    def person(self, server, name=None, dialect="native"):
        person = Person(server, dialect, name)
        self.addCleanup(person.socket.close)
        return person

    def join(self, one, other, label):
        host, port = other.address("native")
        person = self.person(one, "messi")
        person.tell(f"addserver {label} {host} {port}")
        person.tell(f"connect {label}")

    @staticmethod
    def keep_ports(server):
        """From the next start on: its address is what others know."""
        for dialect, (host, port) in server.addresses.items():
            server.command[server.command.index(f"{dialect}:{host}:0")] = f"{dialect}:{host}:{port}"

    def test_the_document(self):
        messi = self.person(self.a, dialect="protokol-chat")
        budi = self.person(self.b, dialect="protokol-chat")
        self.assertEqual(messi.refusal("sendall halo"), "request tidak dikenali")
        self.assertEqual(messi.refusal("auth messi"), "parameter tidak lengkap")
        # register, auth
        messi.tell("register kaka rahasia-kaka")
        budi.tell("register budi rahasia-budi")
        token = messi.tell("auth kaka rahasia-kaka")
        self.assertRegex(token, r"^[0-9a-f-]{36}$")
        budi.tell("auth budi rahasia-budi")
        maya = self.person(self.a, "maya", "protokol-chat")
        # send before connect: addserver, send, connect, send
        self.assertIn("B", messi.refusal("send budi@B halo"))
        host, port = self.b.address("protokol-chat")
        self.assertIn("sudah ditambahkan", messi.tell(f"addserver B {host} {port}"))
        self.assertEqual(messi.refusal("send budi@B halo"), "server belum terkoneksi")
        self.assertIn("terkoneksi", messi.tell("connect B "))
        self.assertEqual(messi.tell("connect B"), "sudah terkoneksi")
        self.assertIn("sudah terkirim", messi.tell("send budi@B halo"))
        self.assertNotIn("queued", messi.tell(f"sendserver {token} B budi  apa kabar"))
        self.assertEqual(budi.inbox(2), [("kaka@A", "budi", "halo"), ("kaka@A", "budi", "apa kabar")])
        budi.tell("send kaka@A baik")
        self.assertEqual([(sender, text) for sender, _, text in messi.inbox(1)], [("budi@B", "baik")])
        # creategroup of both servers' users, sendgroup
        messi.tell("creategroup lab maya,budi@B")
        # He is a member once his server has said so.
        looking = Person(self.a, "native", "kaka", "rahasia-kaka")
        self.addCleanup(looking.socket.close)
        looking.until("members lab", lambda members: "budi@B" in [each["user"] for each in members])
        self.assertIn("lab", messi.tell("sendgroup lab selamat datang"))
        self.assertIn(("kaka", "lab", "selamat datang"), maya.inbox(1))
        # sendfile and sendfilegroup with SIZE, and from the folder
        content = os.urandom(100_000)
        self.upload(messi, f"sendfile budi@B foto.jpg {len(content)}", content)
        self.upload(messi, f"putfile catatan.txt {len(content)}", content[::-1])
        self.assertIn("sudah terkirim", messi.tell("sendfilegroup lab catatan.txt"))
        self.assertIn("catatan.txt", [file["nama"] for file in messi.tell("files")])
        wanted = {("kaka@A", "selamat datang"), ("kaka@A", "[file] foto.jpg (100000 byte)"),
                  ("kaka@A", "[file] catatan.txt (100000 byte)")}
        self.assertEqual({(sender, text) for sender, _, text in budi.inbox(3)}, wanted)
        # getfile on the other side
        for name, bytes_there in (("foto.jpg", content), ("catatan.txt", content[::-1])):
            self.assertEqual(budi.tell(f"getfile {name}"), {"nama": name, "ukuran": len(content)})
            self.assertEqual(budi.raw(len(content)), bytes_there)
        # logout
        self.assertIn("logout", messi.tell("logout"))
        self.assertEqual(messi.refusal("inbox"), "not authorized")

    def upload(self, person, line, content):
        self.assertIn("ready", str(person.tell(line)))
        person.send(content)
        answer = person.answer()
        self.assertEqual(answer["status"], "OK", line)

    def fetch(self, person, name):
        return person.raw(person.tell(f"getfile {name}")["ukuran"])

    @staticmethod
    def until_there(path, content):
        deadline = time.monotonic() + ARRIVAL_SECONDS_MAX
        while not os.path.exists(path):
            if time.monotonic() > deadline:
                raise AssertionError(f"{path} is still missing")
            time.sleep(0.02)
        with open(path, "rb") as file:
            if file.read() != content:
                raise AssertionError(f"{path} has other bytes")

    def test_files_in_folders(self):
        """As between users of one server: in the folder, or the same error where its name is taken."""
        self.join(self.a, self.b, "B")
        messi, izza = (self.person(self.a, name, "protokol-chat") for name in ("messi", "izza"))
        maya, nania = (self.person(self.b, name, "protokol-chat") for name in ("maya", "nania"))
        content = os.urandom(300_000)
        self.upload(messi, f"putfile foto.png {len(content)}", content)
        self.assertEqual(messi.tell("sendfile maya@B foto.png"), "file foto.png sudah terkirim ke maya@B")
        self.assertEqual(maya.tell("files"), [{"nama": "foto.png", "ukuran": len(content)}])
        messi.tell("sendfile izza foto.png")
        taken = messi.refusal("sendfile izza foto.png")
        self.assertEqual(taken, "File dengan nama itu sudah ada")
        self.assertEqual(messi.refusal("sendfile maya@B foto.png"), taken)
        self.assertEqual(messi.tell("sendfile maya@B foto.png 5"), "ready")
        messi.send(b"lain\n")
        self.assertEqual((messi.answer()["status"], len(maya.inbox(1))), ("ERROR", 1))
        # On to somebody else, without having been fetched before.
        self.assertEqual(maya.tell("sendfile nania foto.png"), "file foto.png sudah terkirim ke nania")
        self.assertEqual(self.fetch(nania, "foto.png"), content)
        self.assertEqual(self.fetch(maya, "foto.png"), content)
        # To several: who was reached, and who was not.
        self.assertEqual(messi.tell("send izza,maya@B,pogba@B halo"),
                         "pesan sudah terkirim ke izza, maya@B; tidak terkirim ke pogba@B (User Tidak Ditemukan)")
        # What is refused later bounces.
        self.b.kill()
        messi.until("servers", lambda servers: servers[0]["status"] != "terkoneksi")
        self.assertIn("queued", messi.tell("sendfile maya@B foto.png"))
        self.b.start()
        self.person(self.a, "messi").until(
            "history maya@B limit 1", lambda page: page["messages"][0].get("bounce", {}).get("why") == "file-exists")

    def test_files_of_a_group_in_folders(self):
        """In the folders of all members, on the sender's own server too."""
        self.join(self.a, self.b, "B")
        messi, izza = (self.person(self.a, name, "protokol-chat") for name in ("messi", "izza"))
        maya, nania = (self.person(self.b, name, "protokol-chat") for name in ("maya", "nania"))
        messi.tell("creategroup lab izza,maya@B,nania@B")
        self.person(self.a, "messi").until("members lab", lambda members: len(members) == 4)
        for person in (maya, nania):
            person.until("sendgroup lab@A hadir", lambda data: "queued" not in data)
        content = os.urandom(100_000)
        self.upload(maya, f"sendfilegroup lab@A jawaban.txt {len(content)}", content)
        self.upload(messi, f"sendfilegroup lab soal.txt {len(content)}", content[::-1])
        # First where the sender is: once his server has the log, others may have the bytes.
        for person in (nania, messi, izza):
            person.until("files", lambda files: "jawaban.txt" in [file["nama"] for file in files])
            self.assertEqual(self.fetch(person, "jawaban.txt"), content)
        for person in (izza, maya, nania):
            person.until("files", lambda files: "soal.txt" in [file["nama"] for file in files])
            self.assertEqual(self.fetch(person, "soal.txt"), content[::-1])

    def test_folders_as_directories(self):
        """They are filled with what other servers sent, though nobody asks for it; first with what came before there were any."""
        self.join(self.a, self.b, "B")
        messi = self.person(self.a, "messi", "protokol-chat")
        content = os.urandom(300_000)
        self.upload(messi, f"sendfile maya@B dulu.bin {len(content)}", content)
        self.b.stop()
        root = os.path.join(self.folder, "folders")
        os.mkdir(root)
        settings = os.path.join(self.folder, "directories.toml")
        with open(settings, "w", encoding="utf-8") as file:
            file.write(f'[passwords]\nmemory_kib = 8\niterations = 1\n[files]\nroot = "{root}"\n')
        self.b.command[self.b.command.index("--config") + 1] = settings
        self.b.start()
        self.until_there(os.path.join(root, "maya", "dulu.bin"), content)
        self.upload(messi, f"sendfile maya@B baru.bin {len(content)}", content[::-1])
        self.until_there(os.path.join(root, "maya", "baru.bin"), content[::-1])
        # The operator's.
        with open(os.path.join(root, "maya", "rapat.txt"), "wb") as file:
            file.write(b"rapat")
        self.upload(messi, "putfile rapat.txt 5", b"lain\n")
        self.assertEqual(messi.refusal("sendfile maya@B rapat.txt"), "File dengan nama itu sudah ada")
        maya = self.person(self.b, "maya", "protokol-chat")
        self.assertEqual([file["nama"] for file in maya.tell("files")], ["baru.bin", "dulu.bin", "rapat.txt"])
        self.assertEqual(self.fetch(maya, "rapat.txt"), b"rapat")

    def test_native_words(self):
        self.join(self.a, self.b, "B")
        messi, maya = self.person(self.a, "messi"), self.person(self.b, "maya")
        maya.tell("listen on")
        sent = messi.tell("send maya@B,nania halo")["sent"]
        self.assertEqual([(copy["to"], copy.get("delivery")) for copy in sent], [("maya@B", None), ("nania", None)])
        event = maya.answer()
        self.assertEqual((event["event"], event["from"], event["text"], event["id"]), ("message", "messi@A", "halo", sent[0]["id"]))
        maya.tell("addcontact messi@A")
        self.assertEqual([contact["user"] for contact in maya.tell("contacts")], ["messi@A"])
        group = messi.tell("creategroup lab maya@B")
        self.assertEqual(group.get("pending", ["maya@B"]), ["maya@B"])
        while maya.answer().get("event") != "group":
            pass
        maya.tell("listen off")
        post = maya.tell("sendgroup lab@A dari jauh")["sent"][0]
        messi.until("history #lab limit 1", lambda page: page["messages"][0]["id"] == post["id"])
        maya.until("history #lab@A limit 1", lambda page: page["messages"][0]["id"] == post["id"])
        seen = [[(entry["seq"], entry["id"], entry.get("text")) for entry in page["messages"]]
                for page in (maya.tell("history #lab@A limit 1"), messi.tell("history #lab limit 1"))]
        self.assertEqual(seen[0], seen[1])
        self.assertEqual(seen[0][0][1:], (post["id"], "dari jauh"))
        nania = self.person(self.b, "nania")
        nania.tell(f"joingroup {group['code']}@A")
        messi.until("members lab", lambda members: [each["user"] for each in members] == ["messi", "maya@B", "nania@B"])
        maya.until("members lab@A", lambda members: [each["user"] for each in members] == ["messi@A", "maya", "nania"])
        nania.tell("leavegroup lab@A")
        messi.until("members lab", lambda members: len(members) == 2)
        messi.tell("kick lab maya@B")
        self.assertEqual(maya.until("groups", lambda groups: not groups), [])
        self.assertEqual(maya.refusal("sendgroup lab@A masih di sini?"), "not-a-member")
        maya.tell("block messi@A")
        self.assertEqual(messi.refusal("send maya@B dengar?"), "blocked")
        messi.until("servers", lambda servers: [(each["server"], each["state"], each["queued"]) for each in servers] == [("B", "up", 0)])

    def test_a_name_in_another_case(self):
        """Who was written to in another case than he has is the same in a group, and his posts are his."""
        self.join(self.a, self.b, "B")
        messi, maya = self.person(self.a, "messi"), self.person(self.b, "maya")
        messi.tell("send MAYA@B halo")
        messi.tell("creategroup lab MAYA@B")
        maya.until("members lab@A", lambda members: len(members) == 2)
        post = maya.tell("sendgroup LAB@A dari jauh")["sent"][0]
        maya.until("history #lab@A limit 1", lambda page: page["messages"][0]["id"] == post["id"])
        messi.tell("sendgroup lab kembali")
        maya.until("history #lab@A limit 1", lambda page: page["messages"][0].get("text") == "kembali")
        self.assertEqual([each["user"] for each in messi.tell("members lab")], ["messi", "maya@B"])

    def test_errors(self):
        messi = self.person(self.a, "messi")
        host, port = self.b.address("native")
        self.assertEqual(messi.refusal("send maya@B halo"), "server-not-found")
        self.assertEqual(messi.refusal("connect B"), "server-not-found")
        messi.tell(f"addserver B {host} {port}")
        self.assertEqual(messi.refusal("send maya@B halo"), "server-not-connected")
        for line in (f"addserver B {host} {port}", f"addserver A {host} {port}", f"addserver X {host} 0", "addserver X here",
                     "addserver X 169.254.169.254 80"):
            self.assertNotIn(messi.refusal(line), ("", "unknown-command"))
        messi.tell("connect B")
        self.assertTrue(messi.tell("connect B")["already"])
        self.assertEqual(messi.refusal("send nobody@B halo"), "user-not-found")
        self.assertEqual(messi.refusal("send nania,maya@Z halo"), "server-not-found")
        # What was refused there is in the sender's history with the reason.
        messi.until("history nobody@B", lambda page: [entry["kind"] for entry in page["messages"]] == ["message", "bounce"])
        messi.tell("disconnect B")
        self.assertEqual(messi.refusal("send maya@B halo"), "server-not-connected")
        messi.tell("connect B")
        messi.tell("send maya@B halo")

    def test_another_server_answers(self):
        self.join(self.a, self.b, "B")
        messi = self.person(self.a, "messi")
        messi.tell("send maya@B satu")
        # Another server, with another key, at B's address and under B's label.
        self.b.kill()
        os.rename(self.b.data, self.b.data + ".kept")
        self.b.start()
        self.assertEqual(messi.refusal("connect B"), "server-differs")
        copy = messi.tell("send maya@B dua")["sent"][0]
        self.assertEqual(copy["delivery"], "queued")
        self.b.kill()
        shutil.rmtree(self.b.data)
        os.rename(self.b.data + ".kept", self.b.data)
        self.b.start()
        messi.tell("connect B")
        maya = self.person(self.b, "maya")
        maya.until("history messi@A", lambda page: [each["text"] for each in page["messages"]] == ["satu", "dua"])

    def test_a_dead_port(self):
        """Nobody else waits while somebody connects to it."""
        with contextlib.ExitStack() as stack:
            # Accepts nothing and refuses nothing: its backlog is full.
            deaf = stack.enter_context(socket.socket())
            deaf.bind(("127.0.0.1", 0))
            deaf.listen(0)
            for _ in range(3):
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(deaf.getsockname())
            silent = stack.enter_context(socket.socket())
            silent.bind(("127.0.0.1", 0))
            silent.listen(16)
            closed = stack.enter_context(socket.socket())
            closed.bind(("127.0.0.1", 0))
            maya = self.person(self.a, "maya")
            for number, door in enumerate((deaf, silent, closed)):
                messi = self.person(self.a, "messi")
                messi.tell(f"addserver X{number} 127.0.0.1 {door.getsockname()[1]}")
                begin = time.monotonic()
                messi.send(f"connect X{number}\n".encode())
                slowest = 0.0
                messi.socket.setblocking(False)
                while not self.has_answer(messi):
                    asked = time.monotonic()
                    maya.tell("send nania halo")
                    slowest = max(slowest, time.monotonic() - asked)
                    self.assertLess(time.monotonic() - begin, DEAD_SECONDS_MAX)
                    time.sleep(0.01)
                self.assertLess(slowest, AT_ONCE_SECONDS_MAX)
                messi.socket.setblocking(True)
                self.assertEqual(messi.answer()["code"], "server-unreachable")

    @staticmethod
    def has_answer(person):
        try:
            return bool(person.socket.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return False

    def test_who_is_online_there(self):
        """As long as its server can be asked, and only to people whom he knows."""
        self.join(self.a, self.b, "B")
        messi = self.person(self.a, "messi")
        maya = self.person(self.b, "maya")
        messi.tell("addcontact maya@B,nania@B")

        def shown():
            begin = time.monotonic()
            online = {each["user"]: each["online"] for each in messi.tell("contacts")}
            self.assertLess(time.monotonic() - begin, AT_ONCE_SECONDS_MAX)
            return online

        self.assertEqual(shown(), {"maya@B": False, "nania@B": False}, "they have not heard of him")
        messi.tell("send maya@B,nania@B halo")
        self.assertEqual(shown(), {"maya@B": True, "nania@B": False}, "nania is not there")
        messi.tell("creategroup lab maya@B")
        messi.until("members lab", lambda members: {"maya@B": True}.items() <= {
            each["user"]: each["online"] for each in members}.items())
        maya.until("members lab@A", lambda members: {"messi@A": True}.items() <= {
            each["user"]: each["online"] for each in members}.items())
        maya.tell("block messi@A")
        self.assertEqual(shown(), {"maya@B": False, "nania@B": False})
        maya.tell("unblock messi@A")
        self.assertEqual(shown(), {"maya@B": True, "nania@B": False})
        # It takes the question and says nothing.
        os.kill(self.b.process.pid, signal.SIGSTOP)
        try:
            self.assertEqual(shown(), {"maya@B": False, "nania@B": False})
        finally:
            os.kill(self.b.process.pid, signal.SIGCONT)
        messi.until("contacts", lambda contacts: contacts[0]["online"])
        self.b.stop()
        self.assertEqual(shown(), {"maya@B": False, "nania@B": False})
        self.assertEqual(messi.tell("servers")[0]["queued"], 0, "nothing waits")
        self.b.start()
        maya = self.person(self.b, "maya")
        messi.until("contacts", lambda contacts: contacts[0]["online"])

    def test_a_request_that_is_repeated(self):
        """Its answer is what became of it."""
        self.join(self.a, self.b, "B")
        messi = self.person(self.a, "messi")

        def ask(to, number):
            return messi.ask(json.dumps({"cmd": "send", "to": to, "text": "halo", "key": f"phone:{number}"}))

        for _ in range(3):
            answer = ask("pogba@B", 1)
            self.assertEqual((answer["status"], answer["code"]), ("ERROR", "user-not-found"))
        for _ in range(3):
            data = ask("maya,pogba@B,maya@B", 2)["data"]
            self.assertEqual([each["to"] for each in data["sent"]], ["maya", "maya@B"])
            self.assertFalse(any("delivery" in each for each in data["sent"]))
            self.assertEqual([(each["name"], each["code"]) for each in data["failed"]], [("pogba@B", "user-not-found")])
        self.b.stop()
        messi.until("servers", lambda servers: servers[0]["state"] != "up")
        for _ in range(2):
            self.assertEqual(ask("pogba@B", 3)["data"]["sent"][0]["delivery"], "queued")
        self.assertNotIn("delivery", ask("maya,pogba@B,maya@B", 2)["data"]["sent"][1], "it had arrived")
        self.b.start()
        messi.until("servers", lambda servers: servers[0]["state"] == "up" and servers[0]["queued"] == 0)
        self.assertEqual(ask("pogba@B", 3)["code"], "user-not-found")
        maya = self.person(self.b, "maya")
        self.assertEqual(len(maya.tell("history messi@A")["messages"]), 1)

    def test_a_server_that_is_down(self):
        """What is for it is queued at once, and goes there when it is back, though nobody told it where this one is."""
        self.join(self.a, self.b, "B")
        # From the first link on it knows that by itself.
        host, port = self.a.address("protokol-chat")
        self.person(self.b, "maya").until("servers", lambda servers: (servers[0]["host"], servers[0]["port"]) == (host, port))
        messi = self.person(self.a, "messi")
        messi.tell("send maya@B satu")
        for kill in (self.b.kill, self.b.stop):
            kill()
            # The link's end is noticed at once; a request that was under way may still wait for its verdict.
            messi.until("servers", lambda servers: servers[0]["state"] != "up")
            begin = time.monotonic()
            copy = messi.tell("send maya@B dua")["sent"][0]
            self.assertEqual(copy["delivery"], "queued")
            self.assertLess(time.monotonic() - begin, AT_ONCE_SECONDS_MAX)
            self.assertEqual(messi.tell("servers")[0]["queued"], 1)
            # By now its address was tried in vain, and the next time is 15 s away.
            time.sleep(1)
            self.b.start()
            begin = time.monotonic()  # its ready line
            maya = self.person(self.b, "maya")
            maya.until("notif", lambda page: page["messages"] and page["messages"][-1]["text"] == "dua")
            self.assertLess(time.monotonic() - begin, RETURN_SECONDS_MAX)
            maya.tell("inbox")
        texts = [entry["text"] for entry in maya.tell("history messi@A")["messages"]]
        self.assertEqual(texts, ["satu", "dua", "dua"])

    def test_a_restart_of_both(self):
        self.join(self.a, self.b, "B")
        self.b.kill()
        messi = self.person(self.a, "messi")
        for number in range(20):
            messi.tell(f"send maya@B {number}")
        self.a.kill()
        self.a.start()
        messi = self.person(self.a, "messi")
        self.assertEqual(messi.tell("servers")[0]["queued"], 20)
        self.b.start()
        maya = self.person(self.b, "maya")
        messi.tell("connect B")
        wanted = [str(number) for number in range(20)]
        maya.until("history messi@A", lambda page: [each["text"] for each in page["messages"]] == wanted)

    def test_link_words_of_a_user(self):
        """Whoever types what servers say to each other gets errors, and stays who he is."""
        for dialect, refusal in (("native", "unknown-command"), ("protokol-chat", "request tidak dikenali")):
            messi = self.person(self.a, "messi", dialect)
            for line in ("items 1", "ack 1", "proof x", "bye", "obrol-peer/1"):
                self.assertEqual(messi.refusal(line), refusal)
            self.assertEqual(messi.tell("servers"), [])
        self.assertEqual(self.person(self.a, "messi").tell("whoami")["user"], "messi")

    def test_link_frames_of_a_user(self):
        """Real ones, on a connection that speaks a dialect: errors, for whoever has logged in and for whoever has not."""
        key, id = openssl.SigningKey(b"\1" * 32), bytes(range(16, 32))
        post = peer_wire.direct_post("messi", "maya", "halo", id, at=0)
        frames = [peer_wire.frame(peer_wire.HELLO, peer_wire.hello(key, "E")),
                  peer_wire.frame(peer_wire.PROOF, key.sign(b"")),
                  peer_wire.frame(peer_wire.RESUME, bytes(32)),
                  peer_wire.frame(peer_wire.ITEMS, peer_wire.items(key, key.public, 1, 1, 1, [post])),
                  peer_wire.frame(peer_wire.PING, peer_wire.text("halo")),
                  peer_wire.frame(peer_wire.BYE, peer_wire.text("stopping") + peer_wire.text("selesai"))]
        before = self.a.log()
        for dialect, refusal in (("native", "bad-text"), ("protokol-chat", "Maaf, teks bukan UTF-8 yang sah")):
            known, stranger = self.person(self.a, "messi", dialect), self.person(self.a, dialect=dialect)
            for _ in range(FRAMES_AGAIN):
                for frame in frames:
                    for person in (known, stranger):
                        person.send(frame + b"\n")
                        answers = person.answers(1 + frame.count(b"\n"))
                        self.assertEqual({each["status"] for each in answers}, {"ERROR"}, frame)
                        self.assertIn(refusal, [each.get("code", each["data"]) for each in answers], frame)
            self.assertEqual(known.tell("servers"), [])
            stranger.tell("auth maya surabaya")
            self.assertEqual(stranger.tell("servers"), [])
            inbox = stranger.tell("inbox")
            self.assertEqual(inbox.get("messages", list(inbox)), [])
        said = self.a.log().removeprefix(before).splitlines()
        often = collections.Counter(re.sub(r"\d+", "0", line) for line in said)
        self.assertEqual([line for line, times in often.items() if times > 1], [])


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
