"""Files through a real obrold: byte-exact whatever is in them, and nothing left of what a kill cut off.

usage: files_test.py OBROLD [unittest arguments]
"""

import hashlib
import os
import pathlib
import random
import sys
import threading
import time
import unittest

import chat
import obrold

PROGRAM = None
WAIT_SECONDS_MAX = 60.0


class Files(unittest.TestCase):
    def setUp(self):
        self.server = obrold.Obrold(PROGRAM, "--demo", dialects=("native",))
        self.addCleanup(self.server.__exit__)
        self.server.start()

    def connect(self, user):
        client = chat.Chat(self.server.address("native"))
        self.addCleanup(client.socket.close)
        answer = client.ask(f"auth {user} surabaya")
        self.assertEqual(answer["status"], "OK")
        return client

    def blobs(self):
        """Every file that the server keeps for files, whole or not, by name."""
        return sorted(path.name for path in pathlib.Path(self.server.data, "blobs").rglob("*") if path.is_file())

    def upload(self, client, to, name, content):
        ready = client.ask(f"sendfile {to} {name} {len(content)}")
        self.assertEqual(ready["status"], "OK", ready)
        client.send(content)
        sent = client.answer()
        self.assertEqual(sent["status"], "OK", sent)
        return sent["data"]["file"]["code"]

    def download(self, client, code, offset=0):
        header = client.ask(f"getfile {code} {offset}")
        self.assertEqual(header["status"], "OK", header)
        size = header["data"]["size"]
        content = bytearray(client.received[:size])
        client.received = client.received[size:]
        while len(content) < size:
            part = client.socket.recv(min(1 << 20, size - len(content)))
            self.assertTrue(part, "the connection ended within a file")
            content += part
        return bytes(content)

    def listed(self, client):
        answer = client.ask("files")
        return {item["code"]: item["sha256"] for item in answer["data"]["files"]}

    def test_files_arrive_byte_exact(self):
        messi, maya = self.connect("messi"), self.connect("maya")
        everything = bytes(range(256)) * 5 + b"\r\n\r\n{}"
        for content in (b"", b"\n", everything, random.Random(1).randbytes(64 << 20)):
            code = self.upload(messi, "maya", "x.bin", content)
            self.assertTrue(self.download(maya, code) == content, f"{len(content)} bytes")
            half = len(content) // 2
            self.assertTrue(self.download(maya, code, half) == content[half:], f"the second half of {len(content)}")
            self.assertEqual(maya.ask("ping")["status"], "OK", "requests go on")

    def test_equal_files_are_kept_once(self):
        messi = self.connect("messi")
        codes = {self.upload(messi, "maya", name, b"the same") for name in ("one", "two")}
        self.assertEqual(len(codes), 2)
        self.assertEqual(self.blobs(), [hashlib.sha256(b"the same").hexdigest()])

    def test_a_kill_within_an_upload_leaves_nothing(self):
        messi = self.connect("messi")
        size = 8 << 20
        self.assertEqual(messi.ask(f"sendfile maya big.bin {size}")["status"], "OK")
        messi.send(bytes(size // 2))
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while not self.blobs():
            self.assertLess(time.monotonic(), deadline, "nothing comes to the disk")
            time.sleep(0.01)
        self.server.kill()
        self.assertEqual(len(self.blobs()), 1, "what the kill cut off")
        self.server.start()
        self.assertEqual(self.blobs(), [])
        for user in ("messi", "maya"):
            client = self.connect(user)
            self.assertEqual(self.listed(client), {})
            self.assertEqual(client.ask("inbox")["data"]["messages"], [])

    def test_a_blob_without_a_file_goes_at_the_next_start(self):
        kept = self.upload(self.connect("messi"), "maya", "kept", b"kept")
        self.server.kill()
        orphan = hashlib.sha256(b"orphan").hexdigest()
        folder = pathlib.Path(self.server.data, "blobs", orphan[:2])
        folder.mkdir(exist_ok=True)
        (folder / orphan).write_bytes(b"orphan")
        self.server.start()
        self.assertEqual(self.blobs(), [hashlib.sha256(b"kept").hexdigest()])
        self.assertEqual(self.download(self.connect("maya"), kept), b"kept")

    def test_kills_at_any_moment(self):
        """What was acknowledged is there; what is there is whole; nothing else lies about."""
        moments = random.Random(int(os.environ.get("OBROL_SEED", "1")))
        acknowledged = {}
        for number in range(8):
            client = self.connect("messi")
            killer = threading.Timer(moments.uniform(0.0, 0.3), self.server.process.kill)
            killer.start()
            try:
                for count in range(10_000):
                    content = f"{number} {count} ".encode() * moments.randrange(1, 30_000)
                    acknowledged[self.upload(client, "maya", "x", content)] = hashlib.sha256(content).hexdigest()
            except (chat.Ended, ConnectionError):
                pass
            killer.join()
            self.server.process.wait(obrold.STOP_SECONDS_MAX)
            self.server.forget_process()
            self.server.start()
            maya = self.connect("maya")
            listed = self.listed(maya)
            self.assertEqual(self.blobs(), sorted(set(listed.values())))
            for code, digest in acknowledged.items():
                self.assertEqual(listed.get(code), digest)
            for code, digest in listed.items():
                self.assertEqual(hashlib.sha256(self.download(maya, code)).hexdigest(), digest)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
