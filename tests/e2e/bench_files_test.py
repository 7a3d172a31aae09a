"""obrol-bench files: uploads and downloads against a real server, every byte compared.

usage: bench_files_test.py OBROLD OBROL_BENCH [unittest arguments]
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest

PROGRAM = None
BENCH = None
METRICS = ["MiB/s", "CPU-s/GiB", "p50 ms", "p99 ms", "p99.9 ms", "RSS MiB", "peak MiB", "generator", "others"]


class BenchFilesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="obrol-bench-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def bench(self, *arguments):
        return subprocess.run([BENCH, "files", "--obrold", PROGRAM, "--data-root", self.folder, "--peers", "obrol",
                               "--rounds", "1", *arguments],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              encoding="utf-8", check=False)

    def test_every_number_of_clients_uploads_and_downloads(self):
        run = self.bench("--clients", "1,9", "--mib", "2", "--json")
        self.assertEqual(run.returncode, 0, run.stderr)
        report = json.loads(run.stdout)
        self.assertNotIn("files.", report["settings"]["lines"][0])
        samples = report["samples"]
        self.assertEqual([(sample["size"]["clients"], sample["size"]["file_mib"], sample["size"]["downloads"])
                          for sample in samples], [(1, 2, False), (1, 2, True), (9, 2, False), (9, 2, True)])
        for sample in samples:
            self.assertEqual(sample["peer"], "obrol")
            self.assertTrue(sample["stopped_cleanly"])
            metrics = sample["metrics"]
            self.assertEqual(list(metrics), METRICS)
            for name in ("MiB/s", "p50 ms", "RSS MiB"):
                self.assertGreater(metrics[name], 0, name)
            self.assertGreaterEqual(metrics["p99 ms"], metrics["p50 ms"])
            self.assertGreaterEqual(metrics["peak MiB"], metrics["RSS MiB"])
            # The last file is there when the time is over: the rate is that of the slowest, not more.
            moved = sample["size"]["clients"] * 2
            self.assertLessEqual(metrics["MiB/s"], moved / (metrics["p99 ms"] / 1000))
        self.assertEqual(os.listdir(self.folder), [])

    def test_what_is_beyond_the_defaults_is_raised_and_said(self):
        run = self.bench("--clients", "201", "--mib", "1")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn(" and files.uploads_max = 201\n", run.stdout)
        run = self.bench("--clients", "1", "--mib", "65")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn(" and files.bytes_max = 68157440\n", run.stdout)
        self.assertIn("1 client at once, a file of 65 MiB each: download\n", run.stdout)


if __name__ == "__main__":
    PROGRAM, BENCH = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))
    unittest.main()
