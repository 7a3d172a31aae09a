"""The transcript runner itself: what it reads, and that it notices everything that is not as written."""

import pathlib
import socket
import threading
import unittest

import transcripts

TOKEN_1 = "9abf3546-137d-4fd7-9d18-1f33e82acf8d"
TOKEN_2 = "11ba4593-bcf5-44cd-a98c-90ce57a39c77"


class ScriptedServer:
    """Stands in for an obrold: says `greeting`, then answers every line it reads with the next of the given byte
    strings; None closes."""

    def __init__(self, answers, greeting=b""):
        self.answers = list(answers)
        self.greeting = greeting
        self.read = b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.events = []

    def __enter__(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *exception):
        self.listener.close()

    def address(self, dialect):
        self.events.append(dialect)
        return self.listener.getsockname()

    def stop(self):
        self.events.append("stop")

    def kill(self):
        self.events.append("kill")

    def start(self):
        self.events.append("start")

    def serve(self):
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            with connection:
                connection.sendall(self.greeting)
                self.answer(connection)

    def answer(self, connection):
        unanswered = 0
        while data := connection.recv(65536):
            self.read += data
            unanswered += data.count(b"\n")
            while unanswered and self.answers:
                unanswered -= 1
                answer = self.answers.pop(0)
                if answer is None:
                    return
                connection.sendall(answer)


def run(text, answers, name="tests/transcripts/simple-chat/x.txt", greeting=b""):
    server = ScriptedServer(answers, greeting)
    transcripts.replay(pathlib.Path(name), text, lambda dialects: server)
    return server


