"""What tests of the control socket and of obrolctl share."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import unittest

import chat
from obrold import Obrold

OBROLD = None
OBROLCTL = None
# Generous: a busy machine and sanitizers are slow.
SECONDS_MAX = 60.0
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"


def main():
    """Runs the tests of the program that was started with the paths of obrold and obrolctl."""
    global OBROLD, OBROLCTL
    OBROLD = os.path.abspath(sys.argv.pop(1))
    OBROLCTL = os.path.abspath(sys.argv.pop(1))
    unittest.main()


def wait_until(condition, what):
    deadline = time.monotonic() + SECONDS_MAX
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"never happened: {what}")
        time.sleep(0.02)


def obrolctl(*arguments, typed="", **options):
    return subprocess.run([OBROLCTL, *arguments], input=typed, capture_output=True, text=True, timeout=SECONDS_MAX,
                          check=False, **options)


class Control:
    """A connection to the control socket, without obrolctl."""

    def __init__(self, server):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(SECONDS_MAX)
        self.socket.connect(server.control_socket)
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        while b"\n" not in self.received:
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                raise chat.Ended(self.received)
            self.received += data
        line, _, self.received = self.received.partition(b"\n")
        return json.loads(line)

    def ask(self, **request):
        self.send(json.dumps(request).encode() + b"\n")
        return self.answer()


class ControlCase(unittest.TestCase):
    maxDiff = None

    @contextlib.contextmanager
    def server(self, *arguments, **options):
        with Obrold(OBROLD, *arguments, dialects=("simple-chat", "native"), **options) as server:
            yield server

    def login(self, server, user):
        """A client of the dialect native, as one of --demo's users."""
        client = chat.Chat(server.address("native"))
        self.addCleanup(client.socket.close)
        self.ask(client, f"auth {user} surabaya")
        return client

    def ask(self, client, line):
        """The data of the answer; it must be a good one."""
        answer = client.ask(line)
        self.assertEqual(answer["status"], "OK", (line, answer))
        return answer.get("data")

    def ctl(self, server, *arguments, typed=""):
        """What it printed; it must have gone well."""
        done = obrolctl("--data", server.data, *arguments, typed=typed)
        self.assertEqual((done.returncode, done.stderr), (0, ""), (arguments, done))
        return done.stdout

    def ctl_json(self, server, *arguments, typed=""):
        return json.loads(self.ctl(server, "--json", *arguments, typed=typed))

    def assert_refused(self, code, words, *arguments, typed="", **options):
        """Exits with `code`, says `words` on standard error and nothing on standard output."""
        done = obrolctl(*arguments, typed=typed, **options)
        self.assertEqual((done.returncode, done.stdout), (code, ""), (arguments, done))
        self.assertTrue(done.stderr.startswith("obrolctl: "), done.stderr)
        for word in [words] if isinstance(words, str) else words:
            self.assertIn(word, done.stderr)
