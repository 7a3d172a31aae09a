"""Accounts across restarts and kill -9: an invitation makes as many accounts as it allows and no more, sessions that were
idle for too long have ended, those that were not go on.

usage: accounts_test.py OBROLD [unittest arguments]
"""

import hashlib
import os
import pathlib
import sqlite3
import sys
import tempfile
import threading
import time
import unittest

import chat
import obrold

PROGRAM = None
DAY_MS = 24 * 60 * 60 * 1000


class AccountsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="obrold-accounts-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def server(self, configuration=""):
        path = self.folder / "obrold.toml"
        path.write_text(configuration, encoding="utf-8")
        return obrold.Obrold(PROGRAM, "--config", str(path), data=str(self.folder / "data"), dialects=("native",))

    def in_store(self, statement, *values):
        """Changes the store of a server that does not run."""
        with sqlite3.connect(self.folder / "data" / "obrol.db") as store:
            changed = store.execute(statement, values).rowcount
        store.close()
        return changed

    def add_invitation(self, code, uses_max):
        digest = hashlib.blake2b(code.encode(), digest_size=32).digest()
        self.in_store("INSERT INTO invitations(code, created_by, role, uses_max, used, expires_at, note, created_at) "
                      "VALUES (?, 0, 0, ?, 0, NULL, '', 0)", digest, uses_max)

    def register(self, server, name, code):
        with chat.Chat(server.address("native")) as client:
            return client.ask(f"register {name} longenough invitation {code}")

    def log_in(self, server, name):
        with chat.Chat(server.address("native")) as client:
            answer = client.ask(f"auth {name} longenough")
            return answer["data"]["token"] if answer["status"] == "OK" else None

    def test_an_invitation_is_used_so_often_and_no_more_across_kills(self):
        uses_max = 4
        with self.server() as server:
            server.stop()
            self.add_invitation("abcdefgh", uses_max)
            acknowledged = []
            number = 0
            # Several at once, and the server is killed in the middle of it: until the invitation is used up.
            for _ in range(20):
                server = self.server('registration = "invite"\n')
                server.start()
                answers = []

                def attempt(name, of=server, into=answers):
                    try:
                        into.append((name, self.register(of, name, "ABCD-EFGH")))
                    except (chat.Ended, OSError):
                        pass

                threads = []
                for _ in range(3):
                    number += 1
                    threads.append(threading.Thread(target=attempt, args=(f"user{number}",)))
                for thread in threads:
                    thread.start()
                deadline = time.monotonic() + chat.ANSWER_SECONDS_MAX
                while not answers and time.monotonic() < deadline:
                    time.sleep(0.001)
                server.kill()
                for thread in threads:
                    thread.join()
                acknowledged += [name for name, answer in answers if answer["status"] == "OK"]
                self.assertTrue(answers)
                if all(answer.get("code") == "bad-invitation" for _, answer in answers):
                    break
            with self.server('registration = "invite"\n') as last:
                existing = [f"user{n}" for n in range(1, number + 1) if self.log_in(last, f"user{n}")]
                refused = self.register(last, "late", "ABCD-EFGH")
        self.assertEqual(refused["code"], "bad-invitation")
        self.assertEqual(len(existing), uses_max)
        self.assertLessEqual(set(acknowledged), set(existing))

    def test_registration_by_invitation_only(self):
        with self.server('registration = "invite"\n') as server:
            with chat.Chat(server.address("native")) as client:
                answer = client.ask("register anna longenough")
                self.assertEqual(answer["code"], "invitation-needed")
                answer = client.ask('{"cmd": "register", "user": "anna", "password": "longenough", "invitation": "x"}')
                self.assertEqual(answer["code"], "bad-invitation")

    def test_idle_sessions_have_ended_after_a_restart_and_others_go_on(self):
        with self.server("[sessions]\nidle_limit_s = 864000\n") as server:
            with chat.Chat(server.address("native")) as client:
                self.assertEqual(client.ask("register anna longenough")["status"], "OK")
            tokens = [self.log_in(server, "anna") for _ in range(3)]
            server.stop()
            now = int(time.time() * 1000)
            # Ten days are the limit, and an hour is forgiven.
            for session, used_at in ((1, now - 10 * DAY_MS), (2, now - 11 * DAY_MS)):
                self.assertEqual(self.in_store("UPDATE sessions SET used_at = ? WHERE id = ?", used_at, session), 1)
            server.start()
            with chat.Chat(server.address("native")) as client:
                self.assertEqual(client.ask(f"whoami {tokens[1]}")["code"], "not-authorized")
                self.assertEqual(client.ask(f"whoami {tokens[0]}")["status"], "OK")
                listed = client.ask(f"sessions {tokens[2]}")["data"]
                self.assertEqual([session["id"] for session in listed], [1, 3])
            server.kill()
            server.start()
            with chat.Chat(server.address("native")) as client:
                self.assertEqual(client.ask(f"whoami {tokens[1]}")["code"], "not-authorized")
                self.assertEqual(client.ask(f"whoami {tokens[0]}")["status"], "OK")

    def test_too_many_sessions_end_the_oldest_idle_one(self):
        with self.server("[sessions]\nper_user_max = 3\n") as server:
            with chat.Chat(server.address("native")) as client:
                client.ask("register anna longenough")
                self.assertEqual(client.ask("auth anna longenough")["status"], "OK")
                idle = [self.log_in(server, "anna") for _ in range(2)]
                self.assertEqual(client.ask(f"whoami {idle[0]}")["status"], "OK")
                self.log_in(server, "anna")
                self.assertEqual(client.ask(f"whoami {idle[1]}")["code"], "not-authorized")
                self.assertEqual(client.ask(f"whoami {idle[0]}")["status"], "OK")
                self.assertEqual(len(client.ask("sessions")["data"]), 3)
                with chat.Chat(server.address("native")) as two, chat.Chat(server.address("native")) as three, \
                        chat.Chat(server.address("native")) as four:
                    for holder in (two, three):
                        self.assertEqual(holder.ask("auth anna longenough")["status"], "OK")
                    self.assertEqual(four.ask("auth anna longenough").get("code"), "too-many-sessions")
                    for holder in (client, two, three):
                        self.assertEqual(holder.ask("whoami")["status"], "OK")
                self.assertEqual(client.ask("sessions")["status"], "OK")
                # As soon as the server has noticed that the others are gone.
                deadline = time.monotonic() + chat.ANSWER_SECONDS_MAX
                while not self.log_in(server, "anna"):
                    self.assertLess(time.monotonic(), deadline, "a login is still refused")


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
