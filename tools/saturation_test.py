"""Tests of saturation: around little programs that are busy, asleep, or fail."""

import pathlib
import re
import subprocess
import sys
import textwrap
import unittest

TOOL = pathlib.Path(__file__).resolve().parent / "saturation"

# One thread that computes and one that sleeps, in a process that another one has started.
BUSY = """
    import threading, time
    end = time.monotonic() + 2
    threading.Thread(target=time.sleep, args=(2,)).start()
    while time.monotonic() < end:
        pass
"""


def saturation(*command):
    return subprocess.run([sys.executable, "-B", str(TOOL), *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8", check=False)


class SaturationTest(unittest.TestCase):
    def test_a_busy_thread_is_seen_in_a_child(self):
        script = textwrap.dedent(BUSY)
        run = saturation(sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {script!r}])")
        self.assertEqual(run.returncode, 0, run.stderr)
        threads = re.findall(r"together (\d\.\d\d)$", run.stdout, re.MULTILINE)
        self.assertTrue(threads, run.stdout)
        self.assertGreater(max(map(float, threads)), 0.7, "it computes all the time, or waits for a processor")
        self.assertRegex(run.stdout, r"all processors \d\.\d\d, taken away \d\.\d\d, of what was left \d\.\d\d; disk \d\.\d\d")

    def test_a_failed_benchmark_is_no_measurement(self):
        run = saturation(sys.executable, "-c", "import sys; sys.exit(3)")
        self.assertEqual((run.returncode, run.stdout), (3, ""))

    def test_one_that_is_too_short_is_none_either(self):
        run = saturation("true")
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("too short", run.stderr)

    def test_without_a_benchmark_it_says_what_it_wants(self):
        run = saturation()
        self.assertEqual(run.returncode, 2)
        self.assertIn("which benchmark?", run.stderr)


if __name__ == "__main__":
    unittest.main()
