"""Every limit at a real obrold, at the limit and one past it, in the words of each dialect; and nobody else notices.

usage: limits_test.py OBROLD [unittest arguments]
"""

import os
import pathlib
import socket
import sys
import tempfile
import time
import unittest

import chat
import obrold

PROGRAM = None
DIALECTS = ("simple-chat", "multithread-chat", "chat-service", "protokol-chat", "native")
# Cheap passwords: this is about limits.
CHEAP = "[passwords]\nmemory_kib = 8\niterations = 1\n"
# Other people of this machine: each of these is an address of its own.
HERE, THERE = "127.0.0.1", "127.0.0.2"
ESTABLISHED = "01"  # a connection's state in /proc/net/tcp

# What each dialect says past a limit: the documents' languages, and native's codes.
INDONESIAN = {
    "too-many-connections": "Maaf, terlalu banyak koneksi dari alamat Anda",
    "server-full": "Maaf, server penuh, coba lagi nanti",
    "out-of-memory": "Maaf, memori server penuh, coba lagi nanti",
    "line-too-long": "Maaf, baris terlalu panjang",
    "too-many-recipients": "Maaf, penerima terlalu banyak",
    "too-many-messages": "Maaf, terlalu banyak pesan, coba lagi nanti",
    "too-many-requests": "Maaf, terlalu banyak permintaan, coba lagi nanti",
}
ENGLISH = {
    "too-many-connections": "Sorry, too many connections from your address",
    "server-full": "Sorry, the server is full, try again later",
    "out-of-memory": "Sorry, the server is out of memory, try again later",
    "line-too-long": "Sorry, the line is too long",
    "too-many-recipients": "Sorry, there are too many recipients",
    "too-many-messages": "Sorry, too many messages, try again later",
    "too-many-requests": "Sorry, too many requests, try again later",
}
WORDS = {"simple-chat": INDONESIAN, "multithread-chat": ENGLISH, "chat-service": INDONESIAN, "protokol-chat": INDONESIAN}


def resident_kib(process):
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("VmRSS")


