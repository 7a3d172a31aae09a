"""A client that is, on the wire, the one of document 003's own program: what it sends and how it reads.

PROTOCOLS.md, "What the original clients send and read": objects without a delimiter, with `token: null` before a login;
an answer is what came when a block of at most 1024 bytes ends in "}". A greeting in words is ignored.
"""

import json
import socket
import threading

ANSWER_SECONDS_MAX = 60.0
BLOCK_BYTES = 1024


class OriginalClient003:
    """One person's program. What comes unasked must be read before the next request: it would share a block with the
    answer, and the program takes a block for one object."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=ANSWER_SECONDS_MAX)
        self.token = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.socket.close()

    def send(self, command, **arguments):
        self.socket.sendall(json.dumps({"COMMAND": command, **arguments, "token": self.token}).encode())

    def read(self):
        """What the program takes for one answer: it must be exactly one object."""
        received = ""
        while True:
            block = self.socket.recv(BLOCK_BYTES)
            if not block:
                raise ConnectionError(f"the server closed the connection after {received!r}")
            received += block.decode("ascii", "strict")
            if not received.startswith("{") and "\r\n\r\n" in received:
                received = received.split("\r\n\r\n", 1)[1]  # behind the greeting
            if received.endswith("}"):
                return json.loads(received)

    def ask(self, command, **arguments):
        self.send(command, **arguments)
        answer = self.read()
        assert answer["FOR"] == command, answer
        return answer

    def notification(self):
        """The next one, which nobody asked for."""
        answer = self.read()
        assert answer["FOR"] == "NOTIF", answer
        return answer

    def register(self, user, password):
        return self.ask("AUTH-REGISTER", username=user, password=password, **{"password-confirm": password})

    def login(self, user, password):
        answer = self.ask("AUTH-LOGIN", username=user, password=password)
        if answer["status"] == "success":
            self.token = answer["token"]
        return answer

    def upload(self, command, name, content, **where):
        answer = self.ask(command, file_name=name, file_size=len(content), **where)
        if answer["status"] != "ready":
            return answer
        # A sender that does not read meanwhile: large files need more than the socket's buffer.
        sender = threading.Thread(target=self.socket.sendall, args=(content,))
        sender.start()
        answer = self.read()
        sender.join()
        return answer

    def download(self, command, file_code, **where):
        """The answer, and the bytes when there are any."""
        answer = self.ask(command, file_code=file_code, **where)
        if answer["status"] != "success":
            return answer, None
        self.socket.sendall(json.dumps({"status": "ready"}).encode())
        content = b""
        while len(content) < answer["file_size"]:
            block = self.socket.recv(min(BLOCK_BYTES, answer["file_size"] - len(content)))
            if not block:
                raise ConnectionError(f"the server closed the connection after {len(content)} bytes")
            content += block
        return answer, content
