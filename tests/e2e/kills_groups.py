"""The part of the kill rounds that speaks native: groups whose members come and go, files, contacts."""

import asyncio
import collections
import functools
import os

import chat
from kills_ledger import Fate, File, Violation
from kills_wire import answer_of, connect, keep_asking

# Live at once; now and then one is left alone for a new one.
GROUPS = 3
# Requests under way of each user who lives in groups.
WINDOW = 8
ACTIONS = {"post": 68, "join": 10, "invite": 8, "kick": 8, "leave": 5, "create": 1}
# Why each may be refused; whoever is put out or goes meanwhile may do nothing more.
REFUSALS = {
    "post": {"not-a-member"},
    "join": {"group-not-found"},
    "invite": {"not-a-member", "not-allowed", "already-a-member"},
    "kick": {"not-a-member", "not-allowed"},
    "leave": {"not-a-member"},
    "create": set(),
    "contact": {"oneself", "not-a-contact"},
}
# The server cannot do it now; nothing happened.
STORE_REFUSALS = {"busy", "not-stored", "unavailable"}
FILE_SENDERS = 3
FILE_BYTES_MAX = 3 * 1024 * 1024
# Some files have equal bytes, so that one blob serves several.
EQUAL_SEEDS = 3
OLD_FILES_LOOKED_AT = 5
HISTORY_PAGE = 20


