"""Many uploads at once beside a chat: how long the chat's answers take with and without them, and how much memory the
server needs.

usage: uploads.py OBROLD [--uploads N] [--mib N] [--rounds N] [--seconds N] [--memory-mib N]

In each round two people write each other, one message after the other's answer, first alone and then while N connections
upload a file of their own each. Prints both times (p50, p99) and their ratio for each round, the median ratio, and the
server's peak memory. Fails when an upload or a message is not acknowledged, when a file is not there in the end, or
when the server needed more memory than it was given.
"""

import argparse
import hashlib
import multiprocessing
import os
import selectors
import statistics
import sys
import time

import chat
import obrold

MIB = 1 << 20
PART_BYTES = 256 * 1024
UPLOAD_SECONDS_MAX = 900.0


def content_of(number, size):
    """The parts of an upload, made as they are needed; no two uploads are equal."""
    return (number.to_bytes(8, "big") * (PART_BYTES // 8))[:min(PART_BYTES, size)]


class Upload:
    def __init__(self, address, number, size):
        self.client = chat.Chat(address)
        self.client.ask("auth messi surabaya")
        ready = self.client.ask(f"sendfile maya upload-{number} {size}")
        if ready["status"] != "OK":
            raise AssertionError(f"upload {number}: {ready}")
        self.part = content_of(number, size)
        self.size = self.left = size
        self.client.socket.setblocking(False)

    def send_some(self):
        """False once everything is sent."""
        begin = (self.size - self.left) % len(self.part)
        try:
            self.left -= self.client.socket.send(self.part[begin:begin + self.left])
        except BlockingIOError:
            pass
        return self.left > 0

    def digest(self):
        whole = hashlib.sha256()
        for _ in range(self.size // len(self.part)):
            whole.update(self.part)
        whole.update(self.part[:self.size % len(self.part)])
        return whole.hexdigest()


def upload_all(address, numbers, size, ready, go):
    """A process of its own, so that the chat does not wait for it."""
    uploads = [Upload(address, number, size) for number in numbers]
    ready.set()
    go.wait()
    deadline = time.monotonic() + UPLOAD_SECONDS_MAX
    with selectors.DefaultSelector() as selector:
        for upload in uploads:
            selector.register(upload.client.socket, selectors.EVENT_WRITE, upload)
        while selector.get_map():
            if time.monotonic() > deadline:
                raise AssertionError("the uploads do not come to an end")
            for key, _ in selector.select(1.0):
                if not key.data.send_some():
                    selector.unregister(key.fileobj)
    for upload in uploads:
        upload.client.socket.settimeout(chat.ANSWER_SECONDS_MAX)
        sent = upload.client.answer()
        if sent["status"] != "OK" or sent["data"]["file"]["sha256"] != upload.digest():
            raise AssertionError(f"an upload: {sent}")


class Conversation:
    """Two people who answer each other."""

    def __init__(self, address):
        self.clients = [chat.Chat(address), chat.Chat(address)]
        for client, user in zip(self.clients, ("izza", "nania")):
            client.ask(f"auth {user} surabaya")

    def times(self, until):
        """Seconds for each message, acknowledged and stored, until `until()` says so."""
        times = []
        while not until():
            for client, to in zip(self.clients, ("nania", "izza")):
                begin = time.monotonic()
                answer = client.ask(f"send {to} halo")
                times.append(time.monotonic() - begin)
                if answer["status"] != "OK":
                    raise AssertionError(f"a message: {answer}")
        return times


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def memory_peak_bytes(server):
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def one_round(server, number, arguments):
    address = server.address("native")
    talk = Conversation(address)
    end = time.monotonic() + arguments.seconds
    alone = talk.times(lambda: time.monotonic() >= end)
    ready, go = multiprocessing.Event(), multiprocessing.Event()
    numbers = range(number * arguments.uploads, (number + 1) * arguments.uploads)
    process = multiprocessing.Process(target=upload_all, args=(address, numbers, arguments.mib * MIB, ready, go))
    process.start()
    while not ready.wait(0.1):
        if not process.is_alive():
            raise AssertionError("the uploads could not begin")
    go.set()
    beside = talk.times(lambda: not process.is_alive())
    process.join()
    if process.exitcode != 0:
        raise AssertionError("an upload failed")
    return alone, beside


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("obrold")
    parser.add_argument("--uploads", type=int, default=100)
    parser.add_argument("--mib", type=int, default=64, help="size of each")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long the chat goes on alone")
    parser.add_argument("--memory-mib", type=int, default=256, help="what the server may need at most")
    arguments = parser.parse_args()
    settings = "[files]\nuploads_per_user_max = 10000\nuploads_max = 10000\nuser_bytes_max = 0\nserver_bytes_max = 0\n"
    # AddressSanitizer would keep what was freed, up to 256 MiB.
    sanitizer = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"}
    server = obrold.Obrold(arguments.obrold, "--demo", dialects=("native",), environment=sanitizer)
    with open(f"{server.data}.toml", "w", encoding="utf-8") as file:
        file.write(settings)
    server.command += ["--config", file.name]
    ratios = []
    with server:
        for number in range(arguments.rounds):
            alone, beside = one_round(server, number, arguments)
            ratios.append(percentile(beside, 0.99) / percentile(alone, 0.99))
            for what, times in (("alone", alone), ("beside uploads", beside)):
                print(f"round {number + 1} {what:15} {len(times):7} messages, "
                      f"p50 {percentile(times, 0.5) * 1e3:7.2f} ms, p99 {percentile(times, 0.99) * 1e3:7.2f} ms")
            print(f"round {number + 1} ratio of p99    {ratios[-1]:7.2f}", flush=True)
        with chat.Chat(server.address("native")) as maya:
            maya.ask("auth maya surabaya")
            count = len(maya.ask("inbox")["data"]["messages"])
        peak = memory_peak_bytes(server)
    print(f"median ratio of p99    {statistics.median(ratios):7.2f}")
    print(f"peak memory            {peak / MIB:7.1f} MiB")
    if count != min(1000, arguments.uploads * arguments.rounds):
        print(f"{count} files arrived of {arguments.uploads * arguments.rounds}", file=sys.stderr)
        return 1
    if peak > arguments.memory_mib * MIB:
        print(f"that is more than {arguments.memory_mib} MiB", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
