"""The client of document 004 (obrol --classic protokol-chat) as a program, against a real server: its commands at a pipe,
files from folder to folder, and what a terminal asks before a file is replaced.

usage: classic_protokol_test.py OBROLD OBROL [unittest arguments]
"""

import json
import os
import pathlib
import sys
import tempfile
import unittest

import classic_test
from classic_test import Piped, TOKEN, Terminal
from obrold import Obrold

OBROLD = None


class ProtokolTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.server = self.enterContext(
            Obrold(OBROLD, "--demo", "--server-id", "A", dialects=("protokol-chat",)))
        self.here, self.there = self.folder(), self.folder()

    def folder(self):
        return self.enterContext(tempfile.TemporaryDirectory())

    def command(self):
        return classic_test.command_line(self.server, "protokol-chat")

    def client(self, user=None, folder=None):
        client = self.enterContext(Piped(self.command(), folder=folder))
        if user:
            self.assertRegex(client.ask(f"auth {user} surabaya"), f"^username {user} logged in, token {TOKEN}\n$")
        return client

    def test_accounts_and_messages(self):
        budi, maya = self.client(), self.client("maya")
        self.assertEqual(budi.ask("inbox"), "Error, not authorized\n")
        self.assertEqual(budi.ask("register budi rahasia123"), "user budi sudah teregistrasi\n")
        self.assertEqual(budi.ask("register budi rahasia123"), "Error, Nama user sudah dipakai\n")
        self.assertEqual(budi.ask("auth budi salah"), "Error, Password Salah\n")
        self.assertRegex(budi.ask("auth budi rahasia123"), "^username budi logged in, token ")
        self.assertRegex(budi.prompt, f"^Command {TOKEN}:$")
        self.assertEqual(budi.ask("send maya halo  maya"), "pesan sudah terkirim ke maya\n")
        self.assertEqual(budi.ask("send maya@A,budi catatan"), "pesan sudah terkirim ke maya, budi\n")
        self.assertEqual(budi.ask("send pogba halo"), "Error, User Tidak Ditemukan\n")
        self.assertEqual(budi.ask("send maya"), "-Maaf, command tidak benar\n")
        self.assertEqual(budi.ask("list"), "*Maaf, command tidak benar\n")
        inbox = {"budi": [{"msg_from": "budi", "msg_to": "Maya", "msg": text} for text in ("halo  maya", "catatan")]}
        self.assertEqual(maya.ask("inbox"), json.dumps(inbox) + "\n")
        self.assertEqual(maya.ask("inbox"), "{}\n")
        self.assertEqual(budi.ask("addserver B 127.0.0.1 0"), "Error, Data server tidak sah\n")
        self.assertEqual(budi.ask("logout"), "user sudah logout\n")
        self.assertEqual(budi.prompt, "Command :")
        self.assertEqual(budi.said() + maya.said(), "")

    def test_a_group(self):
        messi, maya = self.client("messi"), self.client("maya")
        self.assertEqual(messi.ask("creategroup lab maya,izza"), "grup lab sudah dibuat\n")
        self.assertEqual(messi.ask("sendgroup lab A  dan B"), "pesan sudah terkirim ke grup lab: maya, izza\n")
        self.assertEqual(maya.ask("inbox"),
                         '{"messi": [{"msg_from": "Lionel Messi", "msg_to": "lab", "msg": "A  dan B"}]}\n')

    def test_files_of_every_kind_arrive_whole(self):
        messi, maya = self.client("messi", self.here), self.client("maya", self.there)
        kinds = {"kosong": b"", "semua byte.bin": bytes(range(256)) * 100, "besar": os.urandom(3_000_000)}
        os.mkdir(os.path.join(self.here, "kirim"))
        for name, content in kinds.items():
            with self.subTest(name):
                pathlib.Path(self.here, "kirim", name).write_bytes(content)
                self.assertEqual(messi.ask(f"sendfile maya@A kirim/{name}"), f"file {name} sudah terkirim ke maya\n")
                message = json.loads(maya.ask("inbox"))["messi"][0]
                self.assertEqual(message["msg"], f"[file] {name} ({len(content)} byte)")
                self.assertEqual(maya.ask(f"getfile {name}"), f"{name} diunduh\n")
                self.assertEqual(pathlib.Path(self.there, name).read_bytes(), content)
        self.assertEqual(sorted(os.listdir(self.there)), sorted(kinds))
        files = [{"nama": name, "ukuran": len(kinds[name])} for name in sorted(kinds)]
        self.assertEqual(maya.ask("files"), json.dumps(files) + "\n")
        self.assertEqual(messi.ask("sendfile maya kirim/kosong"), "Error, File dengan nama itu sudah ada\n")
        self.assertEqual(messi.said() + maya.said(), "")

    def test_files_in_a_group_and_in_the_own_folder(self):
        messi, maya = self.client("messi", self.here), self.client("maya", self.there)
        pathlib.Path(self.here, "catatan.md").write_bytes(b"abc")
        messi.ask("creategroup lab maya")
        self.assertEqual(messi.ask("sendfilegroup lab catatan.md"), "file catatan.md sudah terkirim ke grup lab\n")
        self.assertEqual(maya.ask("getfile catatan.md"), "catatan.md diunduh\n")
        self.assertEqual(messi.ask("files"), "[]\n")
        self.assertEqual(messi.ask("putfile catatan.md"), "file catatan.md (3 byte) sudah disimpan\n")
        self.assertEqual(messi.ask("files"), '[{"nama": "catatan.md", "ukuran": 3}]\n')

    def test_what_cannot_be_sent_or_fetched(self):
        messi, maya = self.client("messi", self.here), self.client("maya", self.there)
        self.assertEqual(messi.ask("sendfile maya tiada"), "Error, tiada: No such file or directory\n")
        self.assertEqual(messi.ask("putfile ."), "Error, .: bukan file biasa\n")
        self.assertEqual(maya.ask("getfile tiada"), "Error, File Tidak Ditemukan\n")
        self.assertEqual(maya.ask("getfile .."), "Error, nama file tidak sah: ..\n")
        self.assertEqual(os.listdir(self.there), [])

    def test_no_file_is_replaced_unasked(self):
        messi, maya = self.client("messi", self.here), self.client("maya", self.there)
        pathlib.Path(self.here, "foto.png").write_bytes(b"new")
        messi.ask("sendfile maya foto.png")
        taken = pathlib.Path(self.there, "foto.png")
        taken.write_bytes(b"old")
        self.assertEqual(maya.ask("getfile foto.png"), "Error, foto.png sudah ada\n")
        with Terminal(["/usr/bin/env", "-C", self.there, *self.command()], self.folder()) as terminal:
            terminal.wait_for("Command :")
            terminal.press("auth maya surabaya\n")
            terminal.wait_for(f"Command {TOKEN}:")
            for answer, shown, content in (("tidak", "Dibatalkan", b"old"), ("ya", "foto.png diunduh", b"new")):
                terminal.press("getfile foto.png\n")
                terminal.wait_for(r"foto.png sudah ada; timpa\? \[ya/tidak\]:")
                terminal.press(answer + "\n")
                terminal.wait_for(shown + "\r\n")
                self.assertEqual(taken.read_bytes(), content)
            self.assertEqual(terminal.leave("\x04"), 0)
        self.assertEqual(os.listdir(self.there), ["foto.png"])


if __name__ == "__main__":
    OBROLD = os.path.abspath(sys.argv.pop(1))
    classic_test.OBROL = os.path.abspath(sys.argv.pop(1))
    unittest.main()
