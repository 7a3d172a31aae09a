#!/usr/bin/env python3
"""Three servers that are peers, the roads between them bad, and each of them killed now and then: whether everything
that was accepted is everywhere it belongs once all is healed.

Users write each other across the servers, live in groups whose homes are each of the three, send files, come to groups
and leave them. Every request has a key and is repeated until it is answered. Meanwhile the roads (bad_road.py) cut,
stall, delay and truncate, and servers are killed with SIGKILL and started again; now and then one of them is put back to an
earlier copy of its data, and told so (obrold --restored), while everybody writes. After every round all is healed, and the
histories of all users are read and compared (federation_ledger.py has the rules).

With --volatile-disk a kill also loses what was written and not synced, as when the power fails.

Exit code 1: a promise is broken. 2: the rounds themselves did not work.
"""

import argparse
import asyncio
import collections
import contextlib
import functools
import os
import random
import shutil
import sys
import tempfile
import time
import traceback

from bad_road import BadRoad
from federation_ledger import Entry, Ledger
from federation_wire import Line, Talker
from kills_ledger import Fate, Violation
from obrold import Obrold, ServerFailure

LABELS = ("A", "B", "C")
# Those who stay in their groups, and one who comes and goes. They are called so on every server.
STAYING = ("messi", "maya")
COMING_AND_GOING = "nania"
USERS = (*STAYING, COMING_AND_GOING)
WINDOWS = (1, 6, 24)
BUSY_SECONDS = (1.0, 3.0)
DOWN_SECONDS = (0.0, 1.0)
KILLS_MAX = 3
# Whoever waits for the next attempt to dial would make the rounds long; people ask for it, too.
CONNECT_SECONDS = (0.1, 0.6)
BLOCKED_ROADS = 0.3
# In one of so many rounds a server is put back to where it was before it.
ROUNDS_PER_PUTTING_BACK = 2
# Generous: sanitizers on a busy machine.
HEALED_SECONDS_MAX = 120.0
FILE_BYTES_MAX = 100_000
HISTORY_PAGE = 1000
# The server cannot do it now; nothing happened.
STORE_REFUSALS = {"busy", "not-stored", "unavailable"}
# Who was never heard of has no history.
NO_HISTORY = {"user-not-found", "not-found"}
ACCEPTED_PER_ROUND_MIN = 30
CHEAP_PASSWORDS = "[passwords]\nmemory_kib = 8\niterations = 1\n"


class Trouble(Exception):
    """The rounds themselves did not work."""


