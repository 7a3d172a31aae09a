"""Runs the shell sessions of the operating guide and the examples of the man pages, and compares what comes.

usage: documents_test.py OBROLD OBROLCTL OBROL BUILD_DIRECTORY [unittest arguments]

In Markdown a session is a ```console block, in a man page what stands between .nf and .fi. A line that begins with "$ " is
typed, the lines below it are what comes, standard error too. All sessions of one document follow one another in one
directory; a block ```toml NAME is a file there. "obrold … &" starts the server of the sessions that follow, on free ports
instead of the ones shown. What differs from run to run (times, tokens, codes, sizes …) only has to look alike.
"""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from typing import List

import classic_test
from obrold import Obrold

OBROLD = None
OBROLCTL = None
OBROL = None
BUILD = None
TREE = pathlib.Path(__file__).parents[2]
DEFAULT_PORTS = {"auto": 8889, "py-chat": 8000, "simple-chat": 8890, "multithread-chat": 8891, "chat-service": 8892,
                 "protokol-chat": 8893}
SECONDS_MAX = 120.0

FILE_OR_GROUP_CODE = r"\b[0-9a-f]{6}\b"
# What may differ: how it looks → what stands for it in the comparison.
DIFFERS = [
    (r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "<token>"),
    (r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d\.\d{3}Z| \d\d:\d\d:\d\d UTC)", "<time>"),
    (r"\b[a-z2-9]{5}(?:-[a-z2-9]{5}){3}\b", "<password>"),
    (r"\b[0-9a-z]{4}(?:-[0-9a-z]{4}){3}\b", "<code>"),
    (r"\b[0-9a-f]{4}(?: [0-9a-f]{4}){7}\b", "<fingerprint>"),
    (FILE_OR_GROUP_CODE, "<code>"),
    (r"\b\d+\.\d [KMGT]iB", "<size>"),
    (r"\b(?:\d+[dhms] )?\d+[dhms], since", "<duration>, since"),
    (r"^(process|commits): +\d+", r"\1: <number>"),
    (r"^data: +/\S+", "data: <path>"),
]


def comparable(text):
    for pattern, stands_for in DIFFERS:
        text = re.sub(pattern, stands_for, text, flags=re.MULTILINE)
    return text.rstrip("\n")


@dataclasses.dataclass
class Example:
    line: int
    command: str
    expected: str


@dataclasses.dataclass
class File:
    line: int
    name: str
    content: str


def sessions_of_page(content):
    """(line, kind, lines) of the fenced blocks that count."""
    fence = None
    for number, text in enumerate(content.split("\n"), 1):
        if fence is None and (match := re.fullmatch(r"```(console|toml \S+)", text)):
            fence, lines, start = match[1], [], number + 1
        elif fence is not None and text == "```":
            yield start, fence, lines
            fence = None
        elif fence is not None:
            lines.append(text)


def sessions_of_manual(content):
    lines = None
    for number, text in enumerate(content.split("\n"), 1):
        if text == ".nf":
            lines, start = [], number + 1
        elif text == ".fi":
            yield start, "console", lines
            lines = None
        elif lines is not None:
            # A request keeps its place, so that the numbers of the lines stay right.
            lines.append("" if text.startswith(".") else text.replace("\\-", "-").replace("\\e", "\\"))


def parse(path) -> List:
    content = path.read_text(encoding="utf-8")
    blocks = sessions_of_page(content) if path.suffix == ".md" else sessions_of_manual(content)
    steps = []
    for start, kind, lines in blocks:
        if kind != "console":
            steps.append(File(start, kind.split()[1], "\n".join(lines) + "\n"))
            continue
        example = None
        for number, text in enumerate(lines, start):
            if text.startswith("$ "):
                example = Example(number, text[2:], "")
                steps.append(example)
            elif example:
                example.expected += text + "\n"
            elif text:
                raise AssertionError(f"{path}:{number}: an answer without a command: {text}")
    return steps


