#!/usr/bin/env python3
"""A server comes back for which many messages wait: how fast they go there, and how the chat at home fares meanwhile.

usage: drain.py OBROLD [--messages N] [--rounds N] [--seconds N] [--chat-per-second N] [--pause-ms N]
                [--apart] [--other-data DIRECTORY]

In each round two new servers are joined; then
  local      the users of the one write each other for --seconds, as fast as it acknowledges
  alone      two of them chat, one message after the other's acknowledgement (with --chat-per-second no more than so
             many), for --seconds, while somebody asks for what is queued, as beside the drain
  queued     while the other server is down, --messages are written to its users
  drain      the other server is started; the two chat on until nothing is queued any more
Both are on one machine and, but for --other-data, on one disk. With --apart each has a processor: the sending server and
all clients one, the other server another. --pause-ms: peers.batch_pause_ms.

Prints for each round the rates (messages per second), that of the drain beside the local one, the time from the other
server's ready line to the first message there, and the times of the two that chat (p50, p99) with and without the drain;
then the medians of the ratios. Fails when a message is not there in the end, not once, or not in its order, or when the first
one takes more than seconds; how fast the rest goes is only printed, because that is the machine's as much as the server's.
"""

import argparse
import contextlib
import os
import selectors
import statistics
import sys
import tempfile
import threading
import time

import chat
import obrold

USERS = ("messi", "henderson", "lineker", "izza")
CHATTING = ("maya", "nania")
IN_FLIGHT = 250
TEXT = "x" * 52
DRAIN_SECONDS_MAX = 600.0
# Generous: sanitizers on a busy machine. What is promised is a second from the ready line on.
FIRST_SECONDS_MAX = 10.0
POLL_SECONDS = 0.02
HOME_PROCESSOR, OTHER_PROCESSOR = {0}, {1}


class Writer:
    """Writes to one user after the other, so many requests in flight, without looking at more than their number."""

    def __init__(self, server, name, recipients):
        self.client = chat.Chat(server.address("native"))
        answer = self.client.ask(f"auth {name} surabaya")
        assert answer["status"] == "OK", answer
        self.recipients = recipients
        self.sent = 0
        self.answered = 0
        self.rest = b""
        self.client.socket.setblocking(False)
        self.output = b""

    def fill(self, count):
        """Asks for so many more."""
        for _ in range(count):
            self.output += b"send %s %d %s\n" % (self.recipients[self.sent % len(self.recipients)].encode(), self.sent,
                                                 TEXT.encode())
            self.sent += 1

    def write_some(self):
        if self.output:
            try:
                self.output = self.output[self.client.socket.send(self.output):]
            except BlockingIOError:
                pass

    def read_some(self):
        data = self.rest + self.client.socket.recv(1 << 20)
        if b'"ERROR"' in data:
            raise AssertionError(f"refused: {data[:400]!r}")
        self.answered += data.count(chat.ANSWER_END)
        self.rest = data[-3:] if not data.endswith(chat.ANSWER_END) else b""


