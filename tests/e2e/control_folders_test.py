"""Users' folders, as directories on the disk (`files.root`) and without, with obrolctl against a real server.

usage: control_folders_test.py OBROLD OBROLCTL [unittest arguments]
"""

import os
import tempfile

import control_case
from control_case import ControlCase, wait_until


class FoldersTest(ControlCase):
    def start(self, root=None):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        settings = os.path.join(self.folder, "obrold.toml")
        with open(settings, "w", encoding="utf-8") as file:
            file.write("[passwords]\nmemory_kib = 8\niterations = 1\n")
            if root:
                file.write(f'[files]\nroot = "{root}"\n')
        return self.enterContext(self.server("--demo", "--config", settings, data=os.path.join(self.folder, "data")))

    def put(self, client, name, content):
        self.ask(client, f"putfile {name} {len(content)}")
        client.send(content)
        self.assertEqual(client.answer()["status"], "OK")

    def get(self, client, name):
        size = self.ask(client, f"getfolderfile {name}")["size"]
        return client.raw(size)

    def names(self, client):
        return [file["name"] for file in self.ask(client, "folder")]

    @staticmethod
    def content(path):
        try:
            with open(path, "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def test_folders_are_directories(self):
        root = self.enterContext(tempfile.TemporaryDirectory())
        server = self.start(root)
        messi, maya = self.login(server, "messi"), self.login(server, "maya")
        self.put(messi, "catatan.txt", b"dari messi")
        own = os.path.join(root, "messi", "catatan.txt")
        wait_until(lambda: self.content(own) == b"dari messi", "it is copied")
        # The operator puts one there, and changes the other.
        begun = os.path.join(root, "messi", ".begun")
        with open(begun, "wb") as file:
            file.write(b"dari operator")
        os.rename(begun, os.path.join(root, "messi", "rapat.txt"))
        with open(own, "wb") as file:
            file.write(b"diubah")
        os.symlink("/etc/passwd", os.path.join(root, "messi", "rahasia.txt"))
        self.assertEqual([name for name in self.names(messi) if name != ".begun"], ["catatan.txt", "rapat.txt"])
        self.assertEqual(self.get(messi, "rapat.txt"), b"dari operator")
        self.assertEqual(self.get(messi, "catatan.txt"), b"diubah")
        self.assertEqual(messi.ask("getfolderfile rahasia.txt")["status"], "ERROR", "a link leads nowhere")
        self.assertEqual(messi.ask("putfile rapat.txt 3")["code"], "file-exists")
        # What is sent lies in the receiver's.
        self.ask(messi, "sendfolderfile maya rapat.txt")
        wait_until(lambda: self.content(os.path.join(root, "maya", "rapat.txt")) == b"dari operator", "it is sent")
        self.assertEqual(self.names(maya), ["rapat.txt"])
        # The operator deletes in the directory; obrolctl says so.
        listed = self.ctl(server, "folder", "list", "messi").splitlines()
        self.assertEqual([line.split()[0] for line in listed], ["NAME", "catatan.txt", "rapat.txt"])
        self.assert_refused(1, "lies in the directory of messi: delete it there", "--data", server.data, "folder", "remove",
                            "messi", "catatan.txt", "--yes")
        os.remove(own)
        self.assertEqual(self.names(messi), ["rapat.txt"])
        self.put(messi, "catatan.txt", b"lagi")
        # What was acknowledged is there, whenever the server dies.
        server.kill()
        server.start()
        self.assertEqual(self.names(self.login(server, "messi")), ["catatan.txt", "rapat.txt"])
        wait_until(lambda: self.content(own) == b"lagi", "it is copied after the start")

    def test_a_root_that_is_not_there(self):
        with self.assertRaisesRegex(Exception, "files.root"):
            self.start("/nowhere/at/all")

    def test_the_operator_takes_a_file_out(self):
        server = self.start()
        messi = self.login(server, "messi")
        self.assertEqual(self.ctl(server, "folder", "list", "messi"), "the folder is empty\n")
        self.put(messi, "besar.bin", bytes(1000))
        self.put(messi, "kecil.bin", b"x")
        self.assertIn("1001 bytes", self.ctl(server, "quota", "show", "messi"))
        self.assert_refused(2, "give --yes", "--data", server.data, "folder", "remove", "messi", "besar.bin")
        self.assertEqual(self.ctl(server, "folder", "remove", "messi", "besar.bin", "--yes"),
                         "besar.bin (1000 bytes) is in the folder no more\n")
        self.assertEqual(self.names(messi), ["kecil.bin"])
        self.assertIn("1 byte", self.ctl(server, "quota", "show", "messi"))
        for name, words in (("besar.bin", "there is no file besar.bin"),):
            self.assert_refused(1, words, "--data", server.data, "folder", "remove", "messi", name, "--yes")
        self.assert_refused(1, "there is no user nobody", "--data", server.data, "folder", "list", "nobody")
        # What came by a message stays in the conversation.
        maya = self.login(server, "maya")
        self.ask(messi, "sendfolderfile maya kecil.bin")
        self.assertEqual(self.names(maya), ["kecil.bin"])
        self.ctl(server, "folder", "remove", "maya", "kecil.bin", "--yes")
        self.assertEqual(self.names(maya), [])
        code = self.ask(maya, "history messi")["messages"][-1]["file"]["code"]
        self.assertEqual(self.ask(maya, f"getfile {code}")["size"], 1)
        self.assertEqual(maya.raw(1), b"x")


if __name__ == "__main__":
    control_case.main()
