"""Encrypted connections to a real obrold, with Python's ssl module on the other side.

usage: tls_test.py OBROLD OBROL [unittest arguments]
       tls_test.py --hold HOST PORT COUNT USER    (for itself: holds connections in a process of its own)
"""

import hashlib
import os
import pathlib
import resource
import selectors
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import time
import unittest

import chat
import obrold

PROGRAM = None
OBROL = None
DIALECTS = ("simple-chat", "multithread-chat", "chat-service", "py-chat", "protokol-chat", "native", "auto")
# Nobody is greeted before he asks.
LATE_GREETING = "[py_chat]\ngreeting_delay_ms = 60000\n"
CHEAP = "[passwords]\nmemory_kib = 8\niterations = 1\nwaiting_max = 100000\n"
IDLE_CONNECTIONS = 10_000
HOLDERS = 4
# What is measured in a release build; sanitizers keep more of everything.
IDLE_BYTES_MAX = int(os.environ.get("OBROL_TLS_IDLE_BYTES_MAX", "0"))
SECONDS_MAX = 60.0


def context(**settings):
    """Takes every certificate, as a client does that knows the fingerprint."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    for name, value in settings.items():
        setattr(made, name, value)
    return made


def fingerprint_of(pem_path):
    der = ssl.PEM_cert_to_DER_cert(pathlib.Path(pem_path).read_text(encoding="ascii"))
    return hashlib.sha256(der).hexdigest()


def shown_fingerprint(client):
    return hashlib.sha256(client.socket.getpeercert(binary_form=True)).hexdigest()


class TlsTest(unittest.TestCase):
    def start(self, *arguments, dialects=DIALECTS, settings="", data=None):
        file = self.enterContext(tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8"))
        file.write(CHEAP + settings)
        file.flush()
        self.config = pathlib.Path(file.name)
        return self.enterContext(
            obrold.Obrold(PROGRAM, "--config", file.name, *arguments, dialects=dialects, data=data))

    def connect(self, server, dialect="simple-chat", tls=None):
        client = chat.Chat(server.address(dialect), tls=tls or context())
        self.addCleanup(client.socket.close)
        return client

    def wait_for(self, what, happens):
        deadline = time.monotonic() + SECONDS_MAX
        while not happens():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.02)


class Dialects(TlsTest):
    def test_each_one_on_its_own_port(self):
        server = self.start("--demo", settings=LATE_GREETING)
        for number, dialect in enumerate(DIALECTS):
            plain = chat.Chat(server.address(dialect))
            self.addCleanup(plain.socket.close)
            secure = self.connect(server, dialect)
            if dialect == "py-chat":
                self.assertEqual(secure.ask("AUTH-LOGIN izza surabaya")["status"], "success")
                self.assertEqual(plain.ask("AUTH-LOGIN maya surabaya")["status"], "success")
                continue
            for client in (plain, secure):
                self.assertEqual(client.ask("auth maya surabaya")["status"], "OK", dialect)
            self.assertEqual(secure.ask(f"send maya halo {number}")["status"], "OK", dialect)
            self.assertIn(f"halo {number}", str(plain.ask("inbox")), dialect)
        server.stop()

    def test_py_chat_greets_behind_the_handshake(self):
        server = self.start("--demo")
        client = self.connect(server, "py-chat")
        while chat.ANSWER_END not in client.received:
            client.receive()
        self.assertIn(b"AUTH-LOGIN", client.received)
        server.stop()

    def test_files_both_ways(self):
        server = self.start("--demo")
        content = os.urandom(3_000_000)
        client = self.connect(server, "native")
        self.assertEqual(client.ask("auth messi surabaya")["status"], "OK")
        client.send(b"sendfile maya data.bin %d\n" % len(content))
        self.assertEqual(client.answer()["status"], "OK")
        client.send(content)
        sent = client.answer()
        self.assertEqual(sent["status"], "OK")
        maya = self.connect(server, "native")
        self.assertEqual(maya.ask("auth maya surabaya")["status"], "OK")
        self.assertEqual(maya.ask(f"getfile {sent['data']['file']['code']}")["status"], "OK")
        self.assertEqual(maya.raw(len(content)), content)
        server.stop()

    def test_files_of_a_folder_both_ways(self):
        server = self.start("--demo")
        content = os.urandom(3_000_000)
        client = self.connect(server, "protokol-chat")
        self.assertEqual(client.ask("auth messi surabaya")["status"], "OK")
        self.assertEqual(client.ask(f"sendfile maya data.bin {len(content)}")["data"], "ready")
        client.send(content)
        self.assertEqual(client.answer()["status"], "OK")
        maya = self.connect(server, "protokol-chat")
        self.assertEqual(maya.ask("auth maya surabaya")["status"], "OK")
        self.assertEqual(maya.ask("getfile data.bin")["data"], {"nama": "data.bin", "ukuran": len(content)})
        self.assertEqual(maya.raw(len(content)), content)
        self.assertEqual(len(maya.ask("inbox")["data"]["messi"]), 1)
        server.stop()

    def test_a_half_close_gets_the_pending_answers(self):
        server = self.start("--demo")
        client = self.connect(server)
        client.send(b"auth messi surabaya\nsend maya one\nshow\nsend maya thr")
        # Without saying so in TLS, as many programs do.
        with socket.socket(fileno=os.dup(client.socket.fileno())) as below:
            below.shutdown(socket.SHUT_WR)
        self.assertEqual([answer["status"] for answer in client.answers(3)], ["OK"] * 3)
        self.assertTrue(client.is_ended())
        server.stop()

    def test_one_byte_at_a_time(self):
        server = self.start("--demo")
        client = chat.Chat(server.address())
        self.addCleanup(client.socket.close)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context().wrap_bio(incoming, outgoing)

        def until_done(action):
            while True:
                try:
                    return action()
                except ssl.SSLWantReadError:
                    for byte in outgoing.read():
                        client.send(bytes([byte]))
                    incoming.write(client.socket.recv(1))

        until_done(tls.do_handshake)
        tls.write(b"auth messi surabaya\n")
        answer = b""
        while not answer.endswith(chat.ANSWER_END):
            answer += until_done(lambda: tls.read(1))
        self.assertIn(b'"status": "OK"', answer)
        server.stop()


class Certificates(TlsTest):
    def test_its_own_one_is_made_once_and_told(self):
        with tempfile.TemporaryDirectory() as folder:
            data = os.path.join(folder, "data")
            server = self.start(data=data)
            certificate = pathlib.Path(data, "tls", "certificate.pem")
            fingerprint = fingerprint_of(certificate)
            self.assertEqual(shown_fingerprint(self.connect(server)), fingerprint)
            self.assertIn(f"certificate {fingerprint}, valid until ", server.log())
            self.assertEqual(stat.S_IMODE(os.stat(certificate.with_name("key.pem")).st_mode), 0o600)
            server.stop()
            server.start()
            self.assertEqual(shown_fingerprint(self.connect(server)), fingerprint)
            server.stop()

    def test_a_demo_shows_it_to_the_newcomer(self):
        server = self.start("--demo")
        fingerprint = shown_fingerprint(self.connect(server))
        self.assertIn(f"    {fingerprint}\n", server.log())
        server.stop()

    def test_it_may_be_checked_by_whoever_has_the_file(self):
        server = self.start()
        checking = ssl.create_default_context(cafile=os.path.join(server.data, "tls", "certificate.pem"))
        with socket.create_connection(server.address()) as below:
            with checking.wrap_socket(below, server_hostname="localhost") as secure:
                self.assertEqual(secure.version(), "TLSv1.3")
        server.stop()

    def test_a_reload_changes_it_and_drops_nobody(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name in ("one", "other"):
            maker = self.start(data=str(folder / name))
            maker.stop()
        one, other, used = folder / "one/tls", folder / "other/tls", folder / "used"
        shutil.copytree(one, used)
        settings = f'[tls]\ncertificate = "{used}/certificate.pem"\nkey = "{used}/key.pem"\n'
        server = self.start("--demo", settings=settings)
        stays = self.connect(server)
        stays.login("messi")
        self.assertEqual(shown_fingerprint(stays), fingerprint_of(one / "certificate.pem"))

        def reloaded(line):
            count = server.log().count(line)
            server.process.send_signal(signal.SIGHUP)
            self.wait_for(line, lambda: server.log().count(line) > count)

        # Half of the new one: a key that belongs to another certificate.
        shutil.copy(other / "certificate.pem", used)
        reloaded("error certificate kept as it was: ")
        self.assertIn("its key is that of another certificate", server.log())
        self.assertEqual(shown_fingerprint(self.connect(server)), fingerprint_of(one / "certificate.pem"))
        shutil.copy(other / "key.pem", used)
        new = fingerprint_of(other / "certificate.pem")
        reloaded(f"certificate {new}")
        self.assertEqual(shown_fingerprint(self.connect(server)), new)
        self.assertEqual(stays.ask("send messi still here")["status"], "OK")
        # Back to its own, by taking the setting away.
        self.config.write_text(CHEAP, encoding="utf-8")
        own = pathlib.Path(server.data, "tls", "certificate.pem")
        self.assertFalse(own.exists())
        reloaded("info certificate ")
        self.assertEqual(shown_fingerprint(self.connect(server)), fingerprint_of(own))
        self.assertEqual(stays.ask("show")["status"], "OK")
        server.stop()


class WhatIsRefused(TlsTest):
    def assert_refused(self, server, tls, dialect="simple-chat"):
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            client = self.connect(server, dialect, tls)
            client.ask("show")

    def test_old_versions_and_old_ciphers(self):
        server = self.start()
        old = context()
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        self.assert_refused(server, old)
        for cipher, is_taken in (("ECDHE-ECDSA-AES128-SHA256", False), ("ECDHE-ECDSA-AES256-SHA", False),
                                 ("AES128-GCM-SHA256", False), ("ECDHE-ECDSA-AES128-GCM-SHA256", True),
                                 ("ECDHE-ECDSA-CHACHA20-POLY1305", True)):
            tls = context(maximum_version=ssl.TLSVersion.TLSv1_2)
            tls.set_ciphers(cipher)
            if is_taken:
                client = self.connect(server, tls=tls)
                self.assertEqual(client.socket.cipher()[0], cipher)
                self.assertEqual(client.ask("show")["message"], "not authorized")
            else:
                self.assert_refused(server, tls)
        server.stop()

    def test_other_servers_while_there_is_no_federation_or_with_old_versions(self):
        server = self.start()
        tls = context(maximum_version=ssl.TLSVersion.TLSv1_2)
        tls.set_alpn_protocols(["obrol-peer/1"])
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.connect(server, tls=tls)
        # A name that is not ours is no obstacle.
        tls.set_alpn_protocols(["http/1.1"])
        client = self.connect(server, tls=tls)
        self.assertIsNone(client.socket.selected_alpn_protocol())
        self.assertEqual(client.ask("show")["message"], "not authorized")
        server.stop()

    def test_plaintext_off_loopback(self):
        listeners = [word for dialect in DIALECTS for word in ("--listen", f"{dialect}:0.0.0.0:0")]
        server = self.start(*listeners, dialects=(), settings=LATE_GREETING)
        for dialect in DIALECTS:
            plain = chat.Chat(server.address(dialect))
            self.addCleanup(plain.socket.close)
            answer = plain.ask("AUTH-LOGIN a b") if dialect == "py-chat" else plain.ask("auth a b")
            self.assertIn(answer["status"], ("ERROR", "failed"), dialect)
            self.assertIn("TLS", str(answer), dialect)
            if dialect == "native":
                self.assertEqual(answer["code"], "tls-needed")
            self.assertTrue(plain.is_ended(), dialect)
            secure = self.connect(server, dialect)
            answer = secure.ask("AUTH-LOGIN a b") if dialect == "py-chat" else secure.ask("auth a b")
            self.assertNotIn("TLS", str(answer), dialect)
        server.stop()

    def test_plaintext_off_loopback_where_it_is_allowed(self):
        server = self.start("--listen", "native:0.0.0.0:0", dialects=(),
                            settings="[listen]\nallow_plaintext_off_loopback = true\n")
        plain = chat.Chat(server.address("native"))
        self.addCleanup(plain.socket.close)
        self.assertEqual(plain.ask("ping")["status"], "OK")
        self.assertEqual(self.connect(server, "native").ask("ping")["status"], "OK")
        server.stop()

    def silent(self, server):
        """Those who begin a handshake and say nothing more."""
        clients = []
        for first in (b"\x16", b"\x16\x03\x01", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"):
            client = chat.Chat(server.address())
            self.addCleanup(client.socket.close)
            client.send(first)
            clients.append(client)
        return clients

    def test_handshakes_have_places_as_connections_have(self):
        server = self.start("--demo", settings="[limits]\nhandshake_s = 600\nconnections_max = 4\n")
        self.silent(server)
        last = self.connect(server)
        self.assertEqual(last.ask("auth messi surabaya")["status"], "OK")
        full = chat.Chat(server.address())
        self.addCleanup(full.socket.close)
        self.assertEqual(full.answer()["message"], "Maaf, server penuh, coba lagi nanti")
        # They do not hold up the end either.
        server.stop()

    def test_handshakes_end(self):
        server = self.start("--demo", settings="[limits]\nhandshake_s = 1\nconnections_max = 4\n")
        garbage = chat.Chat(server.address())
        self.addCleanup(garbage.socket.close)
        garbage.send(b"\x16garbage")
        for client in [garbage, *self.silent(server)]:
            try:
                while client.socket.recv(4096):
                    pass
            except ConnectionResetError:
                pass
        self.wait_for("a place is free again", lambda: self.is_served(server))
        server.stop()

    def is_served(self, server):
        try:
            with chat.Chat(server.address(), tls=context()) as client:
                return client.ask("auth messi surabaya")["status"] == "OK"
        except (chat.Ended, OSError):
            return False


class Client(TlsTest):
    def setUp(self):
        self.state = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.known = self.state / "obrol" / "known-servers"
        self.server = self.start("--demo")

    def run_obrol(self, *arguments, host="127.0.0.1", environment=None):
        command = [OBROL, "--classic", "simple-chat", "--host", host, "--port", str(self.server.address()[1])]
        environment = {**os.environ, "XDG_STATE_HOME": str(self.state), **(environment or {})}
        return subprocess.run([*command, *arguments], input="auth messi surabaya\n", capture_output=True, text=True,
                              timeout=SECONDS_MAX, env=environment, check=False)

    def assert_talks(self, ended, *notices):
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn("username messi logged in", ended.stdout)
        for notice in notices:
            self.assertIn(notice, ended.stderr)
        if not notices:
            self.assertEqual(ended.stderr, "")

    def assert_stops(self, ended, notice):
        self.assertEqual(ended.returncode, 1)
        self.assertIn(notice, ended.stderr)
        self.assertNotIn("logged in", ended.stdout)

    def test_it_trusts_what_it_saw_at_the_first_time(self):
        own = pathlib.Path(self.server.data, "tls")
        old = fingerprint_of(own / "certificate.pem")
        self.assert_talks(self.run_obrol("--tls"), f"is trusted from now on; the fingerprint of its certificate is {old}")
        self.assertEqual(self.known.read_text().split()[1], old)
        self.assertEqual(stat.S_IMODE(os.stat(self.known).st_mode), 0o600)
        self.assert_talks(self.run_obrol("--tls"))
        (own / "certificate.pem").unlink()
        self.server.process.send_signal(signal.SIGHUP)
        self.wait_for("another certificate", lambda: self.server.log().count("info certificate ") == 2)
        new = fingerprint_of(own / "certificate.pem")
        changed = self.run_obrol("--tls")
        self.assert_stops(changed, "has changed: somebody may be listening in")
        for part in (old, new, str(self.known)):
            self.assertIn(part, changed.stderr)
        self.assert_talks(self.run_obrol("--tls-fingerprint", new))
        self.assert_stops(self.run_obrol("--tls-fingerprint", old), "shows another certificate")
        self.server.stop()

    def test_it_trusts_whom_the_system_trusts(self):
        trusted = {"SSL_CERT_FILE": os.path.join(self.server.data, "tls", "certificate.pem")}
        for host in ("localhost", "127.0.0.1"):
            self.assert_talks(self.run_obrol("--tls", host=host, environment=trusted))
        self.assertFalse(self.known.exists())
        self.server.stop()
        # Vouched for, but not under this name.
        self.server = self.start("--demo", "--listen", "simple-chat:127.0.0.2:0", dialects=(), data=self.server.data)
        self.assert_talks(self.run_obrol("--tls", host="127.0.0.2", environment=trusted), "is trusted from now on")
        self.server.stop()

    def test_a_server_without_encryption(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = str(listener.getsockname()[1])
            client = subprocess.Popen([OBROL, "--classic", "simple-chat", "--port", address, "--tls"],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            accepted, _ = listener.accept()
            accepted.sendall(b'{"status": "ERROR", "message": "Maaf, command tidak benar"}\r\n\r\n')
            accepted.close()
            _, said = client.communicate(timeout=SECONDS_MAX)
        self.assertEqual(client.returncode, 1)
        self.assertIn(b"no secure connection: ", said)
        self.server.stop()


class Many(TlsTest):
    def hold(self, server, count):
        holder = subprocess.Popen(
            [sys.executable, __file__, "--hold", *map(str, server.address()), str(count), "messi"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(holder.stdout.close)
        self.addCleanup(holder.stdin.close)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        return holder

    def resident_kib(self, server):
        for line in pathlib.Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise AssertionError("VmRSS")

    def test_ten_thousand_idle_ones(self):
        server = self.start("--demo", dialects=("simple-chat",))
        before = self.resident_kib(server)
        begin = time.monotonic()
        holders = [self.hold(server, IDLE_CONNECTIONS // HOLDERS) for _ in range(HOLDERS)]
        for holder in holders:
            self.assertEqual(holder.stdout.readline(), "holding\n")
        each = (self.resident_kib(server) - before) * 1024 // IDLE_CONNECTIONS
        print(f"idle encrypted connection, logged in: {each} bytes; {IDLE_CONNECTIONS} of them in "
              f"{time.monotonic() - begin:.0f} s", file=sys.stderr)
        if IDLE_BYTES_MAX:
            self.assertLessEqual(each, IDLE_BYTES_MAX)
        for holder in holders:
            holder.communicate("\n")
        server.stop()


def hold_connections(host, port, count, user):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    held = []
    tls = context()
    with selectors.DefaultSelector() as selector:
        # Some at a time: memory for thousands of waiting logins is not what an idle connection costs.
        for first in range(0, count, 50):
            some = [tls.wrap_socket(socket.create_connection((host, port))) for _ in range(min(50, count - first))]
            for connection in some:
                connection.sendall(f"auth {user} surabaya\n".encode())
            for connection in some:
                if not connection.recv(4096).startswith(b'{"status": "OK"'):
                    raise SystemExit("a login failed")
                selector.register(connection, selectors.EVENT_READ)
            held += some
        if selector.select(0.5):
            raise SystemExit("an idle connection was closed or spoken to")
        print("holding", flush=True)
        sys.stdin.readline()


if __name__ == "__main__":
    if sys.argv[1] == "--hold":
        hold_connections(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
    else:
        PROGRAM = os.path.abspath(sys.argv.pop(1))
        OBROL = os.path.abspath(sys.argv.pop(1))
        unittest.main()