class Server:
    """One of the three, its roads to the others, and its users."""

    def __init__(self, label, options, folder, random_numbers):
        self.label = label
        self.random = random_numbers
        self.data = os.path.join(folder, label)
        settings = os.path.join(folder, f"{label}.toml")
        with open(settings, "w", encoding="utf-8") as file:
            file.write(CHEAP_PASSWORDS)
        environment = {}
        if options.volatile_disk:
            environment = {
                "LD_PRELOAD": os.path.abspath(options.volatile_disk),
                "VOLATILE_DISK_DIR": self.data,
                # The library comes before a sanitizer's, which is in order here.
                "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0",
            }
        self.process = Obrold(options.obrold, "--demo", "--server-id", label, "--config", settings, dialects=("native",),
                              data=self.data, environment=environment)
        self.roads = {other: BadRoad(random_numbers) for other in LABELS if other != label}
        self.roads_here = []
        self.talkers = {name: Talker(self, name, random_numbers) for name in USERS}
        self.address = None
        self.dying = asyncio.Lock()  # whoever ends it starts it again before somebody else ends it

    async def start(self, *once):
        try:
            await asyncio.to_thread(self.process.start, *once)
        except ServerFailure as failure:
            raise Violation(f"{self.label} does not start on what it left behind: {failure}") from None
        self.address = self.process.address("native")
        for road in self.roads_here:
            road.target = self.address

    def go_down(self):
        self.address = None
        for road in self.roads_here:
            road.target = None

    async def kill(self):
        code = self.process.process.poll()
        if code is not None:
            raise Violation(f"{self.label} ended by itself with exit code {code}; it said:\n{self.process.log()[-4000:]}")
        self.go_down()
        await asyncio.to_thread(self.process.kill)

    async def stop(self):
        self.go_down()
        try:
            await asyncio.to_thread(self.process.stop)
        except ServerFailure as failure:
            raise Violation(f"{self.label}: {failure}") from None

    @contextlib.asynccontextmanager
    async def line(self, name=STAYING[0]):
        """Logged in as that user. Only while nobody kills the server."""
        line = await self.talkers[name].connect()
        if not line:
            raise Violation(f"{self.label} does not let {name} in; it said:\n{self.process.log()[-4000:]}")
        try:
            yield line
        finally:
            line.close()

    def everywhere(self, name):
        """As other servers call somebody or something that is called so here."""
        return name if "@" in name else f"{name}@{self.label}"

    def here(self, address):
        return address.removesuffix(f"@{self.label}")

    async def keep_connecting(self, is_over):
        """As somebody who does not want to wait does; whether it works is not what he looks at."""
        while not is_over():
            await asyncio.sleep(self.random.uniform(*CONNECT_SECONDS))
            try:
                line = await self.talkers[STAYING[0]].connect()
                if not line:
                    continue
                try:
                    for server in await line.data(cmd="servers"):
                        if server["state"] != "up":
                            await line.ask(cmd="connect", server=server["server"])
                finally:
                    line.close()
            except ConnectionError:
                pass


class Load:
    """What the users do, and what they are told."""

    def __init__(self, ledger, random_numbers):
        self.ledger = ledger
        self.random = random_numbers
        self.codes = {}  # group: the code by which one comes in
        self.refusals = collections.Counter()
        self.people = [f"{name}@{label}" for label in LABELS for name in USERS]

    def draw(self, talker):
        choice = self.random.random()
        if talker.name == COMING_AND_GOING and choice < 0.2:
            self.come_or_go(talker)
        elif choice < 0.55:
            self.send(talker)
        elif choice < 0.95:
            self.post(talker)
        else:
            self.send_file(talker)

    def send(self, talker):
        causes = ()
        recipients = tuple(self.random.sample(self.people, self.random.choice((1, 1, 1, 1, 1, 2, 3))))
        if self.random.random() < 0.03:
            recipients = (f"nobody@{self.random.choice([label for label in LABELS if label != talker.server.label])}",)
            causes = {"user-not-found"}
        message = self.ledger.send(talker.address, recipients, self.draw_padding(), causes=causes)
        to = [talker.server.here(recipient) for recipient in recipients]
        talker.ask({"cmd": "send", "to": to, "text": message.text}, functools.partial(self.hear, message))

    def post(self, talker):
        group = self.random.choice(list(self.codes))
        causes = {"not-a-member"} if talker.name == COMING_AND_GOING else ()
        message = self.ledger.send(talker.address, (group,), self.draw_padding(), causes=causes)
        talker.ask({"cmd": "sendgroup", "group": talker.server.here(group), "text": message.text},
                   functools.partial(self.hear, message))

    def send_file(self, talker):
        recipient = self.random.choice(self.people + list(self.codes))
        causes = {"not-a-member"} if talker.name == COMING_AND_GOING and recipient.startswith("#") else ()
        content = self.random.randbytes(int(self.random.paretovariate(0.5) * 500) % FILE_BYTES_MAX)
        message = self.ledger.send(talker.address, (recipient,), content=content, causes=causes)
        talker.ask({"cmd": "sendfile", "to": talker.server.here(recipient), "name": message.text, "size": len(content),
                    "eager": True}, functools.partial(self.hear, message), content)

    def come_or_go(self, talker):
        group = self.random.choice(list(self.codes))
        if self.random.random() < 0.6:
            home = group.partition("@")[2]
            code = self.codes[group] + ("" if home == talker.server.label else f"@{home}")
            talker.ask({"cmd": "joingroup", "code": code}, functools.partial(self.hear_deed, talker.address))
        else:
            talker.ask({"cmd": "leavegroup", "group": talker.server.here(group)}, functools.partial(self.hear_deed, talker.address))

    def draw_padding(self):
        return "x" * int(self.random.paretovariate(0.6) * 8 % 2000)

    def hear(self, message, answer):
        message.repeated = answer["is_repeated"]
        if answer["status"] == "OK":
            copies = answer["data"].get("sent", [answer["data"]])
            delivered = [copy for copy in copies if copy.get("delivery") != "queued"]
            # Whoever asks again is told that it was sent, not what has become of it.
            if "user-not-found" in message.causes and delivered and not answer["is_repeated"]:
                raise Violation(f"{message} is for nobody and was delivered: {answer}")
            place = (copies[0]["seq"], copies[0]["id"]) if message.is_in_group and "seq" in copies[0] else None
            self.ledger.accept(message, [copy["id"] for copy in copies], place)
            return
        message.fate = Fate.REFUSED
        if answer["code"] not in self.ledger.causes_of(message) | STORE_REFUSALS:
            raise Violation(f"{message} was answered {answer}")
        self.refusals[answer["code"]] += 1

    def hear_deed(self, by, answer):
        if answer["status"] == "OK":
            data = answer.get("data")
            if isinstance(data, dict) and data.get("delivery") == "queued":
                self.ledger.queued_deeds[by] += 1
            return
        recovering = {"home-recovering"} if self.ledger.put_back_labels else set()
        if answer["code"] not in {"not-a-member", "group-not-found"} | recovering | STORE_REFUSALS:
            raise Violation(f"a change of a group was answered {answer}")
        self.refusals[answer["code"]] += 1


