"""A real obrold as a child process: on free ports of the loopback interface and, unless told otherwise, on data of its
own that goes away with it."""

import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time

# Generous: a busy machine and sanitizers are slow, a hanging server is found all the same.
START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 60.0
# So many threads for connections, whatever a test configures otherwise: what it finds must not depend on them.
CONNECTION_THREADS = os.environ.get("OBROL_TEST_CONNECTION_THREADS")


class ServerFailure(Exception):
    """The server did not start, did not stop as told, or ended by itself."""


class Obrold:
    """with Obrold(program, "--demo") as server: server.address("simple-chat") …"""

    def __init__(self, program, *arguments, dialects=("simple-chat",), data=None, environment=None):
        self.own_data = None if data else tempfile.mkdtemp(prefix="obrold-")
        self.data = data or os.path.join(self.own_data, "data")
        self.command = [program, "--data", self.data]
        for dialect in dialects:
            self.command += ["--listen", f"{dialect}:127.0.0.1:0"]
        self.command += arguments
        self.environment = {**os.environ, **(environment or {})}
        self.process = None
        self.addresses = {}
        self.log_path = f"{self.data}.stderr"

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception):
        if self.process:
            self.kill()
        if self.own_data:
            shutil.rmtree(self.own_data, ignore_errors=True)

    def launch(self, *once):
        """Begins to start, with these arguments this time; start() does this too and waits."""
        command = self.command_with_threads() if CONNECTION_THREADS else self.command
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([*command, *once], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                                            env=self.environment)

    def command_with_threads(self):
        """With a copy of the file that the test gives, if it gives one; so what it changes later holds from the next start on."""
        command = list(self.command)
        path = f"{self.data}.threads.toml"
        lines = []
        if "--config" in command:
            place = command.index("--config") + 1
            with open(command[place], encoding="utf-8") as given:
                lines = given.read().splitlines()
            command[place] = path
        else:
            command += ["--config", path]
        if "[listen]" not in lines:
            lines.append("[listen]")
        lines.insert(lines.index("[listen]") + 1, f"threads = {CONNECTION_THREADS}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as copy:
            copy.write("\n".join(lines) + "\n")
        return command

    def start(self, *once):
        """Returns once every listener is up; answers the seconds that took."""
        begin = time.monotonic()
        self.launch(*once)
        line = self.first_line(begin + START_SECONDS_MAX)
        words = line.split()
        if words[:1] != ["ready"]:
            code = self.process.poll()
            self.kill()
            raise ServerFailure(f"no ready line but {line!r} (exit code {code}); it said:\n{self.log()}")
        for word in words[1:]:
            dialect, host, port = word.split(":")
            self.addresses[dialect] = (host, int(port))
        return time.monotonic() - begin

    def first_line(self, deadline):
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    break
                data = os.read(self.process.stdout.fileno(), 4096)
                if not data:
                    break
                line += data
        return line.decode("ascii", "backslashreplace")

    def address(self, dialect="simple-chat"):
        return self.addresses[dialect]

    @property
    def control_socket(self):
        return os.path.join(self.data, "control.sock")

    def stop(self):
        """As an administrator does; a clean end has exit code 0."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerFailure(f"still there {STOP_SECONDS_MAX:g} s after SIGTERM; it said:\n{self.log()}") from None
        self.forget_process()
        if code != 0:
            raise ServerFailure(f"SIGTERM ended it with exit code {code}; it said:\n{self.log()}")

    def kill(self):
        """kill -9; what it left behind stays."""
        self.process.kill()
        self.process.wait()
        self.forget_process()

    def forget_process(self):
        self.process.stdout.close()
        self.process = None
        self.addresses = {}

    def log(self):
        """What it and its predecessors on this data said on standard error."""
        with open(self.log_path, encoding="utf-8", errors="backslashreplace") as log:
            return log.read()
