#!/usr/bin/env python3
"""Replays conversations against a real obrold and compares every byte.

usage: transcripts.py OBROLD FILE…

FILE is a transcript (tests/transcripts/README.md explains the notation) in a folder named after its dialect, or a
Markdown page with ```transcript DIALECT blocks, which together are one transcript. Each file has a fresh server.
"""

import dataclasses
import json
import pathlib
import re
import socket
import sys
from typing import List, Optional, Union

from obrold import Obrold

END_OF_ANSWER = b"\r\n\r\n"
# Far more than any answer takes, also on a busy machine with sanitizers.
ANSWER_SECONDS_MAX = 30.0
SERVER_ID = "obrol"

LINE = re.compile(r"(?P<side>[CSB])(?P<connection>[0-9]*)(?P<bare>-?)(?P<escaped>\\?):(?: (?P<text>.*))?", re.DOTALL)
TOKEN = re.compile(r"<(?P<kind>token|id|time|number|code|path|join|file)(?::(?P<name>[A-Za-z0-9_]+))?>")
# What stands for a token (UUID version 4), a message id (version 7), a time, a number, the code of an invitation, a
# file's path, the code by which a group is joined, or the one by which a file is fetched.
PATTERNS = {
    "token": rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    "id": rb"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    "time": rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z",
    "number": rb"[0-9]+",
    "code": rb"[0-9a-z]{4}(?:-[0-9a-z]{4}){3}",
    "path": rb"/[^\"]+",
    "join": rb"[0-9a-f]{6}",
    "file": rb"[0-9a-f]{6}(?:[0-9a-f]{6})?",
}
# The kinds of which no two with the same value are given out.
UNIQUE = ("token", "id", "code", "join", "file")
# Spoken over the control socket (docs/protocol/control.md), which is no dialect of a listener.
CONTROL = "control"
# The dialect whose server speaks first, unless the client is quick: a line that is no object.
GREETING = "py-chat"
ESCAPE = re.compile(r"\\(?:(?P<simple>[\\rnt0])|x(?P<byte>[0-9a-fA-F]{2})|\{(?P<times>[0-9]+)\*(?P<what>[^{}]+)\}|(?P<bad>.?))")
SIMPLE_ESCAPES = {"\\": b"\\", "r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0"}
FENCE = re.compile(r"```transcript +(?P<dialect>[a-z-]+) *")


class Mistake(Exception):
    """The transcript itself makes no sense."""


class Mismatch(Exception):
    """The server did something else."""


@dataclasses.dataclass
class Token:
    kind: str
    name: str

    def __str__(self):
        return f"<{self.kind}:{self.name}>" if self.name else f"<{self.kind}>"

    def key(self):
        return (self.kind, self.name)


Template = List[Union[bytes, Token]]


@dataclasses.dataclass
class Send:
    line: int
    connection: str
    dialect: str
    text: Template


@dataclasses.dataclass
class Expect:
    """An answer with its end, an object without one (`is_bare`), or, with `is_raw`, exactly these bytes."""

    line: int
    connection: str
    text: Template
    is_bare: bool = False
    is_raw: bool = False


@dataclasses.dataclass
class Act:
    line: int
    what: str
    connection: Optional[str] = None
    dialect: Optional[str] = None


def unescape(text):
    def replace(match):
        if match["simple"]:
            return SIMPLE_ESCAPES[match["simple"]]
        if match["byte"]:
            return bytes([int(match["byte"], 16)])
        if match["times"]:
            return int(match["times"]) * match["what"].encode()
        raise Mistake(f"unknown escape \\{match['bad']}")

    out = b""
    position = 0
    for match in ESCAPE.finditer(text):
        out += text[position:match.start()].encode() + replace(match)
        position = match.end()
    return out + text[position:].encode()


def parse_template(text, escaped):
    to_bytes = unescape if escaped else str.encode
    template = []
    position = 0
    for match in TOKEN.finditer(text):
        template += [to_bytes(text[position:match.start()]), Token(match["kind"], match["name"] or "")]
        position = match.end()
    template.append(to_bytes(text[position:]))
    return template


def parse_action(line, words):
    if words in (["restart"], ["kill"]):
        return Act(line, words[0])
    if len(words) == 2 and words[0] in ("close", "halfclose", "closed") and words[1].isdigit():
        return Act(line, words[0], words[1])
    if len(words) == 3 and words[0] == "connect" and words[1].isdigit():
        return Act(line, words[0], words[1], words[2])
    raise Mistake(f"unknown action: {' '.join(words)}")


