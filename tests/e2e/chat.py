"""A client that shows what goes over the wire: requests as bytes, answers as parsed JSON."""

import json
import socket

ANSWER_END = b"\r\n\r\n"
# Generous, as for starting: sanitizers on a busy machine.
ANSWER_SECONDS_MAX = 60.0


class Ended(Exception):
    """The server closed the connection; .rest is what came before an answer was whole."""

    def __init__(self, rest):
        super().__init__(f"connection ended after {rest!r}")
        self.rest = rest


class Chat:
    def __init__(self, address, source=None, receive_bytes=None, tls=None):
        """`source`: the loopback address to come from, e.g. "127.0.0.2". `receive_bytes`: a small socket buffer, so that
        a client that does not read is soon noticed. `tls`: an ssl.SSLContext, for an encrypted connection."""
        self.socket = socket.socket()
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        if source:
            self.socket.bind((source, 0))
        self.socket.connect(tuple(address))
        self.socket.settimeout(ANSWER_SECONDS_MAX)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        if tls:
            try:
                self.socket = tls.wrap_socket(self.socket)
            except OSError:
                self.socket.close()
                raise

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def end(self):
        """No more requests from here; answers can still come."""
        self.socket.shutdown(socket.SHUT_WR)

    def receive(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Ended(self.received)
        self.received += data

    def answer(self):
        while ANSWER_END not in self.received:
            self.receive()
        answer, _, self.received = self.received.partition(ANSWER_END)
        return json.loads(answer)

    def raw(self, size):
        """So many bytes as they come: those of a file."""
        while len(self.received) < size:
            self.receive()
        data, self.received = self.received[:size], self.received[size:]
        return data

    def answers(self, count):
        return [self.answer() for _ in range(count)]

    def is_ended(self):
        """Whether nothing more comes; waits for the end."""
        try:
            self.answer()
        except Ended as ended:
            return ended.rest == b""
        return False

    def ask(self, line):
        self.send(line.encode() + b"\n")
        return self.answer()

    def login(self, user, password="surabaya"):
        answer = self.ask(f"auth {user} {password}")
        if answer["status"] != "OK":
            raise AssertionError(f"auth {user}: {answer}")
        return answer["tokenid"]
