"""A listener that does not read: it is told where to catch up, loses nothing, and costs nobody else anything.

usage: lagged_test.py OBROLD [unittest arguments]
"""

import os
import socket
import sys
import tempfile
import threading
import unittest

import chat
import obrold

PROGRAM = None
MESSAGES = 3600
SENDERS = ("messi", "izza", "lineker")


class Listener(threading.Thread):
    """Reads whatever comes, in a thread of its own, until it has `count` messages."""

    def __init__(self, client, count):
        super().__init__()
        self.client, self.count = client, count
        self.events = []
        self.failure = None

    def run(self):
        try:
            while len(self.events) < self.count:
                self.events.append(self.client.answer())
        except Exception as failure:  # handed to the test's thread
            self.failure = failure


class LaggedTest(unittest.TestCase):
    def start(self, settings):
        file = self.enterContext(tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8"))
        file.write("[limits]\n" + settings + "\n[passwords]\nmemory_kib = 8\niterations = 1\n")
        file.flush()
        self.server = self.enterContext(
            obrold.Obrold(PROGRAM, "--demo", "--config", file.name, dialects=("native",)))

    def person(self, name, receive_bytes=None):
        client = chat.Chat(self.server.address("native"), receive_bytes=receive_bytes)
        self.addCleanup(client.socket.close)
        self.assertEqual(client.ask(f"auth {name} surabaya")["status"], "OK")
        return client

    def listener(self, name, receive_bytes=None):
        client = self.person(name, receive_bytes)
        self.assertEqual(client.ask("listen on")["status"], "OK")
        return client

    def send_many(self, senders, count):
        """Pipelined, thirty from each at a time; texts differ in length."""
        for number in range(count):
            client = senders[number % len(senders)]
            client.send(f"send maya {number} {'x' * (number % 500 * 8)}\n".encode())
            if number % 90 == 89:
                for other in senders:
                    self.assertEqual({answer["status"] for answer in other.answers(30)}, {"OK"})

    def history(self, client, who):
        """All of it, oldest first, page by page from the end."""
        entries, before = [], ""
        while True:
            page = client.ask(f"history {who}{before} limit 700")["data"]
            entries = page["messages"] + entries
            if not page["more"]:
                return entries
            before = f" before {entries[0]['seq']}"

    def test_a_slow_listener_catches_up_and_ends_with_what_everybody_has(self):
        self.start("push_pause_bytes = 65536")
        slow, prompt = self.listener("maya", 16384), self.listener("maya")
        senders = [self.person(name) for name in SENDERS]
        reading = Listener(prompt, MESSAGES)
        reading.start()
        self.send_many(senders, MESSAGES)
        reading.join(chat.ANSWER_SECONDS_MAX)
        self.assertIsNone(reading.failure)
        self.assertEqual([event["event"] for event in reading.events], ["message"] * MESSAGES,
                         "the other connection of the same user noticed nothing")

        # It reads again: pushes up to a point, then one hint for each conversation.
        got, lagged = {}, {}
        while len(lagged) < len(SENDERS):
            event = slow.answer()
            if event["event"] == "lagged":
                self.assertNotIn(event["conv"], lagged, "one for each conversation")
                lagged[event["conv"]] = event["seq"]
            else:
                self.assertFalse(lagged, "nothing is pushed between what was left out and the hint")
                got.setdefault(event["conv"], []).append(event)
        self.assertEqual(set(got), set(lagged))
        self.assertLess(sum(map(len, got.values())), MESSAGES)
        live = {}
        for event in reading.events:
            live.setdefault(event["conv"], []).append(event)
        for number, name in enumerate(SENDERS):
            conversation = senders[number].ask("history maya limit 1")["data"]["messages"][0]["conv"]
            log = self.history(senders[number], "maya")
            self.assertEqual([entry["seq"] for entry in log], list(range(1, MESSAGES // len(SENDERS) + 1)))
            pushed = got[conversation]
            self.assertEqual(lagged[conversation], pushed[-1]["seq"] + 1, "the hint says exactly where to go on")
            caught_up = [entry for entry in self.history(slow, name) if entry["seq"] >= lagged[conversation]]
            without_event = [{key: value for key, value in event.items() if key != "event"} for event in pushed]
            self.assertEqual(without_event + caught_up, log)
            self.assertEqual([event["id"] for event in live[conversation]], [entry["id"] for entry in log])

        # From here on it is a listener like any other.
        senders[0].ask("send maya lagi")
        event = slow.answer()
        self.assertEqual((event["event"], event["text"]), ("message", "lagi"))
        self.server.stop()

    def test_past_the_hard_limit_it_is_closed_and_nobody_else_notices(self):
        self.start(f"push_pause_bytes = {1 << 30}\noutput_bytes_max = 262144")
        deaf, prompt = self.listener("maya", 16384), self.listener("maya")
        senders = [self.person(name) for name in SENDERS]
        reading = Listener(prompt, MESSAGES)
        reading.start()
        self.send_many(senders, MESSAGES)
        reading.join(chat.ANSWER_SECONDS_MAX)
        self.assertIsNone(reading.failure)
        self.assertEqual([event["event"] for event in reading.events], ["message"] * MESSAGES)
        came = 0
        with self.assertRaises(chat.Ended):
            while True:
                self.assertEqual(deaf.answer()["event"], "message")
                came += 1
        self.assertLess(came, MESSAGES)
        # What it missed waits for it.
        again = self.person("maya")
        logs = [self.history(again, name) for name in SENDERS]
        self.assertEqual([len(log) for log in logs], [MESSAGES // len(SENDERS)] * len(SENDERS))
        self.server.stop()


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
