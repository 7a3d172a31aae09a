"""Every limit that py-chat's requests can meet, at the limit and one past it, in its words; the connection goes on.

usage: limits_pychat_test.py OBROLD [unittest arguments]
"""

import os
import sys
import unittest

import limits_test

HERE, THERE = limits_test.HERE, limits_test.THERE


class PyChatLimits(limits_test.LimitTest):
    dialects = ("py-chat", "native")

    def person(self, name, dialect="py-chat", source=HERE):
        if dialect != "py-chat":
            return super().person(name, dialect, source)
        client = self.connect(dialect, source)
        self.assert_done(client.ask(f"AUTH-LOGIN {name} surabaya"))
        return client

    def assert_done(self, answer):
        self.assertEqual(answer["status"], "success", answer)

    def assert_failed(self, answer, words):
        self.assertEqual(answer["status"], "failed", answer)
        self.assertIn(words, answer["message"])

    def test_connections_of_one_address(self):
        self.start("[limits]\nloopback_exempt = false\nconnections_per_address_max = 2\n")
        held = [self.person("messi"), self.person("maya")]
        refused = self.connect("py-chat")
        self.assert_failed(refused.answer(), "Maaf, terlalu banyak koneksi dari alamat Anda")
        self.assertTrue(refused.is_ended())
        self.assert_done(held[0].ask("GROUP-GET"))
        self.person("messi", source=THERE)
        self.server.stop()

    def test_length_of_lines_and_arguments(self):
        self.start("[py_chat]\nline_bytes_max = 300\nargument_characters_max = 100\n")
        messi = self.person("messi")
        words = "CHAT-PRIVATE-SEND maya "
        at_the_limit = words + "é" * 100 + " " + "x" * 75
        self.assertEqual(len(at_the_limit.encode()), 299)
        self.assert_done(messi.ask(at_the_limit + "x"))
        self.assert_failed(messi.ask(at_the_limit + "xx"), "terlalu panjang")
        self.assert_failed(messi.ask(words + "é" * 101), "Argumen terlalu panjang")
        self.assert_done(messi.ask("GROUP-GET"))
        self.server.stop()

    def test_failed_logins(self):
        self.start("[limits]\nloopback_exempt = false\nfailed_logins_per_source_and_user = [3, 1]\n")
        stranger = self.connect("py-chat")
        for _ in range(3):
            self.assert_failed(stranger.ask("AUTH-LOGIN messi guess"), "Password Salah")
        self.assert_failed(stranger.ask("AUTH-LOGIN messi surabaya"), "Maaf, terlalu banyak permintaan")
        self.person("messi", source=THERE)
        self.server.stop()

    def test_registrations(self):
        self.start("[limits]\nloopback_exempt = false\nregistrations_per_source = [1, 1]\n")
        client = self.connect("py-chat")
        self.assert_done(client.ask("AUTH-REGISTER modis passmodis passmodis"))
        self.assert_failed(client.ask("AUTH-REGISTER modus passmodus passmodus"), "Maaf, terlalu banyak pendaftaran")
        self.server.stop()

    def test_messages_of_one_user(self):
        """Posts, files and changes of groups count like messages."""
        self.start("[limits]\nloopback_exempt = false\nsends_per_user = [4, 1]\n")
        messi = self.person("messi")
        code = messi.ask("GROUP-CREATE lab")["code"]
        for request in ("CHAT-PRIVATE-SEND maya halo", f"CHAT-GROUP-SEND {code} halo"):
            self.assert_done(messi.ask(request))
        self.assert_done(messi.ask("FILE-SEND-PRIVATE maya a.txt 0"))
        self.assert_done(messi.answer())
        for request in ("CHAT-PRIVATE-SEND maya halo", f"CHAT-GROUP-SEND {code} halo", "FILE-SEND-PRIVATE maya a.txt 1"):
            self.assert_failed(messi.ask(request), "Maaf, terlalu banyak pesan")
        self.assert_done(messi.ask("GROUP-GET"))
        self.assert_done(self.person("maya").ask("CHAT-PRIVATE-SEND messi halo"))
        self.server.stop()

    def test_wrong_codes(self):
        self.start("[limits]\nloopback_exempt = false\nfailed_codes_per_user = [2, 1]\n")
        messi, maya = self.person("messi"), self.person("maya")
        code = messi.ask("GROUP-CREATE lab")["code"]
        wrong = ("1" if code[0] == "0" else "0") + code[1:]
        for request in (f"GROUP-JOIN {wrong}", f"CHAT-GROUP-SEND {wrong} halo"):
            self.assert_failed(maya.ask(request), "Grup Tidak Ditemukan")
        self.assert_failed(maya.ask(f"GROUP-JOIN {wrong}"), "Maaf, terlalu banyak permintaan")
        self.assert_done(messi.ask(f"CHAT-GROUP-SEND {code} halo"))
        self.server.stop()

    def test_groups_members_and_contacts(self):
        self.start("[groups]\nmembers_max = 2\nper_user_max = 2\n[contacts]\nper_user_max = 1\n")
        messi, maya = self.person("messi"), self.person("maya")
        code = messi.ask("GROUP-CREATE one")["code"]
        self.assert_done(messi.ask(f"GROUP-INVITE {code} izza"))
        self.assert_failed(messi.ask(f"GROUP-INVITE {code} maya"), "Grup sudah penuh")
        self.assert_failed(maya.ask(f"GROUP-JOIN {code}"), "Grup sudah penuh")
        self.assert_done(messi.ask("GROUP-CREATE two"))
        self.assert_failed(messi.ask("GROUP-CREATE three"), "Maaf, terlalu banyak grup")
        self.assert_done(messi.ask("CONTACT-ADD izza"))
        self.assert_failed(messi.ask("CONTACT-ADD maya"), "Maaf, terlalu banyak kontak")
        self.server.stop()

    def put(self, client, size):
        answer = client.ask(f"FILE-SEND-PRIVATE izza a.txt {size}")
        if answer["status"] != "success":
            return answer
        client.send(size * b"x")
        return client.answer()

    def test_files(self):
        self.start("[files]\nbytes_max = 10\nuser_bytes_max = 15\nserver_bytes_max = 20\nuploads_per_user_max = 1\n")
        messi, maya = self.person("messi"), self.person("maya")
        self.assert_failed(self.put(messi, 11), "File terlalu besar")
        self.assert_done(self.put(messi, 10))
        self.assert_failed(self.put(messi, 6), "Kuota file Anda habis")
        self.assert_done(self.put(messi, 5))
        self.assert_failed(self.put(maya, 6), "Maaf, penyimpanan file penuh")
        self.assert_done(maya.ask("FILE-SEND-PRIVATE izza a.txt 5"))
        self.assert_failed(self.put(self.person("maya"), 0), "Maaf, terlalu banyak unggahan")
        maya.send(5 * b"x")
        self.assert_done(maya.answer())
        for client in (messi, maya):
            self.assert_done(client.ask("GROUP-GET"))
        self.server.stop()


if __name__ == "__main__":
    limits_test.PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
