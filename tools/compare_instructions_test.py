"""Tests of compare_instructions: on a little project in a git of its own, built and counted for real."""

import contextlib
import importlib.machinery
import importlib.util
import io
import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest
import unittest.mock

HERE = pathlib.Path(__file__).resolve().parent
loader = importlib.machinery.SourceFileLoader("compare_instructions", str(HERE / "compare_instructions"))
tool = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
# No compiled copy of the program beside it.
with unittest.mock.patch.object(sys, "dont_write_bytecode", True):
    loader.exec_module(tool)

Row = tool.Row

# Speaks the flags of a benchmark program: `--counted`, `--benchmark_list_tests`, `--benchmark_filter`.
PROGRAM = r"""
    #include <cstdio>
    #include <cstdlib>
    #include <cstring>
    #include <regex>
    #include <string>
    static const char* const names[] = {NAMES};
    static const long costs[] = {COSTS};
    int main(int count, char** arguments) {
        long times = 1;
        bool list = false;
        std::string filter;
        for (int i = 1; i < count; ++i) {
            if (!std::strncmp(arguments[i], "--counted=", 10)) times = std::atol(arguments[i] + 10);
            if (!std::strcmp(arguments[i], "--benchmark_list_tests")) list = true;
            if (!std::strncmp(arguments[i], "--benchmark_filter=", 19)) filter = arguments[i] + 19;
        }
        volatile long sum = 0;
        for (long i = 0; i < 100000; ++i) sum = sum + 1;  // preparations, which must not count
        for (unsigned i = 0; i < sizeof costs / sizeof *costs; ++i) {
            const std::string name = std::string(names[i]) + "/iterations:" + std::to_string(100 * times);
            if (list) std::puts(name.c_str());
            if (list || !std::regex_search(name, std::regex(filter))) continue;
            for (long n = 0; n < 100 * times * costs[i]; ++n) sum = sum + 1;
        }
    }
"""
PROJECT = """
    cmake_minimum_required(VERSION 3.25)
    project(little LANGUAGES CXX)
    add_executable(little_bench little.cc)
    set_target_properties(little_bench PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/benchmarks)
    add_custom_target(benchmarks DEPENDS little_bench)
"""


