"""Groups of many: everybody gets each message once and in order, whoever was away finds it, and nobody sees what is not his.

usage: groups_test.py OBROLD [unittest arguments]
"""

import json
import os
import socket
import sys
import tempfile
import unittest

import chat
import obrold

PROGRAM = None
MEMBERS = 1000
POSTS = 30
PASSWORD = "surabaya"


class Groups(unittest.TestCase):
    def setUp(self):
        file = self.enterContext(tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8"))
        file.write("[passwords]\nmemory_kib = 8\niterations = 1\n")
        file.flush()
        self.server = self.enterContext(obrold.Obrold(PROGRAM, "--demo", "--config", file.name, dialects=("native",)))

    def connect(self):
        client = chat.Chat(self.server.address("native"))
        self.addCleanup(client.socket.close)
        return client

    def login(self, name):
        client = self.connect()
        self.ask(client, f"auth {name} {PASSWORD}")
        return client

    def listener(self, name):
        client = self.login(name)
        self.ask(client, "listen on")
        return client

    def register(self, names):
        client = self.connect()
        client.send("".join(f"register {name} {PASSWORD}\n" for name in names).encode())
        for name, answer in zip(names, client.answers(len(names))):
            self.assertEqual(answer["status"], "OK", name)

    def ask(self, client, line):
        answer = client.ask(line)
        self.assertEqual(answer["status"], "OK", (line, answer))
        return answer["data"]

    def post(self, client, texts):
        """All under way together; answers what came of each."""
        client.send("".join(f"sendgroup lab {text}\n" for text in texts).encode())
        return client.answers(len(texts))

    def history(self, client):
        page = self.ask(client, "history #lab limit 1000")
        self.assertFalse(page["more"])
        return page["messages"]

    def heard(self, client):
        """Every event until the answer to a question."""
        events = []
        client.send(b"ping\n")
        while "event" in (event := client.answer()):
            events.append(event)
        self.assertEqual(event, {"status": "OK", "data": "done"})
        return events

    def heard_until(self, client, seq):
        """Every event up to that entry, and what came with it."""
        events = []
        while not events or events[-1]["seq"] < seq:
            events.append(client.answer())
        return events + self.heard(client)

    def stored_entries(self):
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(chat.ANSWER_SECONDS_MAX)
            control.connect(self.server.control_socket)
            control.sendall(b'{"cmd": "status"}\n')
            return json.loads(control.makefile("rb").readline())["data"]["messages"]

    def test_a_thousand_members(self):
        """All online and listening but one, who finds everything later. Each message is one row."""
        names = [f"orang{number}" for number in range(MEMBERS - 1)]
        self.register(names)
        listeners = [self.listener(name) for name in names[1:]]
        owner = self.listener("messi")
        self.ask(self.login("messi"), f"creategroup lab {','.join(names)}")
        senders = [self.login(name) for name in ("messi", names[1], names[-1])]
        requests = [[f"{number}.{count}" for count in range(POSTS)] for number in range(len(senders))]
        for sender, texts in zip(senders, requests):
            sender.send("".join(f"sendgroup lab {text}\n" for text in texts).encode())
        for sender in senders:
            self.assertTrue(all(answer["status"] == "OK" for answer in sender.answers(POSTS)))

        log = self.history(senders[0])
        count = 1 + len(senders) * POSTS
        self.assertEqual([entry["seq"] for entry in log], list(range(1, count + 1)))
        for number, texts in enumerate(requests):
            self.assertEqual([entry["text"] for entry in log[1:] if entry["text"].startswith(f"{number}.")], texts)
        self.assertEqual(self.stored_entries(), count)
        wanted = [(entry["seq"], entry["id"]) for entry in log]
        for client in [owner, *listeners]:
            self.assertEqual([(event["seq"], event["id"]) for event in self.heard_until(client, count)], wanted)

        away = self.login(names[0])
        unread = self.ask(away, "inbox")
        self.assertFalse(unread["more"])
        # By sender; each one's messages in order.
        ids = [message["id"] for message in unread["messages"]]
        self.assertEqual(sorted(ids), sorted(entry["id"] for entry in log[1:]))
        for number, texts in enumerate(requests):
            self.assertEqual([message["text"] for message in unread["messages"]
                              if message["text"].startswith(f"{number}.")], texts)
        self.assertEqual(self.ask(away, "inbox")["messages"], [])
        # Who sent something finds the others' messages only.
        unread = self.ask(senders[0], "inbox")["messages"]
        self.assertEqual(len(unread), (len(senders) - 1) * POSTS)
        self.assertNotIn("messi", {message["from"] for message in unread})
        self.server.stop()

    def test_coming_and_going_while_messages_are_delivered(self):
        """Whoever is put out, goes or comes meanwhile hears exactly what lies between, and posts nothing later."""
        names = [f"orang{number}" for number in range(20)]
        kicked, gone, newcomer, *others = names
        self.register(names)
        owner, poster = self.login("messi"), self.login("maya")
        code = self.ask(owner, f"creategroup lab {','.join([kicked, gone, 'maya', *others])}")["code"]
        listeners = {name: self.listener(name) for name in names}
        acting = {name: self.login(name) for name in (kicked, gone, newcomer)}
        texts = [str(number) for number in range(200)]
        for client in (poster, acting[kicked], acting[gone]):
            client.send("".join(f"sendgroup lab {text}\n" for text in texts[:100]).encode())
        owner.send(f"kick lab {kicked}\n".encode())
        acting[gone].send(b"leavegroup lab\n")
        acting[newcomer].send(f"joingroup {code}\n".encode())
        for client in (poster, acting[kicked], acting[gone]):
            client.send("".join(f"sendgroup lab {text}\n" for text in texts[100:]).encode())
        self.assertEqual(owner.answer()["status"], "OK")
        self.assertEqual(acting[newcomer].answer()["status"], "OK")
        results = {"maya": poster.answers(len(texts)), kicked: acting[kicked].answers(len(texts)),
                   gone: acting[gone].answers(len(texts) + 1)}
        self.assertEqual(results[gone].pop(100)["status"], "OK")
        last = self.ask(owner, "sendgroup lab selesai")["sent"][0]["seq"]

        log = self.history(owner)
        self.assertEqual([entry["seq"] for entry in log], list(range(1, last + 1)))
        notes = {entry["member"]["action"]: entry["seq"] for entry in log if entry["kind"] == "member"}
        self.check_posts(log, results, {"maya": last, kicked: notes["kick"], gone: notes["leave"]})
        spans = {name: (2, last) for name in others}
        spans.update({kicked: (2, notes["kick"]), gone: (2, notes["leave"]), newcomer: (notes["join"], last)})
        self.assertEqual(len(spans), len(listeners))
        # Those who stay first: then everything has been delivered to everybody.
        for name in sorted(listeners, key=lambda name: spans[name][1], reverse=True):
            first, end = spans[name]
            events = self.heard_until(listeners[name], end)
            self.assertEqual([event["seq"] for event in events], list(range(first, end + 1)), name)
            self.assertEqual([event["id"] for event in events], [entry["id"] for entry in log[first - 1:end]], name)
        # In the inbox, too: up to the end, and not one's own.
        for name, (first, end) in spans.items():
            wanted = [entry["id"] for entry in log[first - 1:end]
                      if entry["kind"] == "message" and entry["from"] != name]
            got = []
            while page := self.ask(self.login(name), "inbox")["messages"]:
                got += [message["id"] for message in page]
            self.assertEqual(sorted(got), sorted(wanted), name)
        self.server.stop()

    def check_posts(self, log, results, ends):
        """Each acknowledged post stands where it was said to; none behind its sender's end; what is refused stands nowhere."""
        by_seq = {entry["seq"]: entry for entry in log}
        for name, answers in results.items():
            landed = []
            for number, answer in enumerate(answers):
                if answer["status"] == "OK":
                    copy = answer["data"]["sent"][0]
                    self.assertEqual((by_seq[copy["seq"]]["id"], by_seq[copy["seq"]]["text"]), (copy["id"], str(number)))
                    landed.append(copy["seq"])
                else:
                    self.assertEqual(answer["code"], "not-a-member")
            self.assertEqual(landed, sorted(landed), "in the order in which they were sent")
            self.assertEqual(landed, [entry["seq"] for entry in log
                                      if entry["from"] == name and entry["kind"] == "message"])
            self.assertTrue(all(seq < ends[name] for seq in landed), name)
        self.assertEqual({answer["status"] for answer in results["maya"]}, {"OK"})


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
