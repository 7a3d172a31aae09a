"""Rude, slow and many clients at a real obrold: each costs itself only.

usage: connections_test.py OBROLD [unittest arguments]
       connections_test.py --hold HOST PORT COUNT LOGIN   (for itself: holds connections in a process of its own)
"""

import os
import pathlib
import random
import re
import resource
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import chat
import obrold

PROGRAM = None
IDLE_CONNECTIONS = 10_000
SETTLE_SECONDS_MAX = 30
IDLE_SECONDS = 5
IDLE_WAKE_UPS_MAX = 2  # a thread that wakes up once a second is seen
# A sanitizer may have threads of its own that never sleep.
SANITIZER_THREADS = int(os.environ.get("OBROL_SANITIZER_THREADS", "0"))
# What is measured in a release build; sanitizers keep more of everything.
IDLE_BYTES_MAX = int(os.environ.get("OBROL_IDLE_BYTES_MAX", "0"))
IDLE_SERVER_BYTES_MAX = int(os.environ.get("OBROL_IDLE_SERVER_BYTES_MAX", "0"))
SECONDS_MAX = 120.0


def memory_kib(process, field):
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    raise AssertionError(field)


def waits(process):
    """How often each of the server's threads has waited for something."""
    counts = {}
    for status in pathlib.Path(f"/proc/{process.pid}/task").glob("*/status"):
        counts[status.parent.name] = int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)$", status.read_text(),
                                                   re.MULTILINE)[1])
    return counts


def wake_ups(before, now):
    """Of all threads together but a sanitizer's, between two answers of waits()."""
    of_each = sorted(now[thread] - before.get(thread, 0) for thread in now)
    return sum(of_each[:len(of_each) - SANITIZER_THREADS])


class Bystander:
    """Somebody who chats on while the others misbehave, and how long he waited at most."""

    def __init__(self, server):
        self.client = chat.Chat(server.address())
        self.client.login("maya")
        self.worst_seconds = 0.0
        self.failure = None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.chat_on)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.stopping.set()
        self.thread.join()
        self.client.socket.close()
        if self.failure and exception[0] is None:
            raise self.failure

    def chat_on(self):
        try:
            while not self.stopping.wait(0.01):
                begin = time.monotonic()
                for line in ("send maya to myself", "inbox", "show"):
                    answer = self.client.ask(line)
                    if answer["status"] != "OK":
                        raise AssertionError(f"{line}: {answer}")
                self.worst_seconds = max(self.worst_seconds, time.monotonic() - begin)
        except Exception as failure:  # handed to the test's thread
            self.failure = failure