class Session:
    """A shell in a directory of its own, with a server."""

    def __init__(self, folder):
        self.folder = folder
        self.server = None
        self.status = 0
        self.codes = {}
        programs = folder / ".programs"
        programs.mkdir()
        for name, program in (("obrold", OBROLD), ("obrolctl", OBROLCTL)):
            (programs / name).symlink_to(program)
        # The line client's default port belongs to whoever has it on this machine.
        (programs / "obrol").write_text(
            "#!/usr/bin/env bash\n"
            'port=$(cat "$(dirname "$0")/$2.port" 2>/dev/null) && exec %s "$@" --port "$port"\nexec %s "$@"\n' % (OBROL, OBROL),
            encoding="utf-8")
        (programs / "obrol").chmod(0o755)
        self.programs = programs

    def end(self):
        if self.server:
            self.server.stop()
            self.server.__exit__()
            self.server = None

    def start_server(self, arguments):
        self.end()
        data = "data-demo" if "--demo" in arguments else "data"
        self.server = Obrold(OBROLD, *arguments, dialects=DEFAULT_PORTS, data=str(self.folder / data))
        self.server.command[0:3] = [OBROLD, "--data", data]
        before = os.getcwd()
        os.chdir(self.folder)
        try:
            self.server.log_path = str(self.folder / "obrold.log")
            self.server.start()
        finally:
            os.chdir(before)
        for dialect, (_, port) in self.server.addresses.items():
            (self.programs / f"{dialect}.port").write_text(str(port), encoding="utf-8")
        self.status = 0
        return "ready " + " ".join(f"{dialect}:127.0.0.1:{port}" for dialect, port in DEFAULT_PORTS.items())

    def remember_codes(self, came, expected):
        """Whoever types a code that the document showed means the one that came in its place."""
        self.codes.update(zip(re.findall(FILE_OR_GROUP_CODE, expected), re.findall(FILE_OR_GROUP_CODE, came)))

    def run(self, example):
        """What came, and what was expected of it."""
        command = example.command
        started = re.fullmatch(r"obrold\b(.*)&", command)
        if started:
            return self.start_server(started[1].split()), example.expected
        typed, expected = "", example.expected
        if command.startswith("obrol --classic"):
            typed = "".join(line + "\n" for line in classic_test.typed_lines(expected))
            expected = re.sub("^(Command [^ :\n]*:).+\n", r"\1", expected, flags=re.MULTILINE)
        if command.strip() == "echo $?":
            return f"{self.status}\n", expected
        for dialect, port in DEFAULT_PORTS.items():
            if self.server:
                command = command.replace(f"127.0.0.1 {port}", f"127.0.0.1 {self.server.address(dialect)[1]}")
        for shown, code in self.codes.items():
            command = command.replace(shown, code)
        done = subprocess.run(["bash", "-c", command], cwd=self.folder, input=typed, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=SECONDS_MAX, check=False,
                              env={**os.environ, "PATH": f"{self.programs}:{os.environ['PATH']}"})
        self.status = done.returncode
        came = done.stdout
        for dialect, port in DEFAULT_PORTS.items():
            if self.server:
                came = came.replace(f"{dialect}:127.0.0.1:{self.server.address(dialect)[1]}", f"{dialect}:127.0.0.1:{port}")
        return came, expected


