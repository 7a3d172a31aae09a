"""Keys of servers: rotation, groups whose home had another key or was another server, servers that are removed and come
back. Real servers, and obrolctl.

usage: server_keys_test.py OBROLD OBROLCTL [unittest arguments]
"""

import json
import time

import control_case
from control_case import Control, ControlCase, wait_until


class ServerKeysTest(ControlCase):
    def start(self, label):
        """Its ports stay the same from its first start on."""
        server = self.enterContext(self.server("--demo", "--server-id", label))
        for dialect, (host, port) in server.addresses.items():
            server.command[server.command.index(f"{dialect}:{host}:0")] = f"{dialect}:{host}:{port}"
        return server

    def texts(self, client, place):
        return [message["text"] for message in self.ask(client, f"history {place}")["messages"] if "text" in message]

    def join(self, one, other, label):
        host, port = other.address("native")
        self.ctl(one, "peer", "add", label, host, str(port))
        self.ctl(one, "peer", "connect", label)

    def peer(self, server, label):
        return self.ctl_json(server, "peer", "show", label)

    def wait_for_link(self, server, label):
        wait_until(lambda: self.peer(server, label)["state"] == "up", f"the link to {label} is up")

    def fingerprint(self, server):
        return self.ctl(server, "peer", "fingerprint").splitlines()[0]

    def knows(self, server, label, other):
        """The other's present key; dials it, so that nobody waits for the next try."""
        control_case.obrolctl("--data", server.data, "peer", "connect", label)
        peer = self.peer(server, label)
        return peer["state"] == "up" and peer["fingerprint"] == self.fingerprint(other)

    def rotate(self, server):
        before = self.fingerprint(server)
        self.assertIn("is known to other servers by this fingerprint", self.ctl(server, "peer", "rotate", "--yes"))
        self.assertNotEqual(self.fingerprint(server), before)

    def log(self, server, group):
        """[(seq, from, text or action)], the whole log as that server has it."""
        path = f"{server.data}/log.jsonl"
        self.ctl(server, "group", "export", group, path)
        with open(path, encoding="utf-8") as file:
            entries = [json.loads(line) for line in file]
        return [(entry["seq"], entry["from"].split("@")[0], entry.get("text", entry.get("action"))) for entry in entries]

    def group_of_two(self, a, b):
        """messi of A and izza of B in lab, which is at home on A, and has been talked in."""
        messi, izza = self.login(a, "messi"), self.login(b, "izza")
        self.ask(messi, "creategroup lab izza@B")
        wait_until(lambda: "#lab@A" in [group["id"] for group in self.ask(izza, "groups")], "izza is a member")
        self.ask(messi, "sendgroup lab dari A")
        self.ask(izza, "sendgroup lab@A dari B")
        wait_until(lambda: "dari B" in self.texts(izza, "#lab@A"), "it is one log")
        return messi, izza

    def test_a_new_key_while_both_run(self):
        a, b = self.start("A"), self.start("B")
        self.join(a, b, "B")
        messi, izza = self.group_of_two(a, b)
        self.ask(izza, "addcontact messi@A")
        self.ask(messi, "send izza@B satu")
        self.assert_refused(2, "give --yes", "--data", a.data, "peer", "rotate")
        self.rotate(a)
        wait_until(lambda: self.peer(b, "A")["fingerprint"] == self.fingerprint(a), "B knows the new key")
        self.wait_for_link(a, "B")
        self.rotate(b)
        wait_until(lambda: self.peer(a, "B")["fingerprint"] == self.fingerprint(b), "A knows the new key")
        self.wait_for_link(b, "A")
        self.ask(messi, "send izza@B dua")
        self.ask(izza, "send messi@A tiga")
        self.ask(messi, "sendgroup lab lagi dari A")
        self.ask(izza, "sendgroup lab@A lagi dari B")
        wait_until(lambda: self.texts(izza, "messi@A") == ["satu", "dua", "tiga"], "one conversation, each once")
        wait_until(lambda: self.texts(messi, "izza@B") == ["satu", "dua", "tiga"], "on both sides")
        wait_until(lambda: self.texts(izza, "#lab@A")[-2:] == ["lagi dari A", "lagi dari B"], "and in the group")
        self.assertEqual([contact["user"] for contact in self.ask(izza, "contacts")], ["messi@A"])
        self.assertEqual([peer["peer"] for peer in self.ctl_json(b, "peer", "list")["peers"]], ["A"])
        for server in (a, b):
            server.stop()
            server.start()
        self.wait_for_link(a, "B")

    def test_two_rotations_while_the_other_is_down(self):
        a, b = self.start("A"), self.start("B")
        self.join(a, b, "B")
        messi, izza = self.group_of_two(a, b)
        a.stop()
        wait_until(lambda: self.peer(b, "A")["state"] != "up", "the link is down")
        self.ask(izza, "send messi@A menunggu A")
        self.ask(izza, "sendgroup lab@A menunggu di grup")
        b.stop()
        a.start()
        messi = self.login(a, "messi")
        self.ask(messi, "send izza@B menunggu B")
        self.rotate(a)
        self.ask(messi, "sendgroup lab di tengah")
        self.rotate(a)
        b.start()
        self.ctl(a, "peer", "connect", "B")
        wait_until(lambda: self.peer(b, "A")["fingerprint"] == self.fingerprint(a), "B follows both statements")
        izza = self.login(b, "izza")
        waited = ["menunggu A", "menunggu B"]
        wait_until(lambda: sorted(self.texts(izza, "messi@A")) == waited, "each once there")
        wait_until(lambda: sorted(self.texts(messi, "izza@B")) == waited, "each once here")
        wanted = ["dari A", "dari B", "di tengah", "menunggu di grup"]
        wait_until(lambda: self.texts(izza, "#lab@A") == self.texts(messi, "#lab") == wanted, "each once in the group")

    def test_killed_while_it_takes_a_new_key(self):
        """Whenever that is, it has the one key or the other, and others follow."""
        a, b = self.start("A"), self.start("B")
        self.join(a, b, "B")
        keys = {self.fingerprint(a)}
        for round_number in range(12):
            with Control(a) as control:
                control.send(b'{"cmd": "peer-rotate"}\n')
                kill_at = time.monotonic() + 0.004 * round_number
                while time.monotonic() < kill_at:
                    pass
                a.kill()
            a.start()
            keys.add(self.fingerprint(a))
        self.assertGreater(len(keys), 1, "some of them were replaced")
        self.ctl(a, "peer", "connect", "B")
        wait_until(lambda: self.peer(b, "A")["fingerprint"] == self.fingerprint(a), "B follows")
        self.ask(self.login(a, "messi"), "send izza@B halo")
        izza = self.login(b, "izza")
        wait_until(lambda: self.texts(izza, "messi@A") == ["halo"], "it arrives")

    def test_a_copy_of_what_was_signed_under_former_keys(self):
        """A server that comes later has the whole log, although the home and the authors' servers have other keys now."""
        a, b, c = self.start("A"), self.start("B"), self.start("C")
        self.join(a, b, "B")
        messi, izza = self.group_of_two(a, b)
        for server in (b, a, b):
            self.rotate(server)
            wait_until(lambda: self.knows(a, "B", b) and self.knows(b, "A", a), "they know each other's key")
            self.ask(izza, f"sendgroup lab@A {self.fingerprint(server)}")
            wait_until(lambda: self.fingerprint(server) in self.texts(messi, "#lab"), "it is in the log")
        self.join(a, c, "C")
        self.ask(messi, "invite lab nania@C")
        wait_until(lambda: "#lab@A" in [group["id"] for group in self.ask(self.login(c, "nania"), "groups")], "C has it")
        wait_until(lambda: self.log(c, "lab@A") == self.log(a, "lab"), "all of it")
        # Who is behind all these keys is one server, once it is met.
        self.join(c, b, "B")
        wait_until(lambda: [peer["peer"] for peer in self.ctl_json(c, "peer", "list")["peers"]] == ["A", "B"], "one B")
        self.assertEqual({entry["from"] for entry in self.entries(c, "lab@A")}, {"messi@A", "izza@B"})

    def entries(self, server, group):
        path = f"{server.data}/entries.jsonl"
        self.ctl(server, "group", "export", group, path)
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def test_a_copy_of_an_adopted_group(self):
        """Its home is gone for good; who comes later reads what was signed for it."""
        a, b, c = self.start("A"), self.start("B"), self.start("C")
        self.join(a, b, "B")
        _, izza = self.group_of_two(a, b)
        self.rotate(a)
        self.wait_for_link(a, "B")
        self.ask(izza, "sendgroup lab@A kunci baru")
        before = self.log(b, "lab@A")
        a.kill()
        self.ctl(b, "group", "adopt", "lab@A", "--yes")
        self.ask(izza, "sendgroup lab rumah baru")
        self.join(b, c, "C")
        # Of those who are left, izza is no admin; who comes by the code needs none.
        code = self.ctl_json(b, "group", "show", "lab")["code"]
        nania = self.login(c, "nania")
        self.ask(nania, f"joingroup {code}@B")
        wait_until(lambda: "#lab@B" in [group["id"] for group in self.ask(nania, "groups")], "she is a member")
        wait_until(lambda: self.log(c, "lab@B") == self.log(b, "lab"), "all of it")
        self.assertEqual(self.log(c, "lab@B")[:len(before)], before)
        self.ask(nania, "sendgroup lab@B halo")
        wait_until(lambda: self.texts(izza, "#lab")[-1] == "halo", "it goes on there")

    def three_with_a_group(self):
        """A, B and C with links to each other; #lab of A has a member of each. The servers, the clients, the log."""
        servers = a, b, c = self.start("A"), self.start("B"), self.start("C")
        self.join(a, b, "B")
        messi, izza = self.group_of_two(a, b)
        self.join(a, c, "C")
        self.join(b, c, "C")
        nania = self.login(c, "nania")
        self.ask(messi, "invite lab nania@C")
        wait_until(lambda: "#lab@A" in self.groups(nania), "C has a copy")
        self.ask(nania, "sendgroup lab@A dari C")
        log = self.log(a, "lab")
        wait_until(lambda: self.log(b, "lab@A") == log == self.log(c, "lab@A"), "all have the same")
        return servers, (izza, nania), log

    def assert_moved_to_b(self, servers, clients, log):
        """C has the group at its new home, which goes on there, and the copy of the old one beside it."""
        (_, b, c), (izza, nania) = servers, clients
        wait_until(lambda: "#lab@B" in self.groups(nania), "she finds it at its new home")
        wait_until(lambda: self.log(c, "lab@B") == self.log(b, "lab"), "all of it")
        self.assertEqual(self.log(c, "lab@B")[:len(log)], log)
        self.ask(nania, "sendgroup lab@B dari C")
        self.ask(izza, "sendgroup lab dari B")
        wait_until(lambda: self.texts(izza, "#lab")[-2:] == ["dari C", "dari B"], "it goes on there")
        wait_until(lambda: self.texts(nania, "#lab@B")[-2:] == ["dari C", "dari B"], "and she reads it")
        self.assertEqual(self.log(c, "lab@A"), log)

    def test_an_adopted_group_at_a_server_that_had_a_copy(self):
        servers, clients, log = self.three_with_a_group()
        servers[0].kill()
        self.ctl(servers[1], "group", "adopt", "lab@A", "--yes")
        self.assert_moved_to_b(servers, clients, log)

    def test_an_adopted_group_whose_home_is_not_gone(self):
        """Its copy is taken by those for whom the old home is gone, when something is said."""
        servers, clients, log = self.three_with_a_group()
        a, b, c = servers
        izza, nania = clients
        self.ctl(b, "peer", "disconnect", "A")
        self.ctl(b, "group", "adopt", "lab@A", "--yes")
        self.ask(izza, "sendgroup lab rumah baru")
        self.ask(izza, "send nania@C pindah")
        wait_until(lambda: self.texts(nania, "izza@B") == ["pindah"], "the two servers talk")
        wait_until(lambda: "#lab@B: server-differs" in self.said(c), "C says that it does not believe it")
        self.assertEqual(self.groups(nania), ["#lab@A"])
        a.kill()
        wait_until(lambda: self.peer(c, "A")["state"] != "up", "now it is gone")
        self.ask(izza, "sendgroup lab masih di sini")
        self.assert_moved_to_b(servers, clients, log)

    def said(self, server):
        with open(server.log_path, encoding="utf-8") as file:
            return file.read()

    def groups(self, client):
        return [group["id"] for group in self.ask(client, "groups")]

    def test_removed_and_added_again(self):
        a, b = self.start("A"), self.start("B")
        self.join(a, b, "B")
        messi, izza = self.group_of_two(a, b)
        self.ask(messi, "send izza@B satu")
        self.ask(izza, "send messi@A dua")
        self.ask(messi, "addcontact izza@B")
        wait_until(lambda: self.peer(a, "B")["queued"] == 0 == self.peer(b, "A")["queued"], "nothing waits")
        b.stop()
        wait_until(lambda: self.peer(a, "B")["state"] != "up", "the link is down")
        self.ask(messi, "send izza@B hilang")
        self.assert_refused(1, ["1 items that wait for it are given up", "its users hear nothing of groups here: lab"],
                            "--data", a.data, "peer", "remove", "B", "--yes")
        self.assertEqual(self.peer(a, "B")["queued"], 1, "nothing was done")
        self.assertIn("1 item that waited", self.ctl(a, "peer", "remove", "B", "--yes", "--lose"))
        self.assertEqual([message["kind"] for message in self.ask(messi, "history izza@B")["messages"]][-1], "bounce",
                         "who sent it is told")
        self.assertEqual(self.ctl(a, "peer", "list"), "no other servers are known\n")
        self.assertIn(messi.ask("send izza@B tiga")["code"], ("server-not-found", "server-not-connected"))
        self.ask(messi, "sendgroup lab sementara itu")
        b.start()
        self.join(a, b, "B")
        izza = self.login(b, "izza")
        self.ask(messi, "send izza@B tiga")
        self.ask(izza, "send messi@A empat")
        self.ask(izza, "sendgroup lab@A kembali")
        wait_until(lambda: self.texts(izza, "messi@A") == ["satu", "dua", "tiga", "empat"], "nothing twice, nothing lost")
        wait_until(lambda: self.texts(izza, "#lab@A") == ["dari A", "dari B", "sementara itu", "kembali"], "the group too")
        self.assertEqual([contact["user"] for contact in self.ask(messi, "contacts")], ["izza@B"])
        self.assertEqual([peer["peer"] for peer in self.ctl_json(a, "peer", "list")["peers"]], ["B"])
        for server, label in ((a, "B"), (b, "A")):
            wait_until(lambda: self.peer(server, label)["queued"] == 0, "nothing waits")
            self.assertEqual(self.peer(server, label)["sent"]["epoch"], 1, "nobody thinks that a store was put back")


if __name__ == "__main__":
    control_case.main()
