"""The walk through document 004 by a client that is, on the wire, its own: everything one server alone can do.

usage: original_client_004_test.py OBROLD [unittest arguments]
"""

import json
import sys
import unittest

import chat
from obrold import Obrold
from original_client import OriginalClient004

PROGRAM = None
TOKEN = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
TEXTS = ["halo", "x", "Grüße, você, naïve: ñ", "😀 👍🏽", 'katanya "halo" \\ {}', "dua  blank", "A  dan B"]


class Original004(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Obrold(PROGRAM, "--demo", "--server-id", "A", dialects=("protokol-chat",)))

    def client(self):
        return self.enterContext(OriginalClient004(self.server.address("protokol-chat"), "A"))

    def person(self, name, password="surabaya"):
        client = self.client()
        self.assertRegex(client.command(f"auth {name} {password}"), f"^username {name} logged in, token {TOKEN}$")
        return client

    def put(self, user, name, content):
        """Into the user's folder, by somebody with nc: the document's client has no request for it."""
        with chat.Chat(self.server.address("protokol-chat")) as person:
            person.login(user)
            self.assertEqual(person.ask(f"putfile {name} {len(content)}")["data"], "ready")
            person.send(content)
            self.assertEqual(person.answer()["status"], "OK")

    def get(self, user, name):
        with chat.Chat(self.server.address("protokol-chat")) as person:
            person.login(user)
            answer = person.ask(f"getfile {name}")
            self.assertEqual(answer["data"], {"nama": name, "ukuran": answer["data"]["ukuran"]})
            return person.raw(answer["data"]["ukuran"])

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


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