def parse_line(line, text, dialect):
    """The step in one line; None for comments and empty lines."""
    if not text.strip() or text.startswith("#"):
        return None
    if text.startswith("!"):
        return parse_action(line, text[1:].split())
    match = LINE.fullmatch(text)
    if not match:
        raise Mistake(f"not a line of a transcript: {text}")
    said = match["text"] or ""
    escaped = bool(match["escaped"])
    is_bare = bool(match["bare"])
    if said != said.rstrip():
        raise Mistake("trailing blanks are invisible: use the escaped form and \\x20")
    connection = match["connection"] or "1"
    template = parse_template(said, escaped)
    if match["side"] == "S":
        return Expect(line, connection, template, is_bare=is_bare)
    if match["side"] == "B":
        if is_bare or any(isinstance(part, Token) for part in template):
            raise Mistake("raw bytes have no line end, and stand for nothing but themselves")
        return Expect(line, connection, template, is_raw=True)
    if not escaped and not is_bare:
        template.append(b"\n")
    return Send(line, connection, dialect, template)


def transcript_lines(path, content):
    """(line number, text, dialect) of all that belongs to transcripts."""
    lines = content.split("\n")
    if path.suffix != ".md":
        yield from ((number, text, path.parent.name) for number, text in enumerate(lines, 1))
        return
    dialect = None
    for number, text in enumerate(lines, 1):
        fence = FENCE.fullmatch(text)
        if fence:
            dialect = fence["dialect"]
        elif text.startswith("```"):
            dialect = None
        elif dialect:
            yield number, text, dialect


def parse(path, content):
    """The steps and the dialects they need."""
    steps = []
    dialects = []
    for number, text, dialect in transcript_lines(path, content):
        try:
            step = parse_line(number, text, dialect)
        except Mistake as mistake:
            raise Mistake(f"{path}:{number}: {mistake}") from None
        if not step:
            continue
        steps.append(step)
        for needed in (dialect, getattr(step, "dialect", None)):
            if needed and needed not in dialects:
                dialects.append(needed)
    if not any(isinstance(step, Expect) for step in steps):
        raise Mistake(f"{path}: expects nothing")
    return steps, dialects


def visible(raw):
    """Bytes for people: what is no printable ASCII is escaped."""
    return "".join(chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}" for byte in raw)


def difference(expected, received):
    """Two lines and a mark below the first difference; long ones are cut around it."""
    at = 0
    while at < min(len(expected), len(received)) and expected[at] == received[at]:
        at += 1
    begin = max(0, at - 100)
    cut = "…" if begin else ""
    rows = [cut + visible(text[begin:begin + 300]) + ("…" if len(text) > begin + 300 else "")
            for text in (expected, received)]
    mark = " " * (len(cut) + len(visible(expected[begin:at]))) + "^"
    return f"  expected: {rows[0]}\n  received: {rows[1]}\n            {mark} byte {at}"


class Connection:
    def __init__(self, address, greets=False):
        """`address`: host and port of a listener, or the path of the control socket. `greets`: its server may speak
        first."""
        self.may_greet = greets
        if isinstance(address, str):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(ANSWER_SECONDS_MAX)
            self.socket.connect(address)
            self.end_of_answer = b"\n"
        else:
            self.socket = socket.create_connection(address, timeout=ANSWER_SECONDS_MAX)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.end_of_answer = END_OF_ANSWER
        self.received = b""

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        """Some more bytes; False at the end of the stream."""
        try:
            data = self.socket.recv(65536)
        except socket.timeout:
            raise Mismatch(f"nothing came for {ANSWER_SECONDS_MAX:g} s; unread: {visible(self.received)!r}") from None
        except ConnectionError as error:
            raise Mismatch(f"the connection broke: {error}; unread: {visible(self.received)!r}") from None
        self.received += data
        return bool(data)

    def need(self):
        if not self.receive():
            raise Mismatch(f"the server closed the connection; unread: {visible(self.received)!r}")

    def answer(self):
        while self.end_of_answer not in self.received:
            self.need()
        answer, self.received = self.received.split(self.end_of_answer, 1)
        return answer

    def bare_object(self):
        """An answer without an end: the object that comes next, pure ASCII."""
        while True:
            text = self.received.decode("latin-1")
            if text and not text.startswith("{"):
                raise Mismatch(f"no object: {visible(self.received)!r}")
            try:
                size = json.JSONDecoder().raw_decode(text)[1]
                break
            except json.JSONDecodeError:
                self.need()
        answer, self.received = self.received[:size], self.received[size:]
        return answer

    def raw(self, size):
        while len(self.received) < size:
            self.need()
        data, self.received = self.received[:size], self.received[size:]
        return data

    def pass_over_greeting(self):
        """Whether there is one depends on how quick this client is."""
        if self.may_greet:
            while not self.received and self.receive():
                pass
            if self.received and not self.received.startswith(b"{"):
                self.answer()
        self.may_greet = False

    def end_of_stream(self):
        """The server closes, and has nothing to say before."""
        self.pass_over_greeting()
        while self.receive():
            pass
        if self.received:
            raise Mismatch(f"the server sent what was not expected: {visible(self.received)}")