class Rounds:
    def __init__(self, options, folder, random_numbers):
        self.options = options
        self.folder = folder
        self.random = random_numbers
        self.ledger = Ledger()
        self.load = Load(self.ledger, random_numbers)
        self.servers = {label: Server(label, options, folder, random_numbers) for label in LABELS}
        self.roads = {(label, other): road for label, server in self.servers.items()
                      for other, road in server.roads.items()}
        for (_, other), road in self.roads.items():
            self.servers[other].roads_here.append(road)
        self.is_over = True
        self.kills = 0
        self.put_back = 0
        self.put_back_every = options.put_back_every
        self.healed_seconds = []
        self.files_looked_at = set()
        self.inboxes = 0

    async def run(self):
        await self.found()
        deadline = time.monotonic() + self.options.seconds if self.options.seconds else None
        number = 0
        while number < self.options.rounds or (deadline and time.monotonic() < deadline):
            number += 1
            try:
                await self.round(number)
            except Violation as violation:
                raise Violation(f"round {number}: {violation}") from None
        try:
            await self.last_look()
        except Violation as violation:
            raise Violation(f"at the end: {violation}") from None
        if self.ledger.count(Fate.ACKNOWLEDGED) < ACCEPTED_PER_ROUND_MIN * number:
            raise Trouble(f"only {self.ledger.count(Fate.ACKNOWLEDGED)} messages were accepted")
        if not self.kills or not all(self.count_mishaps().values()):
            raise Trouble("nobody was killed, or a kind of mishap never happened")
        return number

    async def found(self):
        """The servers, connected in pairs, and a group at home on each with those who stay."""
        for road in self.roads.values():
            await road.start()
        for server in self.servers.values():
            await server.start()
        for label, server in self.servers.items():
            async with server.line() as line:
                for other, road in server.roads.items():
                    await line.data(cmd="addserver", server=other, host="127.0.0.1", port=road.port)
                    await line.data(cmd="connect", server=other)
        for label, server in self.servers.items():
            group = f"#g{label.lower()}@{label}"
            owner = f"{STAYING[0]}@{label}"
            others = [f"{name}@{there}" for there in LABELS for name in STAYING if f"{name}@{there}" != owner]
            async with server.line() as line:
                made = await line.data(cmd="creategroup", group=f"g{label.lower()}",
                                       members=[server.here(name) for name in others])
            self.load.codes[group] = made["code"]
            self.ledger.homes[group] = owner
        await self.wait_until("the groups have their members", self.have_members)

    async def have_members(self):
        wanted = {f"{name}@{label}" for label in LABELS for name in STAYING}
        for server in self.servers.values():
            for group in self.load.codes:
                if set(await self.members_of(server, group)) != wanted:
                    return f"{server.label} knows of {group} {await self.members_of(server, group)}"
        return None

    @staticmethod
    async def members_of(server, group):
        """{member: role}."""
        async with server.line() as line:
            answer = await line.ask(cmd="members", group=server.here(group))
        if answer["status"] != "OK":
            return {}
        return {server.everywhere(member["user"]): member["role"] for member in answer["data"]}

    async def round(self, number):
        keeps_copy = self.put_back_every > 0 and number % self.put_back_every == 0
        chosen = self.servers[self.random.choice(LABELS)] if keeps_copy else None
        counts = await self.keep_copy(chosen) if keeps_copy else None
        busy_seconds = self.random.uniform(*self.options.busy_seconds)
        await self.be_busy(number, busy_seconds, [self.put_copy_back(chosen, counts, busy_seconds)] if keeps_copy else [])
        await self.heal()
        await self.look()
        print(f"round {number}: {self.kills} kills, healed after {self.healed_seconds[-1]:.2f} s, "
              f"accepted {self.ledger.count(Fate.ACKNOWLEDGED)}" + (f"; {chosen.label} was put back" if keeps_copy else ""),
              flush=True)

    async def be_busy(self, number, busy_seconds, beside):
        self.is_over = False
        for road in self.roads.values():
            road.spoil()
        is_over = lambda: self.is_over
        talkers = [talker for server in self.servers.values() for talker in server.talkers.values()]
        kills = [self.kill_later(busy_seconds) for _ in range(self.random.randint(0 if number > 1 else 1, KILLS_MAX))]
        tasks = [asyncio.create_task(task) for task in (
            *(talker.talk(self.load.draw, self.random.choice(WINDOWS), is_over) for talker in talkers),
            *(server.keep_connecting(is_over) for server in self.servers.values()),
            *(self.block_later(road, busy_seconds) for road in self.roads.values()),
            *kills, *beside, self.end_after(busy_seconds))]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def end_after(self, seconds):
        await asyncio.sleep(seconds)
        self.is_over = True
        for road in self.roads.values():
            road.heal()

    async def kill_later(self, within_seconds):
        await asyncio.sleep(self.random.uniform(0, within_seconds))
        server = self.servers[self.random.choice(LABELS)]
        async with server.dying:
            await server.kill()
            self.kills += 1
            await asyncio.sleep(self.random.uniform(*DOWN_SECONDS))
            await server.start()

    async def block_later(self, road, within_seconds):
        if self.random.random() >= BLOCKED_ROADS:
            return
        begin, end = sorted(self.random.uniform(0, within_seconds) for _ in range(2))
        await asyncio.sleep(begin)
        road.block()
        await asyncio.sleep(end - begin)
        road.unblock()

    async def heal(self):
        for road in self.roads.values():
            road.heal()
        begin = time.monotonic()
        self.is_over = False
        connecting = [asyncio.create_task(server.keep_connecting(lambda: self.is_over)) for server in self.servers.values()]
        try:
            await self.wait_until("everything has arrived", self.has_arrived)
        finally:
            self.is_over = True
            await asyncio.gather(*connecting)
        self.healed_seconds.append(time.monotonic() - begin)

    async def wait_until(self, what, is_so):
        """`is_so` says what is still missing; None: nothing."""
        deadline = time.monotonic() + HEALED_SECONDS_MAX
        while missing := await is_so():
            if time.monotonic() > deadline:
                raise Violation(f"not so after {HEALED_SECONDS_MAX:g} s: {what}: {missing}")
            await asyncio.sleep(0.05)

    async def has_arrived(self):
        heads = collections.defaultdict(set)
        for server in self.servers.values():
            async with server.line() as line:
                for other in await line.data(cmd="servers"):
                    if other["state"] != "up" or other["queued"]:
                        return f"{server.label} knows of {other}"
                for group in self.load.codes:
                    newest = (await line.data(cmd="history", who=server.here(group), limit=1))["messages"]
                    heads[group].add(newest[0]["id"] if newest else None)
        parted = {group: ids for group, ids in heads.items() if len(ids) > 1}
        return f"heads of {parted}" if parted else None

    # A server that is put back.

    async def keep_copy(self, server):
        await server.stop()
        await asyncio.to_thread(shutil.copytree, server.data, server.data + ".copy")
        await server.start()
        return collections.Counter(self.ledger.counts)

    async def put_copy_back(self, server, counts, within_seconds):
        """While everybody writes, its own users too."""
        await asyncio.sleep(self.random.uniform(0, within_seconds))
        async with server.dying:
            await server.kill()
            await asyncio.to_thread(shutil.rmtree, server.data)
            os.rename(server.data + ".copy", server.data)
            self.ledger.put_back(server.label, counts)
            for talker in server.talkers.values():
                talker.forget()
            await server.start("--restored")
        self.put_back += 1

    # What everybody sees.

    async def look(self, everything=False):
        for server in self.servers.values():
            for name in USERS:
                async with server.line(name) as line:
                    for address in (*self.load.people, *(f"nobody@{label}" for label in LABELS if label != server.label)):
                        await self.read_history(server, line, f"{name}@{server.label}", address, everything)
                    if name == COMING_AND_GOING:
                        continue
                    for group in self.load.codes:
                        await self.read_history(server, line, f"{name}@{server.label}", group, everything)
        self.ledger.check()
        await self.check_members()
        await self.check_files()

    async def read_history(self, server, line, reader, other, everything):
        known = 0 if everything else self.ledger.newest(reader, other)
        before = {}
        while True:
            answer = await line.ask(cmd="history", who=server.here(other), limit=HISTORY_PAGE, **before)
            if answer["status"] != "OK":
                if answer["code"] in NO_HISTORY and not self.ledger.newest(reader, other):
                    return
                raise Violation(f"the history of {other} was answered to {reader} with {answer}")
            page = answer["data"]
            entries = [self.entry_of(server, message) for message in page["messages"]]
            self.ledger.see(reader, other, entries)
            if not page["more"] or entries[0].seq <= known:
                return
            before = {"before": entries[0].seq}

    @staticmethod
    def entry_of(server, message):
        code = ""
        if message["kind"] == "file":
            text, code = message["file"]["name"], message["file"]["code"]
        elif message["kind"] == "member":
            member = message["member"]
            who = ",".join(server.everywhere(name) for name in member["who"])
            text = " ".join((member["action"], member.get("role", ""), who))
        elif message["kind"] == "bounce":
            bounce = message["bounce"]
            text = " ".join(("failed" if bounce["final"] else "delayed", bounce["message"], bounce["why"]))
        else:
            text = message["text"]
        return Entry(message["seq"], message["id"], message["kind"], server.everywhere(message["from"]), text, code)

    async def check_members(self):
        for group in self.load.codes:
            members = [await self.members_of(server, group) for server in self.servers.values()]
            if any(there != members[0] for there in members):
                raise Violation(f"the servers know other members of {group}: {members}")

    async def check_files(self):
        """Those who received one fetch it: from their own server, which gets it from the sender's."""
        for (reader, other), log in self.ledger.logs.items():
            name, _, label = reader.partition("@")
            new = [entry for entry in log.values() if entry.kind == "file" and (reader, entry.id) not in self.files_looked_at]
            if not new:
                continue
            async with self.servers[label].line(name) as line:
                for entry in new:
                    message = self.ledger.messages[entry.text]
                    content = message.content
                    answer = await line.ask(cmd="getfile", code=entry.code)
                    # The bytes may have been on the sender's server alone, which has lost them.
                    if answer["status"] != "OK" and (message.forgotten or message.cut_off):
                        continue
                    if answer["status"] != "OK":
                        raise Violation(f"{reader} does not get {entry} of {other}: {answer}")
                    data = answer["data"]
                    if data["size"] != len(content) or await line.raw(data["size"]) != content:
                        raise Violation(f"{reader} got other bytes of {entry}")
                    self.files_looked_at.add((reader, entry.id))

    async def last_look(self):
        """Everything again after a clean restart; then the inboxes, which nobody has emptied."""
        for server in self.servers.values():
            await server.stop()
            await server.start()
        await self.heal()
        await self.look(everything=True)
        for server in self.servers.values():
            for name in STAYING:
                async with server.line(name) as line:
                    await self.check_inbox(server, line, f"{name}@{server.label}")
            await server.stop()

    async def check_inbox(self, server, line, reader):
        got = collections.Counter()
        while True:
            page = await line.data(cmd="inbox")
            got.update(message["id"] for message in page["messages"])
            if not page["messages"]:
                break
        wanted = {entry.id for (who, other), log in self.ledger.logs.items() if who == reader for entry in log.values()
                  if entry.kind in ("message", "file") and (entry.sender != reader or other == reader)}
        if set(got) != wanted or any(count > 1 for count in got.values()):
            raise Violation(f"the inbox of {reader} has {len(got)} messages where {len(wanted)} belong; lost: "
                            f"{sorted(wanted - set(got))[:5]}, invented: {sorted(set(got) - wanted)[:5]}, most often: "
                            f"{got.most_common(1)}")
        self.inboxes += len(got)

    def count_mishaps(self):
        return sum((collections.Counter({mishap.value: count for mishap, count in road.mishaps.items()})
                    for road in self.roads.values()), collections.Counter())


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("obrold")
    parser.add_argument("--volatile-disk", metavar="LIBRARY", help="volatile_disk.so: kills also lose what was not synced")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seconds", type=float, help="as many rounds more as begin within this time")
    parser.add_argument("--seed", type=int, help="for the choices of the users, the roads and the moments of the kills")
    parser.add_argument("--busy-seconds", type=float, nargs=2, default=BUSY_SECONDS, metavar=("MIN", "MAX"),
                        help="so long everybody writes in each round")
    parser.add_argument("--put-back-every", type=int, default=ROUNDS_PER_PUTTING_BACK, metavar="N",
                        help="one server is put back to where it was before the round in every Nth; 0: never")
    parser.add_argument("--discard", action="store_true", help="keep nothing when a promise is broken")
    return parser.parse_args()


