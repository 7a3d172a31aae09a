"""What the users of several servers know, and what must therefore be in their histories once all is healed.

People and groups are named as every server would: "messi@A", "#lab@A"."""

import collections
import dataclasses

from kills_ledger import Fate, Violation


@dataclasses.dataclass
class Message:
    sender: str
    recipients: tuple  # users, or one group
    number: int  # counts the sender's messages, in the order of sending
    text: str  # of a file: its name
    content: bytes = None  # of a file
    fate: Fate = Fate.UNANSWERED
    # Why it may be refused or bounce; empty: for no reason.
    causes: frozenset = frozenset()
    ids: frozenset = frozenset()  # as the answer said
    place: tuple = None  # (seq, id) in its group, where the answer said so
    # The sender's server was put back to a state before its answer.
    answer_lost: bool = False
    # It had no answer then: the key is forgotten, so it may come a second time when it is asked again.
    cut_off: bool = False
    repeated: bool = False  # it was asked again, since then

    @property
    def is_in_group(self):
        return self.recipients[0].startswith("#")

    @property
    def forgotten(self):
        """What its sender was told counts for nothing: it was the store that is lost which said so."""
        return self.answer_lost or (self.cut_off and not self.repeated)

    def __str__(self):
        what = "file" if self.content is not None else "message"
        return f"{what} {self.number} of {self.sender} to {','.join(self.recipients)} ({self.fate.value})"


@dataclasses.dataclass(frozen=True)
class Entry:
    """An entry of a log as one of its readers sees it."""

    seq: int
    id: str
    kind: str
    sender: str
    text: str  # of a bounce: "failed", the message's id, and why; of others: their content, people named as above
    code: str = ""  # of a file: where it is to be fetched here


