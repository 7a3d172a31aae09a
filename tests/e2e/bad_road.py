"""A road between two servers on which things go wrong: a proxy that cuts, stalls, delays and truncates."""

import asyncio
import enum
import socket

PIECE_BYTES_MAX = 16 * 1024
# After so many bytes the next mishap of a connection strikes; some strike within the handshake.
MISHAP_BYTES_MAX = 200_000
HANDSHAKE_BYTES = 4000
IN_THE_HANDSHAKE = 0.15
STALL_SECONDS = (0.05, 2.5)
DELAY_SECONDS_MAX = 0.05
DELAYED_PIECES = 0.1
GOES_ON_AFTER_HEALING = 0.5


class Mishap(enum.Enum):
    CUT = "cut"  # both ends fail
    TRUNCATE = "truncate"  # one end finds a clean end in the middle of something
    STALL = "stall"


class BadRoad:
    """One port, on which one server dials another. Good until spoil(); on the event loop that ran start()."""

    def __init__(self, random_numbers):
        self.random = random_numbers
        self.target = None  # the other server's address; None: it is not there
        self.server = None
        self.good = asyncio.Event()
        self.good.set()
        self.open = asyncio.Event()  # cleared: nothing gets through, and nothing says so
        self.open.set()
        self.passages = set()
        self.mishaps = dict.fromkeys(Mishap, 0)

    async def start(self):
        self.server = await asyncio.start_server(self.pass_through, "127.0.0.1", 0, limit=PIECE_BYTES_MAX)

    @property
    def port(self):
        return self.server.sockets[0].getsockname()[1]

    def spoil(self):
        self.good.clear()

    def heal(self):
        self.open.set()
        self.good.set()

    def block(self):
        self.open.clear()

    def unblock(self):
        self.open.set()

    async def stop(self):
        self.server.close()
        for task in list(self.passages):
            task.cancel()
        await asyncio.gather(*self.passages, return_exceptions=True)

    async def pass_through(self, reader, writer):
        task = asyncio.current_task()
        self.passages.add(task)
        other = None
        try:
            await self.open.wait()
            if not self.target:
                return
            other_reader, other = await asyncio.open_connection(*self.target, limit=PIECE_BYTES_MAX)
            for end in (writer, other):
                end.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            there = asyncio.create_task(self.carry(reader, other))
            back = asyncio.create_task(self.carry(other_reader, writer))
            try:
                await asyncio.gather(there, back)
            finally:
                there.cancel()
                back.cancel()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for end in (writer, other):
                if end:
                    end.transport.abort()
            self.passages.discard(task)

    async def carry(self, reader, writer):
        """Returns at a clean end; ConnectionError ends the passage."""
        left = self.draw_distance()
        while data := await reader.read(PIECE_BYTES_MAX):
            await self.open.wait()
            if self.good.is_set():
                await self.hand_over(writer, data)
                continue
            while len(data) > left:
                await self.hand_over(writer, data[:left])
                data = data[left:]
                if not await self.strike(writer):
                    return
                left = self.draw_distance()
            left -= len(data)
            if self.random.random() < DELAYED_PIECES:
                await asyncio.sleep(self.random.uniform(0, DELAY_SECONDS_MAX))
            await self.hand_over(writer, data)
        if writer.can_write_eof():
            writer.write_eof()

    def draw_distance(self):
        return self.random.randrange(HANDSHAKE_BYTES if self.random.random() < IN_THE_HANDSHAKE else MISHAP_BYTES_MAX)

    @staticmethod
    async def hand_over(writer, data):
        writer.write(data)
        await writer.drain()

    async def strike(self, writer):
        """Whether the way goes on behind the mishap."""
        mishap = self.random.choice(list(Mishap))
        self.mishaps[mishap] += 1
        if mishap is Mishap.CUT:
            raise ConnectionError("cut")
        if mishap is Mishap.TRUNCATE:
            writer.write_eof()
            return False
        try:
            await asyncio.wait_for(self.good.wait(), self.random.uniform(*STALL_SECONDS))
        except asyncio.TimeoutError:
            return True
        if self.random.random() < GOES_ON_AFTER_HEALING:
            return True
        raise ConnectionError("cut while it stood still")
