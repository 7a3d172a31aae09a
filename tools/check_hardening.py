#!/usr/bin/env python3
"""Checks that programs carry their hardening: position independent, symbols bound at start and then read-only, stack
protector, no executable stack.

usage: tools/check_hardening.py PROGRAM…
"""

import os
import re
import subprocess
import sys

# What readelf must have printed: a name for messages, a regular expression.
MARKS = [
    ("position-independent executable (PIE)", r"^\s*Type:\s+DYN\b"),
    ("all symbols bound at start (BIND_NOW)", r"\(BIND_NOW\)|\(FLAGS\).*\bBIND_NOW\b|\(FLAGS_1\).*\bNOW\b"),
    ("relocations read-only (GNU_RELRO)", r"^\s*GNU_RELRO\b"),
    ("stack protector (__stack_chk_fail)", r"\b__stack_chk_fail\b"),
    ("stack not executable (GNU_STACK RW)", r"^\s*GNU_STACK\s+(?:0x[0-9a-f]+\s+)+RW\s"),
]


def missing(readelf_output):
    """The names of the marks that are not there."""
    return [name for name, expression in MARKS if not re.search(expression, readelf_output, re.MULTILINE)]


def main():
    if len(sys.argv) < 2:
        print(__doc__.strip().splitlines()[-1], file=sys.stderr)
        return 2
    status = 0
    for program in sys.argv[1:]:
        command = ["readelf", "--wide", "--file-header", "--program-headers", "--dynamic", "--dyn-syms", program]
        environment = {**os.environ, "LC_ALL": "C"}
        output = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
        for name in missing(output):
            print(f"{program}: missing: {name}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
