"""The documents' line clients (obrol --classic) as programs, against a real server: at a pipe to the byte, at a terminal
by keystrokes.

usage: classic_test.py OBROLD OBROL [unittest arguments]
"""

import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import termios
import time
import unittest

import chat
from obrold import Obrold

OBROLD = None
OBROL = None
DIALECTS = ("simple-chat", "multithread-chat", "chat-service")
# Generous: a busy machine and sanitizers are slow.
WAIT_SECONDS_MAX = 60.0

TOKEN = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
PROMPT = re.compile(rf"Command ({TOKEN})?:$")

# As the documents write a session down: what stands behind a prompt is typed. <token> is the token, <head> its first 35
# characters and <tail> the last one: the trace cuts it there.
DOCUMENT_000 = r"""
Command :auth pogba surabaya
Error, User Tidak Ada
Command :auth henderson jakarta
Error, password salah
Command :send messi hello
Error, not authorized
Command :show
Error, not authorized
Command :logout
Error, not authorized
Command :auth henderson surabaya
username henderson logged in, token <token>
Command <token>:send messi hello gimana kabarnya mess
message sent to messi
Command <token>:send pogba hello
Error, User Tidak Ditemukan
Command <token>:send henderson lohe lohe gara2 corona aku gakiso latian
message sent to henderson
Command <token>:inbox
{"henderson": [{"msg_from": "Jordan Henderson", "msg_to": "Jordan Henderson", "msg": "  lohe lohe gara2 corona aku gakiso latian \r\n"}]}
Command <token>:show
[{"username": "messi", "nama": "Lionel Messi", "negara": "Argentina"}, {"username": "henderson", "nama": "Jordan Henderson", "negara": "Inggris"}]
Command <token>:show me
[{"username": "messi", "nama": "Lionel Messi", "negara": "Argentina"}, {"username": "henderson", "nama": "Jordan Henderson", "negara": "Inggris"}]
Command <token>:auth messi
-Maaf, command tidak benar
Command <token>:list
*Maaf, command tidak benar
Command <token>:logout
"<token>"
Command :"""

DOCUMENT_001 = r"""
Command :auth pogba surabaya
Error, User is not found
Command :auth izza jakarta
Error, Wrong password
Command :list
Error, not authorized
Command :inbox
Error, not authorized
Command :auth izza surabaya
username izza logged in, token <token>
Command <token>:send maya hai
message sent to maya
Command <token>:send pogba hai
Error, User is not found
Command <token>:send izza hai, Maya
message sent to izza
Command <token>:inbox
{"izza": [{"msg_from": "Izza", "msg_to": "Izza", "msg": "hai, Maya"}]}
Command <token>:list
["messi", "izza"]
Command <token>:send maya
-Sorry, command is unknown
Command <token>:show
*Sorry, command is unknown
Command <token>:logout
"Logged out"
Command :list
Error, not authorized
Command :"""

DOCUMENT_001_EXIT = r"""
Command :auth izza surabaya
username izza logged in, token <token>
Command <token>:exit
Exit from program
"""

