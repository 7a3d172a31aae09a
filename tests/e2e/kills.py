#!/usr/bin/env python3
"""Kills a server at random moments under load and looks whether it kept its promises.

Clients send numbered messages, several under way at once, while others empty the inboxes, log in and log out, and others
live in groups that people come to and leave, send files and keep contacts (kills_groups.py). The server is killed with
SIGKILL and started on the same data, sometimes killed while it starts. After every round, and in the end over the wire,
what is stored and what was delivered is compared with what was acknowledged (kills_ledger.py has the rules).

With --volatile-disk a kill also loses what was written and not synced, as when the power fails.

Exit code 1: a promise is broken. 2: the rounds themselves did not work.
"""

import argparse
import asyncio
import collections
import functools
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import chat
from kills_groups import GroupLoad
from kills_ledger import Fate, Ledger, Violation
from kills_wire import answer_of, connect, keep_asking
from obrold import Obrold, ServerFailure

USERS = ("messi", "henderson", "lineker", "izza", "maya", "nania")
# How many requests each kind of sending client keeps under way.
WINDOWS = (1, 4, 32)
SENDERS = 2 * len(USERS)
BUSY_SECONDS = (0.02, 0.8)
STARTING_SECONDS_MAX = 0.15
# One connection logs in and out all the time, as this user.
COMING_AND_GOING = "nania"
# Each start draws one of each: commits on the loop's thread or on their own, and thresholds so low that index slices and
# checkpoints fall into the rounds.
SETTINGS = (
    ("commit_in_own_thread = false", "commit_in_own_thread = true"),
    ("", "tail_index_from = 512\ntail_idle_from = 128\ntail_entries_max = 4096"),
    ("", "checkpoint_pages = 64\nwal_pages_max = 512"),
)
# What a login costs is not what this is about.
CHEAP_PASSWORDS = "[passwords]\nmemory_kib = 8\niterations = 1"
# Fewer acknowledgements than this in each round on average prove nothing.
ACKNOWLEDGED_PER_ROUND_MIN = 20
# On a busy machine a few short rounds can be over before the first login.
ROUNDS_WITH_LOGINS_MIN = 6


class Trouble(Exception):
    """The rounds themselves did not work."""


