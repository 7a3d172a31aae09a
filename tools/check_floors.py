#!/usr/bin/env python3
"""Checks that the floors of the house hold: includes, calls around the seams, links, a README in every folder; and that no
co_await falls into a trap of GCC 12 (see awaited_braces).

usage: tools/check_floors.py [TREE]

The rules stand in floors.py, the exceptions in floors_exceptions.txt. Prints each break as file:line and exits 1 if
there is any.
"""

import fnmatch
import pathlib
import re
import sys
from typing import NamedTuple

import floors

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
COMMENT_OR_STRING = re.compile(
    r"""
    //[^\n]* | /\*.*?\*/ | R"(?P<delimiter>[^()\s]*)\(.*?\)(?P=delimiter)" | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])+'
    """,
    re.VERBOSE | re.DOTALL,
)
CMAKE_COMMENT = re.compile(r"#[^\n]*")
LIBRARY = re.compile(r"\bobrol_library\s*\(\s*(\w+)([^)]*)\)")
PROGRAM = re.compile(r"\bobrol_program\s*\(\s*(\w+)([^)]*)\)")
LINK = re.compile(r"\btarget_link_libraries\s*\(\s*(\w+)([^)]*)\)")


class Break(NamedTuple):
    file: str  # below src/
    line: int
    what: str  # the include, call or link, as exceptions name it
    why: str


def matches(path, permission):
    """Whether `path`, a file below src/, is meant by `permission` (see floors.py)."""
    if permission == "*":
        return True
    if permission == "tests":
        return path.endswith("_test.cc")
    if permission == "benches":
        return path.endswith("_bench.cc")
    if "*" in permission:
        return fnmatch.fnmatchcase(path, permission) and path.count("/") == permission.count("/")
    return path == permission or path.startswith(permission + "/")


def permitted(path, permissions):
    return any(matches(path, permission) for permission in permissions)


def floor_of(folder):
    """The line of FLOORS that rules `folder`: the longest that is it or above it; None when there is none."""
    parts = folder.split("/")
    for length in range(len(parts), 0, -1):
        above = parts[:length]
        for name in ("/".join(above), "/".join(above[:-1] + ["*"])):
            if name in floors.FLOORS and (name != "*" or length > 1):
                return name
    return None


def home_of(path):
    """The folder whose files `path` may include freely: as deep as the line of FLOORS that rules it."""
    folder = path.rpartition("/")[0]
    floor = floor_of(folder)
    return "/".join(folder.split("/")[: floor.count("/") + 1]) if floor else folder


def is_own(path, included):
    return home_of(path) == home_of(included)


def blank_out(code):
    """`code` with comments and literals replaced by blanks, lines kept."""
    return COMMENT_OR_STRING.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), code)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def floors_of_tests(path):
    """What `path` may include besides what its folder may, because it is a test or a benchmark."""
    if path.endswith("_bench.cc"):
        return floors.TESTS_ALSO + floors.BENCHES_ALSO
    if path.endswith("_test.cc"):
        return floors.TESTS_ALSO + floors.TESTS_ALSO_IN.get(home_of(path), [])
    return []


def check_quoted(source, path, line, included):
    if included.startswith("tests/"):
        if not (source.parent / included).is_file():
            yield Break(path, line, included, "there is no such file")
        elif not permitted(included, floors_of_tests(path)):
            yield Break(path, line, included, "only *_test.cc and *_bench.cc may include some of tests/ (tools/floors.py)")
        return
    if not (source / included).is_file():
        yield Break(path, line, included, "there is no such file below src/ (write the path from there)")
        return
    allowed = floors.FLOORS[floor_of(path.rpartition("/")[0])]
    allowed = allowed + floors_of_tests(path)
    if not is_own(path, included) and not permitted(included, allowed):
        yield Break(path, line, included, f"{home_of(path)} may include {', '.join(allowed) or 'nothing of obrol'}")


def check_angled(path, line, included):
    for pattern, who in floors.PARTS:
        if fnmatch.fnmatchcase(included, pattern):
            if not permitted(path, who):
                yield Break(path, line, included, f"only for {', '.join(who)}")
            return
    if included not in floors.STANDARD:
        yield Break(path, line, included, "unknown header: say in tools/floors.py who may include it")


def check_code(source, path):
    text = (source / path).read_text(encoding="utf-8")
    code = blank_out(text)
    for match in INCLUDE.finditer(text):
        if not code[match.start() : match.end()].lstrip().startswith("#"):
            continue  # commented out or inside a string
        line = line_of(text, match.start(1))
        if match.group(1) == '"':
            yield from check_quoted(source, path, line, match.group(2))
        else:
            yield from check_angled(path, line, match.group(2))
    for name, expression, who in floors.CALLS:
        if not permitted(path, who):
            for match in re.finditer(expression, code):
                yield Break(path, line_of(code, match.start()), name, f"only for {', '.join(who)}: take the seam")


