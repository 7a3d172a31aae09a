"""A store that obrol-bench made: `large` measures with it, and its users find their groups there.

usage: large_store_test.py OBROLD OBROL_BENCH [unittest arguments]
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import chat
import obrold

PROGRAM = None
BENCH = None
PASSWORD = "surabaya-surabaya"


def bench(*arguments):
    return subprocess.run([BENCH, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8", check=False)


class LargeStoreTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="obrol-bench-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def ask(self, client, line):
        answer = client.ask(line)
        self.assertEqual(answer["status"], "OK", (line, answer))
        return answer["data"]

    def test_large_compares_two_stores(self):
        arguments = ["large", "--messages", "4000,2000", "--requests", "8", "--rounds", "1", "--obrold", PROGRAM,
                     "--data-root", str(self.folder), "--json"]
        first = bench(*arguments)
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertIn("generating", first.stderr)
        again = bench(*arguments, "--writes")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertNotIn("generating", again.stderr)
        kinds = [f"{kind} {what}" for kind in ("login", "inbox", "history", "group inbox", "group history")
                 for what in ("p50 us", "p99 us", "p99.9 us", "CPU-s/M", "pages")]
        names = ["start ms", "RSS MiB", "end RSS MiB", *kinds]
        for run in (first, again):
            report = json.loads(run.stdout)
            self.assertEqual([sample["peer"] for sample in report["samples"]], ["4000", "2000"])
            for sample in report["samples"]:
                self.assertTrue(sample["stopped_cleanly"])
                self.assertEqual(list(sample["metrics"]), names)
                # So few requests may take less CPU time than the kernel counts (10 ms).
                for name in (name for name in names if not name.endswith("CPU-s/M")):
                    self.assertGreater(sample["metrics"][name], 0, name)
            ratio = report["rows"][-1]
            self.assertEqual((ratio["peer"], ratio["against"]), ("4000", "2000"))
            self.assertEqual(list(ratio["metrics"]), names)
        # What is measured as history is still as it was generated; what was sent has been fetched.
        stores = [path for path in self.folder.iterdir() if path.name.startswith("generated-4000-")]
        with obrold.Obrold(PROGRAM, data=str(stores[0]), dialects=("native",)) as server:
            sessions = [line.split() for line in (stores[0] / "generated-sessions.txt").read_text().splitlines()]
            for user, partner, group, is_group_measured in (("u0", "u1", "#g0", True), ("u2", "u3", "#g1", False)):
                with chat.Chat(server.address("native")) as client:
                    self.ask(client, f"resume {dict(sessions)[user]}")
                    self.assertEqual(self.ask(client, "inbox")["messages"], [])
                    for place, word, is_generated in ((group, "post", is_group_measured),
                                                      (partner, "inbox", not is_group_measured)):
                        messages = self.ask(client, f"history {place}")["messages"]
                        self.assertEqual(not any(message.get("text", "").startswith(word) for message in messages),
                                         is_generated, (user, place))
            # Before each request for a history in the second run.
            for user, stranger in (("u0", "u100"), ("u2", "u102")):
                with chat.Chat(server.address("native")) as client:
                    self.ask(client, f"resume {dict(sessions)[user]}")
                    self.assertEqual([message["text"] for message in self.ask(client, f"history {stranger}")["messages"]],
                                     ["hello"])
            server.stop()

    def test_counting_says_what_is_missing(self):
        done = subprocess.run([BENCH, "large", "--messages", "1000", "--instructions", "--obrold", PROGRAM, "--data-root",
                               str(self.folder)], env={"PATH": str(self.folder)}, stdin=subprocess.DEVNULL,
                              capture_output=True, encoding="utf-8", check=False)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("(Debian package: valgrind)", done.stderr)

    def test_members_find_their_groups(self):
        data = self.folder / "data"
        made = bench("generate", str(data), "--messages", "1000", "--users", "40", "--sessions", "4", "--groups", "5",
                     "--members", "8", "--group-posts", "30")
        self.assertEqual(made.returncode, 0, made.stderr)
        sessions = [line.split() for line in (data / "generated-sessions.txt").read_text().splitlines()]
        self.assertEqual([user for user, _ in sessions], ["u0", "u1", "u2", "u3"])
        with obrold.Obrold(PROGRAM, data=str(data), dialects=("native",)) as server:
            for number, (_, token) in enumerate(sessions):
                with chat.Chat(server.address("native")) as client:
                    self.ask(client, f"resume {token}")
                    self.assertEqual([group["id"] for group in self.ask(client, "groups")], [f"#g{number // 2}"])
                    self.assertEqual(self.ask(client, "inbox"), {"messages": [], "more": False})
                    self.has_posts(client, f"#g{number // 2}")
            with chat.Chat(server.address("native")) as client:
                self.ask(client, f"auth u4 {PASSWORD}")
                groups = {group["id"] for group in self.ask(client, "groups")}
                self.assertTrue(groups)
                waiting = self.ask(client, "inbox")["messages"]
                self.assertEqual({message["to"] for message in waiting if message["to"] != "u4"}, groups)
                for group in groups:
                    own = [message["seq"] for message in self.has_posts(client, group) if message["from"] == "u4"]
                    others = [message["seq"] for message in waiting if message["to"] == group]
                    self.assertEqual(sorted(own + others), list(range(2, 62)))
            server.stop()

    def has_posts(self, client, group):
        """300 posts in five groups, behind the entry of the founding."""
        self.assertEqual(len(self.ask(client, f"members {group}")), 8)
        founding, *posts = self.ask(client, f"history {group}")["messages"]
        self.assertEqual(founding["member"]["action"], "create")
        self.assertEqual([post["seq"] for post in posts], list(range(2, 62)))
        self.assertEqual({post["kind"] for post in posts}, {"message"})
        self.assertEqual(len({post["from"] for post in posts}), 8)
        return posts


if __name__ == "__main__":
    PROGRAM, BENCH = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))
    unittest.main()
