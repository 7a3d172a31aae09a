"""What the clients of the kill rounds know, and what must therefore be in the store and in the inboxes."""

import collections
import dataclasses
import enum
import hashlib
import json
import random


class Violation(Exception):
    """The server broke a promise."""


class Fate(enum.Enum):
    UNANSWERED = "unanswered"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"


class Kind(enum.IntEnum):
    """Of an entry, as the store numbers them."""

    MESSAGE = 1
    FILE = 2
    MEMBER = 6


class Role(enum.IntEnum):
    MEMBER = 0
    ADMIN = 1
    OWNER = 2


@dataclasses.dataclass
class File:
    seed: int  # equal seeds and sizes are equal bytes
    size: int
    # Once it was found in the log.
    code: str = ""
    digest: str = ""

    def content(self):
        return random.Random(self.seed).randbytes(self.size)


@dataclasses.dataclass
class Message:
    sender: str
    recipients: tuple  # users, or one group with its #
    source: int  # the sending client
    number: int  # counts the messages of that client, in the order of sending
    text: str  # of a file: its name
    file: File = None
    fate: Fate = Fate.UNANSWERED
    place: tuple = None  # (conversation, seq, id), where the acknowledgement said so

    @property
    def is_in_group(self):
        return self.recipients[0].startswith("#")

    def __str__(self):
        what = "file" if self.file else "message"
        return f"{what} {self.source}.{self.number} of {self.sender} to {','.join(self.recipients)} ({self.fate.value})"


@dataclasses.dataclass
class Deed:
    """Something that a client asked to be done to a group."""

    group: str
    action: str
    by: str
    who: tuple
    fate: Fate = Fate.UNANSWERED


class Groups:
    """What was done to groups, who therefore was a member when, and what each may see."""

    def __init__(self):
        self.deeds = []
        # From the logs.
        self.done = collections.Counter()  # (group, action, by, whom)
        self.roles = collections.defaultdict(dict)  # group: {member: role}, who came first stands first
        self.spans = collections.defaultdict(list)  # (group, user): [first seq, last seq or None while he is a member]
        self.entries = collections.defaultdict(list)  # group: (id, body), by seq
        self.following = {}  # group: what must be its next entry, because its owner has left

    def ask(self, group, action, by, who):
        deed = Deed(group, action, by, who)
        self.deeds.append(deed)
        return deed

    def take(self, entry):
        """The next entry of a group's log."""
        group, body = entry["group"], entry["body"]
        follows = self.following.pop(group, None)
        if follows not in (None, body):
            raise Violation(f"group {group} has {body[:60]!r} at {entry['seq']} where {follows!r} belongs")
        self.entries[group].append((entry["id"], body))
        if entry["kind"] == Kind.MEMBER:
            self.take_deed(group, entry["sender"], entry["seq"], follows, *body.split(" "))
        elif entry["sender"] not in self.roles[group]:
            raise Violation(f"group {group} has at {entry['seq']} a post of {entry['sender']}, who was no member then")

    def take_deed(self, group, by, seq, follows, action, *who):
        roles = self.roles[group]
        if follows:
            if action == "role":
                roles[who[-1]] = Role.OWNER
            return
        if not self.may(roles, seq, action, by, who):
            raise Violation(f"group {group} has at {seq} what {by} could not do: {' '.join((action, *who))}")
        for name in who or ("",):
            self.done[(group, action, by, name)] += 1
        if action in ("leave", "kick"):
            role = roles.pop(who[0])
            self.spans[(group, who[0])][-1][1] = seq - 1
            if role is Role.OWNER:
                heirs = [name for name in roles if roles[name] is Role.ADMIN] or list(roles)
                self.following[group] = f"role owner {heirs[0]}" if heirs else "end"
            return
        if action == "create":
            roles[by] = Role.OWNER
            self.spans[(group, by)].append([seq, None])
        for name in who:
            roles[name] = Role.MEMBER
            self.spans[(group, name)].append([seq, None])

    @staticmethod
    def may(roles, seq, action, by, who):
        role = roles.get(by, -1)
        if action == "create":
            return seq == 1
        if action == "join":
            return who == (by,) and role < 0
        if action == "leave":
            return who == (by,) and role >= 0
        if action == "invite":
            return role >= Role.ADMIN and not any(name in roles for name in who)
        if action == "kick":
            return role >= Role.ADMIN and who[0] in roles and roles[who[0]] < role
        return False

    def check_deeds(self):
        least, most = collections.Counter(), collections.Counter()
        for deed in self.deeds:
            for name in deed.who or ("",):
                key = (deed.group, deed.action, deed.by, name)
                least[key] += deed.fate is Fate.ACKNOWLEDGED
                most[key] += deed.fate is not Fate.REFUSED
        for key in {**most, **self.done}:
            group, action, by, name = key
            if not least[key] <= self.done[key] <= most[key]:
                raise Violation(f"group {group} has {self.done[key]} times that {by} did {action} {name}, which was "
                                f"acknowledged {least[key]} times and asked for {most[key]} times")

    def visible(self, group, user):
        """(seq, id, body) of what he may see."""
        entries = self.entries[group]
        return [(seq, *entries[seq - 1]) for first, last in self.spans[(group, user)]
                for seq in range(first, (len(entries) if last is None else last) + 1)]

    def check_history(self, group, user, messages, more):
        """`messages`: the newest of a history as native gives it; `more`: there are older ones."""
        wanted = self.visible(group, user)
        got = [(message["seq"], message["id"]) for message in messages]
        if got != [(seq, id) for seq, id, _ in wanted[len(wanted) - len(got):]] or more != (len(got) < len(wanted)):
            raise Violation(f"{user} sees of group {group} not what he may: {len(got)} entries of {len(wanted)}, the last "
                            f"{got[-1:]} for {wanted[-1:]}")
        for message, (seq, _, body) in zip(reversed(messages), reversed(wanted)):
            if message["kind"] == "message" and message["text"] != body:
                raise Violation(f"{user} sees of group {group} another text at {seq}: {message['text'][:60]!r}")


