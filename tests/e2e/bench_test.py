"""obrol-bench: every workload against a real server, small and short; its manual names all that it takes.

usage: bench_test.py OBROLD OBROL_BENCH [unittest arguments]

`large` and `generate` are in large_store_test.py, `files` is in bench_files_test.py.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

PROGRAM = None
BENCH = None
MANUAL = pathlib.Path(__file__).parents[2] / "docs" / "man" / "obrol-bench.1"
DELIVERIES = ["deliveries/s", "CPU-s/M", "p50 us", "p99 us", "p99.9 us", "stall ms", "RSS MiB"]
LOGINS = ["RSS MiB", "CPU-s/M", "p50 us", "p99 us", "p99.9 us"]
MACHINE = ["generator", "others"]


def bench(*arguments):
    return subprocess.run([BENCH, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8", check=False)


class BenchTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="obrol-bench-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def report(self, workload, *arguments):
        run = bench(workload, "--obrold", PROGRAM, "--data-root", self.folder, "--peers", "obrol", "--rounds", "1",
                    "--json", *arguments)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(os.listdir(self.folder), [], "nothing is left behind")
        report = json.loads(run.stdout)
        self.assertIn(PROGRAM, report["settings"]["lines"][0])
        for sample in report["samples"]:
            self.assertEqual((sample["peer"], sample["round"]), ("obrol", 0))
            self.assertTrue(sample["stopped_cleanly"])
        return report

    def metrics(self, names, sizes, workload, *arguments):
        """Those of each sample, which are named and ordered so; the sizes that a row was asked with are in it."""
        report = self.report(workload, *arguments)
        self.assertEqual(report["settings"]["workload"], workload)
        found = [sample["metrics"] for sample in report["samples"]]
        self.assertEqual(len(found), len(sizes))
        for sample, size in zip(report["samples"], sizes):
            self.assertEqual({name: sample["size"][name] for name in size}, size)
            self.assertEqual(list(sample["metrics"]), [*names, *MACHINE])
        return found

    def are_above_zero(self, metrics, *names):
        for name in names:
            self.assertGreater(metrics[name], 0, name)
        self.assertLessEqual(metrics["p50 us"], metrics["p99 us"])
        self.assertLessEqual(metrics["p99 us"], metrics["p99.9 us"])

    def test_ack(self):
        samples = self.report("ack", "--clients", "1,3", "--depth", "1,4", "--seconds", "0.2")["samples"]
        self.assertEqual([(sample["clients"], sample["depth"]) for sample in samples], [(1, 1), (3, 1), (1, 4), (3, 4)])
        for sample in samples:
            for name in ("acknowledged_per_second", "p50_microseconds", "server_rss_bytes", "longest_stall_milliseconds"):
                self.assertGreater(sample[name], 0, name)
            self.assertLessEqual(sample["p50_microseconds"], sample["p99_microseconds"])
            self.assertLessEqual(sample["p99_microseconds"], sample["p99_9_microseconds"])
            self.assertEqual(sample["busy"], 0)

    def test_fanout(self):
        sizes = [{"receivers": receivers, "senders": 2, "depth": depth} for depth in (4, 1) for receivers in (3, 8)]
        for metrics in self.metrics(DELIVERIES, sizes, "fanout", "--receivers", "3,8", "--senders", "2", "--depth", "4,1",
                                    "--seconds", "0.2"):
            self.are_above_zero(metrics, "deliveries/s", "p50 us", "stall ms", "RSS MiB")

    def test_pairs(self):
        for metrics in self.metrics(DELIVERIES, [{"pairs": 3, "depth": 4}], "pairs", "--pairs", "3", "--depth", "4",
                                    "--seconds", "0.2"):
            self.are_above_zero(metrics, "deliveries/s", "p50 us", "stall ms", "RSS MiB")

    def test_latency(self):
        for metrics in self.metrics(DELIVERIES, [{"receivers": 3, "rate": 200}], "latency", "--receivers", "3", "--rate",
                                    "200", "--seconds", "0.2"):
            self.are_above_zero(metrics, "deliveries/s", "p50 us", "stall ms", "RSS MiB")

    def test_stalled(self):
        for metrics in self.metrics([*DELIVERIES, "grown MiB", "unseen"], [{"receivers": 5, "depth": 4}], "stalled",
                                    "--receivers", "5", "--depth", "4", "--seconds", "0.2"):
            self.are_above_zero(metrics, "deliveries/s", "p50 us", "stall ms", "RSS MiB", "unseen")

    def test_idle(self):
        for metrics in self.metrics(["KiB/connection", "before MiB", *LOGINS], [{"clients": 6}], "idle", "--clients", "6",
                                    "--seconds", "0.2"):
            self.are_above_zero(metrics, "before MiB", "RSS MiB", "p50 us")

    def test_login(self):
        for metrics in self.metrics(["logins/s", *LOGINS], [{"clients": 4}], "login", "--clients", "4", "--seconds", "0.2"):
            self.are_above_zero(metrics, "logins/s", "RSS MiB", "p50 us")

    def test_login_by_password(self):
        report = self.report("login", "--by-password", "--clients", "2", "--seconds", "1")
        self.assertIn("default settings", report["settings"]["lines"][0])
        self.assertNotIn("cheap", report["settings"]["lines"][0])
        for sample in report["samples"]:
            self.are_above_zero(sample["metrics"], "logins/s", "RSS MiB", "p50 us")

    def test_reconnect(self):
        for metrics in self.metrics(["all back ms", "logins/s", *LOGINS], [{"clients": 6}], "reconnect", "--clients", "6"):
            self.are_above_zero(metrics, "all back ms", "logins/s", "RSS MiB", "p50 us")

    def test_a_server_that_does_not_start_ends_it(self):
        for workload in ("ack", "pairs"):
            run = bench(workload, "--obrold", "/no/such/obrold", "--data-root", self.folder, "--peers", "obrol")
            self.assertEqual(run.returncode, 1, workload)
            self.assertIn("/no/such/obrold", run.stderr)

    def test_the_manual_names_every_option_and_command(self):
        manual = re.sub(r"\\f[BIRP]", "", MANUAL.read_text(encoding="utf-8").replace("\\-", "-"))
        general = manual.partition(".SS")[0]
        sections = dict(re.findall(r"^\.SS (\S+)\n(.*?)(?=^\.S[SH] )", manual, re.MULTILINE | re.DOTALL))
        commands = re.findall(r"^  ([a-z]+) ", bench("--help").stdout.partition("Subcommands:")[2], re.MULTILINE)
        self.assertEqual(sorted(sections), sorted(commands))
        for command in commands:
            options = re.findall(r"^  (?:-[a-z],)?(--[a-z-]+)", bench(command, "--help").stdout, re.MULTILINE)
            self.assertGreater(len(options), 3, command)
            for option in options:
                self.assertRegex(general + sections[command], rf"{option}\b(?!-)", command)


if __name__ == "__main__":
    PROGRAM, BENCH = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))
    unittest.main()
