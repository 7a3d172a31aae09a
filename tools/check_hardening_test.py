"""Tests of check_hardening.py on what readelf prints."""

import unittest

import check_hardening

HARDENED = """\
  Type:                              DYN (Position-Independent Executable file)
  GNU_STACK      0x000000 0x0000000000000000 0x0000000000000000 0x000000 0x000000 RW  0x10
  GNU_RELRO      0x002da8 0x0000000000003da8 0x0000000000003da8 0x000258 0x000258 R   0x1
 0x000000000000001e (FLAGS)              BIND_NOW
     5: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND __stack_chk_fail@GLIBC_2.4 (4)
"""


class CheckHardeningTest(unittest.TestCase):
    def test_a_hardened_program(self):
        self.assertEqual(check_hardening.missing(HARDENED), [])

    def test_each_mark_is_missed(self):
        for position, (name, _) in enumerate(check_hardening.MARKS):
            line = [0, 3, 2, 4, 1][position]
            lines = HARDENED.splitlines()
            del lines[line]
            with self.subTest(name=name):
                self.assertEqual(check_hardening.missing("\n".join(lines)), [name])

    def test_marks_that_say_the_opposite(self):
        for good, bad, name in (
            ("DYN (Position-Independent", "EXEC (", "position-independent executable (PIE)"),
            (" RW  0x10", " RWE 0x10", "stack not executable (GNU_STACK RW)"),
        ):
            with self.subTest(bad=bad):
                self.assertEqual(check_hardening.missing(HARDENED.replace(good, bad)), [name])


if __name__ == "__main__":
    unittest.main()
