"""The walk through document 004 by a client that is, on the wire, its own: what one server alone can do, and two together.

usage: original_client_004_test.py OBROLD [unittest arguments]
"""

import json
import sys
import time
import unittest

import chat
from obrold import Obrold
from original_client import OriginalClient004

PROGRAM = None
TOKEN = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
# Of a server that may have dialled this one, too.
CONNECTED = "^(server [AB] terkoneksi|sudah terkoneksi)$"
# Generous: sanitizers on a busy machine.
ARRIVAL_SECONDS_MAX = 30.0
TEXTS = ["halo", "x", "Grüße, você, naïve: ñ", "😀 👍🏽", 'katanya "halo" \\ {}', "dua  blank", "A  dan B"]


class Walk(unittest.TestCase):
    def start(self, label):
        server = self.enterContext(Obrold(PROGRAM, "--demo", "--server-id", label, dialects=("protokol-chat",)))
        server.label = label
        return server

    def client(self, server=None):
        server = server or self.server
        return self.enterContext(OriginalClient004(server.address("protokol-chat"), server.label))

    def person(self, name, server=None):
        client = self.client(server)
        self.assertRegex(client.command(f"auth {name} surabaya"), f"^username {name} logged in, token {TOKEN}$")
        return client

    def put(self, user, name, content, server=None):
        """Into the user's folder, by somebody with nc: the document's client has no request for it."""
        with chat.Chat((server or self.server).address("protokol-chat")) as person:
            person.login(user)
            self.assertEqual(person.ask(f"putfile {name} {len(content)}")["data"], "ready")
            person.send(content)
            self.assertEqual(person.answer()["status"], "OK")

    def get(self, user, name, server=None):
        with chat.Chat((server or self.server).address("protokol-chat")) as person:
            person.login(user)
            answer = person.ask(f"getfile {name}")
            self.assertEqual(answer["status"], "OK", answer)
            self.assertEqual(answer["data"], {"nama": name, "ukuran": answer["data"]["ukuran"]})
            return person.raw(answer["data"]["ukuran"])


class Original004(Walk):
    def setUp(self):
        self.server = self.start("A")

    def test_register_log_in_and_out(self):
        client = self.client()
        self.assertEqual(client.command("register budi rahasia123"), "user budi sudah teregistrasi")
        self.assertEqual(client.command("register budi rahasia123"), "Error, Nama user sudah dipakai")
        self.assertEqual(client.command("auth pogba surabaya"), "Error, User Tidak Ada")
        self.assertEqual(client.command("auth budi salah"), "Error, Password Salah")
        self.assertRegex(client.command("auth budi rahasia123"), "^username budi logged in")
        self.assertEqual(client.command("logout"), "user sudah logout")
        self.assertEqual(client.command("inbox"), "Error, not authorized")

    def test_messages(self):
        messi, maya = self.person("messi"), self.person("maya")
        for text in TEXTS:
            self.assertEqual(messi.command(f"send maya {text}"), "pesan sudah terkirim ke maya")
            self.assertEqual(messi.command(f"send maya@A {text}"), "pesan sudah terkirim ke maya")
        sent = [{"msg_from": "Lionel Messi", "msg_to": "Maya", "msg": text} for text in TEXTS for _ in range(2)]
        self.assertEqual(maya.command("inbox"), json.dumps({"messi": sent}))
        self.assertEqual(maya.command("inbox"), "{}")
        self.assertEqual(messi.command("send pogba halo"), "Error, User Tidak Ditemukan")
        self.assertRegex(messi.command("send maya@B halo"), "^Error, ")

    def test_a_group(self):
        messi, maya, izza = self.person("messi"), self.person("maya"), self.person("izza")
        self.assertEqual(messi.command("creategroup lab maya,izza,maya,messi"), "grup lab sudah dibuat")
        self.assertEqual(messi.command("creategroup lab maya"), "Error, ID grup sudah dipakai")
        self.assertRegex(messi.command("creategroup tim pogba"), "^Error, User Tidak Ditemukan")
        for text in TEXTS:
            self.assertRegex(messi.command(f"sendgroup lab {text}"), "^pesan sudah terkirim ke grup lab")
        sent = [{"msg_from": "Lionel Messi", "msg_to": "lab", "msg": text} for text in TEXTS]
        for member in (maya, izza):
            self.assertEqual(member.command("inbox"), json.dumps({"messi": sent}))
        self.assertEqual(messi.command("inbox"), "{}")
        self.assertEqual(self.person("nania").command("sendgroup lab halo"), "Error, Bukan anggota grup")

    def test_files_from_the_folder(self):
        messi, maya, izza = self.person("messi"), self.person("maya"), self.person("izza")
        content = bytes(range(256)) * 300 + b"\r\n\r\n"
        self.put("messi", "foto.png", content)
        self.assertEqual(messi.command("sendfile maya@A foto.png"), "file foto.png sudah terkirim ke maya")
        self.assertEqual(messi.command("sendfile maya@A foto.png"), "Error, File dengan nama itu sudah ada")
        self.assertEqual(messi.command("sendfile maya@A tiada.png"), "Error, File Tidak Ditemukan")
        self.assertEqual(json.loads(maya.command("inbox"))["messi"][0]["msg"], f"[file] foto.png ({len(content)} byte)")
        self.assertEqual(self.get("maya", "foto.png"), content)
        messi.command("creategroup lab izza")
        self.assertEqual(messi.command("sendfilegroup lab foto.png"), "file foto.png sudah terkirim ke grup lab")
        self.assertEqual(json.loads(izza.command("inbox"))["messi"][0]["msg"], f"[file] foto.png ({len(content)} byte)")
        self.assertEqual(self.get("izza", "foto.png"), content)

    def test_answers_of_every_length(self):
        client = self.person("maya")
        for length in range(1, 70):
            text = "é" + "x" * length
            client.command(f"send maya {text}")
            self.assertEqual(client.command("inbox"),
                             json.dumps({"maya": [{"msg_from": "Maya", "msg_to": "Maya", "msg": text}]}))

    def test_what_makes_no_sense(self):
        client = self.person("messi")
        self.assertEqual(client.request("dance\r\n")["data"], "request tidak dikenali")
        self.assertEqual(client.request("send maya\r\n")["data"], "parameter tidak lengkap")
        with chat.Chat(self.server.address("protokol-chat")) as stranger:
            for line in ("send maya", "inbox", "creategroup lab maya", "connect B", "addserver B 127.0.0.1 1", "files"):
                self.assertEqual(stranger.ask(line), {"status": "ERROR", "data": "not authorized",
                                                      "message": "not authorized"}, line)


