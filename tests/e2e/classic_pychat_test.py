"""The client of document 003 (obrol --classic py-chat) as a program, against a real server: its menus at a pipe, a chat
and files at a terminal, and what a connection that breaks leaves of a file.

usage: classic_pychat_test.py OBROLD OBROL [unittest arguments]
"""

import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import classic_test
from classic_test import Piped, Terminal, WAIT_SECONDS_MAX, keep_ports
from obrold import Obrold

OBROLD = None
PROMPT = re.compile(r"(?:Menu \w+|Chat [^:\n]+?)(?: \(\w+\))?:$")
TIME = r"\[\d{4}-\d\d-\d\d \d\d:\d\d UTC\]"
MENU_MAIN = """Menu Utama
- contact -> menuju menu kontak
- group -> menuju menu grup
- list -> menuju inbox
- back -> kembali ke menu autorisasi
"""


class Door:
    """Stands between a client and the server, lets everything pass, and can hold or cut what comes from either side."""

    def __init__(self, address):
        self.address = address
        self.asked = b""
        self.open = threading.Event()
        self.open.set()
        self.cut_after = None  # bytes from the server, on the next connection alone
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.open.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    @property
    def port(self):
        return self.listener.getsockname()[1]

    def accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            server = socket.create_connection(self.address)
            for source, target, is_request in ((client, server, True), (server, client, False)):
                threading.Thread(target=self.carry, args=(source, target, is_request), daemon=True).start()

    def carry(self, source, target, is_request):
        try:
            while data := source.recv(65536):
                if is_request:
                    self.open.wait()
                    self.asked += data[:1000]
                elif self.cut_after is not None:
                    data = data[: self.cut_after]
                    self.cut_after -= len(data)
                target.sendall(data)
                if not is_request and self.cut_after == 0:
                    self.cut_after = None
                    break
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class WithServer(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.server = self.enterContext(Obrold(OBROLD, "--demo", dialects=("py-chat",)))

    def command(self, port=None):
        command = classic_test.command_line(self.server, "py-chat")
        return command if port is None else [*command[:-1], str(port)]

    def client(self, user=None, folder=None, port=None):
        client = self.enterContext(Piped(self.command(port), PROMPT, folder))
        if user:
            self.assertEqual(client.ask(f"login {user} surabaya"), "Berhasil masuk\n" + MENU_MAIN)
        return client

    def folder(self):
        return self.enterContext(tempfile.TemporaryDirectory())


class MenuTest(WithServer):
    def test_the_menu_of_the_login(self):
        modis = self.client()
        self.assertTrue(modis.greeting.startswith("Menu Autorisasi\n- login [username] [password]\n"), modis.greeting)
        self.assertEqual(modis.ask("login modis passmodis"), "Error, User Tidak Ada, silakan daftar dengan AUTH-REGISTER\n")
        self.assertRegex(modis.ask("register modis passmodis passmodiss"), "^Error, ")
        self.assertRegex(modis.ask("register modis passmodis passmodis"), "AUTH-LOGIN")
        self.assertEqual(modis.ask("login modis salah"), "Error, Password Salah\n")
        self.assertEqual(modis.ask("login modis"), "-Maaf, command tidak benar\n")
        self.assertEqual(modis.ask("AUTH-LOGIN modis passmodis"), "*Maaf, command tidak benar\n")
        self.assertEqual(modis.ask("login modis passmodis"), "Berhasil masuk\n" + MENU_MAIN)
        self.assertEqual(modis.prompt, "Menu Utama (modis):")
        modis.ask("back")
        self.assertRegex(modis.ask("logout"), r"\w")
        self.assertEqual(modis.prompt, "Menu Autorisasi:")
        self.assertEqual(modis.said(), "")

    def test_contacts_and_a_private_chat(self):
        messi, maya = self.client("messi"), self.client("maya")
        self.assertIn("- add [username] -> menambahkan teman ke kontak\n", messi.ask("contact"))
        self.assertEqual(messi.ask("get"), "Daftar kontak kosong\n")
        self.assertIn("berhasil", messi.ask("add maya"))
        self.assertRegex(messi.ask("add pogba"), "^Error, ")
        self.assertEqual(messi.ask("get"), "1. maya\n")
        self.assertRegex(messi.ask("chat pogba"), "^Error, ")
        messi.ask("chat maya")
        self.assertEqual(messi.prompt, "Chat maya (messi):")
        self.assertEqual(messi.ask("send halo maya, apa kabar?"), "Pesan terkirim\n")
        self.assertEqual(maya.ask("list"), "messi: halo maya, apa kabar?\n")
        maya.ask("contact")
        self.assertRegex(maya.ask("chat messi"), rf"\n{TIME} messi: halo maya, apa kabar\?\n$")
        maya.ask("send baik")
        self.assertRegex(messi.ask("send syukurlah"), rf"^Pesan terkirim\n{TIME} maya: baik\n$")
        self.assertRegex(maya.ask(""), rf"^{TIME} messi: syukurlah\n$")
        self.assertEqual(maya.ask(""), "")
        messi.ask("back")
        self.assertIn("berhasil", messi.ask("del maya"))
        self.assertRegex(messi.ask("del maya"), "^Error, ")
        self.assertEqual(messi.said() + maya.said(), "")

    def test_groups(self):
        messi, maya, izza = self.client("messi"), self.client("maya"), self.client("izza")
        for client in (messi, maya, izza):
            client.ask("group")
        self.assertEqual(messi.ask("get"), "Belum tergabung dalam grup\n")
        code = re.search(r"Grup kelas progjar, kode ([0-9a-f]{6})\n$", messi.ask("create kelas progjar"))[1]
        self.assertEqual(messi.ask("get"), f"1. kelas progjar (kode {code})\n")
        self.assertRegex(messi.ask("invite 1 maya"), r"\w")
        self.assertRegex(messi.ask("invite 1 pogba"), "^Error, ")
        self.assertRegex(izza.ask("join zzzzzz"), "^Error, ")
        self.assertIn("bergabung", izza.ask(f"join {code}"))
        self.assertRegex(izza.ask("invite 1 nania"), "^Error, ")
        self.assertRegex(messi.ask("chat 2"), "^Error, tidak ada grup nomor 2")
        for client in (messi, maya, izza):
            client.ask("chat 1")
        self.assertEqual(izza.prompt, "Chat grup kelas progjar (izza):")
        self.assertEqual(messi.ask("send selamat datang"), "Pesan terkirim\n")
        for client in (maya, izza):
            self.assertRegex(client.ask(""), rf"^{TIME} messi: selamat datang\n$")
        izza.ask("back")
        self.assertIn("keluar", izza.ask("exit 1"))
        self.assertRegex(izza.ask(f"chat {code}"), "^Error, ")
        self.assertEqual(messi.ask("send sampai nanti"), "Pesan terkirim\n")
        maya.ask("back")
        maya.ask("back")
        self.assertEqual(maya.ask("list"), f"messi @ kelas progjar ({code}): sampai nanti\n")

    def test_logs_in_again_when_the_server_was_away(self):
        client = self.client("messi")
        client.ask("contact")
        client.ask("chat maya")
        keep_ports(self.server)
        self.server.kill()
        client.wait_said("mencoba menyambung lagi")
        self.assertEqual(client.ask("send satu"), "")
        self.assertIn("'send' tidak dikirim\n", client.said())
        self.server.start()
        client.wait_said("Masuk lagi sebagai messi\n")
        self.assertEqual(client.ask("send dua"), "Pesan terkirim\n")

    def test_a_terminal_shows_what_comes_and_keeps_no_password(self):
        home = self.folder()
        messi = self.client("messi")
        messi.ask("contact")
        messi.ask("chat maya")
        with Terminal(self.command(), home) as terminal:
            terminal.wait_for("Menu Autorisasi:")
            terminal.press("login maya surabaya\ncontact\nchat messi\n")
            terminal.wait_for(r"Chat messi \(maya\):")
            terminal.press("send ha")
            terminal.wait_for("send ha")
            messi.ask("send hai maya")
            terminal.wait_for(r"messi: hai maya\r\n")
            terminal.wait_for(r"Chat messi \(maya\):send ha")
            terminal.press("lo\n")
            terminal.wait_for(r"Pesan terkirim\r\n")
            self.assertEqual(terminal.leave("\x04"), 0)
        history = pathlib.Path(home, ".local/state/obrol/py-chat.history").read_text(encoding="utf-8")
        self.assertEqual(history, "contact\nchat messi\nsend halo\n")


class FileTest(WithServer):
    def setUp(self):
        super().setUp()
        self.here, self.there = self.folder(), self.folder()

    def pair(self, port=None):
        messi, maya = self.client("messi", self.here), self.client("maya", self.there, port)
        for client, other in ((messi, "maya"), (maya, "messi")):
            client.ask("contact")
            client.ask(f"chat {other}")
        return messi, maya

    def send(self, client, name, content):
        pathlib.Path(self.here, name).write_bytes(content)
        return re.fullmatch(rf"{re.escape(name)} terkirim, file_code: (\w+)\n", client.ask(f"send_file {name}"))[1]

    def test_files_of_every_kind_arrive_whole(self):
        messi, maya = self.pair()
        kinds = {"kosong": b"", "semua byte.bin": bytes(range(256)) * 100, "besar": os.urandom(3_000_000)}
        for name, content in kinds.items():
            with self.subTest(name):
                code = self.send(messi, name, content)
                self.assertRegex(maya.ask(""), rf"^{TIME} messi: \[{name}\], file_code: {code}\n$")
                self.assertEqual(maya.ask(f"get_file {code}"), f"{name} diunduh\n")
                self.assertEqual(pathlib.Path(self.there, name).read_bytes(), content)
        self.assertEqual(sorted(os.listdir(self.there)), sorted(kinds))
        self.assertEqual(messi.said() + maya.said(), "")

    def test_files_in_a_group(self):
        messi, maya, izza = self.client("messi", self.here), self.client("maya", self.there), self.client("izza")
        for client in (messi, maya):
            client.ask("group")
        code = re.search(r"kode ([0-9a-f]{6})\n$", messi.ask("create lab"))[1]
        maya.ask(f"join {code}")
        for client in (messi, maya):
            client.ask("chat 1")
        file_code = self.send(messi, "catatan.md", b"abc")
        self.assertEqual(maya.ask(f"get_file {file_code} baru.md"), "baru.md diunduh\n")
        self.assertEqual(pathlib.Path(self.there, "baru.md").read_bytes(), b"abc")
        izza.ask("contact")
        izza.ask("chat messi")
        self.assertRegex(izza.ask(f"get_file {file_code}"), "^Error, ")

    def test_what_cannot_be_sent_or_fetched(self):
        messi, maya = self.pair()
        self.assertRegex(messi.ask("send_file tiada"), "^Error, tiada: No such file or directory\n$")
        self.assertRegex(messi.ask("send_file ."), "^Error, .: bukan file biasa\n$")
        self.assertRegex(maya.ask("get_file 000000"), "^Error, ")
        self.assertEqual(os.listdir(self.there), [])

    def test_no_file_is_replaced_unasked(self):
        messi, maya = self.pair()
        code = self.send(messi, "foto.png", b"new")
        taken = pathlib.Path(self.there, "foto.png")
        taken.write_bytes(b"old")
        self.assertRegex(maya.ask(f"get_file {code}"), "^Error, foto.png sudah ada; ")
        self.assertEqual(maya.ask(f"get_file {code} lain.png"), "lain.png diunduh\n")
        self.assertEqual(taken.read_bytes(), b"old")
        self.assertEqual(sorted(os.listdir(self.there)), ["foto.png", "lain.png"])
        with Terminal(["/usr/bin/env", "-C", self.there, *self.command()], self.folder()) as terminal:
            terminal.wait_for("Menu Autorisasi:")
            terminal.press("login maya surabaya\ncontact\nchat messi\n")
            terminal.wait_for(r"Chat messi \(maya\):")
            terminal.press(f"get_file {code}\n")
            terminal.wait_for(r"foto.png sudah ada; timpa\? \[ya/tidak\]:")
            terminal.press("tidak\n")
            terminal.wait_for("Dibatalkan\r\n")
            self.assertEqual(taken.read_bytes(), b"old")
            terminal.press(f"get_file {code}\n")
            terminal.wait_for(r"foto.png sudah ada; timpa\? \[ya/tidak\]:")
            terminal.press("ya\n")
            terminal.wait_for("foto.png diunduh\r\n")
            self.assertEqual(taken.read_bytes(), b"new")
            self.assertEqual(terminal.leave("\x04"), 0)

    def test_a_broken_download_goes_on_where_it_stopped(self):
        content = os.urandom(2_000_000)
        with Door(self.server.address("py-chat")) as door:
            messi, maya = self.pair(door.port)
            code = self.send(messi, "besar", content)
            door.cut_after = 1_000_000
            self.assertEqual(maya.ask(f"get_file {code}"), "besar diunduh\n")
            self.assertEqual(pathlib.Path(self.there, "besar").read_bytes(), content)
            self.assertEqual(os.listdir(self.there), ["besar"])
            offset = int(re.search(rb"FILE-GET-PRIVATE messi %s (\d+)\r\n" % code.encode(), door.asked)[1])
            self.assertGreater(offset, 900_000)
            self.assertIn(f"Unduhan terputus setelah {offset} byte; dilanjutkan\n", maya.said())

    def test_a_download_goes_on_in_another_run(self):
        content = os.urandom(2_000_000)
        messi, maya = self.pair()
        code = self.send(messi, "besar", content)
        pathlib.Path(self.there, f"{code}.part").write_bytes(content[:1_234_567])
        self.assertEqual(maya.ask(f"get_file {code}"), "besar diunduh\n")
        self.assertEqual(pathlib.Path(self.there, "besar").read_bytes(), content)
        self.assertEqual(os.listdir(self.there), ["besar"])

    def test_a_terminal_shows_how_far_a_file_has_come(self):
        content = os.urandom(32 * 1024 * 1024)
        pathlib.Path(self.here, "besar").write_bytes(content)
        with Door(self.server.address("py-chat")) as door, \
                Terminal(["/usr/bin/env", "-C", self.here, *self.command(door.port)], self.folder()) as terminal:
            terminal.wait_for("Menu Autorisasi:")
            terminal.press("login messi surabaya\ncontact\nchat maya\n")
            terminal.wait_for(r"Chat maya \(messi\):")
            terminal.press("send_file besar\n")
            deadline = time.monotonic() + WAIT_SECONDS_MAX
            while b"FILE-SEND-PRIVATE" not in door.asked:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.01)
            door.open.clear()
            time.sleep(1.0)
            door.open.set()
            terminal.wait_for(r"\r\x1b\[Kbesar: \d+ %, [\d.]+ [KM]iB/s")
            terminal.wait_for(r"besar terkirim, file_code: \w+\r\n")
            self.assertEqual(terminal.leave("\x04"), 0)

    def test_no_progress_where_nobody_looks(self):
        pathlib.Path(self.here, "besar").write_bytes(os.urandom(1_000_000))
        typed = b"login messi surabaya\ncontact\nchat maya\nsend_file besar\n"
        result = subprocess.run(self.command(), input=typed, cwd=self.here, capture_output=True,
                                timeout=WAIT_SECONDS_MAX)
        self.assertIn(b"besar terkirim", result.stdout)
        self.assertEqual((result.stderr, result.returncode), (b"", 0))
        self.assertNotIn(b"\x1b", result.stdout)


if __name__ == "__main__":
    OBROLD = os.path.abspath(sys.argv.pop(1))
    classic_test.OBROL = os.path.abspath(sys.argv.pop(1))
    unittest.main()
