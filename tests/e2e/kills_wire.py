"""How the clients of the kill rounds talk: until the server is gone."""

import asyncio
import collections
import json

from kills_ledger import Violation

ANSWER_END = b"\r\n\r\n"
ANSWER_BYTES_MAX = 64 * 1024 * 1024
ANSWER_SECONDS_MAX = 60.0


async def connect(address):
    """(None, None) once the server is gone."""
    try:
        return await asyncio.open_connection(*address, limit=ANSWER_BYTES_MAX)
    except ConnectionError:
        return None, None


async def answer_of(reader):
    """None once the server is gone."""
    try:
        raw = await asyncio.wait_for(reader.readuntil(ANSWER_END), ANSWER_SECONDS_MAX)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    except asyncio.TimeoutError:
        raise Violation(f"no answer for {ANSWER_SECONDS_MAX:g} s") from None
    return json.loads(raw)


async def keep_asking(address, draw, window, random_numbers):
    """Up to `window` requests under way. `draw` gives a request's line and what to call with its answer."""
    reader, writer = await connect(address)
    if not writer:
        return
    under_way = collections.deque()
    try:
        while True:
            lines = b""
            for _ in range(random_numbers.randint(1, window) - len(under_way)):
                line, hear = draw()
                under_way.append(hear)
                lines += line.encode() + b"\n"
            writer.write(lines)
            for _ in range(random_numbers.randint(1, len(under_way)) if under_way else 0):
                answer = await answer_of(reader)
                if answer is None:
                    return
                under_way.popleft()(answer)
    finally:
        writer.close()
