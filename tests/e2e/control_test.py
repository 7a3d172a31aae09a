"""The control socket and obrolctl against a real server: every command, every refusal, and what must not happen.

usage: control_test.py OBROLD OBROLCTL [unittest arguments]
"""

import contextlib
import json
import os
import pathlib
import pty
import re
import select
import signal
import stat
import subprocess
import tempfile
import termios
import time

import chat
import control_case
from control_case import SECONDS_MAX, TIME, Control, ControlCase, obrolctl, wait_until

EXAMPLE_FILE = pathlib.Path(__file__).parents[2] / "docs" / "obrold.example.toml"


class Terminal:
    """obrolctl at a terminal of its own."""

    def __init__(self, *arguments):
        self.seen = ""
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.execv(control_case.OBROLCTL, [control_case.OBROLCTL, *arguments])

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
        os.close(self.terminal)

    def wait_for(self, text):
        deadline = time.monotonic() + SECONDS_MAX
        while text not in self.seen:
            if not select.select([self.terminal], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"never showed {text!r} but {self.seen!r}")
            try:
                self.seen += os.read(self.terminal, 65536).decode("utf-8", "replace")
            except OSError:
                raise AssertionError(f"ended without {text!r} after {self.seen!r}") from None

    def echoes(self):
        return bool(termios.tcgetattr(self.terminal)[3] & termios.ECHO)

    def type(self, line):
        os.write(self.terminal, line.encode())

    def end(self):
        """Its exit code, once everything it shows has been read."""
        while True:
            try:
                data = os.read(self.terminal, 65536)
            except OSError:
                break
            if not data:
                break
            self.seen += data.decode("utf-8", "replace")
        _, status = os.waitpid(self.process, 0)
        self.process = None
        return os.waitstatus_to_exitcode(status)


