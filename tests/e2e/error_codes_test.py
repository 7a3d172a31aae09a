"""Every error code of the native dialect that a client can provoke stands in a transcript of tests/transcripts/native."""

import pathlib
import re
import unittest

TREE = pathlib.Path(__file__).resolve().parents[2]
# Those that need other settings than the transcripts', an administrator or a broken disk: the test that provokes them.
ELSEWHERE = {
    "account-disabled": "tests/store_suite/post_cases.cc",
    "registration-closed": "tests/e2e/limits_test.py",
    "bad-invitation": "tests/store_suite/account_cases.cc",
    "invitation-needed": "tests/e2e/limits_test.py",
    "too-many-sessions": "tests/store_suite/account_cases.cc",
    "too-many-requests": "tests/e2e/limits_test.py",
    "too-many-messages": "tests/e2e/limits_test.py",
    "too-many-accounts": "tests/e2e/limits_test.py",
    "too-many-connections": "tests/e2e/limits_test.py",
    "server-full": "tests/e2e/limits_test.py",
    "out-of-memory": "tests/e2e/limits_test.py",
    "tls-needed": "tests/e2e/tls_test.py",
    "argument-too-long": "src/dialects/py_chat/requests_test.cc",
    "passwords-differ": "src/dialects/py_chat/requests_test.cc",
    "group-full": "tests/e2e/limits_test.py",
    "too-many-groups": "tests/e2e/limits_test.py",
    "too-many-contacts": "tests/e2e/limits_test.py",
    "quota-exceeded": "tests/e2e/limits_test.py",
    "storage-full": "tests/e2e/limits_test.py",
    "folder-full": "src/core/folder_test.cc",
    "server-differs": "tests/e2e/two_servers_test.py",
    "server-blocked": "src/core/server_test.cc",
    "too-many-servers": "src/core/server_test.cc",
    "admins-only": "src/core/server_test.cc",
    "queue-full": "src/core/peering_test.cc",
    "request-pending": "src/core/strangers_test.cc",
    "home-recovering": "tests/store_suite/peer_group_cases.cc",
    "busy": "src/core/login_test.cc",
    "not-stored": "src/core/message_test.cc",
    "unavailable": "src/core/history_test.cc",
}
# The codes that the native dialect shows in the place of others.
SHOWN_AS = {"unknown-user": "bad-credentials", "wrong-password": "bad-credentials"}


def codes():
    """Those of model/chat_error.cc, as the dialect shows them."""
    source = (TREE / "src/model/chat_error.cc").read_text(encoding="utf-8")
    found = re.findall(r'case ChatError::\w+:\s*return "([a-z-]+)";', source)
    return {SHOWN_AS.get(code, code) for code in found}


def codes_in_transcripts():
    text = "".join(path.read_text(encoding="utf-8") for path in (TREE / "tests/transcripts/native").glob("*.txt"))
    return set(re.findall(r'"status":"ERROR","code":"([a-z-]+)"', text))


class ErrorCodesTest(unittest.TestCase):
    def test_the_list_is_read(self):
        self.assertGreater(len(codes()), 25)
        header = (TREE / "src/model/chat_error.h").read_text(encoding="utf-8")
        names = re.findall(r"^    (\w+),", header.split("enum class ChatError {")[1].split("};")[0], re.MULTILINE)
        self.assertEqual(len(names), len(codes()) + len(SHOWN_AS) - len(set(SHOWN_AS.values())))

    def test_every_code_has_a_transcript(self):
        self.assertEqual(sorted(codes() - codes_in_transcripts() - set(ELSEWHERE)), [])

    def test_transcripts_name_no_other_codes(self):
        self.assertEqual(sorted(codes_in_transcripts() - codes()), [])

    def test_the_others_are_provoked_where_it_says(self):
        for code, test in ELSEWHERE.items():
            with self.subTest(code):
                text = (TREE / test).read_text(encoding="utf-8")
                self.assertTrue(code in text or f"ChatError::{code.replace('-', '_')}" in text, test)
        self.assertEqual(sorted(set(ELSEWHERE) - codes()), [], "codes that there are no more")

    def test_every_code_is_documented(self):
        page = (TREE / "docs/protocol/native.md").read_text(encoding="utf-8")
        self.assertEqual(sorted(code for code in codes() if f"`{code}`" not in page), [])


if __name__ == "__main__":
    unittest.main()