def write_all(server, recipients, messages=None, seconds=None):
    """So many, or for so long; answers the rate of acknowledgements."""
    writers = [Writer(server, name, recipients) for name in USERS]
    begin = time.monotonic()
    with selectors.DefaultSelector() as selector:
        for writer in writers:
            selector.register(writer.client.socket, selectors.EVENT_READ, writer)
        while True:
            is_over = seconds is not None and time.monotonic() - begin >= seconds
            for writer in writers:
                room = IN_FLIGHT - (writer.sent - writer.answered)
                if messages is not None:
                    room = min(room, messages // len(writers) - writer.sent)
                if room > IN_FLIGHT // 2 or (messages is not None and room > 0):
                    if not is_over:
                        writer.fill(room)
                writer.write_some()
            if all(writer.sent == writer.answered and not writer.output for writer in writers):
                break
            for key, _ in selector.select(0.001 if any(writer.output for writer in writers) else 1.0):
                key.data.read_some()
    elapsed = time.monotonic() - begin
    for writer in writers:
        writer.client.socket.close()
    return sum(writer.answered for writer in writers) / elapsed


class Pair(threading.Thread):
    """Two that chat until stop() is called, so many messages per second or as fast as they are acknowledged: the times of
    their acknowledgements."""

    def __init__(self, server, per_second):
        super().__init__()
        self.pause = 1 / per_second if per_second else 0
        self.clients = []
        for name in CHATTING:
            client = chat.Chat(server.address("native"))
            client.ask(f"auth {name} surabaya")
            self.clients.append(client)
        self.seconds = []
        self.is_over = False

    def run(self):
        due = time.monotonic()
        while not self.is_over:
            for client, other in zip(self.clients, reversed(CHATTING)):
                due = max(due + self.pause, time.monotonic())
                time.sleep(max(0, due - time.monotonic()))
                begin = time.monotonic()
                client.send(b"send %s halo\n" % other.encode())
                while not client.received.endswith(chat.ANSWER_END):
                    client.receive()
                self.seconds.append(time.monotonic() - begin)
                assert b'"OK"' in client.received, client.received
                client.received = b""

    def stop(self):
        """p50 and p99 in milliseconds."""
        self.is_over = True
        self.join()
        for client in self.clients:
            client.socket.close()
        centiles = statistics.quantiles(self.seconds, n=100)
        return centiles[49] * 1000, centiles[98] * 1000


def join(one, other, label):
    host, port = other.address("native")
    with chat.Chat(one.address("native")) as client:
        for line in ("auth messi surabaya", f"addserver {label} {host} {port}", f"connect {label}"):
            answer = client.ask(line)
            assert answer["status"] == "OK", answer


def start_again(server):
    """On the port that others know."""
    host, port = server.address_before
    server.command = [word.replace("127.0.0.1:0", f"{host}:{port}") for word in server.command]
    server.start()


def queued_for(client):
    return client.ask("servers")["data"][0]["queued"]


class Round:
    def __init__(self, options, folder, other_folder):
        self.options = options
        settings = os.path.join(folder, "obrold.toml")
        with open(settings, "w", encoding="utf-8") as file:
            file.write("[passwords]\nmemory_kib = 8\niterations = 1\n")
            if options.pause_ms is not None:
                file.write(f"[peers]\nbatch_pause_ms = {options.pause_ms}\n")
        self.a, self.b = [obrold.Obrold(options.obrold, "--demo", "--server-id", label, "--config", settings,
                                        dialects=("native",), data=os.path.join(where, label))
                          for where, label in ((folder, "A"), (other_folder, "B"))]

    def run(self):
        with contextlib.ExitStack() as servers:
            servers.enter_context(self.a)
            with self.other_processor():
                servers.enter_context(self.b)
            join(self.a, self.b, "B")
            join(self.b, self.a, "A")
            self.local_rate = write_all(self.a, USERS, seconds=self.options.seconds)
            self.alone = self.chat_alone()
            self.b.address_before = self.b.address("native")
            self.b.kill()
            messages = self.options.messages // len(USERS) * len(USERS)
            self.queued_rate = write_all(self.a, [f"{name}@B" for name in USERS], messages=messages)
            self.drain(messages)
            self.check(messages)

    @contextlib.contextmanager
    def other_processor(self):
        """What is started meanwhile has it."""
        if self.options.apart:
            os.sched_setaffinity(0, OTHER_PROCESSOR)
        yield
        if self.options.apart:
            os.sched_setaffinity(0, HOME_PROCESSOR)

    def chat_alone(self):
        with chat.Chat(self.a.address("native")) as client:
            client.ask("auth messi surabaya")
            pair = Pair(self.a, self.options.chat_per_second)
            pair.start()
            end = time.monotonic() + self.options.seconds
            while time.monotonic() < end:
                assert queued_for(client) == 0
                time.sleep(POLL_SECONDS)
            return pair.stop()

    def drain(self, messages):
        with chat.Chat(self.a.address("native")) as client:
            client.ask("auth messi surabaya")
            assert queued_for(client) == messages, queued_for(client)
            pair = Pair(self.a, self.options.chat_per_second)
            with self.other_processor():
                start_again(self.b)
            begin = time.monotonic()
            pair.start()
            first = None
            while queued := queued_for(client):
                now = time.monotonic()
                if queued < messages and first is None:
                    first = now
                if now - begin > DRAIN_SECONDS_MAX:
                    raise AssertionError(f"{queued} are still queued")
                time.sleep(POLL_SECONDS)
            end = time.monotonic()
        self.beside = pair.stop()
        first = first or end
        self.first_seconds = first - begin
        assert self.first_seconds <= FIRST_SECONDS_MAX, f"the first one came after {self.first_seconds:.2f} s"
        # What had arrived when the first look saw a difference came in the time before it.
        self.drain_rate = messages / (end - begin)

    def check(self, messages):
        """Every message once, and each conversation in its order."""
        count = 0
        for reader in USERS:
            with chat.Chat(self.b.address("native")) as client:
                client.ask(f"auth {reader} surabaya")
                for sender in USERS:
                    count += self.check_history(client, f"{sender}@A")
        assert count == messages, f"{count} of {messages} are there"

    @staticmethod
    def check_history(client, other):
        numbers, before = [], ""
        while True:
            page = client.ask(f"history {other} {before} limit 1000")["data"]
            numbers = [int(message["text"].split()[0]) for message in page["messages"]] + numbers
            if not page["more"]:
                break
            before = f"before {page['messages'][0]['seq']}"
        assert numbers == sorted(set(numbers)), f"the messages of {other} are not each once and in their order"
        return len(numbers)

    def ratios(self):
        return self.drain_rate / self.local_rate, self.beside[1] / self.alone[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("obrold")
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--chat-per-second", type=float, default=0)
    parser.add_argument("--pause-ms", type=int)
    parser.add_argument("--apart", action="store_true", help="each server has a processor of its own")
    parser.add_argument("--other-data", metavar="DIRECTORY", help="for the data of the server that comes back")
    options = parser.parse_args()
    if options.apart:
        os.sched_setaffinity(0, HOME_PROCESSOR)
    ratios = []
    for number in range(1, options.rounds + 1):
        with tempfile.TemporaryDirectory(prefix="obrold-drain-") as folder, \
                tempfile.TemporaryDirectory(prefix="obrold-drain-", dir=options.other_data) as other_folder:
            a_round = Round(options, folder, other_folder)
            a_round.run()
        ratios.append(a_round.ratios())
        print(f"round {number}: local {a_round.local_rate:.0f}/s, queued {a_round.queued_rate:.0f}/s, "
              f"drained {a_round.drain_rate:.0f}/s ({ratios[-1][0]:.2f} of local), the first after {a_round.first_seconds:.2f} s; "
              f"chat alone p50 {a_round.alone[0]:.2f} ms, p99 {a_round.alone[1]:.2f} ms; beside the drain "
              f"{a_round.beside[0]:.2f} ms, {a_round.beside[1]:.2f} ms ({ratios[-1][1]:.2f} times)", flush=True)
    rates, times = zip(*ratios)
    print(f"medians of {options.rounds}: drained at {statistics.median(rates):.2f} of the local rate, p99 {statistics.median(times):.2f} times")
    return 0


if __name__ == "__main__":
    sys.exit(main())
