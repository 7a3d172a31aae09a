"""How the clients of the federation rounds talk: natively, each request under a key, and again after every end of a
connection until it is answered."""

import asyncio
import collections
import json

from kills_ledger import Violation
from kills_wire import ANSWER_BYTES_MAX, ANSWER_END

ANSWER_SECONDS_MAX = 60.0
RECONNECT_SECONDS = 0.05


class Request:
    """`hear` is called with the last answer: after a file's bytes, where there are any, the second one."""

    def __init__(self, members, hear, content=None):
        self.members = members
        self.hear = hear
        self.content = content
        self.is_repeated = False  # it was sent over another connection before

    def bytes(self):
        line = json.dumps(self.members).encode() + b"\n"
        return line if self.content is None else line + self.content


class Line:
    """A connection; every end of it is a ConnectionError."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer

    @classmethod
    async def dial(cls, address):
        return cls(*await asyncio.open_connection(*address, limit=ANSWER_BYTES_MAX))

    def send(self, data):
        self.writer.write(data)

    async def answer(self):
        try:
            raw = await asyncio.wait_for(self.reader.readuntil(ANSWER_END), ANSWER_SECONDS_MAX)
        except asyncio.IncompleteReadError:
            raise ConnectionError("ended") from None
        except asyncio.TimeoutError:
            raise Violation(f"no answer for {ANSWER_SECONDS_MAX:g} s") from None
        return json.loads(raw)

    async def ask(self, **members):
        self.send(json.dumps(members).encode() + b"\n")
        return await self.answer()

    async def data(self, **members):
        answer = await self.ask(**members)
        if answer["status"] != "OK":
            raise Violation(f"{members} was answered {answer}")
        return answer["data"]

    async def raw(self, size):
        try:
            return await self.reader.readexactly(size)
        except asyncio.IncompleteReadError:
            raise ConnectionError("ended") from None

    def close(self):
        self.writer.transport.abort()


class Talker:
    """One user. What he has asked for and was not answered goes again over the next connection, in its order, so that
    his server sees his requests in the order of their keys."""

    def __init__(self, server, name, random_numbers):
        self.server = server
        self.name = name
        self.random = random_numbers
        self.token = None
        self.key = 0
        self.pending = collections.deque()

    @property
    def address(self):
        """As other servers call him."""
        return f"{self.name}@{self.server.label}"

    def forget(self):
        """His server knows him as he was: perhaps not this token, and nothing of what has no answer yet."""
        self.token = None
        for request in self.pending:
            request.is_repeated = False

    def ask(self, members, hear, content=None):
        self.key += 1
        self.pending.append(Request({**members, "key": f"talker-{self.name}:{self.key}"}, hear, content))

    async def connect(self):
        """Logged in; None when the server is not there."""
        if not self.server.address:
            return None
        try:
            line = await Line.dial(self.server.address)
        except OSError:
            return None
        try:
            if self.token:
                await line.data(cmd="resume", token=self.token)
            else:
                self.token = (await line.data(cmd="auth", user=self.name, password="surabaya"))["token"]
        except ConnectionError:
            line.close()
            return None
        return line

    async def talk(self, draw, window, is_over):
        """`draw(self)` asks for something more. Ends when `is_over()` and everything is answered."""
        while self.pending or not is_over():
            line = await self.connect()
            if not line:
                await asyncio.sleep(RECONNECT_SECONDS)
                continue
            try:
                await self.talk_over(line, draw, window, is_over)
            except ConnectionError:
                pass
            finally:
                line.close()

    async def talk_over(self, line, draw, window, is_over):
        for request in self.pending:
            request.is_repeated = True
            line.send(request.bytes())
        while True:
            while not is_over() and len(self.pending) < self.random.randint(1, window):
                draw(self)
                line.send(self.pending[-1].bytes())
            if not self.pending:
                if is_over():
                    return
                await asyncio.sleep(RECONNECT_SECONDS)
                continue
            request = self.pending[0]
            answer = await line.answer()
            if request.content is not None and answer["status"] == "OK" and "ready" in answer["data"]:
                answer = await line.answer()
            self.pending.popleft()
            request.hear({**answer, "is_repeated": request.is_repeated})
            await asyncio.sleep(self.random.uniform(0, 0.01))