class Ledger:
    def __init__(self):
        self.messages = {}  # by text
        self.groups = Groups()
        self.counts = collections.Counter()  # by source
        self.log = []  # store_dump's lines when last looked at
        self.heads = collections.Counter()  # conversation: last seq
        self.last_logged = {}  # (conversation, source): number
        self.stored = collections.defaultdict(list)  # text: recipients in whose conversations it stands
        self.receivers = collections.defaultdict(set)  # text: users who find it in their inboxes
        self.delivered = collections.defaultdict(set)  # receiver: texts
        self.delivered_in_life = collections.defaultdict(set)
        self.last_in_life = {}  # (receiver, source, where it was sent): number

    # What clients do and see.

    def send(self, sender, recipients, source, padding, file=None):
        self.counts[source] += 1
        number = self.counts[source]
        text = f"file{source}.{number}" if file else f"{source}.{number} {padding}".rstrip()
        message = Message(sender, recipients, source, number, text, file)
        self.messages[message.text] = message
        return message

    def deliver(self, receiver, sender, text):
        """A message in an answer to `inbox`. Of a file it has name and code."""
        if text.startswith("["):
            text = text[1:text.index("]")]
        message = self.messages.get(text)
        if not message or message.sender != sender or not (message.is_in_group or receiver in message.recipients):
            raise Violation(f"{receiver} got from {sender} what was never sent to him: {text[:60]!r}")
        if text in self.delivered_in_life[receiver]:
            raise Violation(f"{receiver} got {message} twice from one server")
        road = (receiver, message.source, message.is_in_group and message.recipients[0])
        last = self.last_in_life.get(road, 0)
        if message.number < last:
            raise Violation(f"{receiver} got {message} after {message.source}.{last}")
        self.last_in_life[road] = message.number
        self.delivered_in_life[receiver].add(text)
        self.delivered[receiver].add(text)

    def new_life(self):
        """The server died: its read marks may have fallen back, so what follows may repeat what came before."""
        self.delivered_in_life.clear()
        self.last_in_life.clear()

    def count(self, fate):
        return sum(message.fate is fate for message in self.messages.values())

    def stored_files(self):
        """In the order of the log."""
        return [self.messages[text] for text in self.stored if self.messages[text].file]

    # What must hold.

    def check_log(self, lines):
        """`lines`: what store_dump prints, the whole store in commit order."""
        if lines[:len(self.log)] != self.log:
            raise Violation("the log is not what it was, with something added")
        for line in lines[len(self.log):]:
            self.check_entry(json.loads(line))
        if self.groups.following:
            raise Violation(f"groups end without what belongs there: {self.groups.following}")
        self.groups.check_deeds()
        for message in self.messages.values():
            self.check_fate(message, self.stored.get(message.text, []))
        for receiver, texts in self.delivered.items():
            for text in texts:
                if text not in self.stored:
                    raise Violation(f"{receiver} got {self.messages[text]}, which is not in the log")
                if receiver not in self.receivers[text]:
                    raise Violation(f"{receiver} got {self.messages[text]}, which was not for him")
        self.log = lines

    def check_entry(self, entry):
        conversation, seq = entry["conversation"], entry["seq"]
        self.heads[conversation] += 1
        if seq != self.heads[conversation]:
            raise Violation(f"conversation {conversation} has seq {seq} where {self.heads[conversation]} belongs")
        if entry["group"]:
            self.groups.take(entry)
        if entry["kind"] != Kind.MEMBER:
            self.check_message(entry)

    def check_message(self, entry):
        conversation, sender = entry["conversation"], entry["sender"]
        message = self.find(entry)
        if not message or message.sender != sender:
            raise Violation(f"conversation {conversation} has what {sender} never sent: {entry['body'][:60]!r}")
        recipient, receivers = self.road(entry)
        if recipient not in message.recipients:
            where = entry["group"] or " and ".join(entry["participants"])
            raise Violation(f"{message} stands in the conversation of {where}")
        last = self.last_logged.get((conversation, message.source), 0)
        if message.number < last:
            raise Violation(f"conversation {conversation} has {message} after number {last}")
        place = (conversation, entry["seq"], entry["id"])
        if message.place not in (None, place):
            raise Violation(f"{message} stands at {place}, and was acknowledged to stand at {message.place}")
        self.last_logged[(conversation, message.source)] = message.number
        self.stored[message.text].append(recipient)
        self.receivers[message.text] |= receivers

    def find(self, entry):
        """The message, or the file, that an entry holds."""
        if entry["kind"] != Kind.FILE:
            message = self.messages.get(entry["body"])
            return None if message and message.file else message
        code, size, digest, name = entry["body"].split(" ", 3)
        message = self.messages.get(name)
        if not message or not message.file:
            return None
        if (int(size), digest) != (message.file.size, hashlib.sha256(message.file.content()).hexdigest()):
            raise Violation(f"{message} has other bytes in the log: {size} of {digest}")
        message.file.code, message.file.digest = code, digest
        return message

    def road(self, entry):
        """To whom an entry went, as its sender named them, and who finds it in his inbox."""
        sender = entry["sender"]
        if entry["group"]:
            return "#" + entry["group"], set(self.groups.roles[entry["group"]]) - {sender}
        others = [name for name in entry["participants"] if name != sender] or [sender]
        is_direct = sender in entry["participants"] and len(others) == 1
        return (others[0], {others[0]}) if is_direct else (None, set())

    @staticmethod
    def check_fate(message, recipients):
        for recipient in set(recipients):
            if recipients.count(recipient) > 1:
                raise Violation(f"{message} is stored {recipients.count(recipient)} times for {recipient}")
        missing = [name for name in message.recipients if name not in recipients]
        if message.fate is Fate.ACKNOWLEDGED and missing:
            raise Violation(f"{message} is lost for {', '.join(missing)}")
        if message.fate is Fate.REFUSED and recipients:
            raise Violation(f"{message} is stored")
        if recipients and missing:
            raise Violation(f"{message} is stored for some of its recipients only, not for {', '.join(missing)}")

    def check_delivery(self):
        """Once every inbox was read to its end: whatever is stored was delivered."""
        for text, receivers in self.receivers.items():
            for receiver in receivers:
                if text not in self.delivered[receiver]:
                    raise Violation(f"{self.messages[text]} never came out of the inbox of {receiver}")
