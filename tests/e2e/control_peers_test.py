"""Other servers as an operator sees and rules them, with obrolctl against two real servers.

usage: control_peers_test.py OBROLD OBROLCTL [unittest arguments]
"""

import json
import os

import control_case
from control_case import TIME, ControlCase, obrolctl, wait_until

FINGERPRINT = r"[0-9a-f]{4}(?: [0-9a-f]{4}){7}"


class ControlPeersTest(ControlCase):
    def texts(self, client, place):
        return [message.get("text") for message in self.ask(client, f"history {place}")["messages"]]

    def own_fingerprint(self, server):
        return self.ctl(server, "peer", "fingerprint").splitlines()[0]

    def add(self, server, name, other):
        host, port = other.address("native")
        return self.ctl(server, "peer", "add", name, host, str(port))

    def peer(self, server, name):
        return self.ctl_json(server, "peer", "show", name)

    def test_two_servers(self):
        with self.server("--demo", "--server-id", "A") as a, self.server("--demo", "--server-id", "B") as b:
            self.assertEqual(self.ctl(a, "peer", "list"), "no other servers are known\n")
            self.assertRegex(self.own_fingerprint(a), rf"^{FINGERPRINT}$")
            host, port = b.address("native")
            self.assertEqual(self.add(a, "B", b),
                             f"B is known at {host}:{port}; obrolctl peer connect B connects it\n")
            tested = self.ctl(a, "peer", "test", "B").splitlines()
            self.assertRegex(tested[0], rf"^B answers at {host}:{port}: connection, TLS, key, version and echo are good, in "
                             r"\d+\.\d ms$")
            self.assertEqual(tested[1], f"its fingerprint: {self.own_fingerprint(b)}")
            self.assertIn("it was never met", tested[2])
            self.assertEqual(self.ctl(b, "peer", "list"), "no other servers are known\n", "a test harms nothing")
            self.assertEqual(self.peer(a, "B")["fingerprint"], "")

            self.assertEqual(self.ctl(a, "peer", "connect", "B"), "B is connected\n")
            self.assertEqual(self.ctl(a, "peer", "connect", "B"), "B was connected already\n")
            self.assertIn("that is the key by which it is known here", self.ctl(a, "peer", "test", f"{host}:{port}"))
            wait_until(lambda: self.peer(b, "A")["state"] == "up", "the link is up on both sides")
            self.assertEqual(self.peer(a, "B")["fingerprint"], self.own_fingerprint(b))
            self.assertEqual(self.peer(b, "A")["fingerprint"], self.own_fingerprint(a))

            messi, izza = self.login(a, "messi"), self.login(b, "izza")
            self.ask(messi, "send izza@B halo")
            self.assertEqual(self.texts(izza, "messi@A"), ["halo"])
            wait_until(lambda: self.peer(a, "B")["queued"] == 0, "it is acknowledged")
            self.assertEqual(self.peer(a, "B")["sent"], {"epoch": 1, "last": 1, "acknowledged": 1})
            self.assertEqual(self.peer(b, "A")["received"], {"epoch": 1, "last": 1})

            b.stop()
            wait_until(lambda: self.peer(a, "B")["state"] != "up", "the link is down")
            for text in ("one", "two"):
                self.assertIn("queued", json.dumps(self.ask(messi, f"send izza@B {text}")))
            self.assertEqual(self.peer(a, "B")["queued"], 2)
            self.assertNotEqual(self.peer(a, "B")["last_error"], "")
            lines = self.ctl(a, "queue", "list", "B").splitlines()
            self.assertEqual(lines[0].split(), ["NUMBER", "WHAT", "FROM", "TO", "SINCE"])
            self.assertRegex(lines[1], rf"^2 +message  messi  izza@B  {TIME}$")
            self.assert_refused(1, "it cannot be reached", "--data", a.data, "queue", "flush", "B")
            self.assert_refused(1, "connect: ", "--data", a.data, "peer", "test", "B")
            self.assert_refused(2, "give --yes", "--data", a.data, "queue", "drop", "B")
            self.assertEqual(self.ctl(a, "queue", "drop", "B", "--yes"), "2 items will not be sent; whoever sent them is told\n")
            self.assertEqual(self.ctl(a, "queue", "list", "B"), "nothing waits for B\n")
            self.ask(messi, "send izza@B three")

            b.start()
            host, port = b.address("native")
            self.ctl(a, "peer", "address", "B", host, str(port))
            self.assertIn("is up", self.ctl(a, "queue", "flush", "B"))
            izza = self.login(b, "izza")
            wait_until(lambda: self.texts(izza, "messi@A") == ["halo", "three"], "what was not dropped arrives, once")
            wait_until(lambda: self.peer(a, "B")["queued"] == 0, "nothing waits")

            self.assertIn("is blocked", self.ctl(b, "peer", "block", "A"))
            self.assert_refused(1, "A is blocked", "--data", b.data, "peer", "connect", "A")
            wait_until(lambda: self.peer(a, "B")["state"] != "up", "a block ends the link")
            self.ctl(b, "peer", "unblock", "A")
            self.assertIn("disconnected", self.ctl(a, "peer", "disconnect", "B"))
            self.assertEqual(messi.ask("send izza@B four")["code"], "server-not-connected")
            self.assertEqual(self.ctl(a, "peer", "connect", "B"), "B is connected\n")
            self.ctl(a, "peer", "remove", "B", "--yes")
            self.assertEqual(self.ctl(a, "peer", "list"), "no other servers are known\n")
            self.assertEqual(self.texts(messi, "izza@B")[:1], ["halo"], "messages stay")

    def test_another_key(self):
        with self.server("--demo", "--server-id", "A") as a:
            with self.server("--demo", "--server-id", "B") as b:
                self.add(a, "B", b)
                self.ctl(a, "peer", "connect", "B")
                known = self.own_fingerprint(b)
            with self.server("--demo", "--server-id", "B") as other:
                host, port = other.address("native")
                self.ctl(a, "peer", "address", "B", host, str(port))
                self.assert_refused(1, ["identity: ", known, self.own_fingerprint(other), "do not connect"], "--data",
                                    a.data, "peer", "test", "B")
                self.assert_refused(1, "another server answers there", "--data", a.data, "peer", "connect", "B")
                self.assertEqual(self.ctl(other, "peer", "list"), "no other servers are known\n")
            self.assert_refused(1, "name: ", "--data", a.data, "peer", "test", "nowhere.invalid:8889")
            self.assert_refused(1, "identity: ", "--data", a.data, "peer", "test", "%s:%d" % a.address("native"))
            done = obrolctl("--data", a.data, "--json", "peer", "test", "127.0.0.1:9")
            self.assertEqual((done.returncode, json.loads(done.stderr)["error"]), (1, "test-connect"))

    def test_a_groups_log_goes_into_a_file(self):
        with self.server("--demo", "--server-id", "A") as server:
            messi = self.login(server, "messi")
            self.ask(messi, "creategroup lab maya")
            for number in range(2100):
                messi.send(f"sendgroup lab line {number}\n".encode())
            for _ in range(2100):
                self.assertEqual(messi.answer()["status"], "OK")
            path = f"{server.data}/lab.jsonl"
            self.assertEqual(self.ctl(server, "group", "export", "#lab", path), f"2101 entries are in {path}\n")
            with open(path, encoding="utf-8") as file:
                entries = [json.loads(line) for line in file]
            self.assertEqual([entry["seq"] for entry in entries], list(range(1, 2102)))
            self.assertEqual((entries[0]["kind"], entries[0]["action"], entries[0]["who"]), ("member", "create", ["maya"]))
            self.assertEqual((entries[-1]["from"], entries[-1]["text"]), ("messi", "line 2099"))
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
            self.assert_refused(1, "there is no group nolab", "--data", server.data, "group", "export", "nolab", path + "2")
            self.assertFalse(os.path.exists(path + "2") or os.path.exists(path + "2.new"))
            self.assert_refused(1, "cannot write", "--data", server.data, "group", "export", "lab", "/nowhere/lab")
            self.assert_refused(1, "is at home here already", "--data", server.data, "group", "adopt", "lab", "--yes")
            self.assertEqual(self.ctl(server, "group", "recover", "lab", "--yes"), "lab takes posts\n")

    def test_a_restored_server_begins_a_new_epoch(self):
        with self.server("--demo", "--server-id", "A") as a, self.server("--demo", "--server-id", "B") as b:
            self.add(a, "B", b)
            self.ctl(a, "peer", "connect", "B")
            messi = self.login(a, "messi")
            self.ask(messi, "send izza@B halo")
            a.stop()
            a.command.append("--restored")
            a.start()
            wait_until(lambda: self.peer(a, "B")["state"] == "up", "the link is back")
            self.assertEqual(self.peer(a, "B")["sent"]["epoch"], 2)
            self.ask(self.login(a, "messi"), "send izza@B again")
            izza = self.login(b, "izza")
            wait_until(lambda: self.texts(izza, "messi@A") == ["halo", "again"], "each once")


if __name__ == "__main__":
    control_case.main()
