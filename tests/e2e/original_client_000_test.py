"""Whole conversations of document 000's own client with a real server.

usage: original_client_000_test.py OBROLD [unittest arguments]
"""

import json
import sys
import unittest

from obrold import Obrold
from original_client_000 import OriginalClient

PROGRAM = None
FULL_NAMES = {
    "messi": ("Lionel Messi", "Argentina"),
    "henderson": ("Jordan Henderson", "Inggris"),
    "lineker": ("Gary Lineker", "Inggris"),
    "izza": ("Izza", "Indonesia"),
    "maya": ("Maya", "Indonesia"),
    "nania": ("Nania", "Indonesia"),
}
TOKEN = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
TEXTS = [
    "lohe lohe gara2 corona aku gakiso latian",
    "x",
    "Grüße, você, naïve: ñ",
    "你好, Привет, مرحبا",
    "😀 👍🏽 👨‍👩‍👧‍👦",
    'katanya "halo" \\ / \'ya\' {"json": []}',
    "dua  blank",
]


def message(sender, receiver, text):
    return {"msg_from": FULL_NAMES[sender][0], "msg_to": FULL_NAMES[receiver][0], "msg": f"  {text} \r\n"}


class OriginalClientTest(unittest.TestCase):
    def setUp(self):
        server = Obrold(PROGRAM, "--demo")
        self.enterContext(server)
        self.server = server

    def person(self, name):
        client = self.enterContext(OriginalClient(self.server.address()))
        self.assertRegex(client.command(f"auth {name} surabaya"), f"^username {name} logged in, token {TOKEN}$")
        return client

    def test_six_users_talk_to_each_other(self):
        people = {name: self.person(name) for name in FULL_NAMES}
        online = [{"username": name, "nama": full_name, "negara": country}
                  for name, (full_name, country) in FULL_NAMES.items()]
        for receiver in FULL_NAMES:
            for sender, client in people.items():
                for text in TEXTS:
                    self.assertEqual(client.command(f"send {receiver} {text}"), f"message sent to {receiver}")
        for receiver, client in people.items():
            self.assertEqual(client.command("show"), json.dumps(online))
            wanted = {sender: [message(sender, receiver, text) for text in TEXTS] for sender in FULL_NAMES}
            self.assertEqual(client.command("inbox"), json.dumps(wanted))
            self.assertEqual(client.command("inbox"), "{}")
        for client in people.values():
            token = client.token
            self.assertEqual(client.command("logout"), json.dumps(token))

    # Every length of an answer modulo the block: the end is cut in two at each place where it can be.
    def test_answers_of_every_length(self):
        client = self.person("maya")
        for length in range(1, 2 * 64 + 1):
            text = "é" + "x" * length
            self.assertEqual(client.command(f"send maya {text}"), "message sent to maya")
            self.assertEqual(client.command("inbox"), json.dumps({"maya": [message("maya", "maya", text)]}))

    def test_five_hundred_messages_in_one_inbox(self):
        sender = self.person("lineker")
        texts = [f"pesan {number} – {TEXTS[number % len(TEXTS)]}" for number in range(500)]
        for text in texts:
            self.assertEqual(sender.command(f"send nania {text}"), "message sent to nania")
        self.assertEqual(self.person("nania").command("inbox"),
                         json.dumps({"lineker": [message("lineker", "nania", text) for text in texts]}))

    def test_errors_as_the_document_has_them(self):
        client = self.enterContext(OriginalClient(self.server.address()))
        for line, printed in [
            ("inbox", "Error, not authorized"),
            ("show", "Error, not authorized"),
            ("logout", "Error, not authorized"),
            ("send messi hello gimana kabarnya mess", "Error, not authorized"),
            ("auth pogba surabaya", "Error, User Tidak Ada"),
            ("auth messi", "-Maaf, command tidak benar"),
            ("dance", "*Maaf, command tidak benar"),
        ]:
            self.assertEqual(client.command(line), printed, line)
        self.assertRegex(client.command("auth messi surabaya"), "^username messi logged in")
        self.assertEqual(client.command("send pogba halo"), "Error, User Tidak Ditemukan")
        # Its session ends elsewhere; from then on the server refuses its token.
        other = self.enterContext(OriginalClient(self.server.address()))
        other.token = client.token
        other.command("logout")
        for line in ("inbox", "show", "logout", "send messi halo"):
            self.assertEqual(client.command(line), "Error, not authorized", line)

    def test_a_restart_goes_unnoticed_but_for_the_connection(self):
        sender = self.person("messi")
        sender.command("send izza sebelum")
        token = sender.token
        self.server.stop()
        self.server.start()
        again = self.enterContext(OriginalClient(self.server.address()))
        again.token = token
        self.assertEqual(again.command("send izza sesudah"), "message sent to izza")
        texts = ["sebelum", "sesudah"]
        self.assertEqual(self.person("izza").command("inbox"),
                         json.dumps({"messi": [message("messi", "izza", text) for text in texts]}))


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
