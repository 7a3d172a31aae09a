"""The checks of the kill rounds notice every broken promise."""

import json
import unittest

from kills_ledger import Fate, Ledger, Violation


def entry(seq, text, sender="messi", participants=("messi", "maya"), id=None, conversation=1):
    return json.dumps({"conversation": conversation, "participants": participants, "seq": seq, "id": id or f"id of {text}",
                       "sender": sender, "body": text})


class LedgerTest(unittest.TestCase):
    def setUp(self):
        self.ledger = Ledger()

    def sent(self, fate=Fate.ACKNOWLEDGED, recipients=("maya",), source=0):
        message = self.ledger.send("messi", recipients, source, "")
        message.fate = fate
        return message

    def check(self, *entries):
        self.ledger.check_log(list(entries))

    def assert_violation(self, words, *entries):
        with self.assertRaisesRegex(Violation, words):
            self.check(*entries)

    def test_what_fits_passes(self):
        texts = [self.sent().text, self.sent(Fate.UNANSWERED).text]
        self.sent(Fate.UNANSWERED)
        self.sent(Fate.REFUSED)
        self.check(*[entry(seq, text) for seq, text in enumerate(texts, 1)])
        for text in texts:
            self.ledger.deliver("maya", "messi", text)
        self.ledger.check_delivery()

    def test_notes_to_self(self):
        text = self.sent(recipients=("messi",)).text
        self.check(entry(1, text, participants=("messi",)))
        self.ledger.deliver("messi", "messi", text)
        self.ledger.check_delivery()

    def test_lost(self):
        text = self.sent().text
        self.sent()
        self.assert_violation(r"0\.2 of messi to maya \(acknowledged\) is lost for maya", entry(1, text))

    def test_doubled(self):
        for fate in (Fate.ACKNOWLEDGED, Fate.UNANSWERED):
            self.ledger = Ledger()
            text = self.sent(fate).text
            self.assert_violation("stored 2 times", entry(1, text), entry(2, text, id="another"))
            self.ledger = Ledger()
            text = self.sent(fate).text
            self.check(entry(1, text))
            self.assert_violation("stored 2 times", entry(1, text), entry(2, text, id="another"))

    def test_refused_but_stored(self):
        self.assert_violation("is stored", entry(1, self.sent(Fate.REFUSED).text))

    def test_half_stored(self):
        text = self.sent(Fate.UNANSWERED, ("maya", "izza")).text
        self.assert_violation("some of its recipients only, not for izza", entry(1, text))

    def test_gap_in_seq(self):
        for first, second, words in ((1, 3, "seq 3 where 2"), (2, 3, "seq 2 where 1"), (1, 1, "seq 1 where 2")):
            self.ledger = Ledger()
            one, two = self.sent().text, self.sent().text
            self.assert_violation(words, entry(first, one), entry(second, two))

    def test_order_of_a_sender(self):
        one, two = self.sent().text, self.sent().text
        other = self.sent(source=1).text
        self.check(entry(1, other), entry(2, one), entry(3, two))
        self.ledger = Ledger()
        one, two = self.sent().text, self.sent().text
        self.assert_violation("0.1 .* after number 2", entry(1, two), entry(2, one))

    def test_never_sent(self):
        self.assert_violation("never sent", entry(1, "made up"))
        self.ledger = Ledger()
        self.assert_violation("never sent", entry(1, self.sent().text, sender="maya"))

    def test_in_the_wrong_conversation(self):
        text = self.sent().text
        self.assert_violation("conversation of messi and izza", entry(1, text, participants=("messi", "izza")))

    def test_conversations_are_apart(self):
        texts = [self.sent(recipients=("maya", "izza")).text for _ in range(2)]
        others = {1: ("messi", "maya"), 2: ("izza", "messi")}
        self.check(*[entry(seq, text, participants=others[conversation], conversation=conversation)
                     for seq, text in enumerate(texts, 1) for conversation in others])

    def test_rewritten_log(self):
        one, two = self.sent(Fate.UNANSWERED).text, self.sent(Fate.UNANSWERED).text
        self.check(entry(1, one), entry(2, two))
        self.assert_violation("not what it was", entry(1, one))
        self.assert_violation("not what it was", entry(1, one, id="another"), entry(2, two))

    def test_delivered_but_not_stored(self):
        text = self.sent(Fate.UNANSWERED).text
        self.ledger.deliver("maya", "messi", text)
        self.assert_violation("which is not in the log")

    def test_never_delivered(self):
        self.check(entry(1, self.sent().text))
        with self.assertRaisesRegex(Violation, "never came out of the inbox of maya"):
            self.ledger.check_delivery()

    def test_delivered_twice_by_one_server_only_is_wrong(self):
        text = self.sent().text
        self.ledger.deliver("maya", "messi", text)
        with self.assertRaisesRegex(Violation, "twice"):
            self.ledger.deliver("maya", "messi", text)
        self.ledger.new_life()
        self.ledger.deliver("maya", "messi", text)

    def test_delivered_in_another_order(self):
        one, two = self.sent().text, self.sent().text
        self.ledger.deliver("maya", "messi", two)
        with self.assertRaisesRegex(Violation, "after 0.2"):
            self.ledger.deliver("maya", "messi", one)

    def test_delivered_to_somebody_else_or_from_nobody(self):
        text = self.sent().text
        for receiver, sender, what in (("izza", "messi", text), ("maya", "izza", text), ("maya", "messi", "made up")):
            with self.assertRaisesRegex(Violation, "never sent to him"):
                self.ledger.deliver(receiver, sender, what)


if __name__ == "__main__":
    unittest.main()