class Load:
    """The clients of all rounds."""

    def __init__(self, ledger, random_numbers):
        self.ledger = ledger
        self.random = random_numbers
        self.tokens = {}
        self.logins = 0
        self.sessions = {}  # token: whether it must be valid; those whose end was not answered are left out
        self.refusals = collections.Counter()
        self.groups = GroupLoad(ledger, random_numbers, self.tokens, self.refusals, USERS, SENDERS)

    def log_in(self, address):
        for user in USERS:
            with chat.Chat(address) as connection:
                self.tokens[user] = connection.login(user)

    async def run(self, server):
        """Returns when the server is gone."""
        address = server.address()
        senders = [self.send(address, source) for source in range(SENDERS)]
        await asyncio.gather(*senders, *[self.fetch(address, user) for user in USERS], self.come_and_go(address),
                             self.groups.run(server.address("native")))

    def draw_message(self, source):
        sender = USERS[source % len(USERS)]
        count = self.random.choice((1, 1, 1, 1, 2, 3))
        recipients = tuple(self.random.sample(USERS, count))
        message = self.ledger.send(sender, recipients, source, "x" * int(self.random.paretovariate(0.6) * 8 % 2000))
        return f"send {self.tokens[sender]} {','.join(recipients)} {message.text}", functools.partial(self.note, message)

    async def send(self, address, source):
        window = WINDOWS[source % len(WINDOWS)]
        await keep_asking(address, functools.partial(self.draw_message, source), window, self.random)

    def note(self, message, answer):
        if answer == {"status": "OK", "message": "Message Sent"}:
            message.fate = Fate.ACKNOWLEDGED
        elif answer.get("status") == "ERROR" and answer["message"].startswith("Maaf, server "):
            message.fate = Fate.REFUSED
            self.refusals[answer["message"]] += 1
        else:
            raise Violation(f"{message} was answered {answer}")

    async def fetch(self, address, user):
        reader, writer = await connect(address)
        if not writer:
            return
        try:
            while True:
                # One request at a time: a death then cuts no answer that the kernel has taken already.
                writer.write(f"inbox {self.tokens[user]}\n".encode())
                answer = await answer_of(reader)
                if answer is None:
                    return
                self.deliver(user, answer)
                await asyncio.sleep(self.random.uniform(0, 0.05))
        finally:
            writer.close()

    async def come_and_go(self, address):
        reader, writer = await connect(address)
        if not writer:
            return
        try:
            while True:
                writer.write(f"auth {COMING_AND_GOING} surabaya\n".encode())
                answer = await answer_of(reader)
                if answer is None:
                    return
                self.sessions[answer["tokenid"]] = True
                self.logins += 1
                token = self.random.choice([token for token, is_valid in self.sessions.items() if is_valid])
                if self.random.random() < 0.5:
                    continue
                del self.sessions[token]
                writer.write(f"logout {token}\n".encode())
                answer = await answer_of(reader)
                if answer is None:
                    return
                if answer != {"status": "OK", "message": token}:
                    raise Violation(f"logout of {token} was answered {answer}")
                self.sessions[token] = False
        finally:
            writer.close()

    def check_sessions(self, address):
        with chat.Chat(address) as connection:
            for token, is_valid in self.sessions.items():
                answer = connection.ask(f"show {token}")
                if (answer["status"] == "OK") != is_valid:
                    raise Violation(f"a session that {'started' if is_valid else 'ended'} with OK: {answer}")
        # Those that ended have proved it.
        self.sessions = {token: True for token, is_valid in self.sessions.items() if is_valid}

    def deliver(self, user, answer):
        """Answers how many messages there were."""
        if answer.get("status") != "OK":
            raise Violation(f"the inbox of {user} was answered {answer}")
        count = 0
        for sender, messages in answer["messages"].items():
            for message in messages:
                self.ledger.deliver(user, sender, message["msg"][2:-3])
                count += 1
        return count

    def empty_inboxes(self, address):
        for user in USERS:
            with chat.Chat(address) as connection:
                while self.deliver(user, connection.ask(f"inbox {self.tokens[user]}")):
                    pass