class DocumentsTest(unittest.TestCase):
    maxDiff = None

    def replay(self, name, examples_min, start=None):
        path = TREE / name
        steps = parse(path)
        self.assertGreaterEqual(sum(isinstance(step, Example) for step in steps), examples_min, "they were found")
        with tempfile.TemporaryDirectory(prefix="obrol-documents-") as folder:
            session = Session(pathlib.Path(folder))
            try:
                if start is not None:
                    session.start_server(start)
                for step in steps:
                    if isinstance(step, File):
                        (session.folder / step.name).write_text(step.content, encoding="utf-8")
                        continue
                    came, expected = session.run(step)
                    self.assertEqual(comparable(came), comparable(expected), f"{name}:{step.line}: {step.command}")
                    session.remember_codes(came, expected)
            finally:
                session.end()

    def test_operating_guide(self):
        self.replay("docs/operating.md", 25)

    def test_manual_of_obrolctl(self):
        self.replay("docs/man/obrolctl.1", 8)

    def test_manual_of_obrold(self):
        self.replay("docs/man/obrold.8", 5)

    def test_manual_of_obrol(self):
        self.replay("docs/man/obrol.1", 2, start=["--demo"])

    def test_manuals_name_every_option_and_command(self):
        def words(*command):
            text = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX, check=True).stdout
            options = re.findall(r"(--[a-z-]+)", text)
            commands = re.findall(r"^  ([a-z]+) ", text.partition("Subcommands:")[2].partition("Examples:")[0], re.MULTILINE)
            return options, commands

        for program, manual in ((OBROLD, "obrold.8"), (OBROL, "obrol.1"), (OBROLCTL, "obrolctl.1")):
            text = (TREE / "docs" / "man" / manual).read_text(encoding="utf-8").replace("\\-", "-")
            text = re.sub(r"\\f[BIRP]", "", text)
            options, commands = words(program, "--help")
            for option in options:
                self.assertIn(option, text, manual)
            for command in commands:
                options, subcommands = words(program, command, "--help")
                for subcommand in subcommands:
                    self.assertRegex(text, rf"\b{command} {subcommand}\b", manual)
                    options += words(program, command, subcommand, "--help")[0]
                for option in options:
                    self.assertIn(option, text, manual)

    @unittest.skipUnless(shutil.which("groff"), "groff formats man pages; it is not installed")
    def test_manuals_are_well_formed(self):
        for manual in sorted((TREE / "docs" / "man").iterdir()):
            done = subprocess.run(["groff", "-man", "-ww", "-z", "-K", "utf8", manual], capture_output=True, text=True,
                                  timeout=SECONDS_MAX, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""), manual)

    def test_the_installed_tree_runs_and_its_unit_is_good(self):
        with tempfile.TemporaryDirectory(prefix="obrol-installed-") as folder:
            subprocess.run(["cmake", "--install", BUILD, "--prefix", folder], stdout=subprocess.DEVNULL,
                           timeout=SECONDS_MAX, check=True)
            installed = sorted(str(path.relative_to(folder)) for path in pathlib.Path(folder).rglob("*") if path.is_file())
            self.assertEqual(installed, ["bin/obrol", "bin/obrol-bench", "bin/obrolctl", "bin/obrold",
                                         "share/doc/obrol/obrold.example.toml", "share/doc/obrol/obrold.service",
                                         "share/man/man1/obrol-bench.1", "share/man/man1/obrol.1",
                                         "share/man/man1/obrolctl.1", "share/man/man8/obrold.8"])
            for program in ("obrol", "obrol-bench", "obrolctl", "obrold"):
                subprocess.run([f"{folder}/bin/{program}", "--version"], stdout=subprocess.DEVNULL, timeout=SECONDS_MAX,
                               check=True)
            unit = pathlib.Path(folder, "obrold.service")
            text = pathlib.Path(folder, "share/doc/obrol/obrold.service").read_text(encoding="utf-8")
            self.assertIn("ExecStart=/usr/local/bin/obrold --config ", text)
            unit.write_text(text.replace("/usr/local", folder), encoding="utf-8")
            if shutil.which("systemd-analyze"):
                done = subprocess.run(["systemd-analyze", "--man=no", "verify", unit], capture_output=True, text=True,
                                      timeout=SECONDS_MAX, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    OBROLD, OBROLCTL, OBROL, BUILD = (os.path.abspath(sys.argv.pop(1)) for _ in range(4))
    unittest.main()
