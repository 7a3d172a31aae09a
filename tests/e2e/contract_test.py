"""obrold's contract with whoever starts it: the ready line, exit codes and their messages, signals.

usage: contract_test.py OBROLD [unittest arguments]
"""

import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

import chat
import obrold

PROGRAM = None
SECONDS_MAX = 60.0


def wait_until(condition, what):
    deadline = time.monotonic() + SECONDS_MAX
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"never happened: {what}")
        time.sleep(0.02)


class Contract(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="obrold-contract-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_to_end(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=SECONDS_MAX, cwd=self.folder)

    def assert_refused(self, code, words, *arguments):
        """Ends with `code` and one line that contains `words`; nothing on standard output."""
        ended = self.run_to_end(*arguments)
        self.assertEqual(ended.returncode, code, ended.stderr)
        self.assertEqual(ended.stdout, "")
        lines = ended.stderr.splitlines()
        said = [line for line in lines if line.startswith("obrold: ")]
        self.assertEqual(len(said), 1, ended.stderr)
        self.assertEqual(lines[-1], said[0])
        self.assertIn(words, said[0])
        self.assertFalse([line for line in lines if " error " in line], "the one line says it all")

    def write_config(self, content):
        path = self.folder / "obrold.toml"
        path.write_text(content, encoding="utf-8")
        return str(path)

    def on_data(self, *arguments):
        return ["--data", str(self.folder / "data"), "--listen", "simple-chat:127.0.0.1:0", *arguments]

    def test_help_and_version(self):
        for flag, words in (("--help", "--listen"), ("--version", "obrold 0.")):
            ended = self.run_to_end(flag)
            self.assertEqual((ended.returncode, ended.stderr), (0, ""))
            self.assertIn(words, ended.stdout)

    def test_bad_settings_exit_with_2(self):
        unknown = self.write_config("[limits]\nconections_max = 3\n")
        self.assert_refused(2, f"{unknown}:2: unknown setting limits.conections_max", "--config", unknown)
        self.assert_refused(2, "--colour", "--colour")
        self.assert_refused(2, 'there is no dialect "irc"; there is: ', "--listen", "irc:127.0.0.1:6667")
        half = self.write_config('[tls]\nkey = "key.pem"\n')
        self.assert_refused(2, "tls.certificate and tls.key: one needs the other", "--config", half)
        self.assert_refused(2, "--demo has users with a known password", "--demo", "--listen", "simple-chat:0.0.0.0:0")
        self.assert_refused(2, "cannot read nowhere.toml", "--config", "nowhere.toml")
        self.assertEqual(list(self.folder.iterdir()), [self.folder / "obrold.toml"], "nothing was made")

    def test_a_certificate_that_cannot_be_read(self):
        missing = self.write_config('[tls]\ncertificate = "no.pem"\nkey = "no.pem"\n')
        self.assert_refused(2, "tls.certificate, tls.key: cannot read no.pem: No such file", *self.on_data(),
                            "--config", missing)
        (self.folder / "data" / "tls").mkdir()
        for name in ("certificate.pem", "key.pem"):
            (self.folder / "data" / "tls" / name).write_text("not one\n")
        self.assert_refused(1, "tls/certificate.pem holds no certificate", *self.on_data())

    def test_a_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            self.assert_refused(1, f"cannot listen on 127.0.0.1:{port}: Address already in use", "--data", "data",
                                "--listen", "simple-chat:127.0.0.1:0", "--listen", f"simple-chat:127.0.0.1:{port}")

    def test_data_in_use_by_another(self):
        with obrold.Obrold(PROGRAM) as server:
            other = ["--data", server.data, "--listen", "simple-chat:127.0.0.1:0"]
            self.assert_refused(1, f"in use by another obrold (pid {server.process.pid})", *other)
            with chat.Chat(server.address()) as client:
                self.assertEqual(client.ask("show")["message"], "not authorized")
            server.kill()
            server.start()
            server.stop()

    def test_a_store_it_cannot_open(self):
        (self.folder / "file").write_text("")
        self.assert_refused(1, "file", "--data", str(self.folder / "file"))
        with obrold.Obrold(PROGRAM, data=str(self.folder / "data")) as server:
            server.stop()
        store = sqlite3.connect(self.folder / "data" / "obrol.db")
        store.execute("PRAGMA user_version = 4711")
        store.close()
        self.assert_refused(1, "4711", *self.on_data())
        (self.folder / "data" / "obrol.db").write_bytes(b"not a database, but long enough to be taken for one" * 100)
        self.assert_refused(1, "obrol.db", *self.on_data())

    def test_the_server_id_is_kept(self):
        with obrold.Obrold(PROGRAM, "--server-id", "rohan", data=str(self.folder / "data")) as server:
            server.stop()
        self.assert_refused(2, 'this server is "rohan"', *self.on_data("--server-id", "gondor"))
        with obrold.Obrold(PROGRAM, data=str(self.folder / "data")) as server:
            server.stop()
            self.assertIn("server rohan is ready", server.log().splitlines()[-2])

    def test_one_ready_line_names_every_listener_in_order(self):
        with obrold.Obrold(PROGRAM, "--demo", dialects=()) as server:
            server.kill()
            with socket.create_server(("127.0.0.1", 0)) as probe:
                port = probe.getsockname()[1]
            server.command += ["--listen", "simple-chat:127.0.0.1:0", "--listen", f"simple-chat:localhost:{port}"]
            server.launch()
            line = server.first_line(time.monotonic() + SECONDS_MAX)
            self.assertRegex(line, rf"^ready simple-chat:127\.0\.0\.1:\d+ simple-chat:127\.0\.0\.1:{port}\n$")
            with chat.Chat(("127.0.0.1", port)) as client:
                client.login("messi")
            process = server.process
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(SECONDS_MAX), 0)
            self.assertEqual(process.stdout.read(), b"", "one line and no more")
            self.assertIn(f"nc 127.0.0.1 ", server.log())

    def test_signals_stop_it_cleanly(self):
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            with obrold.Obrold(PROGRAM, "--demo") as server, chat.Chat(server.address()) as idle:
                with chat.Chat(server.address()) as busy:
                    busy.login("messi")
                    busy.send(b"".join(b"send maya %d\n" % number for number in range(100)))
                    acknowledged = [busy.answer()]
                    server.process.send_signal(signal_number)
                    self.assertEqual(server.process.wait(SECONDS_MAX), 0, server.log())
                    try:
                        while True:
                            acknowledged.append(busy.answer())
                    except chat.Ended as ended:
                        self.assertEqual(ended.rest, b"", "whole answers only")
                self.assertTrue(idle.is_ended())
                server.forget_process()
                server.start()
                with chat.Chat(server.address()) as maya:
                    maya.login("maya")
                    kept = maya.ask("inbox")["messages"]["messi"]
                    self.assertGreaterEqual(len(kept), len(acknowledged))
                    self.assertEqual([message["msg"] for message in kept],
                                     [f"  {number} \r\n" for number in range(len(kept))])

    def test_a_client_that_does_not_read_does_not_hold_up_the_stop(self):
        config = self.write_config("[limits]\nshutdown_grace_s = 1\n")
        with obrold.Obrold(PROGRAM, "--demo", "--config", config) as server, chat.Chat(server.address()) as deaf:
            deaf.socket.settimeout(1)
            try:
                while True:
                    deaf.send(b"x\n" * 10000)
            except TimeoutError:
                pass
            server.stop()

    def test_hangup_reads_the_configuration_again(self):
        config = self.write_config("[limits]\nconnections_max = 2\n")
        with obrold.Obrold(PROGRAM, "--demo", "--config", config) as server:
            first, second = chat.Chat(server.address()), chat.Chat(server.address())
            first.login("messi")
            second.login("maya")
            with chat.Chat(server.address()) as third:
                self.assertEqual(third.answer()["message"], "Maaf, server penuh, coba lagi nanti")
                self.assertTrue(third.is_ended())

            self.write_config("[limits]\nconnections_max = 3\ninbox_entries_max = 7\n[log]\nlevel = \"debug\"\n")
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda: "only after a restart: limits.inbox_entries_max" in server.log(), "the reload")
            with chat.Chat(server.address()) as third:
                third.login("izza")
            wait_until(lambda: " debug connection from 127.0.0.1" in server.log(), "a line of the new level")

            self.write_config("[limits]\nconnections_max = 0\n")
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda: "configuration kept as it was" in server.log(), "the refusal")
            wait_until(lambda: self.is_served(server, "izza"), "the old limit still holds")
            first.ask("show")
            server.stop()
            first.socket.close()
            second.socket.close()

    def is_served(self, server, user):
        with chat.Chat(server.address()) as client:
            answer = client.ask(f"auth {user} surabaya")
            return answer["status"] == "OK"

    def test_demo_users_are_added_where_missing_and_nothing_is_cleared(self):
        with obrold.Obrold(PROGRAM, "--demo") as server:
            with chat.Chat(server.address()) as client:
                client.login("messi")
                client.ask("send nania halo")
            server.stop()
            server.start()
            with chat.Chat(server.address()) as client:
                for user in ("messi", "henderson", "lineker", "izza", "maya", "nania"):
                    client.login(user)
                self.assertEqual(list(client.ask("inbox")["messages"]), ["messi"])
                self.assertEqual(client.ask("auth messi Surabaya")["message"], "Password Salah")
            server.stop()


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