def awaited_braces(code):
    """Positions of braced values among the arguments of a co_await, as in `co_await post(Message{text})`.

    GCC 12 moves an aggregate that is made inside a co_await into the coroutine's frame byte by byte: its strings and
    containers then point into the place it was made at, and free what is not theirs. Without a warning; so such a value
    must have a name: `Message message{text}; co_await post(std::move(message));`.
    """
    for match in re.finditer(r"\bco_await\b", code):
        depth = 0
        before = ""
        for position in range(match.end(), len(code)):
            character = code[position]
            if character in "([":
                depth += 1
            elif character in ")]":
                depth -= 1
            elif character == "{" and depth > 0 and (before in "(,=" or before == "_" or before.isalnum() or before == ">"):
                yield position
                break
            if character in ";{" or depth < 0:
                break
            if not character.isspace():
                before = character


def check_awaits(tree):
    """Also over the tests, which await as much as anybody."""
    for file in sorted([*(tree / "src").rglob("*"), *(tree / "tests").rglob("*")]):
        if file.suffix in (".h", ".cc"):
            path = file.relative_to(tree).as_posix()
            code = blank_out(file.read_text(encoding="utf-8"))
            for position in awaited_braces(code):
                yield f"{path}:{line_of(code, position)}: a braced value inside co_await: give it a name (GCC 12)"


def words_of(arguments):
    keywords = {"PUBLIC", "PRIVATE", "INTERFACE", "DEPENDS"}
    return [word for word in arguments.split() if word not in keywords]


def check_links(source):
    """The libraries that folders link must be allowed as their includes are; a folder that may include one file of another
    may link the other."""
    folder_of = {}
    links = []  # (CMakeLists.txt, line, library, linked)
    for path in sorted(source.rglob("CMakeLists.txt")):
        text = CMAKE_COMMENT.sub("", path.read_text(encoding="utf-8"))
        name = path.relative_to(source).as_posix()
        for expression in (LIBRARY, PROGRAM, LINK):
            for match in expression.finditer(text):
                library, arguments = match.groups()
                if expression is LIBRARY:
                    folder_of[library] = name.rpartition("/")[0]
                arguments = arguments.partition("TEST_DEPENDS")[0]
                links += [(name, line_of(text, match.start()), library, word) for word in words_of(arguments)]
    for name, line, library, linked in links:
        folder = name.rpartition("/")[0]
        floor = floor_of(folder)
        if floor is None:
            continue  # reported by check_folders
        if linked in folder_of:
            target = folder_of[linked]
            if target != folder and not any(
                matches(target + "/x.h", permission) or permission.startswith(target + "/") for permission in floors.FLOORS[floor]
            ):
                yield Break(name, line, linked, f"{library} may link what {folder} may include")
        elif linked in floors.LINKS:
            if not permitted(folder + "/CMakeLists.txt", floors.LINKS[linked]):
                yield Break(name, line, linked, f"only for {', '.join(floors.LINKS[linked])}")
        elif "::" in linked:
            yield Break(name, line, linked, "unknown library: say in tools/floors.py who may link it")


def check_folders(source):
    for folder in sorted(path for path in source.rglob("*") if path.is_dir()):
        name = folder.relative_to(source).as_posix()
        if not any(file.is_file() for file in folder.rglob("*")):
            continue  # git does not know it either
        if floor_of(name) is None:
            yield Break(name, 0, name, "on no floor: give it a line in tools/floors.py")
        if not (folder / "README.md").is_file():
            yield Break(name, 0, "README.md", "is missing: one line that says what lives here")


def read_exceptions(file):
    """(file, what) of every entry, in order. Raises ValueError with the line number for one that is not understood."""
    entries = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = [field.strip() for field in line.split("|")]
        if len(fields) != 3 or not all(fields):
            raise ValueError(f"{file}:{number}: write: file | what | why")
        entries.append((fields[0], fields[1]))
    return entries


def check(tree):
    """Every break in the tree as a line of text."""
    source = tree / "src"
    breaks = list(check_folders(source)) + list(check_links(source))
    for file in sorted(source.rglob("*")):
        path = file.relative_to(source).as_posix()
        if file.suffix in (".h", ".cc") and floor_of(path.rpartition("/")[0]) is not None:
            breaks += check_code(source, path)
    try:
        exceptions = read_exceptions(tree / "tools" / "floors_exceptions.txt")
    except ValueError as error:
        return [str(error)]
    used = {(broken.file, broken.what) for broken in breaks}
    lines = [
        f"src/{broken.file}:{broken.line}: {broken.what}: {broken.why}"
        for broken in breaks
        if (broken.file, broken.what) not in exceptions
    ]
    lines += [
        f"tools/floors_exceptions.txt: stale: {file} | {what}" for file, what in exceptions if (file, what) not in used
    ]
    return lines + list(check_awaits(tree))


def main():
    tree = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    lines = check(tree.resolve())
    print("\n".join(lines) if lines else "the floors hold")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
