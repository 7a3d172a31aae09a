"""A client that is, on the wire, the one of document 000: what it sends and how it reads.

PROTOCOLS.md, "What the original clients send and read": 64 bytes at a time, each block decoded on its own, until what
came ends in CR LF CR LF; that must be one whole answer.
"""

import json
import socket

BLOCK_BYTES = 64
ANSWER_SECONDS_MAX = 60.0


class OriginalClient:
    """One person at the prompt: command() takes a line as typed and answers what the program prints."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=ANSWER_SECONDS_MAX)
        self.token = ""

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.socket.close()

    def command(self, line):
        words = line.split(" ")
        try:
            if words[0] == "auth":
                return self.auth(words[1], words[2])
            if words[0] == "send":
                # The text is put together with a blank before each word, so it begins with one.
                return self.send(words[1], "".join(" " + word for word in words[2:]))
            if words[0] == "inbox":
                return self.inbox()
            if words[0] == "show":
                return self.show()
            if words[0] == "logout":
                return self.logout()
            return "*Maaf, command tidak benar"
        except IndexError:
            return "-Maaf, command tidak benar"

    def request(self, text):
        self.socket.sendall(text.encode())
        received = ""
        while True:
            block = self.socket.recv(BLOCK_BYTES)
            if not block:
                raise ConnectionError(f"the server closed the connection after {received!r}")
            # A block can end anywhere, so whatever is not ASCII could be cut in two and would not decode.
            received += block.decode("utf-8", "strict")
            if received[-4:] == "\r\n\r\n":
                return json.loads(received)

    def auth(self, user, password):
        answer = self.request(f"auth {user} {password} \r\n")
        if answer["status"] != "OK":
            return f"Error, {answer['message']}"
        self.token = answer["tokenid"]
        return f"username {user} logged in, token {self.token}"

    def send(self, to, text):
        if not self.token:
            return "Error, not authorized"
        answer = self.request(f"send {self.token} {to} {text} \r\n")
        return f"message sent to {to}" if answer["status"] == "OK" else f"Error, {answer['message']}"

    def inbox(self):
        if not self.token:
            return "Error, not authorized"
        answer = self.request(f"inbox {self.token} \r\n")
        return json.dumps(answer["messages"]) if answer["status"] == "OK" else f"Error, {answer['message']}"

    def show(self):
        if not self.token:
            return "Error, not authorized"
        answer = self.request(f"show {self.token} \r\n")
        return json.dumps(answer["message"]) if answer["status"] == "OK" else f"Error, {answer['message']}"

    def logout(self):
        if not self.token:
            return "Error, not authorized"
        answer = self.request(f"logout {self.token} \r\n")
        if answer["status"] != "OK":
            return f"Error, {answer['message']}"
        self.token = ""
        return json.dumps(answer["message"])