DOCUMENT_002 = r"""
Command :auth pogba surabaya
diterima dari server b'{"status": "ERROR", "message": "User Tidak Ada"}\r\n\r\n'
end of string
Error, User Tidak Ada
Command :auth messi jakarta
diterima dari server b'{"status": "ERROR", "message": "Password Salah"}\r\n\r\n'
end of string
Error, Password Salah
Command :auth messi
-Maaf, command tidak benar
Command :send messi hallo
Error, not authorized
Command :inbox
Error, not authorized
Command :list
Error, not authorized
Command :logout
Error, not authorized
Command :auth lineker surabaya
diterima dari server b'{"status": "OK", "tokenid": "<head>'
diterima dari server b'<tail>"}\r\n\r\n'
end of string
username lineker logged in, token <token>
Command <token>:send henderson hallo
send <token> henderson hallo

diterima dari server b'{"status": "OK", "message": "Message Sent"}\r\n\r\n'
end of string
message sent to henderson
Command <token>:send pogba hallo
send <token> pogba hallo

diterima dari server b'{"status": "ERROR", "message": "User Tidak Ditemukan"}\r\n\r\n'
end of string
Error, User Tidak Ditemukan
Command <token>:send
-Maaf, command tidak benar
Command <token>:inbox
diterima dari server b'{"status": "OK", "messages": {"messi": [{"msg_from": "Lionel Mes'
diterima dari server b'si", "msg_to": "Gary Lineker", "msg": "  halo \\r\\n"}]}}\r\n\r\n'
end of string
{"messi": [{"msg_from": "Lionel Messi", "msg_to": "Gary Lineker", "msg": "  halo \r\n"}]}
Command <token>:inbox
diterima dari server b'{"status": "OK", "messages": {}}\r\n\r\n'
end of string
{}
Command <token>:list
diterima dari server b'{"status": "OK", "messages": ["messi - Lionel Messi", "lineker -'
diterima dari server b' Gary Lineker"]}\r\n\r\n'
end of string
["messi - Lionel Messi", "lineker - Gary Lineker"]
Command <token>:logout
diterima dari server b'{"status": "OK", "messages": "Anda berhasil logout!"}\r\n\r\n'
end of string
"Anda berhasil logout!"
Command :"""

# The document's own example of `list`, but cut at 64 bytes, where the document shows a quote too many.
DOCUMENT_002_LIST = r"""
Command :auth henderson surabaya
diterima dari server b'{"status": "OK", "tokenid": "<head>'
diterima dari server b'<tail>"}\r\n\r\n'
end of string
username henderson logged in, token <token>
Command <token>:list
diterima dari server b'{"status": "OK", "messages": ["messi - Lionel Messi", "henderson'
diterima dari server b' - Jordan Henderson"]}\r\n\r\n'
end of string
["messi - Lionel Messi", "henderson - Jordan Henderson"]
Command <token>:"""


def typed_lines(session):
    return [line.partition(":")[2] for line in session.splitlines() if re.match("Command [^ :\n]*:.", line)]


def printed(session, token):
    """What a pipe sees of it: a terminal would have shown what was typed."""
    text = re.sub("^(Command [^ :\n]*:).+\n", r"\1", session.lstrip("\n"), flags=re.MULTILINE)
    return text.replace("<token>", token).replace("<head>", token[:35]).replace("<tail>", token[35:])


def command_line(server, dialect, *options):
    host, port = server.address(dialect)
    return [OBROL, "--classic", dialect, "--host", host, "--port", str(port), *options]


def keep_ports(server):
    """From the next start on it listens where it does now."""
    for index, word in enumerate(server.command):
        if word == "--listen":
            dialect = server.command[index + 1].partition(":")[0]
            host, port = server.address(dialect)
            server.command[index + 1] = f"{dialect}:{host}:{port}"