class Original004OnTwoServers(Walk):
    def setUp(self):
        self.a, self.b = self.start("A"), self.start("B")
        self.messi, self.maya = self.person("messi", self.a), self.person("maya", self.b)

    def add(self, client, other):
        host, port = other.address("protokol-chat")
        self.assertEqual(client.command(f"addserver {other.label} {host} {port}"),
                         f"server {other.label} sudah ditambahkan")

    def connect(self):
        """The one first, then the other, which has a link by then."""
        self.add(self.messi, self.b)
        self.assertEqual(self.messi.command("connect B"), "server B terkoneksi")
        self.assertEqual(self.messi.command("connect B"), "sudah terkoneksi")
        self.add(self.maya, self.a)
        self.assertRegex(self.maya.command("connect A"), CONNECTED)

    def until(self, client, line, is_it):
        """Asks again until what is printed is as it should be."""
        deadline = time.monotonic() + ARRIVAL_SECONDS_MAX
        while not is_it(printed := client.command(line)):
            self.assertLess(time.monotonic(), deadline, f"{line} still prints {printed}")
            time.sleep(0.02)
        return printed

    def inbox(self, client, count):
        """{sender: [(full name, receiver, text)]} of so many messages, as they come."""
        got = {}

        def take(printed):
            for sender, messages in json.loads(printed).items():
                got.setdefault(sender, []).extend((each["msg_from"], each["msg_to"], each["msg"]) for each in messages)
            return sum(map(len, got.values())) >= count

        self.until(client, "inbox", take)
        return got

    def test_both_add_before_they_connect(self):
        self.add(self.messi, self.b)
        self.add(self.maya, self.a)
        self.assertEqual(self.messi.command("connect B"), "server B terkoneksi")
        self.assertRegex(self.maya.command("connect A"), CONNECTED)
        self.assertEqual(self.messi.command("send maya@B halo"), "pesan sudah terkirim ke maya@B")
        self.assertEqual(self.maya.command("send messi@A baik"), "pesan sudah terkirim ke messi@A")
        self.assertEqual(self.inbox(self.maya, 1), {"messi@A": [("Lionel Messi", "Maya", "halo")]})
        self.assertEqual(self.inbox(self.messi, 1), {"maya@B": [("Maya", "Lionel Messi", "baik")]})

    def test_before_they_are_connected(self):
        host, port = self.b.address("protokol-chat")
        self.assertRegex(self.messi.command("send maya@B halo"), "^Error, Server Tidak Ditemukan")
        self.assertEqual(self.messi.command(f"addserver A {host} {port}"), "Error, Itu server ini sendiri")
        self.assertEqual(self.messi.command(f"addserver B {host} 70000"), "Error, Data server tidak sah")
        self.add(self.messi, self.b)
        self.assertEqual(self.messi.command(f"addserver B {host} {port}"), "Error, ID server sudah dipakai")
        self.assertEqual(self.messi.command("send maya@B halo"), "Error, server belum terkoneksi")
        self.assertRegex(self.messi.command("send maya@C halo"), "^Error, Server Tidak Ditemukan")
        self.assertRegex(self.messi.command("connect C"), "^Error, Server Tidak Ditemukan")
        self.assertEqual(self.messi.command("connect B"), "server B terkoneksi")
        self.assertEqual(self.messi.command("send pogba@B halo"), "Error, User Tidak Ditemukan")

    def test_messages(self):
        self.connect()
        for text in TEXTS:
            self.assertEqual(self.messi.command(f"send maya@B {text}"), "pesan sudah terkirim ke maya@B")
            self.assertEqual(self.maya.command(f"send messi@A {text}"), "pesan sudah terkirim ke messi@A")
        self.assertEqual(self.inbox(self.maya, len(TEXTS)), {"messi@A": [("Lionel Messi", "Maya", text) for text in TEXTS]})
        self.assertEqual(self.inbox(self.messi, len(TEXTS)), {"maya@B": [("Maya", "Lionel Messi", text) for text in TEXTS]})
        self.assertEqual([client.command("inbox") for client in (self.maya, self.messi)], ["{}", "{}"])

    def test_a_group(self):
        self.connect()
        izza, nania = self.person("izza", self.a), self.person("nania", self.b)
        self.assertEqual(self.messi.command("creategroup lab izza,maya@B"),
                         "grup lab sudah dibuat; menunggu server dari maya@B")
        # She is a member when her server has the group; until then there is none for her, and nothing is sent.
        printed = self.until(self.maya, "sendgroup lab@A dari B", lambda printed: not printed.startswith("Error"))
        self.assertRegex(printed, "^pesan sudah terkirim ke grup lab@A")
        self.assertEqual(self.inbox(izza, 1), {"maya@B": [("Maya", "lab", "dari B")]})
        self.assertEqual(self.inbox(self.messi, 1), {"maya@B": [("Maya", "lab", "dari B")]})
        for text in TEXTS:
            self.assertEqual(self.messi.command(f"sendgroup lab {text}"), "pesan sudah terkirim ke grup lab: izza, maya@B")
        self.assertEqual(self.inbox(izza, len(TEXTS)), {"messi": [("Lionel Messi", "lab", text) for text in TEXTS]})
        self.assertEqual(self.inbox(self.maya, len(TEXTS)),
                         {"messi@A": [("Lionel Messi", "lab", text) for text in TEXTS]})
        self.assertEqual(nania.command("sendgroup lab@A halo"), "Error, Bukan anggota grup")

    def test_files(self):
        self.connect()
        content = bytes(range(256)) * 300 + b"\r\n\r\n"
        line = f"[file] foto.png ({len(content)} byte)"
        self.put("messi", "foto.png", content, self.a)
        self.assertEqual(self.messi.command("sendfile maya@B foto.png"), "file foto.png sudah terkirim ke maya@B")
        self.assertEqual(self.messi.command("sendfile maya@B foto.png"), "Error, File dengan nama itu sudah ada")
        self.assertEqual(self.inbox(self.maya, 1), {"messi@A": [("Lionel Messi", "Maya", line)]})
        self.assertEqual(self.get("maya", "foto.png", self.b), content)
        self.assertEqual(self.messi.command("sendfile maya@B tiada.png"), "Error, File Tidak Ditemukan")
        # Into a group, from where it is at home and from the other server.
        self.put("messi", "catatan.txt", content[::-1], self.a)
        self.put("maya", "jawaban.txt", content[:1000], self.b)
        self.messi.command("creategroup lab maya@B")
        self.until(self.maya, "sendgroup lab@A dari B", lambda printed: not printed.startswith("Error"))
        self.assertEqual(self.messi.command("sendfilegroup lab catatan.txt"), "file catatan.txt sudah terkirim ke grup lab")
        self.assertEqual(self.maya.command("sendfilegroup lab@A jawaban.txt"),
                         "file jawaban.txt sudah terkirim ke grup lab@A")
        self.assertEqual(self.inbox(self.maya, 1),
                         {"messi@A": [("Lionel Messi", "lab", f"[file] catatan.txt ({len(content)} byte)")]})
        self.assertEqual(self.inbox(self.messi, 2),
                         {"maya@B": [("Maya", "lab", "dari B"), ("Maya", "lab", "[file] jawaban.txt (1000 byte)")]})
        self.assertEqual(self.get("maya", "catatan.txt", self.b), content[::-1])
        self.assertEqual(self.get("messi", "jawaban.txt", self.a), content[:1000])

    def test_the_other_server_is_down(self):
        self.connect()
        host, port = self.b.address("protokol-chat")
        self.b.command[self.b.command.index("protokol-chat:127.0.0.1:0")] = f"protokol-chat:{host}:{port}"
        self.b.kill()
        for text in ("satu", "dua"):
            self.assertEqual(self.messi.command(f"send maya@B {text}"), "pesan queued untuk maya@B")
        self.b.start()
        maya = self.person("maya", self.b)
        self.assertEqual(self.inbox(maya, 2), {"messi@A": [("Lionel Messi", "Maya", text) for text in ("satu", "dua")]})


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
