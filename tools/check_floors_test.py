"""Tests of check_floors.py on small made-up trees: each rule has an example that breaks it."""

import pathlib
import tempfile
import textwrap
import unittest

import check_floors


class Tree:
    """A tree that breaks nothing until a test adds to it."""

    def __init__(self, folder):
        self.root = pathlib.Path(folder)
        self.write("tools/floors_exceptions.txt", "# none\n")
        for path in (
            "base/clock.h", "base/crypto/digest.h", "model/ids.h", "wire/words.h", "io/task.h", "io/timer.h", "io/stream.h",
            "dialects/dialect.h", "dialects/registry/registry.h", "dialects/simple_chat/simple_chat.h", "dialects/native/native.h",
            "dialects/auto/auto.h", "dialects/peer/peer.h", "storage/store.h", "storage/sqlite/sqlite_store.h",
            "storage/memory/memory_store.h", "storage/migrations/migrations.h", "bus/bus.h", "bus/local/local_bus.h",
            "core/chat.h", "server/server.h", "federation/link.h", "client/session.h", "bench/load.h",
            "apps/obrold/main.cc",
        ):  # fmt: skip
            self.write(f"src/{path}", "#pragma once\n")
        self.write("tests/support/worlds.h", "#pragma once\n")
        self.write("tests/sim/world.h", "#pragma once\n")

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        for folder in [file.parent, *file.parent.parents]:
            if folder == self.root / "src" or self.root / "src" not in folder.parents:
                break
            readme = folder / "README.md"
            if not readme.exists():
                readme.write_text("What lives here.\n", encoding="utf-8")

    def check(self):
        return check_floors.check(self.root)

    def check_with(self, path, text):
        """What the tree with this file more breaks."""
        self.write(path, text)
        lines = self.check()
        (self.root / path).unlink()
        return lines


class CheckFloorsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = Tree(folder.name)

    def assert_holds(self, path, text):
        self.tree.write(path, text)
        self.assertEqual(self.tree.check(), [])

    def assert_breaks(self, path, text, *, line, what):
        self.tree.write(path, text)
        lines = self.tree.check()
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith(f"{path}:{line}: {what}: "), lines[0])

    def test_the_made_up_tree_holds(self):
        self.assertEqual(self.tree.check(), [])

    def test_includes_across_floors(self):
        allowed = [
            ("model/user.h", "base/clock.h"),
            ("model/user.h", "model/ids.h"),
            ("model/user.h", "base/crypto/digest.h"),
            ("base/crypto/random.cc", "base/clock.h"),
            ("dialects/simple_chat/a.cc", "dialects/dialect.h"),
            ("dialects/registry/registry.h", "dialects/simple_chat/simple_chat.h"),
            ("dialects/auto/a.cc", "dialects/native/native.h"),
            ("storage/sqlite/a.cc", "storage/store.h"),
            ("storage/sqlite/a.cc", "storage/migrations/migrations.h"),
            ("core/a.cc", "io/task.h"),
            ("core/a.cc", "io/timer.h"),
            ("core/a.cc", "storage/store.h"),
            ("core/a.cc", "bus/bus.h"),
            ("server/http/a.cc", "server/server.h"),
            ("server/a.cc", "core/chat.h"),
            ("federation/a.cc", "dialects/peer/peer.h"),
            ("apps/obrold/a.cc", "storage/sqlite/sqlite_store.h"),
        ]
        for path, included in allowed:
            with self.subTest(path=path, included=included):
                self.assertEqual(self.tree.check_with(f"src/{path}", f'#include "{included}"\n'), [])
        refused = [
            ("base/a.h", "model/ids.h"),
            ("base/a.h", "base/crypto/digest.h"),
            ("model/a.h", "wire/words.h"),
            ("wire/a.h", "io/task.h"),
            ("io/a.h", "model/ids.h"),
            ("dialects/simple_chat/a.cc", "dialects/native/native.h"),
            ("dialects/simple_chat/a.cc", "dialects/registry/registry.h"),
            ("dialects/simple_chat/a.cc", "io/task.h"),
            ("dialects/dialect.h", "dialects/simple_chat/simple_chat.h"),
            ("dialects/simple_chat/a.cc", "core/chat.h"),
            ("storage/sqlite/a.cc", "storage/memory/memory_store.h"),
            ("storage/store.h", "storage/sqlite/sqlite_store.h"),
            ("storage/migrations/a.cc", "storage/store.h"),
            ("storage/a.cc", "bus/bus.h"),
            ("core/a.cc", "io/stream.h"),
            ("core/a.cc", "wire/words.h"),
            ("core/a.cc", "storage/sqlite/sqlite_store.h"),
            ("core/a.cc", "bus/local/local_bus.h"),
            ("server/a.cc", "storage/store.h"),
            ("server/a.cc", "federation/link.h"),
            ("federation/a.cc", "dialects/native/native.h"),
            ("client/a.cc", "core/chat.h"),
            ("bench/a.cc", "client/session.h"),
            ("server/a.cc", "apps/obrold/main.cc"),
        ]
        for path, included in refused:
            with self.subTest(path=path, included=included):
                lines = self.tree.check_with(f"src/{path}", f'\n#include "{included}"\n')
                self.assertEqual(len(lines), 1, lines)
                self.assertTrue(lines[0].startswith(f"src/{path}:2: {included}: "), lines[0])

    def test_tests_may_include_a_little_more(self):
        for included in ("storage/memory/memory_store.h", "bus/local/local_bus.h", "tests/support/worlds.h"):
            self.assert_holds("src/core/chat_test.cc", f'#include "{included}"\n#include <gtest/gtest.h>\n')

    def test_benchmarks_may_include_what_tests_may_and_their_frame(self):
        self.tree.write("tests/benchmark/benchmarks.h", "#pragma once\n")
        code = '#include "storage/memory/memory_store.h"\n#include "tests/benchmark/benchmarks.h"\n#include <benchmark/benchmark.h>\n'
        self.assert_holds("src/core/chat_bench.cc", code)
        for path, included in (("src/core/a_test.cc", "tests/benchmark/benchmarks.h"), ("src/core/a_bench.cc", "tests/sim/world.h")):
            with self.subTest(path=path):
                self.assertEqual(len(self.tree.check_with(path, f'#include "{included}"\n')), 1)

    def test_sources_may_not_include_test_support(self):
        self.assert_breaks("src/core/a.cc", '#include "tests/support/worlds.h"\n', line=1, what="tests/support/worlds.h")

    def test_tests_may_not_include_the_simulation(self):
        self.assert_breaks("src/core/a_test.cc", '#include "tests/sim/world.h"\n', line=1, what="tests/sim/world.h")

    def test_tests_stay_on_their_floor_otherwise(self):
        self.assert_breaks("src/model/a_test.cc", '#include "io/task.h"\n', line=1, what="io/task.h")

    def test_a_file_that_is_not_there(self):
        self.assert_breaks("src/core/a.cc", '#include "chat.h"\n', line=1, what="chat.h")

    def test_parts(self):
        for path, header in (
            ("core/a.cc", "gtest/gtest.h"),
            ("storage/memory/a.cc", "sqlite3.h"),
            ("base/a.cc", "sodium.h"),
            ("wire/a.cc", "openssl/ssl.h"),
            ("core/a.cc", "boost/json.hpp"),
            ("wire/a.cc", "boost/asio.hpp"),
            ("server/a.cc", "toml++/toml.h"),
            ("server/a.cc", "CLI/CLI.hpp"),
            ("core/a.cc", "spdlog/spdlog.h"),
            ("server/a.cc", "sys/socket.h"),
            ("server/a.cc", "netinet/in.h"),
            ("core/a.cc", "mutex"),
            ("storage/memory/a.cc", "thread"),
            ("core/a.cc", "fstream"),
            ("core/a.cc", "random"),
            ("core/a.cc", "curl/curl.h"),
        ):
            with self.subTest(path=path, header=header):
                lines = self.tree.check_with(f"src/{path}", f"#include <{header}>\n")
                self.assertEqual(len(lines), 1, lines)
                self.assertTrue(lines[0].startswith(f"src/{path}:1: {header}: "), lines[0])

    def test_parts_where_they_belong(self):
        self.assert_holds("src/storage/sqlite/a.cc", "#include <sqlite3.h>\n#include <fmt/core.h>\n#include <vector>\n")
        self.assert_holds("src/bench/a.cc", "#include <sys/socket.h>\n#include <sys/epoll.h>\n")
        self.assert_holds("src/io/a.cc", "#include <sys/socket.h>\n#include <thread>\n#include <mutex>\n")

    def test_calls_around_the_seams(self):
        for call in (
            "auto now = std::chrono::system_clock::now();",
            "auto now = std::chrono::steady_clock :: now();",
            "auto now = time(nullptr);",
            "clock_gettime(CLOCK_REALTIME, &now);",
            "std::this_thread::sleep_for(1s);",
            "std::random_device device;",
            "int n = rand();",
            "std::thread worker(job);",
            'auto home = std::getenv("HOME");',
        ):
            with self.subTest(call=call):
                lines = self.tree.check_with("src/core/a.cc", f"\n\n{call}\n")
                self.assertEqual(len(lines), 1, lines)
                self.assertTrue(lines[0].startswith("src/core/a.cc:3: "), lines[0])

    def test_calls_that_only_look_alike(self):
        self.assert_holds(
            "src/core/a.cc",
            r"""
            // std::chrono::system_clock::now() is not for core
            /* nor is
            getenv("HOME") */
            auto text = "rand()";
            auto raw = R"x(std::random_device)x";
            auto quote = '"';
            auto mine = random.below(7) + entry.time(0) + operand(1);
            // #include <thread>
            """,
        )

    def test_braced_values_inside_co_await(self):
        for code in (
            'const auto x = co_await post(Message{"text"});',
            'co_await listen({"127.0.0.1", 0});',
            "co_await post(\n    first, Message{text});",
            "co_await post(std::vector<int>{1});",
            "if (co_await post(Message{text})) return;",
        ):
            for path in ("src/core/a.cc", "tests/sim/a.cc"):
                with self.subTest(code=code, path=path):
                    lines = self.tree.check_with(path, f"\n{code}\n")
                    self.assertEqual(len(lines), 1, lines)
                    self.assertRegex(lines[0], rf"^{path}:[23]: a braced value inside co_await")

    def test_braces_that_co_await_does_not_mind(self):
        self.assert_holds(
            "src/core/a.cc",
            """
            if (co_await post(message)) { return; }
            while (co_await next()) { stop(Message{text}); }
            co_await Hop{executor};
            for (const auto& one : co_await all()) { use({one}); }
            co_await queue.run([&] { return work(); });
            const auto answer = co_await ask(); use(Message{text});
            // co_await post(Message{text});
            """,
        )

    def test_the_environment_is_for_programs(self):
        self.assert_holds("src/apps/obrold/a.cc", 'auto home = std::getenv("HOME");\n')

    def test_a_folder_without_readme(self):
        (self.tree.root / "src/core/README.md").unlink()
        lines = self.tree.check()
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith("src/core:0: README.md: "), lines[0])

    def test_a_folder_on_no_floor(self):
        self.tree.write("src/utils/a.h", "#include <whatever.h>\n")
        lines = self.tree.check()
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith("src/utils:0: utils: "), lines[0])

    def test_links(self):
        self.tree.write("src/model/CMakeLists.txt", "obrol_library(obrol_model DEPENDS obrol_base)\n")
        self.tree.write("src/base/CMakeLists.txt", "obrol_library(obrol_base DEPENDS fmt::fmt)\n")
        self.tree.write("src/io/CMakeLists.txt", "obrol_library(obrol_io DEPENDS obrol_base Threads::Threads)\n")
        self.tree.write("src/core/CMakeLists.txt", "obrol_library(obrol_core DEPENDS obrol_io TEST_DEPENDS obrol_memory)\n")
        self.tree.write("src/storage/memory/CMakeLists.txt", "obrol_library(obrol_memory DEPENDS obrol_model)\n")
        self.assertEqual(self.tree.check(), [])

    def test_a_link_upwards(self):
        self.tree.write("src/model/CMakeLists.txt", "obrol_library(obrol_model DEPENDS obrol_base)\n")
        self.assert_breaks(
            "src/base/CMakeLists.txt",
            "# a comment\nobrol_library(obrol_base DEPENDS obrol_model)\n",
            line=2,
            what="obrol_model",
        )

    def test_a_link_between_siblings(self):
        self.tree.write("src/storage/memory/CMakeLists.txt", "obrol_library(obrol_memory)\n")
        self.assert_breaks(
            "src/storage/sqlite/CMakeLists.txt",
            "obrol_library(obrol_sqlite)\ntarget_link_libraries(obrol_sqlite PRIVATE obrol_memory)\n",
            line=2,
            what="obrol_memory",
        )

    def test_links_of_parts(self):
        self.assert_breaks(
            "src/core/CMakeLists.txt",
            "obrol_library(obrol_core DEPENDS SQLite::SQLite3)\n",
            line=1,
            what="SQLite::SQLite3",
        )

    def test_links_of_unknown_parts(self):
        self.assert_breaks(
            "src/core/CMakeLists.txt", "obrol_library(obrol_core DEPENDS Qt::Core)\n", line=1, what="Qt::Core"
        )

    def test_exceptions(self):
        self.tree.write("tools/floors_exceptions.txt", "core/a.cc | io/stream.h | it was agreed\n")
        self.assert_holds("src/core/a.cc", '#include "io/stream.h"\n')

    def test_stale_exceptions(self):
        self.tree.write("tools/floors_exceptions.txt", "core/a.cc | io/stream.h | it was agreed\n")
        self.assertEqual(
            self.tree.check(), ["tools/floors_exceptions.txt: stale: core/a.cc | io/stream.h"]
        )

    def test_exceptions_need_a_reason(self):
        self.tree.write("tools/floors_exceptions.txt", "# why\n\ncore/a.cc | io/stream.h |\n")
        lines = self.tree.check()
        self.assertEqual(len(lines), 1, lines)
        self.assertIn("floors_exceptions.txt:3:", lines[0])


if __name__ == "__main__":
    unittest.main()