class Piped:
    """A line client at two pipes, line by line."""

    def __init__(self, command, prompt=PROMPT, folder=None):
        self.prompt_pattern = prompt
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
                                        cwd=folder)
        self.greeting = self.next_answer()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.kill()
        self.process.communicate()
        self.errors.close()

    def next_answer(self):
        """What is printed up to the next prompt, without it."""
        text = b""
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while not self.prompt_pattern.search(text.decode()):
            if not select.select([self.process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"no prompt after {text!r}")
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                raise AssertionError(f"it ended after {text!r}: {self.said()}")
            text += data
        self.prompt = self.prompt_pattern.search(text.decode())[0]
        return text.decode()[: -len(self.prompt)]

    def ask(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        return self.next_answer()

    def said(self):
        """On standard error, so far."""
        self.errors.seek(0)
        return self.errors.read().decode()

    def wait_said(self, text):
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while text not in self.said():
            if time.monotonic() > deadline:
                raise AssertionError(f"never said {text!r} but {self.said()!r}")
            time.sleep(0.02)


class Terminal:
    """A line client at a terminal of its own."""

    def __init__(self, command, home):
        environment = {"TERM": "xterm", "HOME": home, "PATH": os.environ["PATH"]}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                environment[name] = os.environ[name]
        self.seen = ""
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.execve(command[0], command, environment)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.process:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
        os.close(self.terminal)

    def press(self, keys):
        os.write(self.terminal, keys.encode())

    def read(self, seconds):
        if not select.select([self.terminal], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.terminal, 65536)
        except OSError:  # how Linux says that nobody holds the other side any more
            return False
        self.seen += data.decode("utf-8", "replace")
        return bool(data)

    def wait_for(self, expression):
        """Until it was shown; forgets what was shown up to there."""
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while not (match := re.search(expression, self.seen)):
            if not self.read(max(0.0, deadline - time.monotonic())):
                raise AssertionError(f"never showed {expression!r} but {self.seen!r}")
        self.seen = self.seen[match.end():]
        return match

    def leave(self, keys=""):
        """Its exit code, once it has ended after these keys or those before."""
        if keys:
            self.press(keys)
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while time.monotonic() < deadline:
            ended, status = os.waitpid(self.process, os.WNOHANG)
            if ended:
                self.process = None
                return os.waitstatus_to_exitcode(status)
            if not self.read(0.1):
                time.sleep(0.02)
        raise AssertionError(f"it did not end but showed {self.seen!r}")


class ClassicTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.server = self.enterContext(Obrold(OBROLD, "--demo", dialects=DIALECTS))

    def replay(self, dialect, session, *options):
        typed = "".join(line + "\n" for line in typed_lines(session))
        result = subprocess.run(command_line(self.server, dialect, *options), input=typed.encode(),
                                capture_output=True, timeout=WAIT_SECONDS_MAX)
        self.assertEqual(result.stderr, b"")
        self.assertEqual(result.returncode, 0)
        out = result.stdout.decode()
        token = re.search(rf"logged in, token ({TOKEN})\n", out)
        self.assertTrue(token, out)
        self.assertEqual(out, printed(session, token[1]) + ("\n" if session.endswith(":") else ""))

    def test_document_000(self):
        with chat.Chat(self.server.address("simple-chat")) as messi:
            messi.login("messi")
            self.replay("simple-chat", DOCUMENT_000)

    def test_document_001(self):
        with chat.Chat(self.server.address("multithread-chat")) as messi:
            messi.login("messi")
            self.replay("multithread-chat", DOCUMENT_001)
            self.replay("multithread-chat", DOCUMENT_001_EXIT)
            self.assertEqual(messi.ask("list")["messages"], ["messi"])

    def test_document_002_with_its_trace(self):
        with chat.Chat(self.server.address("chat-service")) as messi:
            messi.login("messi")
            messi.ask("send lineker halo")
            self.replay("chat-service", DOCUMENT_002, "--trace")
            self.replay("chat-service", DOCUMENT_002_LIST, "--trace")

    def test_a_line_without_an_end_and_one_from_windows_count(self):
        result = subprocess.run(command_line(self.server, "chat-service"), input=b"inbox\r\nlist", capture_output=True,
                                timeout=WAIT_SECONDS_MAX)
        self.assertEqual(result.stdout, b"Command :Error, not authorized\n" * 2 + b"Command :\n")
        self.assertEqual(result.returncode, 0)

    def test_a_line_too_long_for_the_server_is_refused_and_the_next_one_served(self):
        with Piped(command_line(self.server, "chat-service")) as client:
            client.ask("auth messi surabaya")
            self.assertEqual(client.ask("send messi " + "x" * 3_000_000), "Error, Maaf, baris terlalu panjang\n")
            self.assertEqual(client.ask("inbox"), "{}\n")

    def test_every_text_arrives_as_typed(self):
        texts = ["Grüße, você", "你好 😀", "dua  blank", " satu di depan", 'katanya "halo" \\ \'ya\'', "tab\there"]
        with Piped(command_line(self.server, "chat-service")) as client, \
                chat.Chat(self.server.address("multithread-chat")) as reader:
            client.ask("auth messi surabaya")
            for text in texts:
                self.assertEqual(client.ask(f"send maya {text}"), "message sent to maya\n")
            reader.login("maya")
            self.assertEqual([message["msg"] for message in reader.ask("inbox")["messages"]["messi"]], texts)

    def test_the_login_survives_a_killed_server(self):
        for dialect, lost, again in (("chat-service", "putus (ditutup oleh server)", "Tersambung lagi"),
                                     ("multithread-chat", "is lost (closed by the server)", "Connected again")):
            with self.subTest(dialect), Piped(command_line(self.server, dialect)) as client:
                keep_ports(self.server)
                client.ask("auth messi surabaya")
                prompt = client.prompt
                self.assertEqual(client.ask("send messi satu"), "message sent to messi\n")
                self.server.kill()
                client.wait_said(lost)
                self.assertEqual(client.ask("inbox"), "")
                self.assertRegex(client.said(), "'inbox' (tidak dikirim|was not sent)\n")
                self.server.start()
                client.wait_said(again)
                self.assertEqual(client.prompt, prompt)
                self.assertIn("Lionel Messi", client.ask("inbox"))
                self.assertIn("messi", client.ask("list"))

    def test_an_unanswered_request_is_of_unknown_fate(self):
        with Piped(command_line(self.server, "chat-service")) as client:
            client.ask("auth messi surabaya")
            self.server.process.send_signal(signal.SIGSTOP)
            client.process.stdin.write(b"send messi halo\n")
            client.process.stdin.flush()
            # It has to have been sent before the server dies; a client that waits for an answer prints nothing.
            self.assertEqual(select.select([client.process.stdout], [], [], 0.5)[0], [])
            self.server.kill()
            self.assertEqual(client.next_answer(), "")
            self.assertIn("'send' tidak terjawab", client.said())

    def test_exit_codes(self):
        port = self.server.address("chat-service")[1]
        self.server.stop()
        away = subprocess.run([OBROL, "--classic", "chat-service", "--port", str(port)], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=WAIT_SECONDS_MAX)
        self.assertEqual((away.returncode, away.stdout), (1, b""))
        self.assertIn(f"Server 127.0.0.1:{port} tidak dapat dihubungi".encode(), away.stderr)
        for arguments in ([], ["--classic", "irc"], ["--trace"]):
            usage = subprocess.run([OBROL, *arguments], capture_output=True, timeout=WAIT_SECONDS_MAX)
            self.assertEqual((usage.returncode, usage.stdout), (2, b""), arguments)
        self.assertEqual(subprocess.run([OBROL, "--version"], capture_output=True).returncode, 0)

    def test_a_terminal_has_line_editing_and_a_history_without_passwords(self):
        home = self.enterContext(tempfile.TemporaryDirectory())
        command = command_line(self.server, "chat-service")
        with Terminal(command, home) as terminal:
            terminal.wait_for("Command :")
            terminal.press("auth mssi surabaya" + "\x1b[D" * 12 + "e\n")
            terminal.wait_for("username messi logged in, token ")
            terminal.wait_for(f"Command {TOKEN}:")
            terminal.press("send messi hallp\x7fo é\n")
            terminal.wait_for(f"message sent to messi\r\nCommand {TOKEN}:")
            terminal.press("\x1b[A!\n")
            terminal.wait_for(f"message sent to messi\r\nCommand {TOKEN}:")
            # Two lines up there is nothing: the login was not kept.
            terminal.press("\x1b[A\x1b[A\x1b[A?\n")
            terminal.wait_for(f"message sent to messi\r\nCommand {TOKEN}:")
            terminal.press("inbox\n")
            shown = terminal.wait_for(r"\{.*\}\r")[0]
            texts = re.findall(r'"msg": "(.*?)"', shown)
            self.assertEqual(texts, [r"  hallo \u00e9 \r\n", r"  hallo \u00e9! \r\n", r"  hallo \u00e9? \r\n"])
            self.assertEqual(terminal.leave("\x04"), 0)
        history = pathlib.Path(home, ".local/state/obrol/chat-service.history")
        self.assertEqual(history.read_text(encoding="utf-8").splitlines(),
                         ["send messi hallo é", "send messi hallo é!", "send messi hallo é?", "inbox"])
        self.assertEqual(history.stat().st_mode & 0o777, 0o600)
        with Terminal(command, home) as terminal:
            terminal.wait_for("Command :")
            terminal.press("\x1b[A\n")
            terminal.wait_for("Error, not authorized\r\nCommand :")
            self.assertEqual(terminal.leave("half a line\x03"), 0)

    def test_keys_pressed_while_it_waits_for_an_answer_are_not_lost(self):
        home = self.enterContext(tempfile.TemporaryDirectory())
        with Terminal(command_line(self.server, "chat-service"), home) as terminal:
            terminal.wait_for("Command :")
            terminal.press("auth messi surabaya\n")
            terminal.wait_for(f"Command {TOKEN}:")
            self.server.process.send_signal(signal.SIGSTOP)
            terminal.press("inbox\nlist\n\x04")
            terminal.wait_for("inbox\r\n")
            self.assertFalse(termios.tcgetattr(terminal.terminal)[3] & termios.ICANON)
            self.server.process.send_signal(signal.SIGCONT)
            terminal.wait_for(r"\{\}\r\n" + f"Command {TOKEN}:list\r\n")
            self.assertEqual(terminal.leave(), 0)

    def test_a_stopped_program_takes_the_terminal_again(self):
        home = self.enterContext(tempfile.TemporaryDirectory())
        with Terminal(command_line(self.server, "chat-service"), home) as terminal:
            terminal.wait_for("Command :")
            # What is typed before the program edits lines is shown by the terminal itself.
            while termios.tcgetattr(terminal.terminal)[3] & termios.ICANON:
                time.sleep(0.01)
            terminal.press("in")
            terminal.wait_for("in")
            os.kill(terminal.process, signal.SIGSTOP)
            # As a shell does in the meantime.
            modes = termios.tcgetattr(terminal.terminal)
            self.assertFalse(modes[3] & termios.ICANON)
            modes[3] |= termios.ICANON | termios.ECHO
            termios.tcsetattr(terminal.terminal, termios.TCSANOW, modes)
            os.kill(terminal.process, signal.SIGCONT)
            terminal.wait_for("Command :in")
            self.assertFalse(termios.tcgetattr(terminal.terminal)[3] & (termios.ICANON | termios.ECHO))
            terminal.press("box\n")
            terminal.wait_for("Error, not authorized")

    def test_a_lost_server_is_said_while_somebody_types(self):
        home = self.enterContext(tempfile.TemporaryDirectory())
        keep_ports(self.server)
        with Terminal(command_line(self.server, "chat-service"), home) as terminal:
            terminal.wait_for("Command :")
            terminal.press("auth messi surabaya\n")
            terminal.wait_for(f"Command {TOKEN}:")
            terminal.press("inb")
            terminal.wait_for("inb")
            self.server.kill()
            terminal.wait_for("mencoba menyambung lagi")
            terminal.wait_for(f"Command {TOKEN}:inb")
            self.server.start()
            terminal.wait_for("Tersambung lagi")
            terminal.press("ox\n")
            terminal.wait_for(r"\{\}\r\n" + f"Command {TOKEN}:")
            self.assertEqual(terminal.leave("\x03"), 0)

    def test_signals_end_it_cleanly_also_while_it_waits_for_an_answer(self):
        with Piped(command_line(self.server, "chat-service")) as client:
            client.process.send_signal(signal.SIGTERM)
            self.assertEqual(client.process.wait(WAIT_SECONDS_MAX), 0)
        with Piped(command_line(self.server, "chat-service")) as client:
            client.ask("auth messi surabaya")
            self.server.process.send_signal(signal.SIGSTOP)
            client.process.stdin.write(b"inbox\n")
            client.process.stdin.flush()
            self.assertEqual(select.select([client.process.stdout], [], [], 0.5)[0], [])
            client.process.send_signal(signal.SIGINT)
            self.assertEqual(client.process.wait(WAIT_SECONDS_MAX), 0)
            self.assertIn("'inbox' tidak terjawab (dihentikan)", client.said())
            self.server.process.send_signal(signal.SIGCONT)


if __name__ == "__main__":
    OBROLD = os.path.abspath(sys.argv.pop(1))
    OBROL = os.path.abspath(sys.argv.pop(1))
    unittest.main()