class Replay:
    """Carries out the steps of one transcript."""

    def __init__(self, server):
        self.server = server
        self.connections = {}
        self.tokens = {}

    def carry_out(self, step):
        if isinstance(step, Send):
            self.connection(step.connection, step.dialect).send(self.fill_in(step.text))
        elif isinstance(step, Expect):
            if step.connection not in self.connections:
                raise Mistake(f"connection {step.connection} has sent nothing")
            self.compare(step.text, self.receive(step))
        else:
            self.act(step)

    def receive(self, step):
        connection = self.connections[step.connection]
        first = step.text[0]
        if step.is_raw:
            return connection.raw(len(b"".join(step.text)))
        if isinstance(first, bytes) and first.startswith(b"{"):
            connection.pass_over_greeting()
        connection.may_greet = False
        return connection.bare_object() if step.is_bare else connection.answer()

    def end(self):
        """One answer for each request: nothing may be left over."""
        for connection in self.connections.values():
            connection.socket.shutdown(socket.SHUT_WR)
            connection.end_of_stream()
        self.drop_connections()
        self.server.stop()

    def drop_connections(self):
        for connection in self.connections.values():
            connection.socket.close()
        self.connections.clear()

    def connection(self, name, dialect):
        if name not in self.connections:
            address = self.server.control_socket if dialect == CONTROL else self.server.address(dialect)
            self.connections[name] = Connection(address, greets=dialect == GREETING)
        return self.connections[name]

    def act(self, step):
        if step.what in ("restart", "kill"):
            if step.what == "restart":
                self.server.stop()
            else:
                self.server.kill()
            self.drop_connections()
            self.server.start()
        elif step.what == "connect":
            if step.connection in self.connections:
                raise Mistake(f"connection {step.connection} is open")
            self.connection(step.connection, step.dialect)
        elif step.connection not in self.connections:
            raise Mistake(f"there is no connection {step.connection}")
        elif step.what == "halfclose":
            self.connections[step.connection].socket.shutdown(socket.SHUT_WR)
        else:
            if step.what == "closed":
                self.connections[step.connection].end_of_stream()
            self.connections.pop(step.connection).socket.close()

    def fill_in(self, template):
        out = b""
        for part in template:
            if isinstance(part, Token):
                if part.key() not in self.tokens:
                    raise Mistake(f"no answer has shown {part} yet")
                out += self.tokens[part.key()]
            else:
                out += part
        return out

    def compare(self, template, received):
        pattern = b""
        fresh = []
        shown = b""
        for part in template:
            if not isinstance(part, Token):
                pattern += re.escape(part)
                shown += part
            elif part.kind not in UNIQUE and not part.name:
                pattern += PATTERNS[part.kind]  # any
                shown += b"<%s>" % part.kind.encode()
            elif part.key() in self.tokens:
                pattern += re.escape(self.tokens[part.key()])
                shown += self.tokens[part.key()]
            elif part in fresh:
                pattern += b"(?P=t%d)" % fresh.index(part)
                shown += b"<%s>" % part.kind.encode()
            else:
                pattern += b"(?P<t%d>%s)" % (len(fresh), PATTERNS[part.kind])
                fresh.append(part)
                shown += b"<%s>" % part.kind.encode()
        match = re.fullmatch(pattern, received, re.DOTALL)
        if not match:
            raise Mismatch("another answer\n" + difference(shown, received))
        for index, part in enumerate(fresh):
            token = match[f"t{index}"]
            if part.kind in UNIQUE and token in self.tokens.values():
                raise Mismatch(f"{part} was given out before: {token.decode()}")
            self.tokens[part.key()] = token


def replay(path, content, make_server):
    """Raises Mistake or Mismatch, with file and line. make_server(dialects) answers a started server."""
    steps, dialects = parse(path, content)
    line = 0
    with make_server(dialects) as server:
        run = Replay(server)
        try:
            for step in steps:
                line = step.line
                run.carry_out(step)
            line = len(content.split("\n"))
            run.end()
        except (Mistake, Mismatch) as problem:
            raise type(problem)(f"{path}:{line}: {problem}") from None
        finally:
            run.drop_connections()
    return len(steps)


def main():
    if len(sys.argv) < 3:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    program = sys.argv[1]

    def make_server(dialects):
        listening = [dialect for dialect in dialects if dialect != CONTROL] or ["native"]
        return Obrold(program, "--demo", "--server-id", SERVER_ID, dialects=listening)

    status = 0
    for name in sys.argv[2:]:
        path = pathlib.Path(name)
        try:
            count = replay(path, path.read_text(encoding="utf-8"), make_server)
            print(f"{path}: {count} lines as written")
        except (Mistake, Mismatch) as problem:
            print(problem, file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