class Connections(unittest.TestCase):
    def start(self, *arguments, dialects=("simple-chat",)):
        server = obrold.Obrold(PROGRAM, "--demo", *arguments, dialects=dialects)
        self.addCleanup(server.__exit__)
        server.start()
        return server

    def connect(self, server):
        client = chat.Chat(server.address())
        self.addCleanup(client.socket.close)
        return client

    def configured(self, content):
        file = tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8")
        self.addCleanup(file.close)
        file.write(content)
        file.flush()
        return ["--config", file.name]

    def test_a_server_with_nothing_to_do_sleeps(self):
        server = self.start()
        deadline = time.monotonic() + SETTLE_SECONDS_MAX
        before = waits(server.process)
        while True:  # until starting is over
            time.sleep(1)
            now = waits(server.process)
            if wake_ups(before, now) == 0:
                break
            self.assertLess(time.monotonic(), deadline, "it never sleeps for a second")
            before = now
        time.sleep(IDLE_SECONDS)
        woken = wake_ups(now, waits(server.process))
        memory = {field: memory_kib(server.process, field) for field in ("VmRSS", "RssAnon", "RssFile")}
        print(f"a server with nothing to do: {memory} KiB, {woken} wake-ups in {IDLE_SECONDS} s", file=sys.stderr)
        self.assertLessEqual(woken, IDLE_WAKE_UPS_MAX)
        if IDLE_SERVER_BYTES_MAX:
            self.assertLessEqual(memory["VmRSS"] * 1024, IDLE_SERVER_BYTES_MAX)
        server.stop()

    def test_one_byte_at_a_time(self):
        server = self.start()
        client = self.connect(server)
        for line in ("auth messi surabaya", "send henderson halo", "show", "inbox"):
            for byte in line.encode() + b"\r\n":
                client.send(bytes([byte]))
            self.assertEqual(client.answer()["status"], "OK", line)
        server.stop()

    def test_five_hundred_requests_in_one_segment(self):
        server = self.start()
        client = self.connect(server)
        client.login("messi")
        requests, expected = [], []
        for number in range(500):
            if number % 50 == 49:
                requests.append("inbox")
                expected.append({"status": "OK", "messages": {}})
            elif number % 7 == 6:
                requests.append("nonsense")
                expected.append({"status": "ERROR", "message": "Maaf, command tidak benar"})
            else:
                requests.append(f"send maya {number}")
                expected.append({"status": "OK", "message": "Message Sent"})
        client.send("".join(line + "\r\n" for line in requests).encode())
        self.assertEqual(client.answers(500), expected)
        maya = self.connect(server)
        maya.login("maya")
        texts = [message["msg"].strip() for message in maya.ask("inbox")["messages"]["messi"]]
        self.assertEqual(texts, [line.split()[2] for line in requests if line.startswith("send")])
        server.stop()

    def test_half_close_gets_the_pending_answers_and_drops_a_cut_off_line(self):
        server = self.start()
        client = self.connect(server)
        client.send(b"auth messi surabaya\nsend maya one\nsend maya two\nshow\nsend maya thr")
        client.end()
        self.assertEqual([answer["status"] for answer in client.answers(4)], ["OK"] * 4)
        self.assertTrue(client.is_ended())
        maya = self.connect(server)
        maya.login("maya")
        self.assertEqual(len(maya.ask("inbox")["messages"]["messi"]), 2)
        server.stop()

    def test_binary_garbage(self):
        server = self.start()
        dice = random.Random(7)
        with Bystander(server):
            for round_number in range(20):
                client = self.connect(server)
                garbage = dice.randbytes(50_000)
                client.send(garbage)
                client.end()
                for _ in range(garbage.count(b"\n")):
                    self.assertEqual(client.answer()["status"], "ERROR")
                self.assertTrue(client.is_ended(), f"round {round_number}")
            endless = self.connect(server)
            endless.send(b"x" * 1_000_000 + b"\nshow\n")
            self.assertEqual([answer["status"] for answer in endless.answers(2)], ["ERROR", "ERROR"])
        server.stop()

    def test_a_reset_in_the_middle(self):
        server = self.start()
        with Bystander(server):
            for _ in range(200):
                client = chat.Chat(server.address())
                client.send(b"auth messi surabaya\nsend maya halo\nsen")
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                client.socket.close()
        server.stop()

    def test_clients_that_never_read(self):
        server = self.start()
        before = memory_kib(server.process, "VmRSS")
        with Bystander(server):
            for _ in range(20):
                deaf = self.connect(server)
                deaf.socket.setblocking(False)
                refused = 0
                deadline = time.monotonic() + 5
                while refused < 20 and time.monotonic() < deadline:
                    try:
                        deaf.socket.send(b"nonsense\n" * 5000)
                    except BlockingIOError:
                        refused += 1
                        time.sleep(0.005)
                self.assertEqual(refused, 20, "the server reads on although nobody takes its answers")
        grown = memory_kib(server.process, "VmRSS") - before
        print(f"20 clients that never read: {grown} KiB", file=sys.stderr)
        # Each may leave 256 KiB of answers and a buffer of requests; sanitizers multiply that.
        if IDLE_BYTES_MAX:
            self.assertLess(grown, 20 * 1024)
        server.stop()

    def hold(self, server, count, login="", dialect="simple-chat"):
        """`count` idle connections in another process, each logged in with the line `login` if there is one."""
        host, port = server.address(dialect)
        holder = subprocess.Popen([sys.executable, __file__, "--hold", host, str(port), str(count), login],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(holder.stdout.close)
        self.addCleanup(holder.stdin.close)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        self.assertEqual(holder.stdout.readline(), "holding\n")
        return holder

    def hold_ten_thousand(self, what, login, dialect):
        """What one of them costs the server, in bytes. `login`: answers the line, of a server's address."""
        # Cheap passwords: this is about connections.
        server = self.start(*self.configured("[passwords]\nmemory_kib = 8\niterations = 1\nwaiting_max = 100000\n"),
                            dialects=("simple-chat", "native"))
        with Bystander(server) as bystander:
            line = login(server.address(dialect))
            before = memory_kib(server.process, "VmRSS")
            holder = self.hold(server, IDLE_CONNECTIONS, line, dialect)
            each = (memory_kib(server.process, "VmRSS") - before) * 1024 // IDLE_CONNECTIONS
            print(f"idle connection, {what}: {each} bytes; the bystander waited {bystander.worst_seconds * 1000:.0f} ms at most",
                  file=sys.stderr)
            if IDLE_BYTES_MAX:
                self.assertLess(bystander.worst_seconds, 2)
            holder.communicate("\n")
        server.stop()
        return each

    def test_ten_thousand_idle_connections(self):
        each = self.hold_ten_thousand("not logged in", lambda address: "", "simple-chat")
        if IDLE_BYTES_MAX:
            self.assertLessEqual(each, IDLE_BYTES_MAX)

    def test_ten_thousand_idle_connections_of_one_session(self):
        def resume(address):
            with chat.Chat(address) as client:
                return "resume " + client.ask("auth messi surabaya")["data"]["token"]

        each = self.hold_ten_thousand("logged in", resume, "native")
        if IDLE_BYTES_MAX:
            self.assertLessEqual(each, IDLE_BYTES_MAX)

    def test_ten_thousand_idle_connections_with_a_session_each(self):
        # Each session stays in the server's memory beside its connection.
        each = self.hold_ten_thousand("logged in with a session of its own", lambda address: "auth messi surabaya",
                                      "simple-chat")
        if IDLE_BYTES_MAX:
            self.assertLessEqual(each, 2 * IDLE_BYTES_MAX)

    def test_a_thousand_logins_at_once(self):
        config = "[passwords]\nmemory_kib = 8192\niterations = 1\nmemory_total_kib = 16384\n"
        server = self.start(*self.configured(config))
        with Bystander(server) as bystander:
            before = memory_kib(server.process, "VmHWM")
            clients = [self.connect(server) for _ in range(1000)]
            begin = time.monotonic()
            for number, client in enumerate(clients):
                client.send(b"auth izza %s\n" % (b"salah" if number % 10 == 0 else b"surabaya"))
            for number, client in enumerate(clients):
                self.assertEqual(client.answer()["status"], "ERROR" if number % 10 == 0 else "OK")
            seconds = time.monotonic() - begin
            grown = memory_kib(server.process, "VmHWM") - before
            print(f"1000 logins in {seconds:.1f} s, at most {grown} KiB more; the bystander waited "
                  f"{bystander.worst_seconds * 1000:.0f} ms at most", file=sys.stderr)
        # One of them alone would wait for all the others if hashing stalled chat.
        self.assertLess(bystander.worst_seconds, max(1.0, seconds / 4))
        if IDLE_BYTES_MAX:
            self.assertLess(grown, 16384 + 8192)
        server.stop()

    def test_more_logins_than_may_wait_are_told_so(self):
        config = "[passwords]\nmemory_total_kib = 19456\nwaiting_max = 3\n"
        server = self.start(*self.configured(config))
        clients = [self.connect(server) for _ in range(50)]
        for client in clients:
            client.send(b"auth izza surabaya\n")
        answers = [client.answer()["status"] for client in clients]
        self.assertGreaterEqual(answers.count("OK"), 4)
        self.assertGreaterEqual(answers.count("ERROR"), 30)
        server.stop()


def hold_connections(host, port, count, login):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    held = []
    with selectors.DefaultSelector() as selector:
        for _ in range(count):
            held.append(socket.create_connection((host, port)))
        if login:
            # Some at a time: memory for thousands of waiting logins is not what an idle connection costs.
            for first in range(0, count, 50):
                for connection in held[first:first + 50]:
                    connection.sendall(login.encode() + b"\n")
                for connection in held[first:first + 50]:
                    answer = connection.recv(4096)
                    if not answer.startswith((b'{"status": "OK"', b'{"status":"OK"')):
                        raise SystemExit(f"a login failed: {answer}")
        else:
            # The server has taken them all when the last one is answered.
            held[-1].sendall(b"nonsense\n")
            held[-1].recv(4096)
        for connection in held:
            selector.register(connection, selectors.EVENT_READ)
        if selector.select(0.5):
            raise SystemExit("an idle connection was closed or spoken to")
        print("holding", flush=True)
        sys.stdin.readline()


if __name__ == "__main__":
    if sys.argv[1] == "--hold":
        hold_connections(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
    else:
        PROGRAM = os.path.abspath(sys.argv.pop(1))
        unittest.main()
