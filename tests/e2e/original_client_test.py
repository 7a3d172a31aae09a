"""Whole conversations of the documents' own clients with a real server.

usage: original_client_test.py OBROLD [unittest arguments]
"""

import json
import sys
import unittest

from obrold import Obrold
from original_client import DOCUMENT_000, DOCUMENT_001, DOCUMENT_002, OriginalClient

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


def padded(text):
    """Documents 000 and 002: the blanks of both programs and the line end of the request."""
    return f"  {text} \r\n"


class Conversations:
    """What holds for every document; each says what it expects to see."""

    document = None
    errors = {}

    @staticmethod
    def shown_text(text):
        return padded(text)

    def shown_online(self, names):
        raise NotImplementedError

    def shown_logout(self, token):
        raise NotImplementedError

    def setUp(self):
        self.server = self.enterContext(Obrold(PROGRAM, "--demo", dialects=(self.document.dialect,)))

    def client(self):
        return self.enterContext(OriginalClient(self.document, self.server.address(self.document.dialect)))

    def person(self, name):
        client = self.client()
        self.assertRegex(client.command(f"auth {name} surabaya"), f"^username {name} logged in, token {TOKEN}$")
        return client

    def message(self, sender, receiver, text):
        return {"msg_from": FULL_NAMES[sender][0], "msg_to": FULL_NAMES[receiver][0], "msg": self.shown_text(text)}

    def test_six_users_talk_to_each_other(self):
        people = {name: self.person(name) for name in FULL_NAMES}
        for receiver in FULL_NAMES:
            for sender, client in people.items():
                for text in TEXTS:
                    self.assertEqual(client.command(f"send {receiver} {text}"), f"message sent to {receiver}")
        online = json.dumps(self.shown_online(FULL_NAMES))
        for receiver, client in people.items():
            self.assertEqual(client.command(self.document.online_word), online)
            wanted = {sender: [self.message(sender, receiver, text) for text in TEXTS] for sender in FULL_NAMES}
            self.assertEqual(client.command("inbox"), json.dumps(wanted))
            self.assertEqual(client.command("inbox"), "{}")
        for client in people.values():
            token = client.token
            self.assertEqual(client.command("logout"), json.dumps(self.shown_logout(token)))
            self.assertEqual(client.command("logout"), "Error, not authorized")

    # Answers that end around the end of a block: CR LF CR LF is cut in two at each place where it can be.
    def test_answers_of_every_length(self):
        client = self.person("maya")
        for length in range(max(1, self.document.block_bytes - 200), self.document.block_bytes + 64):
            text = "é" + "x" * length
            self.assertEqual(client.command(f"send maya {text}"), "message sent to maya")
            self.assertEqual(client.command("inbox"), json.dumps({"maya": [self.message("maya", "maya", text)]}))

    def test_five_hundred_messages_in_one_inbox(self):
        senders = {name: self.person(name) for name in FULL_NAMES}
        wanted = {}
        for number in range(500):
            name = list(FULL_NAMES)[number % 6]
            text = f"pesan {number} – {TEXTS[number % len(TEXTS)]}"
            self.assertEqual(senders[name].command(f"send nania {text}"), "message sent to nania")
            wanted.setdefault(name, []).append(self.message(name, "nania", text))
        self.assertEqual(senders["nania"].command("inbox"), json.dumps(wanted))

    def test_errors_as_the_document_has_them(self):
        client = self.client()
        for line in ("inbox", self.document.online_word, "logout", "send messi hello gimana kabarnya mess"):
            self.assertEqual(client.command(line), "Error, not authorized", line)
        self.assertEqual(client.command("auth pogba surabaya"), self.errors["unknown user"])
        self.assertEqual(client.command("auth messi jakarta"), self.errors["wrong password"])
        self.assertEqual(client.command("auth messi"), self.document.missing)
        self.assertEqual(client.command("dance"), self.document.unknown)
        self.assertRegex(client.command("auth messi surabaya"), "^username messi logged in")
        self.assertEqual(client.command("send"), self.document.missing)
        self.assertEqual(client.command("send pogba halo"), self.errors["unknown recipient"])
        # Its session ends elsewhere; from then on the server refuses its token.
        other = self.client()
        other.token = client.token
        other.command("logout")
        for line in ("inbox", self.document.online_word, "logout", "send messi halo"):
            self.assertEqual(client.command(line), "Error, not authorized", line)

    def test_a_restart_goes_unnoticed_but_for_the_connection(self):
        sender = self.person("messi")
        sender.command("send izza sebelum")
        token = sender.token
        for end in (self.server.stop, self.server.kill):
            end()
            self.server.start()
            again = self.client()
            again.token = token
            self.assertEqual(again.command("send izza sesudah"), "message sent to izza")
        texts = ["sebelum", "sesudah", "sesudah"]
        self.assertEqual(self.person("izza").command("inbox"),
                         json.dumps({"messi": [self.message("messi", "izza", text) for text in texts]}))


class Original000(Conversations, unittest.TestCase):
    document = DOCUMENT_000
    errors = {"unknown user": "Error, User Tidak Ada", "wrong password": "Error, Password Salah",
              "unknown recipient": "Error, User Tidak Ditemukan"}

    def shown_online(self, names):
        return [{"username": name, "nama": FULL_NAMES[name][0], "negara": FULL_NAMES[name][1]} for name in names]

    def shown_logout(self, token):
        return token


class Original001(Conversations, unittest.TestCase):
    document = DOCUMENT_001
    errors = {"unknown user": "Error, User is not found", "wrong password": "Error, Wrong password",
              "unknown recipient": "Error, User is not found"}

    @staticmethod
    def shown_text(text):
        return text

    def shown_online(self, names):
        return list(names)

    def shown_logout(self, token):
        return "Logged out"

    # Its client shows whom the connection belongs to, not whom the token does.
    def test_list_belongs_to_the_connection(self):
        izza = self.person("izza")
        fresh = self.client()
        fresh.token = izza.token
        self.assertEqual(fresh.command("list"), "Error, not authorized")
        self.assertEqual(fresh.command("inbox"), "{}")
        self.assertEqual(izza.command("list"), '["izza"]')

    def test_exit_logs_out_and_leaves(self):
        izza, maya = self.person("izza"), self.person("maya")
        self.assertEqual(izza.command("exit"), "Exit from program")
        self.assertEqual(maya.command("list"), '["maya"]')


class Original002(Conversations, unittest.TestCase):
    document = DOCUMENT_002
    errors = Original000.errors

    def shown_online(self, names):
        return [f"{name} - {FULL_NAMES[name][0]}" for name in names]

    def shown_logout(self, token):
        return "Anda berhasil logout!"


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
