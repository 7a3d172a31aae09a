"""One conversation through all dialects: the same users, the same order, live, after a restart and after kill -9.

usage: one_conversation_test.py OBROLD [unittest arguments]
"""

import os
import random
import sys
import tempfile
import unittest

import chat
import obrold

PROGRAM = None
DIALECTS = ("simple-chat", "multithread-chat", "chat-service", "protokol-chat", "native")
NAMES = ("messi", "henderson", "lineker", "izza", "maya", "nania")
FULL_NAMES = {"messi": "Lionel Messi", "henderson": "Jordan Henderson", "lineker": "Gary Lineker", "izza": "Izza",
              "maya": "Maya", "nania": "Nania"}
TEXTS = ("halo", "x", "Grüße, você: ñ", "你好 مرحبا", "😀 👍🏽", '"kutip" \\ / {"json": []}', "dua  blank", " depan",
         "belakang ", "  dua di depan", "tab\tdi tengah", "a\rb")
SEED = 20
STEPS = 150


def stored_text(dialect, text):
    """The documents' clients pad the text of a request, so one blank on each side is theirs; native keeps everything."""
    if dialect == "native":
        return text
    text = text[1:] if text.startswith(" ") else text
    return text[:-1] if text.endswith(" ") else text


def shown_text(dialect, text):
    return f"  {text} \r\n" if dialect in ("simple-chat", "chat-service") else text