def main():
    options = parse_arguments()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    folder = tempfile.mkdtemp(prefix="obrold-federation-")
    rounds = Rounds(options, folder, random.Random(seed))
    begin = time.monotonic()
    status = 0
    try:
        count = asyncio.run(rounds.run())
        ledger = rounds.ledger
        print(f"{count} rounds in {time.monotonic() - begin:.0f} s, seed {seed}: {ledger.count(Fate.ACKNOWLEDGED)} accepted, "
              f"each where it belongs and once; {rounds.inboxes} in inboxes, {len(rounds.files_looked_at)} files fetched, "
              f"{rounds.kills} kills, {rounds.put_back} servers put back, mishaps: {dict(rounds.count_mishaps())}, "
              f"refusals: {dict(rounds.load.refusals)}; healed within {max(rounds.healed_seconds):.2f} s")
    except Violation as violation:
        print(f"VIOLATION with seed {seed}: {violation}", file=sys.stderr)
        status = 1
    except Exception:
        print(f"trouble with seed {seed}:", file=sys.stderr)
        traceback.print_exc()
        status = 2
    finally:
        for server in rounds.servers.values():
            if server.process.process:
                server.process.kill()
    if status == 0 or options.discard:
        shutil.rmtree(folder)
    else:
        print(f"the data and the logs are kept in {folder}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
