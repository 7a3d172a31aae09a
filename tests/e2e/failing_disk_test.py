"""What a real obrold answers, says and does when its disk fails.

usage: failing_disk_test.py OBROLD FAILING_DISK_LIBRARY [unittest arguments]
"""

import os
import pathlib
import sys
import tempfile
import unittest

import chat
import obrold

PROGRAM = None
LIBRARY = None


class FailingDisk(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="obrold-failing-disk-")
        self.addCleanup(folder.cleanup)
        self.trouble = pathlib.Path(folder.name, "trouble")
        self.server = obrold.Obrold(PROGRAM, "--demo", environment={
            "LD_PRELOAD": LIBRARY,
            "FAILING_DISK": str(self.trouble),
            "ASAN_OPTIONS": "verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", ""),
        })
        self.addCleanup(self.server.__exit__)
        self.server.start()
        self.client = chat.Chat(self.server.address())
        self.addCleanup(self.client.socket.close)
        self.client.login("messi")

    def errors(self):
        return [line for line in self.server.log().splitlines() if " error " in line]

    def inbox_of(self, user):
        with chat.Chat(self.server.address()) as client:
            client.login(user)
            messages = client.ask("inbox")["messages"].get("messi", [])
            return [message["msg"].strip() for message in messages]

    def test_a_failed_sync_ends_the_server_without_an_answer(self):
        self.assertEqual(self.client.ask("send maya before")["status"], "OK")
        self.trouble.write_text("sync")
        self.client.send(b"send maya during\n")
        with self.assertRaises(chat.Ended) as ended:
            self.client.answer()
        self.assertEqual(ended.exception.rest, b"")
        self.assertEqual(self.server.process.wait(obrold.STOP_SECONDS_MAX), 74)
        self.assertEqual(len(self.errors()), 1, self.server.log())
        self.trouble.unlink()
        self.server.forget_process()
        self.server.start()
        kept = self.inbox_of("maya")
        self.assertEqual(kept[0], "before")
        self.assertIn(kept[1:], ([], ["during"]))
        self.server.stop()

    def test_a_full_disk_refuses_and_recovers(self):
        self.assertEqual(self.client.ask("send maya before")["status"], "OK")
        self.trouble.write_text("full")
        for _ in range(20):
            self.assertEqual(self.client.ask("send maya during")["status"], "ERROR")
        self.assertEqual(self.client.ask("show")["status"], "OK", "what needs no disk goes on")
        self.assertEqual(len(self.errors()), 1, self.server.log())
        self.trouble.unlink()
        self.assertEqual(self.client.ask("send maya after")["status"], "OK")
        self.assertEqual(self.inbox_of("maya"), ["before", "after"])
        self.server.stop()


if __name__ == "__main__":
    PROGRAM, LIBRARY = os.path.abspath(sys.argv.pop(1)), os.path.abspath(sys.argv.pop(1))
    unittest.main()