class ControlTest(ControlCase):
    def can_log_in(self, server, user, password):
        with chat.Chat(server.address()) as client:
            return client.ask(f"auth {user} {password}")["status"] == "OK"

    def test_accounts(self):
        with self.server() as server:
            self.assertEqual(self.ctl(server, "user", "list"), "there are no accounts\n")
            said = self.ctl(server, "user", "add", "budi", "--name", "Budi Santoso", "--country", "Indonesia",
                            "--password-stdin", typed="rahasia-sekali\n")
            self.assertEqual(said, "budi has an account now, role member\n")
            self.assertTrue(self.can_log_in(server, "budi", "rahasia-sekali"))

            said = self.ctl(server, "user", "add", "bot", "--role", "admin", "--generate")
            match = re.fullmatch(r"bot has an account now, role admin\npassword: ([a-z2-9-]{23})\n", said)
            self.assertTrue(match, said)
            self.assertTrue(self.can_log_in(server, "bot", match[1]))

            listed = self.ctl(server, "user", "list").splitlines()
            self.assertEqual(listed[0].split(), ["USER", "NAME", "COUNTRY", "ROLE", "STATE", "SINCE"])
            self.assertRegex(listed[1], rf"^bot   bot           -          admin   active  {TIME}$")
            self.assertRegex(listed[2], rf"^budi  Budi Santoso  Indonesia  member  active  {TIME}$")
            self.assertEqual([user["user"] for user in self.ctl_json(server, "user", "list")["users"]], ["bot", "budi"])

            shown = self.ctl_json(server, "user", "show", "BUDI")
            self.assertEqual((shown["user"], shown["name"], shown["role"], shown["state"], shown["sessions"]),
                             ("budi", "Budi Santoso", "member", "active", 1))
            self.assertIn("name:      Budi Santoso\n", self.ctl(server, "user", "show", "budi"))

            self.assertEqual(self.ctl(server, "user", "profile", "budi", "--name", "Budi S."),
                             "budi is shown as Budi S., Indonesia now\n")
            self.assertEqual(self.ctl(server, "user", "profile", "budi", "--name", "", "--country", ""),
                             "budi is shown as budi now\n")

            with chat.Chat(server.address()) as client:
                client.login("budi", "rahasia-sekali")
                said = self.ctl(server, "user", "passwd", "budi", "--password-stdin", typed="lebih-rahasia\n")
                self.assertEqual(said, "budi has a new password and is logged out everywhere\n")
                self.assertEqual(client.ask("show")["message"], "not authorized")
            self.assertFalse(self.can_log_in(server, "budi", "rahasia-sekali"))
            self.assertTrue(self.can_log_in(server, "budi", "lebih-rahasia"))

            self.assertEqual(self.ctl(server, "user", "role", "budi", "admin"), "budi has the role admin now\n")
            with chat.Chat(server.address("native")) as client:
                client.ask("auth budi lebih-rahasia")
                self.assertEqual(client.ask("whoami")["data"]["role"], "admin")
            self.assertEqual(self.ctl(server, "user", "role", "budi", "member"), "budi has the role member now\n")
            self.assertEqual(self.ctl_json(server, "user", "show", "budi")["role"], "member")
            server.stop()
            server.start()
            self.assertEqual(len(self.ctl_json(server, "user", "list")["users"]), 2, "it was stored")

    def test_a_disabled_user_loses_his_session_at_once(self):
        with self.server("--demo") as server, chat.Chat(server.address()) as messi:
            messi.login("messi")
            messi.ask("send maya halo")
            self.assertEqual(self.ctl(server, "user", "disable", "messi"),
                             "messi is logged out everywhere and cannot log in\n")
            self.assertEqual(messi.ask("send maya lagi")["message"], "not authorized")
            self.assertFalse(self.can_log_in(server, "messi", "surabaya"))
            self.assertEqual(self.ctl_json(server, "user", "show", "messi")["state"], "disabled")
            self.assertEqual(self.ctl(server, "user", "enable", "messi"), "messi can log in\n")
            self.assertTrue(self.can_log_in(server, "messi", "surabaya"))

    def test_a_deleted_user_is_gone_but_not_what_he_wrote(self):
        with self.server("--demo") as server, chat.Chat(server.address()) as messi:
            messi.login("messi")
            messi.ask("send maya halo")
            self.assert_refused(2, "give --yes", "--data", server.data, "user", "delete", "messi")
            self.assertEqual(self.ctl(server, "user", "delete", "messi", "--yes"),
                             "messi is deleted: the messages stay, and nobody gets the name again\n")
            self.assertEqual(messi.ask("show")["message"], "not authorized")
            self.assertFalse(self.can_log_in(server, "messi", "surabaya"))
            with chat.Chat(server.address()) as maya:
                maya.login("maya")
                self.assertEqual(list(maya.ask("inbox")["messages"]), ["messi"])
                self.assertNotEqual(maya.ask("send messi halo")["status"], "OK")
            self.assert_refused(1, "that name is taken", "--data", server.data, "user", "add", "Messi", "--generate")
            for command in (["enable"], ["disable"], ["passwd", "--generate"]):
                self.assert_refused(1, "there is no user messi", "--data", server.data, "user", command[0], "messi",
                                    *command[1:])
            self.assertEqual(self.ctl_json(server, "user", "show", "messi")["state"], "deleted")

    def test_sessions(self):
        with self.server("--demo") as server, chat.Chat(server.address()) as one, chat.Chat(server.address()) as two:
            self.assertEqual(self.ctl(server, "session", "list", "messi"), "there are no sessions\n")
            one.login("messi")
            two.login("messi")
            sessions = self.ctl_json(server, "session", "list", "messi")["sessions"]
            self.assertEqual([session["connected"] for session in sessions], [True, True])
            self.assertRegex(self.ctl(server, "session", "list", "messi"), rf"\n{sessions[1]['id']} +{TIME}  {TIME}  yes\n$")
            self.assertEqual(self.ctl(server, "session", "revoke", str(sessions[0]["id"])), "1 session ended\n")
            self.assertEqual(one.ask("show")["message"], "not authorized")
            self.assertEqual(two.ask("show")["status"], "OK")
            one.login("messi")
            self.assertEqual(self.ctl(server, "session", "revoke", "--all", "messi"), "2 sessions ended\n")
            self.assertEqual(one.ask("show")["message"], "not authorized")
            self.assertEqual(two.ask("show")["message"], "not authorized")
            data = ["--data", server.data]
            self.assert_refused(1, f"there is no such session: {sessions[0]['id']}", *data, "session", "revoke",
                                str(sessions[0]["id"]))
            self.assert_refused(1, "there is no user pogba", *data, "session", "list", "pogba")
            self.assert_refused(1, "there is no user pogba", *data, "session", "revoke", "--all", "pogba")

    def register(self, server, **members):
        with chat.Chat(server.address("native")) as client:
            return client.ask(json.dumps({"cmd": "register", "password": "rahasia-sekali", **members}))

    def test_invitations(self):
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder, "obrold.toml")
            config.write_text('registration = "invite"\n', encoding="utf-8")
            with self.server("--config", str(config)) as server:
                self.assertEqual(self.ctl(server, "invite", "list"), "there are no invitations\n")
                said = self.ctl(server, "invite", "--uses", "2", "--expires", "1h", "--role", "admin", "--note", "choir")
                match = re.fullmatch(rf"(\S+)\ngood for 2 accounts, role admin, until {TIME}; the code is not shown again "
                                     r"\(invitation (\d+)\)\n", said)
                self.assertTrue(match, said)
                self.assertEqual(self.register(server, user="rani")["status"], "ERROR")
                for user in ("budi", "sari"):
                    self.assertEqual(self.register(server, user=user, invitation=match[1])["status"], "OK")
                self.assertEqual(self.register(server, user="rani", invitation=match[1])["status"], "ERROR")
                self.assertEqual(self.ctl_json(server, "user", "show", "budi")["role"], "admin")
                self.assertRegex(self.ctl(server, "invite", "list"), rf"\n{match[2]} +2 +2 +admin +{TIME} +no +choir\n$")

                made = self.ctl_json(server, "invite", "--expires", "never")
                self.assertEqual((made["uses"], made["used"], made["expires_at"], made["role"]), (1, 0, None, "member"))
                self.assertEqual(self.ctl(server, "invite", "revoke", made["code"]),
                                 "the invitation is of no use any more\n")
                self.assertEqual(self.register(server, user="rani", invitation=made["code"])["status"], "ERROR")
                self.ctl(server, "invite", "revoke", match[2])
                self.assertEqual(self.ctl_json(server, "invite", "list")["invitations"], [])
                data = ["--data", server.data]
                self.assert_refused(1, f"there is no such invitation: {match[2]}", *data, "invite", "revoke", match[2])
                self.assert_refused(1, "there is no such invitation", *data, "invite", "revoke", "no-such-code")
                self.assert_refused(1, "", *data, "invite", "--uses", "1000001")
                self.assert_refused(1, "", *data, "invite", "--note", "x" * 10_000)
                self.assertNotIn(match[1], server.log(), "codes stay out of the log")

    def test_status(self):
        with self.server("--demo", "--server-id", "shire") as server, chat.Chat(server.address()) as client:
            client.login("messi")
            status = self.ctl_json(server, "status")
            listeners = [f"{dialect}:127.0.0.1:{server.address(dialect)[1]}" for dialect in ("simple-chat", "native")]
            self.assertEqual(status["server"], "shire")
            self.assertEqual(status["pid"], server.process.pid)
            self.assertEqual(status["listeners"], listeners)
            self.assertEqual(status["connections"], 1)
            self.assertEqual(status["users"], {"active": 6, "admins": 0, "disabled": 0, "deleted": 0})
            self.assertEqual((status["online"], status["sessions"], status["messages"]), (1, 1, 0))
            for _ in range(3):
                client.ask("send maya halo")
            self.ctl(server, "user", "role", "messi", "admin")
            self.ctl(server, "user", "disable", "izza")
            after = self.ctl_json(server, "status")
            self.assertEqual(after["messages"], 3)
            self.assertEqual(after["commits"], status["commits"] + 5)
            self.assertEqual(after["users"], {"active": 5, "admins": 1, "disabled": 1, "deleted": 0})
            self.assertGreater(after["memory_bytes"], 1_000_000)
            self.assertGreater(after["store_bytes"], 10_000)
            self.assertGreaterEqual(after["uptime_s"], status["uptime_s"])
            text = self.ctl(server, "status")
            self.assertIn("server:      shire\n", text)
            self.assertIn("users:       5 active (1 admin), 1 disabled, 0 deleted\n", text)

    def test_more_users_than_one_answer_holds(self):
        with self.server("--demo") as server, Control(server) as control:
            page = control.ask(cmd="user-list", limit=4)["data"]
            self.assertEqual([user["user"] for user in page["users"]], ["henderson", "izza", "lineker", "maya"])
            self.assertEqual(page["next"], "maya")
            rest = control.ask(cmd="user-list", limit=4, after=page["next"])["data"]
            self.assertEqual([user["user"] for user in rest["users"]], ["messi", "nania"])
            self.assertNotIn("next", rest)
            for limit in (0, 1001):
                self.assertEqual(control.ask(cmd="user-list", limit=limit)["error"], "bad-argument")
            self.assertTrue(control.ask(cmd="user-list", limit=1000)["ok"])

    def test_refusals(self):
        with self.server("--demo") as server:
            data = ["--data", server.data]
            self.assert_refused(1, ["there is no user pogba\n", "obrolctl user list shows who there is"], *data, "user",
                                "show", "pogba")
            self.assert_refused(1, "that name is taken", *data, "user", "add", "MESSI", "--generate")
            self.assert_refused(1, "that name cannot be used", *data, "user", "add", "a b", "--generate")
            self.assert_refused(1, "that password cannot be used: ", *data, "user", "add", "budi", "--password-stdin",
                                typed="short\n")
            self.assert_refused(1, "that password cannot be used: ", *data, "user", "passwd", "messi",
                                "--password-stdin", typed="short\n")
            self.assert_refused(1, ["there is no such role: captain", "member and admin"], *data, "user", "role",
                                "messi", "captain")
            self.assert_refused(1, "there is no such role", *data, "user", "add", "budi", "--role", "captain",
                                "--generate")
            self.assert_refused(1, "", *data, "user", "profile", "messi", "--name", "x" * 10_000)
            for command in (["role", "pogba", "admin"], ["disable", "pogba"], ["enable", "pogba"],
                            ["delete", "pogba", "--yes"], ["passwd", "pogba", "--generate"],
                            ["profile", "pogba", "--country", "x"]):
                self.assert_refused(1, "there is no user pogba", *data, "user", *command)
            self.assert_refused(2, "give --password-stdin or --generate", *data, "user", "add", "budi")
            self.assert_refused(2, "no password on its first line", *data, "user", "add", "budi", "--password-stdin")
            self.assert_refused(2, "obrolctl --help", *data, "user", "promote", "messi")

            done = obrolctl(*data, "--json", "user", "show", "pogba")
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertEqual(json.loads(done.stderr),
                             {"error": "user-not-found", "message": "there is no user pogba",
                              "hint": "obrolctl user list shows who there is"})
            self.assertEqual(len(self.ctl_json(server, "user", "list")["users"]), 6, "nothing was added")

    def test_without_a_server(self):
        with tempfile.TemporaryDirectory() as folder:
            tried = os.path.join(folder, "control.sock")
            self.assert_refused(3, [tried, "Is obrold running?", "--data DIR"], "--data", folder, "status")
            self.assert_refused(3, [os.path.join(folder, "data", "control.sock")], "status", cwd=folder)
            config = pathlib.Path(folder, "obrold.toml")
            config.write_text(f'data = "{folder}/configured"\n', encoding="utf-8")
            self.assert_refused(3, [f"{folder}/configured/control.sock"], "--config", str(config), "status")
            self.assert_refused(2, "nowhere.toml", "--config", "nowhere.toml", "status")
            # Before it asks anything.
            self.assert_refused(3, tried, "--data", folder, "user", "add", "budi")

    def test_config_finds_the_server(self):
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder, "obrold.toml")
            config.write_text(f'data = "{folder}/data"\n', encoding="utf-8")
            with self.server("--config", str(config), data=f"{folder}/data"):
                done = obrolctl("--config", str(config), "user", "list")
                self.assertEqual((done.returncode, done.stdout), (0, "there are no accounts\n"))

    def test_configuration_commands(self):
        example = EXAMPLE_FILE.read_text(encoding="utf-8")
        self.assertEqual(obrolctl("config", "example").stdout, example)
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "obrold.toml")
            file.write_text(example, encoding="utf-8")
            self.assertIn(f"{file} is good: data in data, listening on auto:127.0.0.1:8889, ",
                          obrolctl("config", "check", str(file)).stdout)
            file.write_text("[limits]\nconections_max = 3\n", encoding="utf-8")
            self.assert_refused(1, f"{file}:2: unknown setting limits.conections_max", "config", "check", str(file))
            self.assert_refused(1, "cannot read", "config", "check", f"{folder}/nowhere.toml")

    def test_only_the_owner_may_connect(self):
        before = os.umask(0)
        self.addCleanup(os.umask, before)
        with self.server() as server:
            mode = os.stat(server.control_socket).st_mode
            self.assertTrue(stat.S_ISSOCK(mode))
            self.assertEqual(stat.S_IMODE(mode), 0o600)
            if os.geteuid() == 0:
                nobody = 65534
                for folder in (server.own_data, server.data):
                    os.chmod(folder, 0o755)
                try:
                    done = obrolctl("--data", server.data, "status", user=nobody, group=nobody, extra_groups=[])
                except PermissionError:
                    return  # may not even start the program here
                self.assertEqual(done.returncode, 3, done)
                self.assertIn("Permission denied", done.stderr)
                self.assertIn("as the user that obrold runs as", done.stderr)

    def test_the_file_goes_with_a_stop_and_a_stale_one_is_replaced(self):
        with self.server() as server:
            server.stop()
            self.assertFalse(os.path.exists(server.control_socket))
            server.start()
            server.kill()
            self.assertTrue(os.path.exists(server.control_socket), "kill -9 leaves it")
            self.assert_refused(3, "Connection refused", "--data", server.data, "status")
            server.start()
            self.assertIn("server:", self.ctl(server, "status"))

    def test_a_second_server_leaves_the_first_ones_socket_alone(self):
        with self.server() as server:
            second = subprocess.run([control_case.OBROLD, "--data", server.data, "--listen", "simple-chat:127.0.0.1:0"],
                                    stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS_MAX,
                                    check=False)
            self.assertEqual(second.returncode, 1)
            self.assertIn("in use by another obrold", second.stderr)
            self.assertIn("server:", self.ctl(server, "status"))

    def test_something_else_in_the_sockets_place(self):
        with self.server() as server:
            server.stop()
            pathlib.Path(server.control_socket).write_text("precious", encoding="utf-8")
            ended = subprocess.run(server.command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                   timeout=SECONDS_MAX, check=False)
            self.assertEqual(ended.returncode, 1)
            self.assertIn("control.sock: the file exists and is not a socket", ended.stderr)
            self.assertEqual(pathlib.Path(server.control_socket).read_text(encoding="utf-8"), "precious")

    def test_a_path_that_is_too_long_for_a_socket(self):
        with tempfile.TemporaryDirectory() as folder:
            longest = 107 - len("/control.sock")
            at_limit = folder + "/" + "d" * (longest - len(folder) - 1)
            with self.server(data=at_limit) as server:
                self.assertIn("server:", self.ctl(server, "status"))
                server.stop()
            ended = subprocess.run([control_case.OBROLD, "--data", at_limit + "d", "--listen", "simple-chat:127.0.0.1:0"],
                                   stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS_MAX,
                                   check=False)
            self.assertEqual((ended.returncode, ended.stdout), (1, ""))
            self.assertIn("a socket's path has 1 to 107 bytes, this one has 108: choose a shorter directory",
                          ended.stderr)

    def test_garbage_costs_its_sender_only(self):
        with self.server("--demo") as server:
            with Control(server) as control:
                for garbage, error in ((b"\n", "bad-json"), (b"GET / HTTP/1.1\r\n", "bad-json"), (b"\xff\xfe\x00\n", "bad-json"),
                                       (b"[]\n", "bad-json"), (b"{}\n", "missing-argument"), (b'{"cmd":7}\n', "missing-argument"),
                                       (b'{"cmd":"fly"}\n', "unknown-command"), (b"[" * 60_000 + b"\n", "bad-json"),
                                       (b'{"cmd":"status","cmd":"status"}\n', "bad-json"),
                                       (b'{"cmd":"user-show"}\n', "missing-argument"),
                                       (b'{"cmd":"user-show","user":7}\n', "bad-argument"),
                                       (b'{"cmd":"user-show","user":"messi","nmae":"x"}\n', "bad-argument"),
                                       (b'{"cmd":"session-revoke"}\n', "bad-argument"),
                                       (b'{"cmd":"session-revoke","id":1,"user":"messi"}\n', "bad-argument"),
                                       (b'{"cmd":"invitation-revoke"}\n', "bad-argument"),
                                       (b'{"cmd":"invitation-create","expires_s":0}\n', "bad-argument"),
                                       (b"x" * 65_536 + b"\n", "bad-json"), (b"x" * 65_537 + b"\n", "line-too-long"),
                                       (b"x" * 5_000_000 + b"\n", "line-too-long")):
                    control.send(garbage)
                    answer = control.answer()
                    self.assertEqual((answer["ok"], answer["error"]), (False, error), garbage[:80])
                    self.assertTrue(answer["message"])
                self.assertTrue(control.ask(cmd="status")["ok"], "the connection goes on")
                control.send(b'{"cmd":"user-delete","user":"messi"}')  # without an end: no request
            with Control(server) as control:
                self.assertEqual(control.ask(cmd="user-show", user="messi")["data"]["state"], "active")
                self.assertEqual(control.ask(cmd="user-show", user='x"\n\x1b[2J')["error"], "user-not-found")
                self.assertNotIn("\x1b", server.log(), "what is logged cannot steer a terminal")

    def test_a_thousand_connections_are_bounded_and_chat_goes_on(self):
        with self.server("--demo") as server, chat.Chat(server.address()) as client:
            client.login("messi")
            crowd = []
            self.addCleanup(lambda: [each.socket.close() for each in crowd])
            for number in range(1000):
                crowd.append(Control(server))
                if number % 2:
                    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                        crowd[-1].send(b'{"cmd":')  # half a request
            refused = 0
            for each in crowd[16:]:
                refused += each.answer()["error"] == "too-many-connections"
            self.assertEqual(refused, 984)
            begin = time.monotonic()
            for _ in range(20):
                self.assertEqual(client.ask("send maya halo")["status"], "OK")
            self.assertLess(time.monotonic() - begin, SECONDS_MAX / 2)
            self.assert_refused(1, "too many control connections", "--data", server.data, "status")
            for each in crowd[:16]:
                each.socket.close()
            wait_until(lambda: obrolctl("--data", server.data, "status").returncode == 0, "there is room again")
            descriptors = os.listdir(f"/proc/{server.process.pid}/fd")
            self.assertLess(len(descriptors), 60, "none of the thousand is left")

    def test_limits_are_settings_and_read_again(self):
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder, "obrold.toml")
            config.write_text("[control]\nconnections_max = 1\nline_bytes_max = 1024\n", encoding="utf-8")
            with self.server("--config", str(config)) as server:
                with Control(server) as first, Control(server) as second:
                    self.assertEqual(second.answer()["error"], "too-many-connections")
                    first.send(b"x" * 1025 + b"\n")
                    self.assertEqual(first.answer()["error"], "line-too-long")
                config.write_text("[control]\nconnections_max = 2\nidle_s = 1\n", encoding="utf-8")
                server.process.send_signal(signal.SIGHUP)
                wait_until(lambda: "configuration read again" in server.log(), "the reload")
                with Control(server) as first, Control(server) as second:
                    self.assertRaises(chat.Ended, first.answer)
                    self.assertRaises(chat.Ended, second.answer)
                self.assertNotIn("only after a restart", server.log())

    def test_a_stop_does_not_wait_for_idle_connections(self):
        with self.server() as server, Control(server) as idle:
            begin = time.monotonic()
            server.stop()
            self.assertLess(time.monotonic() - begin, SECONDS_MAX / 2)
            self.assertRaises(chat.Ended, idle.answer)

    def test_every_action_is_one_line_in_the_log_without_secrets(self):
        with self.server("--demo") as server:
            password = "tak-boleh-terlihat"
            self.ctl(server, "user", "add", "budi", "--password-stdin", typed=password)
            self.ctl(server, "user", "role", "budi", "admin")
            obrolctl("--data", server.data, "user", "show", "pogba")
            lines = [line.partition("control: ")[2] for line in server.log().splitlines() if "control: " in line]
            self.assertEqual(lines, ['user-add "budi": done', 'user-role "budi": done',
                                     'user-show "pogba": user-not-found'])
            self.assertTrue(all(" info " in line for line in server.log().splitlines() if "control: " in line))
            self.assertNotIn(password, server.log())

    def test_the_first_steps_name_the_command_until_there_is_an_administrator(self):
        with self.server("--demo") as server:
            wait_until(lambda: " is ready, data in " in server.log(), "the last of its first lines")
            self.assertIn(f"{control_case.OBROLCTL} --data {server.data} user role messi admin", server.log())
            self.ctl(server, "user", "role", "messi", "admin")
            server.stop()
            os.truncate(server.log_path, 0)
            server.start()
            wait_until(lambda: " is ready, data in " in server.log(), "the last of its first lines")
            self.assertIn("nc 127.0.0.1", server.log())
            self.assertNotIn("administrator", server.log())

    def test_a_terminal_is_asked_twice_and_shows_nothing(self):
        with self.server() as server:
            with Terminal("--data", server.data, "user", "add", "budi") as terminal:
                terminal.wait_for("New password: ")
                self.assertFalse(terminal.echoes())
                terminal.type("rahasia-sekali\n")
                terminal.wait_for("Once more: ")
                self.assertFalse(terminal.echoes())
                terminal.type("rahasia-sekali\n")
                self.assertEqual(terminal.end(), 0, terminal.seen)
                self.assertIn("budi has an account now", terminal.seen)
                self.assertNotIn("rahasia", terminal.seen)
            self.assertTrue(self.can_log_in(server, "budi", "rahasia-sekali"))
            with Terminal("--data", server.data, "user", "passwd", "budi") as terminal:
                terminal.wait_for("New password: ")
                terminal.type("rahasia-baru-1\n")
                terminal.wait_for("Once more: ")
                terminal.type("rahasia-baru-2\n")
                self.assertEqual(terminal.end(), 2)
                self.assertIn("two different passwords: nothing was done", terminal.seen)
            self.assertTrue(self.can_log_in(server, "budi", "rahasia-sekali"))

    def test_an_interrupted_terminal_is_left_as_it_was(self):
        with self.server() as server:
            with Terminal("--data", server.data, "user", "add", "budi") as terminal:
                terminal.wait_for("New password: ")
                self.assertFalse(terminal.echoes())
                terminal.type("half\x03")
                wait_until(terminal.echoes, "the echo is back")
                self.assertEqual(terminal.end(), 130, terminal.seen)
            self.assertEqual(self.ctl(server, "user", "list"), "there are no accounts\n")

    def test_a_terminal_is_asked_before_a_deletion(self):
        with self.server("--demo") as server:
            for said, code, state in (("no\n", 1, "active"), ("\n", 1, "active"), ("yes\n", 0, "deleted")):
                with Terminal("--data", server.data, "user", "delete", "messi") as terminal:
                    terminal.wait_for("Type yes: ")
                    terminal.type(said)
                    self.assertEqual(terminal.end(), code, terminal.seen)
                self.assertEqual(self.ctl_json(server, "user", "show", "messi")["state"], state)


if __name__ == "__main__":
    control_case.main()
