"""The original program of document 003, all commands, with a real server: on a port of py-chat's and on one of `auto`.

usage: original_client_003_test.py OBROLD [unittest arguments]
"""

import pathlib
import socket
import sys
import tempfile
import unittest

from obrold import Obrold
from original_client_003 import OriginalClient003

PROGRAM = None
SECONDS_MAX = 60.0
ALL_BYTES = bytes(range(256))
TEXTS = ["halo", "dua  blank dan\nbaris baru", "Grüße, 你好 😀", 'kurung } "kutip" \\ {', "}" * 3000]
CODE = "^[0-9a-f]{6}$"


class Conversations:
    dialect = None

    def setUp(self):
        self.server = self.enterContext(Obrold(PROGRAM, "--demo", dialects=(self.dialect,)))

    def client(self):
        return self.enterContext(OriginalClient003(self.server.address(self.dialect)))

    def person(self, name, password="surabaya"):
        client = self.client()
        self.succeed(client.login(name, password))
        return client

    def succeed(self, answer, **members):
        self.assertEqual(answer["status"], "success", answer)
        self.assertTrue(answer["message"])
        for name, value in members.items():
            self.assertEqual(answer[name], value)
        return answer

    def fail_with(self, answer, words):
        self.assertEqual(answer["status"], "failed", answer)
        self.assertIn(words, answer["message"])

    def group(self, owner, name, *members):
        code = self.succeed(owner.ask("GROUP-CREATE", group_name=name), group_name=name)["code"]
        self.assertRegex(code, CODE)
        if members:
            self.succeed(owner.ask("GROUP-INVITE", code=code, user_list=list(members)), added=list(members), failed=[])
        return code

    def texts(self, answer):
        self.succeed(answer)
        return [(message["from_user"], message["text"]) for message in answer["messages"]]

    def test_accounts(self):
        client = self.client()
        self.fail_with(client.login("modis", "passmodis"), "AUTH-REGISTER")
        self.fail_with(client.ask("GROUP-GET"), "AUTH-REGISTER")
        self.succeed(client.register("modis", "passmodis"))
        self.fail_with(client.register("modis", "passmodis"), "sudah dipakai")
        self.fail_with(client.login("modis", "wrong"), "Password Salah")
        self.succeed(client.login("modis", "passmodis"))
        # The token is good on any connection, until the session ends.
        other = self.client()
        other.token = client.token
        self.succeed(other.ask("GROUP-GET"), group_list=[])
        self.succeed(client.ask("AUTH-LOGOUT"))
        self.fail_with(other.ask("GROUP-GET"), "AUTH-REGISTER")

    def test_contacts(self):
        messi = self.person("messi")
        self.succeed(messi.ask("CONTACT-ADD", contact_list=["maya", "izza", "maya"]))
        self.succeed(messi.ask("CONTACT-GET"), contact_list=["maya", "izza"])
        self.fail_with(messi.ask("CONTACT-ADD", contact_list=["messi"]), "Anda sendiri")
        self.fail_with(messi.ask("CONTACT-ADD", contact_list=["pogba"]), "User Tidak Ditemukan")
        self.succeed(messi.ask("CONTACT-DEL", contact_list=["maya"]))
        self.fail_with(messi.ask("CONTACT-DEL", contact_list=["nania"]), "Bukan kontak")
        self.succeed(messi.ask("CONTACT-GET"), contact_list=["izza"])

    def test_private_messages(self):
        messi, maya = self.person("messi"), self.person("maya")
        for text in TEXTS:
            self.succeed(messi.ask("MSG-PRIVATE-SEND", p_username="maya", message=text))
            self.assertEqual(maya.notification(), {"FOR": "NOTIF", "from_user": "messi", "from_group": None, "text": text})
        wanted = [("messi", text) for text in TEXTS]
        self.assertEqual(self.texts(maya.ask("MSG-PRIVATE-GET", p_username="messi")), wanted)
        # It is the history: both sides have it, and it stays.
        self.assertEqual(self.texts(messi.ask("MSG-PRIVATE-GET", p_username="maya")), wanted)
        self.fail_with(messi.ask("MSG-PRIVATE-SEND", p_username="pogba", message="halo"), "User Tidak Ditemukan")

    def test_groups(self):
        messi, maya, izza = self.person("messi"), self.person("maya"), self.person("izza")
        code = self.group(messi, "kelas progjar", "maya")
        self.succeed(messi.ask("MSG-GROUP-SEND", code=code, message="sebelum izza"))
        self.assertEqual(maya.notification(), {"FOR": "NOTIF", "from_user": "messi", "from_group": "kelas progjar",
                                               "text": "sebelum izza"})
        self.fail_with(izza.ask("MSG-GROUP-SEND", code=code, message="halo"), "Bukan anggota")
        self.fail_with(izza.ask("GROUP-INVITE", code=code, user_list=["nania"]), "")
        self.succeed(izza.ask("GROUP-JOIN", code=code))
        self.succeed(izza.ask("GROUP-JOIN", code=code))
        self.succeed(izza.ask("GROUP-GET"), group_list=[{"code": code, "group_name": "kelas progjar"}])
        self.fail_with(izza.ask("GROUP-INVITE", code=code, user_list=["nania"]), "Hanya admin")
        self.succeed(izza.ask("MSG-GROUP-SEND", code=code, message="halo semua"))
        for client in (messi, maya):
            self.assertEqual(client.notification()["text"], "halo semua")
        self.assertEqual(self.texts(izza.ask("MSG-GROUP-GET", code=code)), [("izza", "halo semua")])
        self.assertEqual(self.texts(maya.ask("MSG-GROUP-GET", code=code)),
                         [("messi", "sebelum izza"), ("izza", "halo semua")])
        answer = self.succeed(messi.ask("GROUP-INVITE", code=code, user_list=["nania", "pogba"]))
        self.assertEqual((answer["added"], answer["failed"]), (["nania"], ["pogba"]))
        self.fail_with(messi.ask("GROUP-INVITE", code=code, user_list=["pogba"]), "User Tidak Ditemukan")
        # The only admin leaves; the oldest member is the next one.
        self.succeed(messi.ask("GROUP-EXIT", code=code))
        self.fail_with(messi.ask("MSG-GROUP-SEND", code=code, message="halo"), "Bukan anggota")
        self.succeed(maya.ask("GROUP-INVITE", code=code, user_list=["henderson"]), added=["henderson"])

    def test_notifications_wait_for_who_is_away(self):
        messi = self.person("messi")
        code = self.group(messi, "lab", "maya")
        self.succeed(messi.ask("MSG-PRIVATE-SEND", p_username="maya", message="satu"))
        self.succeed(messi.ask("MSG-GROUP-SEND", code=code, message="dua"))
        maya = self.person("maya")
        for _ in range(2):  # asking fetches nothing
            self.succeed(maya.ask("NOTIF-GET"), notifications=[
                {"from_user": "messi", "from_group": None, "code": None, "text": "satu"},
                {"from_user": "messi", "from_group": "lab", "code": code, "text": "dua"}])

    def test_files(self):
        messi, maya, izza = self.person("messi"), self.person("maya"), self.person("izza")
        code = self.group(messi, "lab", "maya")
        for size in (0, 1, 1024, 300_000):
            content = (ALL_BYTES * (size // 256 + 1))[:size]
            sent = self.succeed(messi.upload("FILE-PRIVATE-SEND", "foto/bali.jpg", content, p_username="maya"),
                                file_name="bali.jpg")
            notified = maya.notification()
            self.assertEqual(notified["text"], f"[bali.jpg], file_code: {sent['file_code']}")
            answer, received = maya.download("FILE-PRIVATE-GET", sent["file_code"], p_username="messi")
            self.succeed(answer, file_name="bali.jpg", file_size=size)
            self.assertEqual(received, content)
            posted = self.succeed(messi.upload("FILE-GROUP-SEND", "catatan", content, code=code))
            self.assertEqual(maya.notification()["from_group"], "lab")
            self.assertEqual(maya.download("FILE-GROUP-GET", posted["file_code"], code=code)[1], content)
            # Only through the conversation in which it was sent, and only for those who are in it.
            self.fail_with(maya.download("FILE-PRIVATE-GET", posted["file_code"], p_username="messi")[0], "File Tidak")
            self.fail_with(izza.download("FILE-PRIVATE-GET", sent["file_code"], p_username="messi")[0], "File Tidak")
        last = self.texts(maya.ask("MSG-PRIVATE-GET", p_username="messi"))[-1]
        self.assertEqual(last, ("messi", f"[bali.jpg], file_code: {sent['file_code']}"))
        self.fail_with(messi.upload("FILE-PRIVATE-SEND", "..", b"x", p_username="maya"), "Nama file")
        self.fail_with(messi.ask("FILE-PRIVATE-SEND", p_username="maya", file_name="a", file_size=-1), "Ukuran file")
        self.fail_with(messi.ask("FILE-PRIVATE-SEND", p_username="maya", file_name="a", file_size=2**63), "Ukuran file")
        self.fail_with(messi.ask("FILE-PRIVATE-SEND", p_username="maya", file_name="a", file_size=2**40), "File terlalu")
        self.succeed(messi.ask("GROUP-GET"))

    # Long answers: blocks end around every brace.
    def test_a_long_history(self):
        messi, maya = self.person("messi"), self.person("maya")
        texts = [f"pesan {number} {'x' * (number % 97)}" for number in range(300)]
        for text in texts:
            self.succeed(messi.ask("MSG-PRIVATE-SEND", p_username="maya", message=text))
            self.assertEqual(maya.notification()["text"], text)
        self.assertEqual(self.texts(maya.ask("MSG-PRIVATE-GET", p_username="messi")), [("messi", text) for text in texts])

    def test_what_is_no_request(self):
        client = self.client()
        answer = client.ask("DANCE")
        self.fail_with(answer, "command tidak benar")
        self.fail_with(client.ask("AUTH-LOGIN", username="messi"), "argumen kurang")
        client.socket.sendall(b'{"COMMAND": "GROUP-GET"]')
        self.assertEqual(client.read()["status"], "failed")
        with self.assertRaises(ConnectionError):
            client.read()


class OnItsOwnPort(Conversations, unittest.TestCase):
    dialect = "py-chat"


class OnThePortOfAuto(Conversations, unittest.TestCase):
    dialect = "auto"


class Greeting(unittest.TestCase):
    def server(self, delay_ms):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        settings = pathlib.Path(folder, "obrold.toml")
        settings.write_text(f"[py_chat]\ngreeting_delay_ms = {delay_ms}\n", encoding="utf-8")
        return self.enterContext(Obrold(PROGRAM, "--demo", "--config", str(settings), dialects=("py-chat",)))

    def first_bytes(self, server, request):
        with socket.create_connection(server.address("py-chat"), timeout=SECONDS_MAX) as client:
            client.sendall(request)
            received = b""
            while not received.endswith(b"\r\n\r\n"):
                received += client.recv(4096)
            return received

    # Nobody waits for so long.
    def test_who_speaks_in_time_is_not_greeted(self):
        received = self.first_bytes(self.server(60_000), b"AUTH-LOGIN messi surabaya\r\n")
        self.assertTrue(received.startswith(b'{"FOR": "AUTH-LOGIN", "status": "success"'), received)

    def test_who_says_nothing_is(self):
        for delay_ms in (0, 5):
            received = self.first_bytes(self.server(delay_ms), b"")
            self.assertRegex(received, rb"^[^{\n]*daftar[^\n]*\r\n\r\n$")


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
