"""Clients that are, on the wire, the ones of documents 000, 001, 002 and 004: what they send and how they read.

PROTOCOLS.md, "What the original clients send and read": a block of a fixed size at a time, each decoded on its own, until
what came ends in CR LF CR LF; that must be one whole answer.
"""

import dataclasses
import json
import socket

ANSWER_SECONDS_MAX = 60.0


@dataclasses.dataclass(frozen=True)
class Document:
    """What tells 000, 001 and 002 apart."""

    dialect: str
    block_bytes: int
    auth: str
    send: str
    online_word: str
    online: str
    # Members of the answers that the client reads.
    online_member: str
    logout_member: str
    # The client itself says so: a word that it does not know, and an argument that is missing.
    unknown: str
    missing: str
    can_exit: bool = False


DOCUMENT_000 = Document(
    dialect="simple-chat", block_bytes=64, auth="auth {user} {password} \r\n", send="send {token} {to} {text} \r\n",
    online_word="show", online="show {token} \r\n", online_member="message", logout_member="message",
    unknown="*Maaf, command tidak benar", missing="-Maaf, command tidak benar")
# Its `list` carries no token: it counts on the connection's own session.
DOCUMENT_001 = Document(
    dialect="multithread-chat", block_bytes=1024, auth="auth {user} {password}\r\n", send="send {token} {to} {text}\r\n",
    online_word="list", online="list\r\n", online_member="messages", logout_member="messages",
    unknown="*Sorry, command is unknown", missing="-Sorry, command is unknown", can_exit=True)
DOCUMENT_002 = dataclasses.replace(
    DOCUMENT_000, dialect="chat-service", online_word="list", online="list {token} \r\n", online_member="messages",
    logout_member="messages")


class OriginalClient:
    """One person at the prompt: command() takes a line as typed and answers what the program prints."""

    def __init__(self, document, address):
        self.document = document
        self.block_bytes = document.block_bytes if document else 64
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
                return self.ask("inbox {token} \r\n", "messages")
            if words[0] == self.document.online_word:
                return self.ask(self.document.online, self.document.online_member)
            if words[0] == "logout":
                return self.logout()
            if words[0] == "exit" and self.document.can_exit:
                self.logout()
                self.socket.close()
                return "Exit from program"
            return self.document.unknown
        except IndexError:
            return self.document.missing

    def request(self, text):
        self.socket.sendall(text.encode())
        received = ""
        while True:
            block = self.socket.recv(self.block_bytes)
            if not block:
                raise ConnectionError(f"the server closed the connection after {received!r}")
            # A block can end anywhere, so whatever is not ASCII could be cut in two and would not decode.
            received += block.decode("utf-8", "strict")
            if received[-4:] == "\r\n\r\n":
                return json.loads(received)

    def ask(self, request, member):
        """What it prints of the answer to a request that needs a login."""
        if not self.token:
            return "Error, not authorized"
        answer = self.request(request.format(token=self.token))
        return json.dumps(answer[member]) if answer["status"] == "OK" else f"Error, {answer['message']}"

    def auth(self, user, password):
        answer = self.request(self.document.auth.format(user=user, password=password))
        if answer["status"] != "OK":
            return f"Error, {answer['message']}"
        self.token = answer["tokenid"]
        return f"username {user} logged in, token {self.token}"

    def send(self, to, text):
        if not self.token:
            return "Error, not authorized"
        answer = self.request(self.document.send.format(token=self.token, to=to, text=text))
        return f"message sent to {to}" if answer["status"] == "OK" else f"Error, {answer['message']}"

    def logout(self):
        printed = self.ask("logout {token} \r\n", self.document.logout_member)
        if not printed.startswith("Error"):
            self.token = ""
        return printed


class OriginalClient004(OriginalClient):
    """The client of document 004, which knows its own server's id. Three of its requests carry no token: they count on the
    connection's own session."""

    def __init__(self, address, own_server):
        super().__init__(None, address)
        self.own_server = own_server

    def command(self, line):
        words = line.split(" ")
        text = "".join(" " + word for word in words[2:])
        try:
            if words[0] == "auth":
                return self.auth(words[1], words[2])
            if words[0] == "register":
                return self.show(self.request(f"register {words[1]} {words[2]}\r\n"))
            if words[0] == "logout":
                return self.logout()
            if words[0] == "connect":
                return self.ask(f"connect {words[1]} \r\n")
            if words[0] == "addserver":
                return self.ask(f"addserver {words[1]} {words[2]} {words[3]}\r\n")
            if words[0] == "creategroup":
                return self.ask(f"creategroup {words[1]} {words[2]}\r\n")
            if words[0] == "send":
                user, _, server = words[1].partition("@")
                if server:
                    return self.ask(f"sendserver {self.token} {server} {user} {text}\r\n")
                return self.ask(f"send {self.token} {user} {text}\r\n")
            if words[0] == "sendgroup":
                return self.ask(f"sendgroup {self.token} {words[1]} {self.own_server} {text}\r\n")
            if words[0] == "sendfile":
                return self.ask(f"sendfile {self.token} {words[1]} {words[2]}\r\n")
            if words[0] == "sendfilegroup":
                return self.ask(f"sendfilegroup {self.token} {words[1]} {words[2]}\r\n")
            if words[0] == "inbox":
                return self.ask(f"inbox {self.token}\r\n", "messages")
            return "*Maaf, command tidak benar"
        except IndexError:
            return "-Maaf, command tidak benar"

    @staticmethod
    def show(answer, member="message"):
        if answer["status"] != "OK":
            return f"Error, {answer['message']}"
        # The document's own key says the same.
        assert answer["data"] == answer[member], answer
        return answer[member] if isinstance(answer[member], str) else json.dumps(answer[member])

    def ask(self, request, member="message"):
        if not self.token:
            return "Error, not authorized"
        return self.show(self.request(request), member)

    def auth(self, user, password):
        answer = self.request(f"auth {user} {password} \r\n")
        if answer["status"] != "OK":
            return f"Error, {answer['message']}"
        assert answer["data"] == answer["tokenid"], answer
        self.token = answer["tokenid"]
        return f"username {user} logged in, token {self.token}"

    def logout(self):
        printed = self.ask(f"logout {self.token}\r\n")
        if not printed.startswith("Error"):
            self.token = ""
        return printed