class OneConversation(unittest.TestCase):
    def setUp(self):
        file = self.enterContext(tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8"))
        file.write("[passwords]\nmemory_kib = 8\niterations = 1\n")
        file.flush()
        self.server = self.enterContext(obrold.Obrold(PROGRAM, "--demo", "--config", file.name, dialects=DIALECTS))
        self.logs = {}  # {two names} → [(sender, text)], as it must be stored
        self.unread = {name: [] for name in NAMES}  # [(sender, text)], oldest first
        self.connect()

    def connect(self):
        """Everybody in every dialect."""
        self.people = {}
        for name in NAMES:
            for dialect in DIALECTS:
                client = chat.Chat(self.server.address(dialect))
                self.addCleanup(client.socket.close)
                self.assertEqual(client.ask(f"auth {name} surabaya")["status"], "OK")
                self.people[name, dialect] = client

    def send(self, dice):
        sender, dialect = dice.choice(NAMES), dice.choice(DIALECTS)
        receivers = dice.sample(NAMES, dice.choice((1, 1, 1, 2, 6)))
        text = dice.choice(TEXTS)
        answer = self.people[sender, dialect].ask(f"send {','.join(receivers)} {text}")
        self.assertEqual(answer["status"], "OK", (dialect, text))
        for receiver in receivers:
            kept = stored_text(dialect, text)
            self.logs.setdefault(frozenset((sender, receiver)), []).append((sender, kept))
            self.unread[receiver].append((sender, kept))

    def fetch(self, name, dialect):
        """The inbox in one dialect; compares with what must be in it."""
        answer = self.people[name, dialect].ask("inbox")
        grouped = {}
        for sender, text in self.unread[name]:
            grouped.setdefault(sender, []).append(text)
        self.unread[name] = []
        if dialect == "native":
            got = [(message["from"], message["text"]) for message in answer["data"]["messages"]]
            self.assertEqual(got, [(sender, text) for sender, texts in grouped.items() for text in texts])
            return
        wanted = {sender: [{"msg_from": FULL_NAMES[sender], "msg_to": FULL_NAMES[name], "msg": shown_text(dialect, text)}
                           for text in texts] for sender, texts in grouped.items()}
        self.assertEqual(answer["messages"], wanted)
        self.assertEqual(list(answer["messages"]), list(wanted), "the sender of the oldest unread message first")

    def check_history(self):
        """Both sides see the same log, without gaps."""
        for names, log in self.logs.items():
            pages = []
            for name in names:
                other = next(iter(names - {name}), name)
                page = self.people[name, "native"].ask(f"history {other} limit 1000")["data"]
                self.assertFalse(page["more"])
                self.assertEqual([(entry["from"], entry["text"]) for entry in page["messages"]], log)
                self.assertEqual([entry["seq"] for entry in page["messages"]], list(range(1, len(log) + 1)))
                pages.append([entry["id"] for entry in page["messages"]])
            self.assertEqual(pages[0], pages[-1])

    def converse(self, dice):
        for _ in range(STEPS):
            self.send(dice)
            if dice.random() < 0.2:
                self.fetch(dice.choice(NAMES), dice.choice(DIALECTS))

    def test_every_dialect_tells_the_same(self):
        print(f"seed {SEED}", file=sys.stderr)
        dice = random.Random(SEED)
        for end in (self.server.stop, self.server.kill, self.server.stop):
            self.converse(dice)
            self.check_history()
            # What was fetched may come again after kill -9: nobody fetches just before.
            end()
            self.server.start()
            self.connect()
            self.check_history()
            for name in NAMES:
                self.fetch_all(name, dice.choice(DIALECTS), may_repeat=end == self.server.kill)
        self.server.stop()

    def fetch_all(self, name, dialect, may_repeat):
        if not may_repeat:
            return self.fetch(name, dialect)
        # At least once, never lost: what must come is the end of what comes, for each sender.
        answer = self.people[name, "native"].ask("inbox")["data"]["messages"]
        for sender in NAMES:
            wanted = [text for other, text in self.unread[name] if other == sender]
            got = [entry["text"] for entry in answer if entry["from"] == sender]
            self.assertEqual(got[len(got) - len(wanted):], wanted)
        self.unread[name] = []
        return None

    def test_one_message_in_every_dialect(self):
        """Five receivers of the same message read it, each in another dialect."""
        receivers = ("izza", "maya", "nania", "lineker", "henderson")
        for sending in DIALECTS:
            for text in TEXTS:
                self.assertEqual(self.people["messi", sending].ask(f"send {','.join(receivers)} {text}")["status"], "OK")
                for receiver in receivers:
                    self.unread[receiver].append(("messi", stored_text(sending, text)))
                for receiver, reading in zip(receivers, DIALECTS):
                    self.fetch(receiver, reading)
        self.server.stop()

    def test_history_has_no_gaps_at_any_page_size(self):
        messi, count = self.people["messi", "native"], 40
        for number in range(count):
            sender, receiver = ("messi", "maya") if number % 3 else ("maya", "messi")
            dialect = DIALECTS[number % 4]
            self.assertEqual(self.people[sender, dialect].ask(f"send {receiver} {number}")["status"], "OK")
        for size in range(1, count + 3):
            seen, before = [], ""
            while True:
                page = messi.ask(f"history maya{before} limit {size}")["data"]
                self.assertEqual(len(page["messages"]), min(size, count - len(seen)))
                seen = [entry["seq"] for entry in page["messages"]] + seen
                self.assertEqual(page["more"], len(seen) < count, size)
                if not page["more"]:
                    break
                before = f" before {seen[0]}"
            self.assertEqual(seen, list(range(1, count + 1)), size)
        self.assertEqual(messi.ask("history maya before 1")["data"], {"messages": [], "more": False})
        self.server.stop()

    def test_a_retry_never_doubles_across_kills(self):
        """Killed at any moment after the request left; whoever was not answered asks again under the same key."""
        dice = random.Random(SEED)
        token = self.people["messi", "native"].ask("auth messi surabaya")["data"]["token"]
        wanted, unanswered = [], 0
        for number in range(1, 21):
            text = f"pesan {number}"
            request = f'{{"cmd": "send", "token": "{token}", "to": "maya", "text": "{text}", "key": "hp:{number}"}}'
            client = chat.Chat(self.server.address("native"))
            self.addCleanup(client.socket.close)
            client.send(request.encode() + b"\n")
            first = client.answer() if dice.random() < 0.5 else None
            self.server.kill()
            self.server.start()
            unanswered += first is None
            again = chat.Chat(self.server.address("native"))
            self.addCleanup(again.socket.close)
            answers = [again.ask(request) for _ in range(2)]
            self.assertEqual(answers[0], answers[1])
            if first:
                self.assertEqual(answers[0], first, "the stored answer")
            self.assertEqual(answers[0]["status"], "OK")
            wanted.append((number, text))
            log = again.ask(f"history {token} maya limit 100")["data"]["messages"]
            self.assertEqual([(entry["seq"], entry["text"]) for entry in log], wanted)
        self.assertGreater(unanswered, 0)
        self.server.stop()


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