class LimitTest(unittest.TestCase):
    dialects = DIALECTS

    def start(self, settings, top=""):
        file = self.enterContext(tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8"))
        file.write(top + settings + CHEAP)
        file.flush()
        server = self.enterContext(obrold.Obrold(PROGRAM, "--demo", "--config", file.name, dialects=self.dialects))
        self.server = server
        return server

    def connect(self, dialect="native", source=HERE):
        client = chat.Chat(self.server.address(dialect), source)
        self.addCleanup(client.socket.close)
        return client

    def person(self, name, dialect="native", source=HERE):
        client = self.connect(dialect, source)
        self.assertEqual(client.ask(f"auth {name} surabaya")["status"], "OK")
        return client

    def assert_refused(self, answer, code, dialect):
        self.assertEqual(answer["status"], "ERROR", dialect)
        if dialect == "native":
            self.assertEqual(answer["code"], code)
            self.assertTrue(answer["data"])
        else:
            self.assertEqual(answer["message"], WORDS[dialect][code], dialect)


class Connections(LimitTest):
    def test_of_one_address(self):
        self.start("[limits]\nloopback_exempt = false\nconnections_per_address_max = 3\n")
        held = [self.person("maya"), self.person("maya", "simple-chat"), self.connect()]
        for dialect in DIALECTS:
            refused = self.connect(dialect)
            self.assert_refused(refused.answer(), "too-many-connections", dialect)
            self.assertTrue(refused.is_ended())
            # A client that asks at once reads it as its answer.
            asking = self.connect(dialect)
            asking.send(b"auth messi surabaya \r\n")
            self.assert_refused(asking.answer(), "too-many-connections", dialect)
            self.person("messi", dialect, THERE).socket.close()
        held.pop().socket.close()
        self.person_soon()
        self.assertEqual(held[0].ask("whoami")["data"]["user"], "maya")
        self.server.stop()
        self.assertIn("by limits.connections_per_address_max", self.server.log())

    def person_soon(self):
        """The server learns of an end a moment later; a place that is free again is given away."""
        for _ in range(1000):
            client = self.connect()
            try:
                if client.ask("auth messi surabaya")["status"] == "OK":
                    return
            except (chat.Ended, OSError):
                pass
        self.fail("the place is never free again")

    def test_of_everybody(self):
        self.start("[limits]\nconnections_max = 3\n")
        held = [self.person("maya"), self.person("maya"), self.person("maya", source=THERE)]
        for dialect in DIALECTS:
            refused = self.connect(dialect, THERE)
            self.assert_refused(refused.answer(), "server-full", dialect)
            self.assertTrue(refused.is_ended())
        for client in held:
            self.assertEqual(client.ask("whoami")["data"]["user"], "maya")
        self.server.stop()
        self.assertIn("by limits.connections_max", self.server.log())

    def test_exempt_are_those_of_this_machine(self):
        self.start("[limits]\nconnections_per_address_max = 1\n")
        for client in [self.connect() for _ in range(5)]:
            self.assertEqual(client.ask("ping")["status"], "OK")


class Memory(LimitTest):
    MEBIBYTE = 1024 * 1024
    CROWD = 600

    def next_message(self, listener):
        """The text of the next message; who comes and goes meanwhile is told in between."""
        while (event := listener.answer())["event"] == "presence":
            pass
        return event["text"]

    def wait_until_all_is_read(self):
        """Until the server has taken from the kernel whatever its clients sent."""
        ports = {f"{self.server.address(dialect)[1]:04X}" for dialect in DIALECTS}
        waiting = True
        deadline = time.monotonic() + chat.ANSWER_SECONDS_MAX
        while waiting:
            self.assertLess(time.monotonic(), deadline, "the server does not read")
            connections = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
            waiting = any(local.split(":")[1] in ports and state == ESTABLISHED and int(queues.split(":")[1], 16)
                          for _, local, _, state, queues, *_ in connections)

    def test_of_all_connections_together(self):
        self.start(f"[limits]\nmemory_bytes_max = {4 * self.MEBIBYTE}\n")
        bystander = self.person("maya")
        bystander.ask("listen on")
        writer = self.person("messi")
        before = resident_kib(self.server.process)
        line = b"x" * 60_000
        held = []
        # 36 MB in all; nobody comes near a limit of his own.
        for number in range(self.CROWD):
            client = self.connect(DIALECTS[number % len(DIALECTS)])
            client.send(line)
            held.append(client)
            if number % 50 == 0:
                self.assertEqual(writer.ask(f"send maya {number}")["status"], "OK")
                self.assertEqual(self.next_message(bystander), str(number))
        self.wait_until_all_is_read()
        told, open_still = [], 0
        for number, client in enumerate(held):
            client.send(b"\n")
            answer = client.answer()
            dialect = DIALECTS[number % len(DIALECTS)]
            if dialect == "native":
                self.assertIn(answer["code"], ("unknown-command", "out-of-memory"))
                is_told = answer["code"] == "out-of-memory"
            else:
                is_told = answer["message"] == WORDS[dialect]["out-of-memory"]
            if is_told:
                self.assertTrue(client.is_ended())
                told.append(dialect)
            else:
                open_still += 1
        self.assertEqual(set(told), set(DIALECTS))
        # Those that were kept fit: at most all the memory, at least what is left after making room.
        self.assertLessEqual(open_still, 4 * self.MEBIBYTE // 60_000)
        self.assertGreaterEqual(open_still, 4 * self.MEBIBYTE * 7 // 8 // 60_000 - 1)
        grown = resident_kib(self.server.process) - before
        print(f"{self.CROWD} clients, 60,000 bytes each, 4 MiB allowed: {grown} KiB more", file=sys.stderr)
        # The allocator keeps some of what was freed; sanitizers keep all of it.
        if not os.environ.get("OBROL_SANITIZED"):
            self.assertLess(grown, 16 * 1024)
        self.server.stop()
        self.assertIn("limits.memory_bytes_max", self.server.log())

    def test_of_answers_that_nobody_takes(self):
        self.start(f"[limits]\nmemory_bytes_max = {4 * self.MEBIBYTE}\n")
        writer = self.person("messi")
        for number in range(20):
            self.assertEqual(writer.ask(f"send maya {number} " + "y" * 50_000)["status"], "OK")
        deaf = []
        for _ in range(40):
            client = self.connect()
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            self.assertEqual(client.ask("auth maya surabaya")["status"], "OK")
            client.send(b"history messi limit 20\n" * 4)
            deaf.append(client)
        # Beside what the kernel takes, each holds a megabyte; together they may hold four. The others go, once their
        # answers are made, and the writer does not notice.
        deadline = time.monotonic() + 20
        while "limits.memory_bytes_max" not in self.server.log() and time.monotonic() < deadline:
            time.sleep(0.02)
        for number in range(20):
            self.assertEqual(writer.ask(f"send izza {number}")["status"], "OK")
        served, ended = 0, 0
        for client in deaf:
            try:
                self.assertEqual([len(answer["data"]["messages"]) for answer in client.answers(4)], [20] * 4)
                served += 1
            except chat.Ended:
                ended += 1
        self.assertGreater(served, 0)
        self.assertGreater(ended, 0)
        self.server.stop()
        self.assertIn("limits.memory_bytes_max", self.server.log())


class Requests(LimitTest):
    def test_line_length(self):
        self.start("[limits]\nline_bytes_max = 1000\n")
        for dialect in DIALECTS:
            client = self.person("messi", dialect)
            request = "send maya "
            at_the_limit = request + "x" * (1000 - len(request))
            self.assertEqual(client.ask(at_the_limit)["status"], "OK", dialect)
            self.assert_refused(client.ask(at_the_limit + "x"), "line-too-long", dialect)
            self.assertEqual(client.ask(at_the_limit)["status"], "OK", dialect)
        self.server.stop()

    def test_recipients(self):
        self.start("[limits]\nrecipients_max = 3\n")
        for dialect in DIALECTS:
            client = self.person("messi", dialect)
            self.assertEqual(client.ask("send maya,izza,nania at the limit")["status"], "OK", dialect)
            self.assert_refused(client.ask("send maya,izza,nania,lineker past it"), "too-many-recipients", dialect)
        lineker = self.person("lineker")
        self.assertEqual(lineker.ask("inbox")["data"]["messages"], [])
        self.server.stop()

    def test_messages_that_wait_to_be_stored(self):
        self.start("[store]\nwaiting_changes_max = 3\n")
        sender = self.person("messi")
        sender.send(b"".join(b"send maya %d\n" % number for number in range(3)))
        self.assertEqual([answer["status"] for answer in sender.answers(3)], ["OK"] * 3)
        # In one packet, so that the server reads more of them at once than may wait.
        sender.send(b"".join(b"send maya %d\n" % number for number in range(3, 103)))
        stored = [0, 1, 2]
        refused = 0
        for number, answer in enumerate(sender.answers(100), 3):
            if answer["status"] == "OK":
                stored.append(number)
                continue
            refused += 1
            self.assert_refused(answer, "busy", "native")
            self.assertGreaterEqual(answer["retry_ms"], 10)
        self.assertGreaterEqual(len(stored), 6)
        self.assertGreater(refused, 0)
        history = sender.ask("history maya limit 1000")["data"]["messages"]
        self.assertEqual([int(message["text"]) for message in history], stored)
        self.server.stop()

    def test_requests_of_all_that_wait_for_their_answers(self):
        """Whoever sends more than his part has the rest read later: nobody is refused, and nobody waits for ever."""
        self.start("[limits]\nunanswered_together_max = 2\n")
        names = ["messi", "maya", "henderson"]
        people = [self.person(name) for name in names]
        for name, person in zip(names, people):
            person.send(b"".join(b"send %s %d\n" % (name.encode(), number) for number in range(300)))
        for name, person in zip(names, people):
            self.assertEqual([answer["status"] for answer in person.answers(300)], ["OK"] * 300)
            history = person.ask(f"history {name} limit 1000")["data"]["messages"]
            self.assertEqual([int(message["text"]) for message in history], list(range(300)))
        self.server.stop()

    def test_pages_of_inbox_and_history(self):
        self.start("[limits]\ninbox_entries_max = 3\nhistory_entries_max = 3\n")
        writer = self.person("messi")
        for dialect in DIALECTS:
            reader = self.person("maya", dialect)
            for count, pages in ((3, [3, 0]), (4, [3, 1, 0])):
                for number in range(count):
                    writer.ask(f"send maya {number}")
                got = []
                for _ in pages:
                    answer = reader.ask("inbox")
                    messages = (answer["data"]["messages"] if dialect == "native"
                                else answer["messages"].get("messi", []))
                    got.append(len(messages))
                self.assertEqual(got, pages, dialect)
        page = writer.ask("history maya limit 4")["data"]
        self.assertEqual((len(page["messages"]), page["more"]), (3, True))
        self.server.stop()

    def test_bytes_of_an_inbox_page(self):
        self.start("[limits]\ninbox_bytes_max = 1024\n")
        writer, reader = self.person("messi"), self.person("maya", "simple-chat")
        for text in ("x" * 512, "y" * 512, "z"):
            writer.ask(f"send maya {text}")
        for wanted in (2, 1, 0):
            self.assertEqual(len(reader.ask("inbox")["messages"].get("messi", [])), wanted)
        # One message is always given, however long.
        writer.ask("send maya " + "x" * 5000)
        self.assertEqual(len(reader.ask("inbox")["messages"]["messi"]), 1)
        self.server.stop()


class Rates(LimitTest):
    def test_failed_logins_of_one_source_for_one_user(self):
        self.start("[limits]\nloopback_exempt = false\nfailed_logins_per_source_and_user = [3, 1]\n")
        for dialect, name in zip(DIALECTS, ("messi", "izza", "nania", "lineker", "henderson")):
            stranger = self.connect(dialect)
            for _ in range(3):
                self.assertIn(stranger.ask(f"auth {name} guess").get("message"), (None, "Password Salah", "Wrong password"))
            self.assert_refused(stranger.ask(f"auth {name} surabaya"), "too-many-requests", dialect)
            # Neither another user of that source nor the owner elsewhere is locked out.
            self.person("maya", dialect)
            self.person(name, dialect, THERE)
        self.server.stop()

    def test_failed_logins_of_one_source(self):
        self.start("[limits]\nloopback_exempt = false\nfailed_logins_per_source = [3, 1]\n")
        stranger = self.connect()
        for name in ("messi", "maya", "nobody"):
            self.assertEqual(stranger.ask(f"auth {name} guess")["code"], "bad-credentials")
        answer = stranger.ask("auth izza surabaya")
        self.assertEqual(answer["code"], "too-many-requests")
        self.assertGreater(answer["retry_ms"], 0)
        self.person("izza", source=THERE)
        self.server.stop()

    def check_messages(self, setting, other_user_may):
        self.start(f"[limits]\nloopback_exempt = false\n{setting} = [3, 1]\n")
        for number, (dialect, name) in enumerate(zip(DIALECTS, ("messi", "izza", "nania", "lineker", "henderson"))):
            here, there = f"127.0.1.{number + 1}", f"127.0.2.{number + 1}"
            sender, other = self.person(name, dialect, here), self.person("maya", dialect, here)
            for _ in range(3):
                self.assertEqual(sender.ask("send henderson halo")["status"], "OK")
            self.assert_refused(sender.ask("send henderson halo"), "too-many-messages", dialect)
            if other_user_may:
                # Once each time: maya has three.
                self.assertEqual(other.ask("send henderson halo")["status"], "OK" if number < 3 else "ERROR")
            else:
                self.assert_refused(other.ask("send henderson halo"), "too-many-messages", dialect)
                self.assertEqual(self.person(name, dialect, there).ask("send henderson halo")["status"], "OK")
            # Everything else goes on.
            self.assertEqual(sender.ask("inbox")["status"], "OK")
        self.server.stop()

    def test_messages_of_one_user(self):
        self.check_messages("sends_per_user", True)

    def test_messages_of_one_source(self):
        self.check_messages("sends_per_source", False)

    def test_registrations_of_one_source(self):
        self.start("[limits]\nloopback_exempt = false\nregistrations_per_source = [3, 1]\n")
        client = self.connect()
        for number in range(3):
            self.assertEqual(client.ask(f"register budi{number} rahasia123")["status"], "OK")
        answer = client.ask("register budi3 rahasia123")
        self.assertEqual(answer["code"], "too-many-accounts")
        self.assertGreater(answer["retry_ms"], 0)
        self.assertEqual(self.connect(source=THERE).ask("register budi3 rahasia123")["status"], "OK")
        self.server.stop()

    def test_who_may_register(self):
        for mode, code in (("closed", "registration-closed"), ("invite", "invitation-needed")):
            self.start("", f'registration = "{mode}"\n')
            self.assertEqual(self.connect().ask("register budi rahasia123")["code"], code)
            self.server.stop()

    def test_exempt_are_those_of_this_machine(self):
        self.start("[limits]\nsends_per_user = [3, 1]\nfailed_logins_per_source = [3, 1]\n")
        client = self.person("messi")
        for _ in range(10):
            self.assertEqual(client.ask("send izza halo")["status"], "OK")
            self.assertEqual(self.connect().ask("auth maya guess")["code"], "bad-credentials")
        self.server.stop()


class GroupsAndContacts(LimitTest):
    def test_members_of_one_group(self):
        self.start("[groups]\nmembers_max = 3\n")
        messi, lineker = self.person("messi"), self.person("lineker")
        self.assertEqual(messi.ask("hello")["data"]["limits"]["group_members"], 3)
        self.assert_refused(messi.ask("creategroup lab maya,izza,nania"), "group-full", "native")
        code = messi.ask("creategroup lab maya")["data"]["code"]
        answer = messi.ask("invite lab izza,nania")["data"]
        self.assertEqual((answer["added"], [failed["code"] for failed in answer["failed"]]), (["izza"], ["group-full"]))
        self.assert_refused(messi.ask("invite lab nania"), "group-full", "native")
        self.assert_refused(lineker.ask(f"joingroup {code}"), "group-full", "native")
        self.assertEqual(messi.ask("kick lab izza")["status"], "OK")
        self.assertEqual(lineker.ask(f"joingroup {code}")["data"]["members"], 3)
        self.server.stop()

    def test_groups_of_one_user(self):
        self.start("[groups]\nper_user_max = 2\n")
        messi, maya = self.person("messi"), self.person("maya")
        for name in ("one", "two"):
            self.assertEqual(messi.ask(f"creategroup {name}")["status"], "OK")
        self.assert_refused(messi.ask("creategroup three"), "too-many-groups", "native")
        code = maya.ask("creategroup three")["data"]["code"]
        self.assert_refused(messi.ask(f"joingroup {code}"), "too-many-groups", "native")
        self.assert_refused(maya.ask("invite three messi"), "too-many-groups", "native")
        self.assertEqual(messi.ask("leavegroup one")["status"], "OK")
        self.assertEqual(messi.ask(f"joingroup {code}")["status"], "OK")
        self.server.stop()

    def test_the_name_of_a_group(self):
        self.start("[groups]\nname_characters_max = 5\n")
        messi = self.person("messi")
        self.assert_refused(messi.ask("creategroup lab name " + 6 * "é"), "bad-group-name", "native")
        self.assertEqual(messi.ask("creategroup lab name " + 5 * "é")["data"]["name"], 5 * "é")
        self.server.stop()

    def test_contacts_of_one_user(self):
        self.start("[contacts]\nper_user_max = 2\n")
        messi = self.person("messi")
        self.assertEqual(messi.ask("addcontact maya")["status"], "OK")
        answer = messi.ask("addcontact izza,nania")["data"]
        self.assertEqual((answer["done"], [failed["code"] for failed in answer["failed"]]),
                         (["izza"], ["too-many-contacts"]))
        self.assert_refused(messi.ask("addcontact nania"), "too-many-contacts", "native")
        self.assertEqual(messi.ask("addcontact maya")["status"], "OK", "who is one already")
        self.assertEqual(messi.ask("delcontact maya")["status"], "OK")
        self.assertEqual(messi.ask("addcontact nania")["status"], "OK")
        self.server.stop()

    def check_codes(self, setting, other_source_may):
        self.start(f"[limits]\nloopback_exempt = false\n{setting} = [3, 1]\n")
        owner, guesser = self.person("messi"), self.person("maya")
        code = owner.ask("creategroup lab")["data"]["code"]
        for number in range(3):
            # A right code does not count.
            self.assertEqual(guesser.ask(f"joingroup {code}")["status"], "OK")
            self.assert_refused(guesser.ask(f"joingroup {'0' if code[0] != '0' else '1'}{code[1:]}"), "group-not-found",
                                "native")
        answer = guesser.ask("joingroup abcdef")
        self.assert_refused(answer, "too-many-requests", "native")
        self.assertGreater(answer["retry_ms"], 0)
        elsewhere = self.person("maya", source=THERE)
        self.assert_refused(elsewhere.ask("joingroup abcdef"),
                            "group-not-found" if other_source_may else "too-many-requests", "native")
        # Everybody else goes on.
        self.assertEqual(self.person("izza", source=THERE).ask(f"joingroup {code}")["status"], "OK")
        self.server.stop()

    def test_wrong_codes_of_one_user(self):
        self.check_codes("failed_codes_per_user", False)

    def test_wrong_codes_of_one_source(self):
        self.check_codes("failed_codes_per_source", True)


class Files(LimitTest):
    def put(self, client, size, to="izza"):
        """Uploads so many bytes; the last answer."""
        answer = client.ask(f"sendfile {to} a.txt {size}")
        if answer["status"] != "OK":
            return answer
        self.assertEqual(answer["data"], {"ready": size})
        client.send(size * b"x")
        return client.answer()

    def test_bytes_of_one_file(self):
        self.start("[files]\nbytes_max = 10\n")
        messi = self.person("messi")
        self.assertEqual(messi.ask("hello")["data"]["limits"]["file_bytes"], 10)
        self.assertEqual(self.put(messi, 10)["status"], "OK")
        self.assert_refused(self.put(messi, 11), "file-too-large", "native")
        self.server.stop()

    def test_bytes_of_one_user_and_of_all(self):
        """Files under way count as if they were there."""
        self.start("[files]\nuser_bytes_max = 15\nserver_bytes_max = 25\n")
        messi, second, maya = self.person("messi"), self.person("messi"), self.person("maya")
        self.assertEqual(self.put(messi, 5)["status"], "OK")
        self.assertEqual(messi.ask("sendfile izza a.txt 10")["data"], {"ready": 10})
        self.assert_refused(self.put(second, 1), "quota-exceeded", "native")
        self.assertEqual(self.put(second, 0)["status"], "OK")
        messi.send(10 * b"x")
        self.assertEqual(messi.answer()["status"], "OK")
        self.assert_refused(self.put(messi, 1), "quota-exceeded", "native")
        self.assert_refused(self.put(maya, 11), "storage-full", "native")
        self.assertEqual(self.put(maya, 10)["status"], "OK")
        self.assert_refused(self.put(maya, 1), "storage-full", "native")
        # What was refused costs nothing but itself.
        self.assertEqual(maya.ask("send izza halo")["status"], "OK")
        self.server.stop()

    def test_uploads_at_once(self):
        self.start("[files]\nuploads_per_user_max = 2\nuploads_max = 3\n")
        uploading = [self.person("messi"), self.person("messi"), self.person("maya")]
        for client in uploading[:2]:
            self.assertEqual(client.ask("sendfile izza a.txt 1")["data"], {"ready": 1})
        self.assert_refused(self.put(self.person("messi"), 1), "too-many-uploads", "native")
        self.assertEqual(uploading[2].ask("sendfile izza a.txt 1")["data"], {"ready": 1})
        self.assert_refused(self.put(self.person("nania"), 1), "too-many-uploads", "native")
        uploading[0].send(b"x")
        self.assertEqual(uploading[0].answer()["status"], "OK")
        self.assertEqual(self.put(self.person("nania"), 1)["status"], "OK")
        self.server.stop()


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