class Ledger:
    def __init__(self):
        self.messages = {}  # by text
        self.counts = collections.Counter()  # by sender
        # (reader, other): what he sees of that conversation or group, by seq.
        self.logs = collections.defaultdict(dict)
        self.homes = {}  # group: its owner, who sees all of it
        self.put_back_labels = set()
        self.queued_deeds = collections.Counter()  # by who comes or goes: what waited for the home of a group

    # What clients do.

    def send(self, sender, recipients, padding="", content=None, causes=()):
        self.counts[sender] += 1
        number = self.counts[sender]
        text = f"{sender}.{number}" + (".bin" if content is not None else f" {padding}".rstrip())
        message = Message(sender, recipients, number, text, content, causes=frozenset(causes))
        self.messages[text] = message
        return message

    def accept(self, message, ids, place=None):
        message.fate, message.ids, message.place = Fate.ACKNOWLEDGED, frozenset(ids), place

    def count(self, fate):
        return sum(message.fate is fate for message in self.messages.values())

    def put_back(self, label, counts):
        """That server has forgotten what its users did after `counts` of messages."""
        self.put_back_labels.add(label)
        for message in self.messages.values():
            if message.sender.endswith("@" + label) and message.number > counts[message.sender]:
                message.answer_lost = message.fate is not Fate.UNANSWERED
                message.cut_off = not message.answer_lost
        for reader, other in list(self.logs):
            if reader.endswith("@" + label):
                del self.logs[(reader, other)]

    def causes_of(self, message):
        """A group takes no posts while its home, which was put back, gets its log back from the others."""
        if message.is_in_group and message.recipients[0].partition("@")[2] in self.put_back_labels:
            return message.causes | {"home-recovering"}
        return message.causes

    def may_come_late(self, message):
        """A refusal is no promise: who asks again because the answer was lost may be taken then. So may he whose server
        hands over again what the home had refused, and has forgotten."""
        is_forgotten = message.repeated or message.recipients[0].partition("@")[2] in self.put_back_labels
        return message.cut_off or (bool(message.causes) and is_forgotten)

    # What they see. A reader's view only grows.

    def newest(self, reader, other):
        return max(self.logs[(reader, other)], default=0)

    def see(self, reader, other, entries):
        log = self.logs[(reader, other)]
        for entry in entries:
            known = log.setdefault(entry.seq, entry)
            if known != entry:
                raise Violation(f"{reader} sees at {entry.seq} of {other} {entry}, and saw {known}")

    # What must hold once everything is healed.

    def check(self):
        for message in self.messages.values():
            if message.fate is Fate.UNANSWERED:
                raise Violation(f"{message} was never answered")
        self.found = collections.defaultdict(dict)  # text: {(reader, other): entry}
        for (reader, other), log in self.logs.items():
            self.check_log(reader, other, log)
        self.check_told()
        for group in self.homes:
            self.check_group(group)
        for message in self.messages.values():
            if message.is_in_group:
                self.check_post(message)
            else:
                self.check_message(message)
            self.check_bounces(message)

    def check_log(self, reader, other, log):
        seqs = sorted(log)
        first = seqs[0] if seqs and other.startswith("#") else 1
        if seqs != list(range(first, first + len(seqs))):
            raise Violation(f"{reader} sees of {other} not every seq: {seqs[:3]} … {seqs[-3:]}, {len(seqs)} entries")
        last = collections.Counter()
        for seq in seqs:
            entry = log[seq]
            if entry.kind not in ("message", "file"):
                continue
            message = self.messages.get(entry.text)
            if not message or message.sender != entry.sender or (message.content is not None) != (entry.kind == "file"):
                raise Violation(f"{reader} sees at {seq} of {other} what {entry.sender} never sent: {entry.text[:60]!r}")
            if (other if message.sender == reader or message.is_in_group else reader) not in message.recipients:
                raise Violation(f"{reader} sees at {seq} of {other} {message}")
            if (reader, other) in self.found[entry.text] and not message.cut_off:
                raise Violation(f"{reader} sees {message} twice in {other}")
            self.found[entry.text][(reader, other)] = entry
            if self.may_come_late(message):
                continue
            if message.number < last[message.sender]:
                raise Violation(f"{reader} sees at {seq} of {other} {message} after number {last[message.sender]}")
            last[message.sender] = message.number

    def check_told(self):
        """Whoever was told that something failed sent it, and there was a cause."""
        by_id = {id: message for message in self.messages.values() for id in message.ids}
        for text, found in self.found.items():
            by_id.update({entry.id: self.messages[text] for entry in found.values()})
        self.bounces = collections.Counter()  # text: how often its sender was told that it failed
        unknown = collections.Counter()
        for (reader, _), log in self.logs.items():
            for entry in log.values():
                if entry.kind != "bounce":
                    continue
                state, id, why = entry.text.split(" ")
                message = by_id.get(id)
                if state != "failed":
                    continue
                if message is None:
                    unknown[reader] += 1
                elif message.sender != reader or why not in self.causes_of(message):
                    raise Violation(f"{reader} is told without a cause that {message} failed: {why}")
                else:
                    self.bounces[message.text] += 1
        # A refused post has no place of its own, and its sender does not know its id; nor that of a coming or going that
        # waits for the group's home, and may fail there.
        for sender, count in unknown.items():
            refused = sum(message.sender == sender and (message.fate is Fate.REFUSED or message.cut_off) and
                          bool(self.causes_of(message)) for message in self.messages.values())
            if count > refused + self.queued_deeds[sender]:
                raise Violation(f"{sender} is told of {count} failures of what he never sent")

    def check_group(self, group):
        """Whoever sees an entry sees the same, and everybody sees the last one."""
        whole = self.logs[(self.homes[group], group)]
        for (reader, other), log in self.logs.items():
            if other != group:
                continue
            for seq, entry in log.items():
                there = whole.get(seq)
                if there is None or (there.id, there.kind, there.sender, there.text) != (
                        entry.id, entry.kind, entry.sender, entry.text):
                    raise Violation(f"{reader} sees at {seq} of {group} {entry}, and its owner {there}")
            if max(log, default=0) != max(whole, default=0):
                raise Violation(f"{reader} sees {group} up to {max(log, default=0)}, and its owner up to {max(whole)}")

    def check_message(self, message):
        """In the histories of both sides, and equally called there."""
        found = self.found[message.text]
        must_be_there = message.fate is Fate.ACKNOWLEDGED and not message.causes and not message.forgotten
        ids = collections.defaultdict(set)
        for (reader, other), entry in found.items():
            ids[other if reader == message.sender else reader].add(entry.id)
        for recipient, of_both in ids.items():
            if len(of_both) != 1 and not message.cut_off:
                raise Violation(f"{message} has several ids: {of_both}")
        for recipient in message.recipients:
            is_sent, is_received = (message.sender, recipient) in found, (recipient, message.sender) in found
            if must_be_there and not is_received:
                raise Violation(f"{message} is lost for {recipient}")
            if must_be_there and not is_sent:
                raise Violation(f"{message} is not in its sender's history")
            if is_received and message.causes:
                raise Violation(f"{message} was received by {recipient}")
        if message.fate is Fate.REFUSED and not message.causes and not message.cut_off and found:
            raise Violation(f"{message} is stored: {list(found)}")

    def check_post(self, message):
        """In the log of its group, which is everywhere the same."""
        group = message.recipients[0]
        entry = self.found[message.text].get((self.homes[group], group))
        has_failed = self.bounces[message.text] > 0
        if message.fate is Fate.ACKNOWLEDGED and not entry and not has_failed and not message.forgotten:
            raise Violation(f"{message} is lost")
        if entry and has_failed and not message.cut_off:
            raise Violation(f"{message} is there, and its sender was told that it failed")
        if message.cut_off or message.forgotten:
            return
        if message.fate is Fate.REFUSED and entry:
            raise Violation(f"{message} is there")
        if message.place and entry and message.place != (entry.seq, entry.id):
            raise Violation(f"{message} stands at {(entry.seq, entry.id)}, and was acknowledged to stand at {message.place}")
        if message.place and not entry:
            raise Violation(f"{message} was acknowledged to stand at {message.place}, and does not")

    def check_bounces(self, message):
        count = self.bounces[message.text]
        if count > 1 + message.cut_off:
            raise Violation(f"the sender of {message} was told {count} times that it failed")
        if message.causes and not message.is_in_group and message.fate is Fate.ACKNOWLEDGED and not message.forgotten \
                and count == 0:
            raise Violation(f"{message} cannot have arrived, and its sender was not told")