class LittleProject:
    def __init__(self, folder):
        self.root = pathlib.Path(folder)
        self.git("init", "-q", "-b", "main")
        self.write("CMakeLists.txt", PROJECT)
        self.write(".gitignore", "build\n")

    def git(self, *words):
        identity = ["-c", "user.name=n", "-c", "user.email=e@localhost", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", self.root, *identity, *words], check=True, capture_output=True)

    def write(self, name, text):
        (self.root / name).write_text(textwrap.dedent(text), encoding="utf-8")

    def set_costs(self, costs):
        names = ", ".join(f'"{name}"' for name in costs)
        self.write("little.cc", PROGRAM.replace("NAMES", names).replace("COSTS", ", ".join(map(str, costs.values()))))

    def commit(self, tag, costs):
        self.set_costs(costs)
        self.git("add", ".")
        self.git("commit", "-q", "--allow-empty", "-m", tag)
        self.git("tag", tag)

    def compare(self, *words):
        """Exit status, standard output, standard error."""
        out, error = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
            status = tool.main(list(words), self.root)
        return status, out.getvalue(), error.getvalue()


class CountingTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            tool.choose_counter("auto")
        except tool.Failed as failed:
            raise unittest.SkipTest(str(failed))
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.project = LittleProject(folder.name)
        cls.project.commit("first", {"one": 1000, "two": 1000, "old": 10, "with-hyphen": 10, "idle": 0})
        cls.project.commit("second", {"one": 1500, "two": 1000, "new": 10})

    def rows(self, text):
        return {line.split()[0]: line.split()[1:] for line in text.splitlines()[1:] if line}

    def test_what_became_slower_is_found_and_named(self):
        status, out, error = self.project.compare("first", "second", "--filter", "one|two")
        self.assertEqual(status, 1, out + error)
        rows = self.rows(out)
        self.assertAlmostEqual(float(rows["one"][2]), 1.5, delta=0.01)
        self.assertEqual(rows["one"][3], "SLOWER")
        self.assertAlmostEqual(float(rows["two"][2]), 1.0, delta=0.01)
        self.assertEqual(len(rows["two"]), 3)
        self.assertIn("1 of 2 above 1.05: one", out)

    def test_the_threshold_decides(self):
        self.assertEqual(self.project.compare("first", "second", "--filter", "one", "--threshold", "1.6")[0], 0)
        self.assertEqual(self.project.compare("first", "second", "--filter", "one", "--threshold", "1.4")[0], 1)

    def test_what_became_faster_is_no_fault(self):
        status, out, error = self.project.compare("second", "first", "--filter", "one")
        self.assertEqual(status, 0, out + error)
        self.assertAlmostEqual(float(self.rows(out)["one"][2]), 1 / 1.5, delta=0.01)

    def test_new_and_vanished_benchmarks_have_no_ratio(self):
        status, out, error = self.project.compare("first", "second", "--filter", "old|new")
        self.assertEqual(status, 0, out + error)
        self.assertEqual(self.rows(out)["old"][1:], ["-", "-"])
        self.assertEqual(self.rows(out)["new"][0], "-")

    def test_preparations_do_not_count(self):
        status, out, error = self.project.compare("first", "first", "--filter", "old")
        self.assertEqual(status, 0, error)
        # Ten additions in a loop, not the hundred thousand before them.
        self.assertLess(float(self.rows(out)["old"][0].replace(",", "")), 1000)

    def test_a_benchmark_that_does_nothing_is_a_mistake(self):
        status, _, error = self.project.compare("first", "first", "--filter", "idle")
        self.assertEqual(status, 2)
        self.assertIn("idle", error)

    def test_the_same_commit_gives_the_same_counts(self):
        status, out, error = self.project.compare("first", "first", "--jobs", "2", "--filter", "one|two|old|with-hyphen")
        self.assertEqual(status, 0, error)
        self.assertIn("with-hyphen", self.rows(out))
        for name, cells in self.rows(out).items():
            self.assertAlmostEqual(float(cells[2]), 1.0, delta=0.005, msg=name)

    def test_the_tree_as_it_lies_here(self):
        self.project.set_costs({"one": 3000})
        self.addCleanup(self.project.set_costs, {"one": 1500, "two": 1000, "new": 10})
        status, out, error = self.project.compare("first", ".", "--filter", "one")
        self.assertEqual(status, 1, out + error)
        self.assertAlmostEqual(float(self.rows(out)["one"][2]), 3.0, delta=0.02)

    def test_a_name_that_nothing_has(self):
        status, _, error = self.project.compare("first", "first", "--filter", "nothing_like_it")
        self.assertEqual(status, 2)
        self.assertIn("no benchmark has such a name", error)

    def test_a_commit_that_does_not_exist(self):
        status, _, error = self.project.compare("first", "no-such-commit")
        self.assertEqual(status, 2)
        self.assertIn("no-such-commit", error)

    def test_a_commit_that_does_not_build(self):
        self.project.write("little.cc", "this is no program\n")
        self.addCleanup(self.project.set_costs, {"one": 1500, "two": 1000, "new": 10})
        status, _, error = self.project.compare("first", ".")
        self.assertEqual(status, 2)
        self.assertIn("little.cc", error)


class TableTest(unittest.TestCase):
    def test_a_row_says_both_counts_and_the_ratio(self):
        lines = tool.table([Row("framer", 1000.0, 1100.0), Row("new", None, 5.0)], ["main", "."], 1.05).splitlines()
        self.assertEqual(lines[1].split(), ["framer", "1,000", "1,100", "1.100", "SLOWER"])
        self.assertEqual(lines[2].split(), ["new", "-", "5", "-"])

    def test_exactly_the_threshold_is_not_slower(self):
        self.assertFalse(tool.is_slower(Row("x", 100.0, 105.0), 1.05))
        self.assertTrue(tool.is_slower(Row("x", 100.0, 106.0), 1.05))

    def test_wrong_arguments_end_with_2(self):
        for words in (["only-one"], ["a", "b", "--threshold", "0"], ["a", "b", "--filter", "("], ["a", "b", "--counter", "x"]):
            with self.subTest(words=words), contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit) as ended:
                tool.arguments_of(words)
            self.assertEqual(ended.exception.code, 2)

    def test_the_environment_does_not_depend_on_the_user(self):
        before = tool.fixed_environment()
        with unittest.mock.patch.dict(os.environ, {"LANG": "id_ID.UTF-8", "MALLOC_ARENA_MAX": "1"}):
            self.assertEqual(tool.fixed_environment(), before)


if __name__ == "__main__":
    unittest.main()
