"""The checks of the federation rounds notice every broken promise."""

import unittest

from federation_ledger import Entry, Ledger
from kills_ledger import Fate, Violation


class LedgerTest(unittest.TestCase):
    def setUp(self):
        self.ledger = Ledger()
        self.ledger.homes["#lab@A"] = "messi@A"

    def sent(self, sender="messi@A", recipients=("maya@B",), causes=(), fate=Fate.ACKNOWLEDGED):
        message = self.ledger.send(sender, recipients, causes=causes)
        message.fate = fate
        return message

    def seen(self, reader, other, *texts, id="", kind="message"):
        entries = [Entry(seq, f"{text}{id}", kind, text.rpartition(".")[0], text) for seq, text in enumerate(texts, 1)]
        self.ledger.see(reader, other, entries)

    def check(self, violation=None):
        if not violation:
            self.ledger.check()
            return
        with self.assertRaisesRegex(Violation, violation):
            self.ledger.check()

    def test_all_is_well(self):
        one, two = self.sent(), self.sent()
        answer = self.sent("maya@B", ("messi@A",))
        self.seen("messi@A", "maya@B", one.text, answer.text, two.text)
        self.seen("maya@B", "messi@A", one.text, two.text, answer.text)
        self.check()

    def test_a_lost_message(self):
        self.seen("messi@A", "maya@B", self.sent().text)
        self.check("is lost for maya@B")

    def test_a_message_that_its_sender_does_not_have(self):
        self.seen("maya@B", "messi@A", self.sent().text)
        self.check("is not in its sender's history")

    def test_a_message_twice(self):
        one = self.sent()
        self.seen("messi@A", "maya@B", one.text)
        self.seen("maya@B", "messi@A", one.text, one.text)
        self.check("twice")

    def test_another_order(self):
        one, two = self.sent(), self.sent()
        self.seen("messi@A", "maya@B", one.text, two.text)
        self.seen("maya@B", "messi@A", two.text, one.text)
        self.check("after number 2")

    def test_another_id(self):
        one = self.sent()
        self.seen("messi@A", "maya@B", one.text)
        self.seen("maya@B", "messi@A", one.text, id="x")
        self.check("several ids")

    def test_a_message_of_nobody(self):
        self.seen("maya@B", "messi@A", "messi@A.9")
        self.check("never sent")

    def test_a_message_for_somebody_else(self):
        one = self.sent()
        self.seen("izza@C", "messi@A", one.text)
        self.check("sees at 1")

    def test_a_gap(self):
        one = self.sent()
        self.ledger.see("maya@B", "messi@A", [Entry(2, "id", "message", "messi@A", one.text)])
        self.check("not every seq")

    def test_a_view_that_changes(self):
        self.seen("maya@B", "messi@A", "messi@A.1")
        with self.assertRaisesRegex(Violation, "and saw"):
            self.seen("maya@B", "messi@A", "messi@A.2")

    def test_never_answered(self):
        self.sent(fate=Fate.UNANSWERED)
        self.check("never answered")

    def test_a_refused_message_that_is_there(self):
        one = self.sent(fate=Fate.REFUSED)
        self.seen("maya@B", "messi@A", one.text)
        self.check("is stored")

    def bounce(self, reader, other, seq, message, state="failed", why="user-not-found"):
        self.ledger.see(reader, other, [Entry(seq, f"bounce {seq}", "bounce", reader, f"{state} {message.text} {why}")])

    def test_a_bounce_with_a_cause(self):
        one = self.sent(recipients=("nobody@B",), causes={"user-not-found"})
        self.seen("messi@A", "nobody@B", one.text)
        self.check("was not told")
        self.bounce("messi@A", "nobody@B", 2, one)
        self.check()
        self.bounce("messi@A", "nobody@B", 3, one)
        self.check("told 2 times")

    def test_a_bounce_without_a_cause(self):
        one = self.sent()
        self.seen("messi@A", "maya@B", one.text)
        self.seen("maya@B", "messi@A", one.text)
        self.bounce("messi@A", "maya@B", 2, one, state="delayed")
        self.check()
        self.bounce("messi@A", "maya@B", 3, one)
        self.check("without a cause")

    def test_a_bounce_of_nothing(self):
        self.bounce("messi@A", "maya@B", 1, self.ledger.send("maya@B", ("messi@A",)))
        self.ledger.messages.clear()
        self.check("of what he never sent")

    def test_a_bounce_of_a_coming_or_going(self):
        self.bounce("maya@B", "messi@A", 1, self.ledger.send("maya@B", ("#lab@A",)))
        self.ledger.messages.clear()
        self.ledger.queued_deeds["messi@A"] += 1
        self.check("of what he never sent")
        self.ledger.queued_deeds["maya@B"] += 1
        self.check()

    def post(self, causes=()):
        return self.sent("maya@B", ("#lab@A",), causes)

    def test_a_group(self):
        one, two = self.post(), self.post()
        for reader in ("messi@A", "maya@B"):
            self.seen(reader, "#lab@A", one.text, two.text)
        # Who came later sees less.
        self.ledger.see("izza@C", "#lab@A", [Entry(2, two.text, "message", "maya@B", two.text)])
        self.check()
        self.seen("messi@A", "#lab@A", one.text, two.text, self.post().text)
        self.check("and its owner up to 3")

    def test_another_log_of_a_group(self):
        one, two = self.post(), self.post()
        self.seen("messi@A", "#lab@A", one.text, two.text)
        self.seen("maya@B", "#lab@A", one.text, two.text, id="x")
        self.check("and its owner")

    def test_a_lost_post(self):
        self.post()
        self.check("is lost")

    def test_a_post_at_another_place(self):
        one = self.post()
        self.ledger.accept(one, {"id"}, (7, "id"))
        self.seen("messi@A", "#lab@A", one.text)
        self.check("stands at")

    def test_a_post_that_failed(self):
        one = self.post(causes={"not-a-member"})
        self.ledger.accept(one, {one.text})
        self.bounce("maya@B", "maya@B", 1, one, why="not-a-member")
        self.check()
        self.seen("messi@A", "#lab@A", one.text)
        self.check("was told that it failed")

    def test_a_server_that_was_put_back(self):
        one = self.sent()
        counts = dict(self.ledger.counts)
        two, local = self.sent(), self.sent(recipients=("henderson@A",))
        for reader, other in (("messi@A", "maya@B"), ("maya@B", "messi@A")):
            self.seen(reader, other, one.text, two.text)
        self.ledger.put_back("A", counts)
        self.seen("messi@A", "maya@B", one.text)
        self.check()
        self.assertTrue(two.forgotten and local.forgotten)
        # What had not left yet is lost; what was there before is not.
        del self.ledger.logs[("maya@B", "messi@A")]
        self.seen("maya@B", "messi@A", one.text)
        self.check()
        del self.ledger.logs[("maya@B", "messi@A")]
        self.check("is lost for maya@B")

    def put_back_amid(self, *recipients):
        """A message without an answer when its sender's server was put back, which is asked again."""
        one = self.sent(recipients=recipients, fate=Fate.UNANSWERED)
        self.ledger.put_back("A", {"messi@A": 0})
        self.assertTrue(one.cut_off and one.forgotten)
        one.fate, one.repeated = Fate.ACKNOWLEDGED, True
        return one

    def test_a_message_that_was_cut_off(self):
        one = self.put_back_amid("maya@B")
        self.check("is lost for maya@B")
        self.seen("messi@A", "maya@B", one.text)
        self.ledger.see("maya@B", "messi@A", [Entry(seq, f"id {seq}", "message", "messi@A", one.text) for seq in (1, 2)])
        self.check()
        one.repeated = False
        del self.ledger.logs[("maya@B", "messi@A")]
        self.check()

    def test_another_message_twice(self):
        one, two = self.put_back_amid("maya@B"), self.sent()
        self.seen("messi@A", "maya@B", one.text, two.text)
        self.seen("maya@B", "messi@A", one.text, two.text, two.text)
        self.check("twice")

    def test_a_home_that_gets_its_log_back(self):
        one = self.post()
        self.ledger.accept(one, {one.text})
        self.bounce("maya@B", "maya@B", 1, one, why="home-recovering")
        self.check("without a cause")
        self.ledger.put_back("B", {"maya@B": 1})
        self.bounce("maya@B", "maya@B", 1, one, why="home-recovering")
        self.check("without a cause")
        self.ledger.put_back("A", {})
        self.check()
        self.seen("messi@A", "#lab@A", one.text)
        self.check("was told that it failed")

    def test_who_asks_again_may_be_a_member_then(self):
        one, two = self.post(causes={"not-a-member"}), self.post()
        for reader in ("messi@A", "maya@B"):
            self.seen(reader, "#lab@A", two.text, one.text)
        self.check("after number 2")
        one.repeated = True
        self.check()
        one.repeated = False
        self.check("after number 2")
        self.ledger.put_back("A", {})
        for reader in ("messi@A", "maya@B"):
            self.seen(reader, "#lab@A", two.text, one.text)
        self.check()


if __name__ == "__main__":
    unittest.main()
