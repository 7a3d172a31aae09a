"""What the clients of the kill rounds know, and what must therefore be in the store and in the inboxes."""

import collections
import dataclasses
import enum
import json


class Violation(Exception):
    """The server broke a promise."""


class Fate(enum.Enum):
    UNANSWERED = "unanswered"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"


@dataclasses.dataclass
class Message:
    sender: str
    recipients: tuple
    source: int  # the sending client
    number: int  # counts the messages of that client, in the order of sending
    text: str
    fate: Fate = Fate.UNANSWERED

    def __str__(self):
        return f"message {self.source}.{self.number} of {self.sender} to {','.join(self.recipients)} ({self.fate.value})"


class Ledger:
    def __init__(self):
        self.messages = {}  # by text
        self.counts = collections.Counter()  # by source
        self.log = []  # store_dump's lines when last looked at
        self.heads = collections.Counter()  # conversation: last seq
        self.last_logged = {}  # (conversation, source): number
        self.stored = collections.defaultdict(list)  # text: recipients in whose conversations it stands
        self.delivered = collections.defaultdict(set)  # receiver: texts
        self.delivered_in_life = collections.defaultdict(set)
        self.last_in_life = {}  # (receiver, source): number

    # What clients do and see.

    def send(self, sender, recipients, source, padding):
        self.counts[source] += 1
        number = self.counts[source]
        message = Message(sender, recipients, source, number, f"{source}.{number} {padding}".rstrip())
        self.messages[message.text] = message
        return message

    def deliver(self, receiver, sender, text):
        """A message in an answer to `inbox`."""
        message = self.messages.get(text)
        if not message or message.sender != sender or receiver not in message.recipients:
            raise Violation(f"{receiver} got from {sender} what was never sent to him: {text[:60]!r}")
        if text in self.delivered_in_life[receiver]:
            raise Violation(f"{receiver} got {message} twice from one server")
        last = self.last_in_life.get((receiver, message.source), 0)
        if message.number < last:
            raise Violation(f"{receiver} got {message} after {message.source}.{last}")
        self.last_in_life[(receiver, message.source)] = message.number
        self.delivered_in_life[receiver].add(text)
        self.delivered[receiver].add(text)

    def new_life(self):
        """The server died: its read marks may have fallen back, so what follows may repeat what came before."""
        self.delivered_in_life.clear()
        self.last_in_life.clear()

    def count(self, fate):
        return sum(message.fate is fate for message in self.messages.values())

    # What must hold.

    def check_log(self, lines):
        """`lines`: what store_dump prints, the whole store in commit order."""
        if lines[:len(self.log)] != self.log:
            raise Violation("the log is not what it was, with something added")
        for line in lines[len(self.log):]:
            self.check_entry(json.loads(line))
        for message in self.messages.values():
            self.check_fate(message, self.stored.get(message.text, []))
        for receiver, texts in self.delivered.items():
            for text in texts:
                if receiver not in self.stored[text]:
                    raise Violation(f"{receiver} got {self.messages[text]}, which is not in the log")
        self.log = lines

    def check_entry(self, entry):
        conversation = entry["conversation"]
        self.heads[conversation] += 1
        if entry["seq"] != self.heads[conversation]:
            raise Violation(f"conversation {conversation} has seq {entry['seq']} where {self.heads[conversation]} belongs")
        sender = entry["sender"]
        message = self.messages.get(entry["body"])
        if not message or message.sender != sender:
            raise Violation(f"conversation {conversation} has what {sender} never sent: {entry['body'][:60]!r}")
        participants = entry["participants"]
        others = [name for name in participants if name != sender] or [sender]
        if sender not in participants or len(others) != 1 or others[0] not in message.recipients:
            raise Violation(f"{message} stands in the conversation of {' and '.join(participants)}")
        last = self.last_logged.get((conversation, message.source), 0)
        if message.number < last:
            raise Violation(f"conversation {conversation} has {message} after number {last}")
        self.last_logged[(conversation, message.source)] = message.number
        self.stored[message.text].append(others[0])

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
        for text, recipients in self.stored.items():
            for receiver in recipients:
                if text not in self.delivered[receiver]:
                    raise Violation(f"{self.messages[text]} never came out of the inbox of {receiver}")
