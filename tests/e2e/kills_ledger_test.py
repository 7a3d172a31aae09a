"""The checks of the kill rounds notice every broken promise."""

import hashlib
import json
import unittest

from kills_ledger import Fate, File, Kind, Ledger, Violation

MEMBERS = ("messi", "maya", "izza")


def entry(seq, text, sender="messi", participants=("messi", "maya"), id=None, conversation=1, kind=Kind.MESSAGE, group=""):
    return json.dumps({"conversation": conversation, "participants": participants, "seq": seq, "id": id or f"id of {text}",
                       "sender": sender, "body": text, "kind": kind, "group": group})


def in_group(seq, text, sender="messi", kind=Kind.MESSAGE):
    return entry(seq, text, sender, MEMBERS, kind=kind, group="lab", id=f"id {seq}")


def note(seq, body, by="messi"):
    return in_group(seq, body, by, Kind.MEMBER)


def file_body(file, name, content=None):
    content = file.content() if content is None else content
    return f"c0de {len(content)} {hashlib.sha256(content).hexdigest()} {name}"


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

    # Groups.

    def asked(self, action, who, by="messi", fate=Fate.ACKNOWLEDGED):
        self.ledger.groups.ask("lab", action, by, who).fate = fate

    def posted(self, sender="messi", source=0, fate=Fate.ACKNOWLEDGED):
        message = self.ledger.send(sender, ("#lab",), source, "")
        message.fate = fate
        return message

    def seen(self, *seqs):
        return [{"seq": seq, "id": f"id {seq}", "kind": "member"} for seq in seqs]

    def assert_history(self, user, *seqs):
        self.ledger.groups.check_history("lab", user, self.seen(*seqs), False)

    def test_a_group_that_fits_passes(self):
        self.asked("create", ("maya",))
        self.asked("kick", ("maya",))
        self.asked("join", ("maya",), by="maya", fate=Fate.UNANSWERED)
        texts = [self.posted().text for _ in range(3)]
        self.check(note(1, "create maya"), in_group(2, texts[0]), note(3, "kick maya"), in_group(4, texts[1]),
                   note(5, "join maya", "maya"), in_group(6, texts[2]))
        self.assert_history("messi", *range(1, 7))
        self.assert_history("maya", 1, 2, 5, 6)
        self.ledger.groups.check_history("lab", "maya", self.seen(5, 6), True)
        self.ledger.deliver("maya", "messi", texts[0])
        self.ledger.deliver("maya", "messi", texts[2])
        self.ledger.check_delivery()

    def test_history_with_something_else(self):
        self.asked("create", ("maya",))
        self.asked("kick", ("maya",))
        text = self.posted().text
        self.check(note(1, "create maya"), note(2, "kick maya"), in_group(3, text))
        for seqs, more in (((1, 2), False), ((1, 3), False), ((), False), ((1,), True)):
            with self.assertRaisesRegex(Violation, "not what he may"):
                self.ledger.groups.check_history("lab", "maya", self.seen(*seqs), more)
        other = {"seq": 3, "id": "id 3", "kind": "message", "text": "another"}
        with self.assertRaisesRegex(Violation, "another text at 3"):
            self.ledger.groups.check_history("lab", "messi", self.seen(1, 2) + [other], False)

    def test_post_of_somebody_who_is_out(self):
        self.asked("create", ("maya",))
        self.asked("kick", ("maya",))
        text = self.posted("maya").text
        self.assert_violation("a post of maya, who was no member", note(1, "create maya"), note(2, "kick maya"),
                              in_group(3, text, "maya"))

    def test_post_in_the_wrong_place(self):
        self.asked("create", ())
        text = self.posted().text
        self.assert_violation("in the conversation of messi and maya", note(1, "create"), entry(1, text, conversation=2))
        self.ledger = Ledger()
        self.asked("create", ())
        message = self.posted()
        message.place = (1, 3, "id 3")
        self.assert_violation("acknowledged to stand at", note(1, "create"), in_group(2, message.text))

    def test_deeds_lost_doubled_and_never_asked_for(self):
        self.asked("create", ("maya",))
        self.asked("invite", ("izza",))
        self.assert_violation("0 times that messi did invite izza", note(1, "create maya"))
        self.ledger = Ledger()
        self.asked("create", ("maya",))
        self.asked("kick", ("maya",), fate=Fate.REFUSED)
        self.assert_violation("1 times that messi did kick maya", note(1, "create maya"), note(2, "kick maya"))
        self.ledger = Ledger()
        self.asked("create", (), fate=Fate.UNANSWERED)
        self.check()
        self.assert_violation("1 times that messi did create maya", note(1, "create maya"))

    def test_what_one_may_not_do(self):
        for body, by in (("kick messi", "maya"), ("invite nania", "maya"), ("invite maya", "messi"),
                         ("kick nania", "messi"), ("join maya", "maya"), ("leave nania", "nania"),
                         ("create nania", "messi"), ("role owner maya", "messi")):
            self.ledger = Ledger()
            self.asked("create", ("maya",))
            self.assert_violation("could not do", note(1, "create maya"), note(2, body, by))

    def test_succession(self):
        self.asked("create", ("maya", "izza"))
        self.asked("leave", ("messi",))
        begin = note(1, "create maya izza"), note(2, "leave messi")
        self.check(*begin, note(3, "role owner maya"))
        self.asked("kick", ("izza",), by="maya")
        self.asked("leave", ("maya",), by="maya")
        self.check(*begin, note(3, "role owner maya"), note(4, "kick izza", "maya"), note(5, "leave maya", "maya"),
                   note(6, "end", "maya"))
        for end, words in (((), "without what belongs there"), ((note(3, "role owner izza"),), "where 'role owner maya'")):
            self.ledger = Ledger()
            self.asked("create", ("maya", "izza"))
            self.asked("leave", ("messi",))
            self.assert_violation(words, *begin, *end)

    def test_delivered_to_no_member(self):
        self.asked("create", ("maya",))
        text = self.posted().text
        self.ledger.deliver("izza", "messi", text)
        self.assert_violation("not for him", note(1, "create maya"), in_group(2, text))

    # Files.

    def sent_file(self, fate=Fate.ACKNOWLEDGED):
        message = self.ledger.send("messi", ("maya",), 0, "", File(seed=7, size=300))
        message.fate = fate
        return message

    def test_a_file_that_fits_passes(self):
        message = self.sent_file()
        self.check(entry(1, file_body(message.file, message.text), kind=Kind.FILE))
        self.assertEqual(self.ledger.stored_files(), [message])
        self.ledger.deliver("maya", "messi", f"[{message.text}], file_code: c0de")
        self.ledger.check_delivery()

    def test_a_file_with_other_bytes(self):
        for content in (b"", File(seed=7, size=299).content(), File(seed=8, size=300).content()):
            self.ledger = Ledger()
            message = self.sent_file()
            body = file_body(message.file, message.text, content)
            self.assert_violation("other bytes in the log", entry(1, body, kind=Kind.FILE))

    def test_a_file_that_was_lost_cut_off_or_never_sent(self):
        self.sent_file()
        self.assert_violation("is lost for maya")
        self.ledger = Ledger()
        message = self.sent_file(Fate.REFUSED)
        self.assert_violation("is stored", entry(1, file_body(message.file, message.text), kind=Kind.FILE))
        self.ledger = Ledger()
        body = file_body(File(seed=7, size=300), self.sent().text)
        self.assert_violation("never sent", entry(1, body, kind=Kind.FILE))


if __name__ == "__main__":
    unittest.main()