class ReplayTest(unittest.TestCase):
    def setUp(self):
        self.seconds_max = transcripts.ANSWER_SECONDS_MAX
        transcripts.ANSWER_SECONDS_MAX = 0.3

    def tearDown(self):
        transcripts.ANSWER_SECONDS_MAX = self.seconds_max

    def assert_mismatch(self, text, answers, message):
        with self.assertRaisesRegex(transcripts.Mismatch, message):
            run(text, answers)

    def test_sends_lines_and_compares_answers(self):
        server = run("# a comment\n\nC: hello\nS: {\"a\": 1}\nC1: more\nS1: {}", [b'{"a": 1}\r\n\r\n', b"{}\r\n\r\n"])
        self.assertEqual(server.read, b"hello\nmore\n")
        self.assertEqual(server.events, ["simple-chat", "stop"])

    def test_sends_several_lines_before_the_answers(self):
        run("C: a\nC: b\nS: 1\nS: 2", [b"1\r\n\r", b"\n2\r\n\r\n"])

    def test_notices_every_difference(self):
        for answer in (b"1\r\n\r\n", b"12\n\r\n\r\n", b"12 \r\n\r\n", b" 12\r\n\r\n", b"\r\n12\r\n\r\n", b"\r\n\r\n"):
            self.assert_mismatch("C: a\nS: 12", [answer], "x.txt:2: another answer")

    def test_notices_a_wrong_or_missing_end(self):
        for answer in (b"12", b"12\r\n", b"12\r\n\n"):
            self.assert_mismatch("C: a\nS: 12", [answer], "x.txt:2: nothing came")
        self.assert_mismatch("C: a\nS: 12", [None], "x.txt:2: the server closed")

    def test_notices_what_was_not_expected(self):
        self.assert_mismatch("C: a\nS: 1", [b"1\r\n\r\n2\r\n\r\n"], "sent what was not expected: 2")
        self.assert_mismatch("C: a\nS: 1", [b"1\r\n\r\n\n"], "sent what was not expected")
        self.assert_mismatch("C: a\nS: 1\n! closed 1", [b"1\r\n\r\n"], "x.txt:3: nothing came")

    def test_points_at_the_difference(self):
        self.assert_mismatch("C: a\nS: " + 500 * "x" + "1", [500 * b"x" + b"2\r\n\r\n"], "byte 500")

    def test_tokens_match_and_are_remembered(self):
        answers = [f"{t}\r\n\r\n".encode() for t in (TOKEN_1, TOKEN_1, TOKEN_2)]
        server = run("C: a\nS: <token>\nC: b <token>\nS: <token>\nC: c\nS: <token:2>", answers)
        self.assertEqual(server.read, f"a\nb {TOKEN_1}\nc\n".encode())

    def test_a_name_is_one_token_and_two_names_are_two(self):
        self.assert_mismatch("C: a\nS: <token>\nC: b\nS: <token>",
                             [f"{t}\r\n\r\n".encode() for t in (TOKEN_1, TOKEN_2)], "x.txt:4: another answer")
        self.assert_mismatch("C: a\nS: <token>\nC: b\nS: <token:2>", 2 * [f"{TOKEN_1}\r\n\r\n".encode()], "given out before")
        self.assert_mismatch("C: a\nS: <token> <token>", [f"{TOKEN_1} {TOKEN_2}\r\n\r\n".encode()], "another answer")
        self.assert_mismatch("C: a\nS: <token>", [b"9abf3546-137d-1fd7-9d18-1f33e82acf8d\r\n\r\n"], "another answer")

    def test_escapes_are_exact_bytes(self):
        server = run("C\\: a\\r\\n\\x62\\0\\xff\\\\\\t\\{3*xy}\\nÅ\nS: 1\nS\\: \\x32\nC: c\\n\nS: 3",
                     [b"1\r\n\r\n", b"2\r\n\r\n", b"3\r\n\r\n"])
        self.assertEqual(server.read, b"a\r\nb\0\xff\\\txyxyxy\n\xc3\x85c\\n\n")

    def test_objects_come_without_an_end(self):
        server = run("C-: {\"a\": 1}\nC:\nS-: {\"b\": \"}\"}\nC: x\nS: 2", [b'{"b": "}"}', b"2\r\n\r\n"])
        self.assertEqual(server.read, b'{"a": 1}\nx\n')
        run("C: a\nC: b\nS-: {\"a\": 1}\nS-: {\"b\": {}}", [b'{"a": 1}{"b"', b": {}}"])
        for answer in (b'{"a": 2}', b'{"a":1}', b'{"a": 1, "b": 2}', b'\n{"a": 1}'):
            self.assert_mismatch("C: a\nS-: {\"a\": 1}", [answer], "x.txt:2: (another answer|no object)")
        self.assert_mismatch("C: a\nS-: {\"a\": 1}", [b'{"a": 1}\r\n'], "what was not expected")
        self.assert_mismatch("C: a\nS-: {\"a\": 1}", [b'{"a": '], "x.txt:2: nothing came")

    def test_raw_bytes_are_exact(self):
        server = run("C: get\nS: 4\nB\\: \\x00\\xff\\r\\n\nC-: up\\n\nC\\: \\x01\\n\nS: done",
                     [b"4\r\n\r\n\0\xff\r\n", b"done\r\n\r\n"])
        self.assertEqual(server.read, b"get\nup\\n\x01\n")
        self.assert_mismatch("C: a\nB: abc", [b"abd"], "x.txt:2: another answer")
        self.assert_mismatch("C: a\nB: abc", [b"ab"], "x.txt:2: nothing came")
        self.assert_mismatch("C: a\nB: ab", [b"abc"], "what was not expected: c")

    def test_a_greeting_may_come_or_not(self):
        name = "tests/transcripts/py-chat/x.txt"
        for greeting in (b"", b"hello\r\n\r\n"):
            run("C: a\nS: {}", [b"{}\r\n\r\n"], name, greeting)
            run("C: a\nS-: {}", [b"{}"], name, greeting)
            run("C: a\n! closed 1\nC: b\nS: {}", [None, b"{}\r\n\r\n"], name, greeting)
        run("! connect 1 py-chat\nS: hello\nC: a\nS: {}", [b"{}\r\n\r\n"], name, b"hello\r\n\r\n")
        with self.assertRaisesRegex(transcripts.Mismatch, "another answer"):
            run("! connect 1 py-chat\nS: hello", [], name, b"hallo\r\n\r\n")
        self.assert_mismatch("C: a\nS: {}", [b"hello\r\n\r\n{}\r\n\r\n"], "another answer")

    def test_codes_match_and_are_remembered(self):
        server = run("C: a\nS: <join:x> <file>\nC: <join:x> <file>\nS: <file:long>",
                     [b"0f3a9c 4f2a9c\r\n\r\n", b"0123456789ab\r\n\r\n"])
        self.assertEqual(server.read, b"a\n0f3a9c 4f2a9c\n")
        self.assert_mismatch("C: a\nS: <join>", [b"0f3a9C\r\n\r\n"], "another answer")

    def test_acts_on_connections_and_servers(self):
        server = run("C: a\nS: 1\n! close 1\nC: b\nS: 2\n! restart\nC: c\nS: 3\n! kill\nC: d\nS: 4\n! halfclose 1\n! closed 1",
                     [b"1\r\n\r\n", b"2\r\n\r\n", b"3\r\n\r\n", b"4\r\n\r\n"])
        self.assertEqual([event for event in server.events if event != "simple-chat"],
                         ["stop", "start", "kill", "start", "stop"])

    def test_a_connection_can_speak_another_dialect(self):
        server = run("! connect 2 chat-service\nC2: a\nS2: 1", [b"1\r\n\r\n"])
        self.assertEqual(server.events, ["chat-service", "stop"])


class ParserTest(unittest.TestCase):
    def test_blocks_of_a_page_are_one_transcript(self):
        page = "text\n```transcript simple-chat\nC: a\nS: 1\n```\nS: no\n```\nS: no\n```\n```transcript simple-chat\nC: b\n```"
        steps, dialects = transcripts.parse(pathlib.Path("page.md"), page)
        self.assertEqual([step.line for step in steps], [3, 4, 11])
        self.assertEqual(dialects, ["simple-chat"])

    def test_refuses_what_makes_no_sense(self):
        for text in ("hello", "S:x", "X: a", "C: trailing \nS: 1", "C\\: \\q\nS: 1", "C\\: \\x1\nS: 1", "! dance", "! close",
                     "! close x", "! restart 1", "# nothing", "C: a", "B: <file>\nS: 1", "B-: a\nS: 1"):
            with self.subTest(text), self.assertRaises(transcripts.Mistake):
                transcripts.parse(pathlib.Path("simple-chat/x.txt"), text)

    def test_refuses_what_cannot_be_carried_out(self):
        for text in ("S: 1", "C: <token>\nS: 1", "! close 1\nS: 1"):
            with self.subTest(text), self.assertRaises(transcripts.Mistake):
                run(text, [])


if __name__ == "__main__":
    unittest.main()
