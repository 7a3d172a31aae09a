"""Groups, files and quotas as an operator sees and rules them, with obrolctl against a real server.

usage: control_groups_test.py OBROLD OBROLCTL [unittest arguments]
"""

import json
import pathlib
import re
import tempfile

import control_case
from control_case import TIME, Control, ControlCase, obrolctl


class ControlGroupsTest(ControlCase):
    def send_file(self, client, to, name, content):
        """Its code, or the code of the error that it was refused with."""
        ready = client.ask(f"sendfile {to} {name} {len(content)}")
        if ready["status"] != "OK":
            return ready["code"]
        client.send(content)
        sent = client.answer()
        self.assertEqual(sent["status"], "OK", sent)
        return sent["data"]["file"]["code"]

    def fetch(self, client, code):
        size = self.ask(client, f"getfile {code}")["size"]
        while len(client.received) < size:
            part = client.socket.recv(65536)
            self.assertTrue(part, "the connection ended within a file")
            client.received += part
        content, client.received = client.received[:size], client.received[size:]
        return content

    def texts(self, client, place):
        return [message.get("text") for message in self.ask(client, f"history {place}")["messages"]]

    def test_groups(self):
        with self.server("--demo") as server:
            self.assertEqual(self.ctl(server, "group", "list"), "there are no groups\n")
            messi, maya, izza = (self.login(server, user) for user in ("messi", "maya", "izza"))
            code = self.ask(messi, "creategroup lab maya name Tim Lab")["code"]
            self.ask(messi, "ban lab nania")
            self.ask(messi, "sendgroup lab halo")
            self.ask(izza, "creategroup alpha")
            self.ask(izza, "leavegroup alpha")

            listed = self.ctl(server, "group", "list").splitlines()
            self.assertEqual(listed[0].split(), ["GROUP", "NAME", "MEMBERS", "HISTORY", "KEPT", "STATE", "SINCE"])
            self.assertRegex(listed[1], rf"^alpha  alpha    0        closed   for ever  ended   {TIME}$")
            self.assertRegex(listed[2], rf"^lab    Tim Lab  2        closed   for ever  active  {TIME}$")
            groups = self.ctl_json(server, "group", "list")["groups"]
            self.assertEqual([(group["group"], group["code"], group["retention_days"]) for group in groups],
                             [("alpha", "", None), ("lab", code, None)])

            shown = self.ctl_json(server, "group", "show", "#LAB")
            self.assertEqual([(member["user"], member["role"], member["online"]) for member in shown["who"]],
                             [("messi", "owner", True), ("maya", "member", True)])
            self.assertEqual((shown["banned"], shown["entries"]), (["nania"], 3))
            text = self.ctl(server, "group", "show", "lab")
            self.assertIn(f"code:    {code}\n", text)
            self.assertRegex(text, r"\nmessi  Lionel Messi +owner   yes\nmaya ")

            self.assertEqual(self.ctl(server, "group", "set", "lab", "--history", "open"),
                             "lab keeps what is said for ever; whoever joins can read what was said before\n")
            renewed = self.ctl(server, "group", "newcode", "lab")
            match = re.fullmatch(r"([0-9a-f]{6})\nwhoever knows this code can join lab; the old one is of no use any "
                                 "more\n", renewed)
            self.assertTrue(match, renewed)
            self.assertEqual(izza.ask(f"joingroup {code}")["code"], "group-not-found")
            self.ask(izza, f"joingroup {match[1]}")
            self.assertIn("halo", self.texts(izza, "#lab"))
            self.assertEqual(self.ctl(server, "group", "set", "lab", "--history", "closed", "--retention", "36500"),
                             "lab keeps what is said for 36500 days; whoever joins cannot read what was said before\n")
            self.assertNotIn("halo", self.texts(izza, "#lab"))
            server.stop()
            server.start()
            self.assertEqual(self.ctl_json(server, "group", "show", "lab")["retention_days"], 36500, "it was stored")
            self.assertIn("for ever", self.ctl(server, "group", "set", "lab", "--retention", "none"))
            self.assertIsNone(self.ctl_json(server, "group", "show", "lab")["retention_days"])
            self.assertNotIn(match[1], server.log(), "codes stay out of the log")

    def test_more_groups_than_one_answer_holds(self):
        with self.server("--demo") as server, Control(server) as control:
            messi = self.login(server, "messi")
            for group in ("b", "a", "c"):
                self.ask(messi, f"creategroup {group}")
            page = control.ask(cmd="group-list", limit=2)["data"]
            self.assertEqual(([group["group"] for group in page["groups"]], page["next"]), (["a", "b"], "b"))
            rest = control.ask(cmd="group-list", limit=2, after="b")["data"]
            self.assertEqual(([group["group"] for group in rest["groups"]], rest.get("next")), (["c"], None))
            self.assertEqual(len(self.ctl_json(server, "group", "list")["groups"]), 3)

    def test_files(self):
        with self.server("--demo") as server:
            self.assertEqual(self.ctl(server, "file", "list"), "there are no files\n")
            messi, maya = self.login(server, "messi"), self.login(server, "maya")
            self.ask(messi, "creategroup lab maya")
            one = self.send_file(messi, "#lab", "notes.txt", b"hello")
            two = self.send_file(maya, "messi", "copy.txt", b"hello")
            blobs = pathlib.Path(server.data, "blobs")

            def kept():
                return [path.read_bytes() for path in blobs.rglob("*") if path.is_file()]

            listed = self.ctl(server, "file", "list").splitlines()
            self.assertRegex(listed[1], rf"^{two}  maya   messi  5 bytes  {TIME}  copy.txt$")
            self.assertRegex(listed[2], rf"^{one}  messi  #lab   5 bytes  {TIME}  notes.txt$")
            self.assertEqual([file["file"] for file in self.ctl_json(server, "file", "list", "--user", "Messi")["files"]],
                             [one])
            newest = self.ctl(server, "file", "list", "--limit", "1")
            self.assertTrue(newest.endswith("copy.txt\nthere are older ones; --limit shows more\n"), newest)
            status = self.ctl_json(server, "status")
            self.assertEqual((status["groups"], status["files"], status["file_bytes"], status["blob_bytes"]), (1, 2, 10, 5))
            self.assertIn("\nfiles:       2, 10 bytes (5 bytes on the disk)\n", self.ctl(server, "status"))

            data = ["--data", server.data]
            self.assert_refused(2, "give --yes", *data, "file", "remove", one)
            self.assertEqual(self.ctl(server, "file", "remove", one, "--yes"),
                             "notes.txt (5 bytes) is removed; nobody can get it any more\n")
            self.assertEqual(maya.ask(f"getfile {one}")["code"], "file-not-found")
            self.assertEqual(kept(), [b"hello"], "the other file has the same bytes")
            self.assertEqual(self.fetch(maya, two), b"hello")
            self.ctl(server, "file", "remove", two, "--yes")
            control_case.wait_until(lambda: kept() == [], "the blob is gone")
            self.assertEqual(self.ctl_json(server, "status")["files"], 0)
            self.assert_refused(1, [f"there is no file {one}", "obrolctl file list"], *data, "file", "remove", one, "--yes")

    def test_quotas_hold_to_the_byte(self):
        with tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8") as config:
            config.write("[files]\nuser_bytes_max = 100\n")
            config.flush()
            with self.server("--demo", "--config", config.name) as server:
                messi = self.login(server, "messi")
                self.assertEqual(self.ctl(server, "quota", "show", "messi"),
                                 "user:  messi\nfiles: 0\nused:  0 bytes\nlimit: 100 bytes, as everybody\n")
                self.assertEqual(self.ctl(server, "quota", "set", "messi", "10"),
                                 "user:  messi\nfiles: 0\nused:  0 bytes\nlimit: 10 bytes, his own\n")
                self.assertEqual(self.send_file(messi, "maya", "x", b"x" * 11), "quota-exceeded")
                self.assertEqual(len(self.send_file(messi, "maya", "x", b"x" * 10)), 6)
                self.assertEqual(self.send_file(messi, "maya", "x", b"x"), "quota-exceeded")
                self.assertEqual(self.ctl_json(server, "quota", "set", "messi", "1K"),
                                 {"user": "messi", "files": 1, "bytes": 10, "bytes_max": 1024, "own": True})
                self.assertEqual(self.send_file(messi, "maya", "x", b"x" * 1015), "quota-exceeded")
                self.assertEqual(len(self.send_file(messi, "maya", "x", b"x" * 1014)), 6)
                server.stop()
                server.start()
                self.assertEqual(self.ctl_json(server, "quota", "show", "MESSI")["bytes_max"], 1024, "it was stored")
                self.assertEqual(self.ctl_json(server, "quota", "set", "messi", "default"),
                                 {"user": "messi", "files": 2, "bytes": 1024, "bytes_max": 100, "own": False})
                self.assertEqual(self.send_file(self.login(server, "messi"), "maya", "x", b"x"), "quota-exceeded")
                self.ctl(server, "quota", "set", "maya", "0")
                self.assertEqual(self.send_file(self.login(server, "maya"), "messi", "x", b"x"), "quota-exceeded")

    def test_what_is_left_of_a_deleted_account(self):
        with self.server("--demo") as server:
            messi, maya = self.login(server, "messi"), self.login(server, "maya")
            self.ask(messi, "creategroup lab maya,izza")
            self.ask(messi, "sendgroup lab halo")
            self.ask(maya, "addcontact messi")
            code = self.send_file(messi, "#lab", "notes.txt", b"hello")
            self.ctl(server, "user", "delete", "messi", "--yes")
            lab = self.ctl_json(server, "group", "show", "lab")
            self.assertEqual([(member["user"], member["role"]) for member in lab["who"]],
                             [("maya", "owner"), ("izza", "member")])
            self.assertIn("halo", self.texts(maya, "#lab"))
            self.assertEqual(self.fetch(maya, code), b"hello")
            self.assertEqual(self.ask(maya, "contacts"), [])
            self.assertEqual(self.ctl_json(server, "status")["file_bytes"], 5, "it still takes room")
            self.assertEqual([file["from"] for file in self.ctl_json(server, "file", "list", "--user", "messi")["files"]],
                             ["messi"])
            self.assert_refused(1, "there is no user messi", "--data", server.data, "quota", "set", "messi", "1G")

    def test_refusals(self):
        with self.server("--demo") as server:
            data = ["--data", server.data]
            for command in (["show", "nolab"], ["set", "nolab", "--history", "open"], ["newcode", "nolab"]):
                self.assert_refused(1, ["there is no group nolab\n", "obrolctl group list shows what there is"], *data,
                                    "group", *command)
            messi = self.login(server, "messi")
            self.ask(messi, "creategroup lab")
            self.assert_refused(1, "messages are kept for 1 to 36500 days", *data, "group", "set", "lab", "--retention",
                                "36501")
            self.assert_refused(1, "limit must be from 1 to 10000", *data, "file", "list", "--limit", "10001")
            self.assertEqual(self.ctl(server, "file", "list", "--limit", "10000"), "there are no files\n")
            for command in (["file", "list", "--user", "pogba"], ["quota", "show", "pogba"],
                            ["quota", "set", "pogba", "1G"], ["quota", "set", "pogba", "default"]):
                self.assert_refused(1, "there is no user pogba", *data, *command)
            for command in (["group", "set", "lab"], ["group", "set", "lab", "--retention", "0"],
                            ["quota", "set", "messi", "1025T"]):
                self.assert_refused(2, "obrolctl --help", *data, *command)
            self.ctl(server, "quota", "set", "messi", "1024T")
            self.ask(messi, "leavegroup lab")
            self.assert_refused(1, "there is no such group: lab", *data, "group", "newcode", "lab")
            done = obrolctl(*data, "--json", "group", "show", "nolab")
            self.assertEqual(json.loads(done.stderr)["error"], "group-not-found")


if __name__ == "__main__":
    control_case.main()