class Rounds:
    def __init__(self, options, folder, random_numbers):
        self.options = options
        self.settings_path = os.path.join(folder, "obrold.toml")
        self.server = make_server(options, folder, self.settings_path)
        self.random = random_numbers
        self.ledger = Ledger()
        self.load = Load(self.ledger, random_numbers)
        self.start_seconds = []

    def run(self):
        for number in range(1, self.options.rounds + 1):
            try:
                self.round(number)
            except Violation as violation:
                raise Violation(f"round {number}: {violation}") from None
        try:
            self.last_look()
        except (Violation, ServerFailure, chat.Ended) as violation:
            raise Violation(f"at the end: {violation}") from None

    def draw_settings(self):
        with open(self.settings_path, "w", encoding="utf-8") as settings:
            print(CHEAP_PASSWORDS, "[store]", *map(self.random.choice, SETTINGS), sep="\n", file=settings)

    def start(self):
        self.draw_settings()
        try:
            seconds = self.server.start()
        except ServerFailure as failure:
            raise Violation(f"it does not start on what it left behind: {failure}") from None
        if seconds > self.options.start_seconds_max:
            raise Violation(f"the start took {seconds:.1f} s")
        self.start_seconds.append(seconds)

    def round(self, number):
        if number > 1 and self.random.random() < 0.25:
            self.draw_settings()
            self.server.launch()
            time.sleep(self.random.uniform(0, STARTING_SECONDS_MAX))
            self.server.kill()
        self.start()
        if number == 1:
            self.load.log_in(self.server.address())
        self.check_start()
        busy_seconds = self.random.uniform(*BUSY_SECONDS)
        # From a thread, so that the moment does not depend on what the clients are doing.
        killer = threading.Timer(busy_seconds, self.server.process.kill)
        killer.start()
        try:
            asyncio.run(self.load.run(self.server))
        finally:
            killer.join()
        code = self.server.process.wait()
        if code != -9:
            raise Violation(f"the server ended by itself with exit code {code}; it said:\n{self.server.log()[-4000:]}")
        self.server.kill()
        self.ledger.new_life()
        self.look()
        print(f"round {number}: killed after {busy_seconds:.2f} s, start {self.start_seconds[-1]:.2f} s, "
              f"acknowledged {self.ledger.count(Fate.ACKNOWLEDGED)}, unanswered {self.ledger.count(Fate.UNANSWERED)}",
              flush=True)

    def check_start(self, everything=False):
        self.load.check_sessions(self.server.address())
        self.load.groups.check(self.server.address("native"), os.path.join(self.server.data, "blobs"), everything)

    def last_look(self):
        self.start()
        self.check_start(everything=True)
        self.load.empty_inboxes(self.server.address())
        self.server.stop()
        self.look()
        self.ledger.check_delivery()
        # A clean stop keeps the read marks.
        self.start()
        for user in USERS:
            with chat.Chat(self.server.address()) as connection:
                if self.load.deliver(user, connection.ask(f"inbox {self.load.tokens[user]}")):
                    raise Violation(f"the inbox of {user} was not empty after a clean restart")
        self.server.stop()
        acknowledged = self.ledger.count(Fate.ACKNOWLEDGED)
        if acknowledged < ACKNOWLEDGED_PER_ROUND_MIN * self.options.rounds:
            raise Trouble(f"only {acknowledged} messages were acknowledged")
        if not self.load.logins and self.options.rounds >= ROUNDS_WITH_LOGINS_MIN:
            raise Trouble("nobody logged in during the rounds")
        if not self.load.groups.files_looked_at or not any(self.ledger.groups.roles.values()):
            raise Trouble("there are no files, or no groups with members")
        if not self.ledger.count(Fate.UNANSWERED):
            raise Trouble("every message was answered: no kill hit anything")

    def look(self):
        """The whole log, while no server has it open."""
        path = os.path.join(self.server.data, "obrol.db")
        dump = subprocess.run([self.options.store_dump, path], capture_output=True, text=True)
        if dump.returncode != 0:
            raise Violation(f"store_dump: {dump.stderr.strip()[-2000:]}")
        self.ledger.check_log(dump.stdout.split("\n")[:-1])


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("obrold")
    parser.add_argument("store_dump")
    parser.add_argument("--volatile-disk", metavar="LIBRARY", help="volatile_disk.so: kills also lose what was not synced")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, help="for the choices of the clients and the moments of the kills")
    parser.add_argument("--discard", action="store_true", help="keep nothing when a promise is broken")
    parser.add_argument("--start-seconds-max", type=float, default=10.0)
    return parser.parse_args()


def make_server(options, folder, settings_path):
    data = os.path.join(folder, "data")
    environment = {}
    if options.volatile_disk:
        environment = {
            "LD_PRELOAD": os.path.abspath(options.volatile_disk),
            "VOLATILE_DISK_DIR": data,
            # The library comes before a sanitizer's, which is in order here.
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0",
        }
    return Obrold(options.obrold, "--demo", "--config", settings_path, dialects=("simple-chat", "native"), data=data,
                  environment=environment)


def main():
    options = parse_arguments()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    folder = tempfile.mkdtemp(prefix="obrold-kills-")
    rounds = Rounds(options, folder, random.Random(seed))
    begin = time.monotonic()
    status = 0
    try:
        rounds.run()
        print(f"{options.rounds} rounds in {time.monotonic() - begin:.0f} s, seed {seed}: "
              f"{rounds.ledger.count(Fate.ACKNOWLEDGED)} acknowledged, each stored once and delivered; "
              f"{len(rounds.ledger.stored_files())} files, {rounds.ledger.groups.done.total()} changes of "
              f"{len(rounds.ledger.groups.entries)} groups; "
              f"{rounds.ledger.count(Fate.UNANSWERED)} unanswered; {rounds.load.logins} logins; refusals: {dict(rounds.load.refusals)}; "
              f"slowest start {max(rounds.start_seconds):.2f} s")
    except Violation as violation:
        print(f"VIOLATION with seed {seed}: {violation}", file=sys.stderr)
        status = 1
    except Exception:
        print(f"trouble with seed {seed}:", file=sys.stderr)
        traceback.print_exc()
        status = 2
    finally:
        if rounds.server.process:
            rounds.server.kill()
    if status == 0 or options.discard:
        shutil.rmtree(folder)
    else:
        print(f"the data and the log are kept in {folder}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