class GroupLoad:
    """Its clients number their sources from `first_source` on. `tokens` are the users' sessions."""

    def __init__(self, ledger, random_numbers, tokens, refusals, users, first_source):
        self.ledger = ledger
        self.random = random_numbers
        self.tokens = tokens
        self.refusals = refusals
        self.users = users
        self.first_source = first_source
        self.codes = {}  # of groups that live, as far as the clients know
        self.founded = 0
        self.founding = 0  # unanswered
        self.contacts = {}  # (owner, other): whether he must be there; None: that was not answered
        self.files_looked_at = 0

    async def run(self, address):
        self.founding = 0
        in_groups = [self.live(address, user, self.first_source + i) for i, user in enumerate(self.users)]
        first = self.first_source + len(self.users)
        files = [self.send_files(address, self.users[i], first + i) for i in range(FILE_SENDERS)]
        await asyncio.gather(*in_groups, *files, self.keep_contacts(address))

    # Groups.

    async def live(self, address, user, source):
        await keep_asking(address, functools.partial(self.draw, user, source), WINDOW, self.random)

    def draw(self, user, source):
        action = self.random.choices(list(ACTIONS), ACTIONS.values())[0]
        if len(self.codes) + self.founding < GROUPS:
            action = "create"
        elif not self.codes:
            return "ping", lambda answer: None
        token = self.tokens[user]
        if action == "create":
            return self.draw_create(user, token)
        group = self.random.choice(list(self.codes))
        if action == "post":
            text = "x" * int(self.random.paretovariate(0.6) * 8 % 2000)
            message = self.ledger.send(user, ("#" + group,), source, text)
            return f"sendgroup {token} {group} {message.text}", functools.partial(self.hear_post, message)
        if action == "join":
            deed = self.ledger.groups.ask(group, action, user, (user,))
            return f"joingroup {token} {self.codes[group]}", functools.partial(self.hear_deed, deed)
        if action == "leave":
            deed = self.ledger.groups.ask(group, action, user, (user,))
            return f"leavegroup {token} {group}", functools.partial(self.hear_deed, deed)
        who = tuple(self.random.sample(self.users, 2 if action == "invite" else 1))
        deed = self.ledger.groups.ask(group, action, user, who)
        return f"{action} {token} {group} {','.join(who)}", functools.partial(self.hear_deed, deed)

    def draw_create(self, user, token):
        if len(self.codes) >= GROUPS:
            del self.codes[next(iter(self.codes))]
        self.founded += 1
        self.founding += 1
        others = [name for name in self.users if name != user]
        who = tuple(self.random.sample(others, self.random.randint(0, len(others))))
        deed = self.ledger.groups.ask(f"g{self.founded}", "create", user, who)
        return f"creategroup {token} {deed.group} {','.join(who)}".rstrip(), functools.partial(self.hear_deed, deed)

    def is_done(self, action, answer):
        """False when it was refused for a good reason."""
        if answer["status"] == "OK":
            return True
        if answer["code"] in STORE_REFUSALS:
            self.refusals[answer["code"]] += 1
        elif answer["code"] not in REFUSALS[action]:
            raise Violation(f"{action} was answered {answer}")
        return False

    def hear_post(self, message, answer):
        if not self.is_done("post", answer):
            message.fate = Fate.REFUSED
            return
        copy = answer["data"]["sent"][0] if "sent" in answer["data"] else answer["data"]
        message.fate = Fate.ACKNOWLEDGED
        message.place = (copy["conv"], copy["seq"], copy["id"])

    def hear_deed(self, deed, answer):
        self.founding -= deed.action == "create"
        if not self.is_done(deed.action, answer):
            deed.fate = Fate.REFUSED
            if answer["code"] == "group-not-found":
                self.codes.pop(deed.group, None)
            return
        data = answer["data"]
        deed.fate = Fate.REFUSED if data.get("already") else Fate.ACKNOWLEDGED
        if deed.action == "create":
            self.codes[deed.group] = data["code"]
        elif deed.action == "invite":
            deed.who = tuple(data["added"])
        elif data.get("ended"):
            self.codes.pop(deed.group, None)

    # Files.

    async def send_files(self, address, user, source):
        while True:
            reader, writer = await connect(address)
            if not writer:
                return
            try:
                # Some uploads are cut off by their senders.
                while self.random.random() < 0.9:
                    if not await self.send_file(reader, writer, user, source):
                        return
                    await asyncio.sleep(self.random.uniform(0, 0.02))
                message = self.new_file(user, source)
                message.fate = Fate.REFUSED
                writer.write(self.upload_line(message, "eager") + message.file.content()[1:])
            finally:
                writer.close()

    def new_file(self, user, source):
        recipient = self.random.choice(self.users)
        if self.codes and self.random.random() < 0.5:
            recipient = "#" + self.random.choice(list(self.codes))
        if self.random.random() < 0.2:
            file = File(self.random.randrange(EQUAL_SEEDS), 1000)
        else:
            file = File(self.random.getrandbits(32), 1 + int(self.random.paretovariate(0.5) * 500) % FILE_BYTES_MAX)
        return self.ledger.send(user, (recipient,), source, "", file)

    def upload_line(self, message, *words):
        name, size = message.text, str(message.file.size)
        return " ".join(("sendfile", self.tokens[message.sender], message.recipients[0], name, size, *words)).encode() + b"\n"

    async def send_file(self, reader, writer, user, source):
        """False when the server is gone."""
        message = self.new_file(user, source)
        is_eager = self.random.random() < 0.5
        if is_eager:
            writer.write(self.upload_line(message, "eager") + message.file.content())
        else:
            writer.write(self.upload_line(message))
        answer = await answer_of(reader)
        if answer and answer["status"] == "OK":
            if not is_eager:
                writer.write(message.file.content())
            answer = await answer_of(reader)
        if answer is None:
            return False
        self.hear_post(message, answer)
        return True

    # Contacts: one request after the other, so that it is known what there must be.

    async def keep_contacts(self, address):
        reader, writer = await connect(address)
        if not writer:
            return
        try:
            while True:
                pair = owner, other = tuple(self.random.choices(self.users, k=2))
                is_wanted = self.random.random() < 0.6
                before, self.contacts[pair] = self.contacts.get(pair, False), None
                writer.write(f"{'add' if is_wanted else 'del'}contact {self.tokens[owner]} {other}\n".encode())
                answer = await answer_of(reader)
                if answer is None:
                    return
                self.contacts[pair] = is_wanted if self.is_done("contact", answer) else before
                await asyncio.sleep(self.random.uniform(0, 0.05))
        finally:
            writer.close()

    # What must be there when a server has started.

    def check(self, address, folder, everything=False):
        """`folder`: where the blobs are. `everything`: not only what is new, and some of the rest."""
        self.check_blobs(folder)
        with chat.Chat(address) as connection:
            self.check_contacts(connection)
            self.check_files(connection, everything)
            groups = list(self.ledger.groups.entries)
            for group in groups if everything else self.random.sample(groups, min(1, len(groups))):
                for user in self.users:
                    self.check_history(connection, group, user, everything)

    def check_blobs(self, folder):
        """Nothing is left of uploads that were cut off; equal bytes are there once."""
        found = collections.Counter(name for _, _, names in os.walk(folder) for name in names)
        wanted = {message.file.digest for message in self.ledger.stored_files()}
        if set(found) != wanted or any(count > 1 for count in found.values()):
            raise Violation(f"blobs that no file names: {sorted(set(found) - wanted)}, "
                            f"that are missing: {sorted(wanted - set(found))}, twice: {found.most_common(1)}")

    def check_contacts(self, connection):
        for owner in self.users:
            there = {contact["user"] for contact in self.ask(connection, f"contacts {self.tokens[owner]}")}
            for other in self.users:
                if self.contacts.get((owner, other), False) not in (None, other in there):
                    raise Violation(f"{owner} has the contacts {sorted(there)}, which is wrong for {other}")
                self.contacts[(owner, other)] = other in there

    def check_files(self, connection, everything):
        files = self.ledger.stored_files()
        old, new = files[:self.files_looked_at], files[self.files_looked_at:]
        chosen = files if everything else self.random.sample(old, min(OLD_FILES_LOOKED_AT, len(old))) + new
        for message in chosen:
            readers = self.readers_of(message)
            for user in self.random.sample(readers, min(1, len(readers))):
                self.check_download(connection, user, message)
            strangers = [name for name in self.users if name not in readers]
            for user in self.random.sample(strangers, min(1, len(strangers))):
                answer = connection.ask(f"getfile {self.tokens[user]} {message.file.code}")
                if answer.get("code") != "file-not-found":
                    raise Violation(f"{user} asked for {message}, which is not for him, and was answered {answer}")
        self.files_looked_at = len(files)

    def readers_of(self, message):
        readers = self.ledger.receivers[message.text] | {message.sender}
        return [user for user in self.users if user in readers]

    def check_download(self, connection, user, message):
        offset = self.random.choice((0, self.random.randint(0, message.file.size)))
        data = self.ask(connection, f"getfile {self.tokens[user]} {message.file.code} {offset}")
        content = message.file.content()[offset:]
        if data["size"] != len(content) or connection.raw(data["size"]) != content:
            raise Violation(f"{user} got other bytes of {message} from {offset} on")

    def check_history(self, connection, group, user, everything):
        line = f"history {self.tokens[user]} #{group}"
        limit = f"limit {HISTORY_PAGE}"
        if not self.ledger.groups.spans.get((group, user)):
            answer = connection.ask(f"{line} {limit}")
            if answer.get("code") != "not-a-member":
                raise Violation(f"{user} never was in group {group}; its history was answered {answer}")
            return
        page = self.ask(connection, f"{line} {limit}")
        messages, more = page["messages"], page["more"]
        while everything and more:
            page = self.ask(connection, f"{line} before {messages[0]['seq']} {limit}")
            messages, more = page["messages"] + messages, page["more"]
        self.ledger.groups.check_history(group, user, messages, more)

    @staticmethod
    def ask(connection, line):
        answer = connection.ask(line)
        if answer["status"] != "OK":
            raise Violation(f"{line} was answered {answer}")
        return answer["data"]
