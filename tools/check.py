#!/usr/bin/env python3
"""Checks the rules of the house that no compiler checks; prints each breach as path:line: what, and exits 1 on any.

Rules: layers (tools/layers.txt), vendors (tools/vendors.txt), sizes, forbidden words, interfaces, documents' paths.
Run from anywhere; `--self-test` plants a breach of each rule in a scratch tree and fails unless each is found.
"""
import pathlib
import re
import sys
import tempfile

MAX_HEADER_LINES, MAX_SOURCE_LINES, MAX_FUNCTION_LINES, MAX_PURE_METHODS = 200, 500, 60, 10

# Where the outside world may be touched directly; everywhere else it arrives as a parameter.
OUTSIDE_WORLD = re.compile(r"system_clock::now|steady_clock::now|random_device|this_thread::sleep|\bgetenv\(")
OUTSIDE_WORLD_FOLDERS = ("base/core", "base/telemetry", "net/", "model/onnx", "trial/sandbox", "trial/runner", "edge/", "programs")
FORBIDDEN = [
    (re.compile(r"\bassert\("), "use CHECK, which stays on in release"),
    # unique_ptr<T>(new T(...)) is how a class with a private constructor is made.
    (re.compile(r"^(?!.*unique_ptr<).*(?<![\w.])new\s+[A-Za-z_:]+[\s({\[]"), "no bare new: make_unique, or a container"),
    (re.compile(r"\bdelete\s+[a-z]"), "no bare delete"),
    (re.compile(r"file\(GLOB"), "list sources by name"),
]
EXCEPTIONS = re.compile(r"\b(throw\b|catch\s*\()")


class House:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.breaches = []
        self.layers = self.read_layers()
        self.vendors = self.read_vendors()

    def breach(self, path, line, what):
        self.breaches.append(f"{path.relative_to(self.root)}:{line}: {what}")

    def lines_of_table(self, name):
        for line in (self.root / "tools" / name).read_text().splitlines():
            if line.strip() and not line.startswith("#"):
                yield line

    def read_layers(self):
        table = {}
        for line in self.lines_of_table("layers.txt"):
            folder, _, allowed = line.partition(":")
            table[folder.strip()] = allowed.split()
        return table

    def read_vendors(self):
        table = []
        for line in self.lines_of_table("vendors.txt"):
            pattern, *folders = line.split()
            table.append((re.compile("(" + pattern + ")"), folders))
        return table

    def folders(self):
        for listing in sorted(self.root.glob("src/**/CMakeLists.txt")):
            folder = listing.parent.relative_to(self.root / "src").as_posix()
            if folder != ".":
                yield folder, listing

    def sources(self, *endings):
        for ending in endings:
            yield from sorted((self.root / "src").rglob("*" + ending))

    def folder_of(self, path):
        relative = path.relative_to(self.root / "src").as_posix()
        matches = [f for f in self.layers if relative.startswith(f + "/")]
        return max(matches, key=len) if matches else None

    def may_include(self, folder, other):
        if folder == other:
            return True
        return any(other == rule or (rule.endswith("/*") and other.startswith(rule[:-1])) for rule in self.layers[folder])

    # --- rules ------------------------------------------------------------------------------------------------------
    def check_layers(self):
        order = list(self.layers)
        for folder, allowed in self.layers.items():
            for rule in allowed:
                below = [o for o in order if o == rule or (rule.endswith("/*") and o.startswith(rule[:-1]) and o != folder)]
                if not below and not rule.endswith("/*"):
                    self.breach(self.root / "tools/layers.txt", 1, f"{folder} names {rule}, which does not exist")
                for other in below:
                    if order.index(other) > order.index(folder):
                        self.breach(self.root / "tools/layers.txt", 1, f"{folder} -> {other} points upward")
        for path in self.sources(".h", ".cpp"):
            folder = self.folder_of(path)
            if folder is None:
                self.breach(path, 1, "its folder is missing in tools/layers.txt")
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                match = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
                if match:
                    self.check_include(path, folder, number, match.group(1))
        for folder, listing in self.folders():
            self.check_dependencies(folder, listing)

    def check_include(self, path, folder, number, header):
        target = self.root / "src" / header
        if not target.exists():
            if not header.startswith("tests/"):
                self.breach(path, number, f'"{header}" is not under src/: write the path from src/')
            return
        other = self.folder_of(target)
        test = path.name.endswith("_test.cpp") or "/testing/" in path.as_posix()
        if other and not self.may_include(folder, other) and not test:
            self.breach(path, number, f"{folder} may not include {other} (tools/layers.txt)")
        if other != folder and "/internal/" in header:
            self.breach(path, number, f"{header} is internal to {other}")

    def check_dependencies(self, folder, listing):
        match = re.search(r"module\(([\s\S]*?)\n?\)", listing.read_text())
        if not match or folder not in self.layers:
            return
        words = match.group(1).split()
        if words[0] != folder:
            self.breach(listing, 1, f"module({words[0]}) stands in {folder}")
        dependencies, inside = set(), False
        for word in words:
            inside = word == "DEPS" if word.isupper() else inside
            if inside and word != "DEPS":
                dependencies.add(word)
        used = set()
        for path in (self.root / "src" / folder).rglob("*"):
            if path.suffix in (".h", ".cpp"):
                for header in re.findall(r'#\s*include\s*"([^"]+)"', path.read_text()):
                    if (self.root / "src" / header).exists():
                        used.add(self.folder_of(self.root / "src" / header))
        for dependency in sorted(dependencies):
            if not self.may_include(folder, dependency):
                self.breach(listing, 1, f"{folder} may not depend on {dependency}")
            if dependency not in used:
                self.breach(listing, 1, f"{folder} lists {dependency} but includes nothing of it")
        for other in sorted(used - dependencies - {folder, None}):
            if self.may_include(folder, other) and self.used_outside_tests(folder, other):
                self.breach(listing, 1, f"{folder} includes {other}: list it in DEPS")

    def used_outside_tests(self, folder, other):
        for path in (self.root / "src" / folder).rglob("*"):
            if path.suffix in (".h", ".cpp") and not path.name.endswith("_test.cpp"):
                if re.search(rf'#\s*include\s*"{other}/[^/"]+"', path.read_text()):
                    return True
        return False

    def check_vendors(self):
        for path in self.sources(".h", ".cpp"):
            folder = self.folder_of(path)
            public = path.suffix == ".h" and "internal" not in path.parts
            for number, line in enumerate(path.read_text().splitlines(), 1):
                match = re.match(r"\s*#\s*include\s*<([^>]+)>", line)
                if not match:
                    continue
                for pattern, folders in self.vendors:
                    if pattern.match(match.group(1)):
                        if folder not in folders:
                            self.breach(path, number, f"<{match.group(1)}> belongs to {', '.join(folders)} only")
                        elif public:
                            self.breach(path, number, f"<{match.group(1)}> may not stand in a public header")

    def check_sizes(self):
        for path in self.sources(".h", ".cpp"):
            lines = path.read_text().splitlines()
            limit = MAX_HEADER_LINES if path.suffix == ".h" else MAX_SOURCE_LINES
            if len(lines) > limit:
                self.breach(path, len(lines), f"{len(lines)} lines; at most {limit}")
            if not path.name.endswith("_test.cpp"):
                self.check_functions(path, lines)

    def check_functions(self, path, lines):
        """A function is a line that ends in `{` at namespace or class depth and closes with `}` at the same indentation."""
        start, indent = None, 0
        for number, line in enumerate(lines, 1):
            body = line.rstrip()
            if start is None:
                if body.endswith("{") and re.match(r"^( {0,4})[\w:<>~&*,\[\]() =\"'/.+-]*\)[\w :<>&*,()-]*\{$", body):
                    if not re.match(r"^\s*(namespace|class|struct|enum|union|if|for|while|switch|else|do)\b", body):
                        start, indent = number, len(body) - len(body.lstrip())
            elif body.startswith(" " * indent + "}") and len(body) - len(body.lstrip()) == indent:
                if number - start + 1 > MAX_FUNCTION_LINES:
                    self.breach(path, start, f"a function of {number - start + 1} lines; at most {MAX_FUNCTION_LINES}")
                start = None

    def check_words(self):
        vendor_folders = {f for _, folders in self.vendors for f in folders} | {"programs"}
        for path in self.sources(".h", ".cpp", "CMakeLists.txt"):
            folder = self.folder_of(path) or ""
            outside = any(folder.startswith(f.rstrip("/")) for f in OUTSIDE_WORLD_FOLDERS)
            previous = ""
            for number, line in enumerate(path.read_text().splitlines(), 1):
                code = re.sub(r'"(\\.|[^"\\])*"', '""', line.split("//")[0])
                for pattern, what in FORBIDDEN:
                    if pattern.search(code):
                        self.breach(path, number, what)
                if EXCEPTIONS.search(code) and folder not in vendor_folders and path.suffix in (".h", ".cpp"):
                    self.breach(path, number, "no exceptions outside the folders of third-party libraries: use Result")
                if OUTSIDE_WORLD.search(code) and not outside and not path.name.endswith("_test.cpp"):
                    self.breach(path, number, "time, randomness and the environment arrive as parameters")
                if "shared_ptr<" in code and "//" not in line + previous and path.suffix == ".h":
                    self.breach(path, number, "a shared_ptr needs a sentence beside it that says why")
                previous = line

    def check_interfaces(self):
        for path in self.sources(".h"):
            text = path.read_text()
            if not text.startswith("#pragma once"):
                self.breach(path, 1, "a header starts with #pragma once")
            for match in re.finditer(r"((?:^///[^\n]*\n)*)^class (\w+)[^;{]*\{([\s\S]*?)^\};", text, re.M):
                comment, name, body = match.groups()
                pure = len(re.findall(r"\)[^;{}]*= 0;", body))
                line = text[: match.start(2)].count("\n") + 1
                if pure > MAX_PURE_METHODS:
                    self.breach(path, line, f"interface {name} has {pure} pure methods; at most {MAX_PURE_METHODS}")
                if pure and not ("Threads:" in comment and "Fails:" in comment):
                    self.breach(path, line, f"interface {name}: its comment must say Threads: and Fails:")

    def check_documents(self):
        """Paths in code marks in README and docs exist."""
        for path in [self.root / "README.md", *sorted((self.root / "docs").rglob("*.md"))]:
            if not path.exists():
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                for name in re.findall(r"`((?:src|tools|scripts|tests|zoo|api|contests|docs|cmake)/[\w./-]+)`", line):
                    if not (self.root / name).exists():
                        self.breach(path, number, f"{name} does not exist")
                for name in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", line):
                    if not (path.parent / name).exists():
                        self.breach(path, number, f"the link to {name} leads nowhere")
        architecture = self.root / "docs/architecture.md"
        if architecture.exists():
            text = architecture.read_text()
            for folder in self.layers:
                if folder not in text:
                    self.breach(architecture, 1, f"{folder} is not described")

    def check_fuzz_targets(self):
        """Every target that CMake lists exists, and every file is listed."""
        listing = self.root / "tests/fuzz/CMakeLists.txt"
        if not listing.exists():
            return
        listed = set(re.findall(r"^fuzz_target\((\w+)", listing.read_text(), re.M))
        present = {p.name[: -len("_fuzz.cpp")] for p in listing.parent.glob("*_fuzz.cpp")}
        for name in sorted(listed ^ present):
            self.breach(listing, 1, f"fuzz target {name} is listed without a file, or a file without a listing")

    def check(self):
        for rule in (self.check_layers, self.check_vendors, self.check_sizes, self.check_words, self.check_interfaces,
                     self.check_documents, self.check_fuzz_targets):
            rule()
        return self.breaches


PLANTED = {
    "may not include base/codec": ("src/base/core/x.cpp", '#include "base/codec/y.h"\n'),
    "belongs to base/codec only": ("src/base/core/x.cpp", "#include <boost/json.hpp>\n"),
    "may not stand in a public header": ("src/base/codec/z.h", "#pragma once\n#include <boost/json.hpp>\n"),
    "at most 500": ("src/base/core/x.cpp", "int x;\n" * 501),
    "at most 60": ("src/base/core/x.cpp", "void f() {\n" + "  g();\n" * 60 + "}\n"),
    "use CHECK": ("src/base/core/x.cpp", "void f() { assert(true); }\n"),
    "use Result": ("src/base/core/x.cpp", "void f() { throw 1; }\n"),
    "arrive as parameters": ("src/base/codec/x.cpp", "auto t = std::chrono::system_clock::now();\n"),
    "must say Threads": ("src/base/core/x.h", "#pragma once\nclass Wide {\n  virtual int f() = 0;\n};\n"),
    "does not exist": ("README.md", "see `src/nowhere/at_all.h`\n"),
    "leads nowhere": ("docs/x.md", "[x](missing.md)\n"),
    "not under src/": ("src/base/core/x.cpp", '#include "y.h"\n'),
}


def self_test(root):
    for expected, (name, content) in PLANTED.items():
        with tempfile.TemporaryDirectory() as scratch:
            tree = pathlib.Path(scratch)
            for table in ("layers.txt", "vendors.txt"):
                (tree / "tools").mkdir(exist_ok=True)
                (tree / "tools" / table).write_text((root / "tools" / table).read_text())
            for folder in ("base/core", "base/codec", "docs"):
                (tree / ("src/" + folder if folder != "docs" else folder)).mkdir(parents=True, exist_ok=True)
            (tree / "src/base/codec/y.h").write_text("#pragma once\n")
            clean = House(tree).check()
            if clean:
                sys.exit(f"self-test: the clean tree has breaches: {clean}")
            (tree / name).write_text(content)
            found = House(tree).check()
            if not any(expected in breach for breach in found):
                sys.exit(f"self-test: a planted breach was not found: {expected} ({found})")
    print(f"check.py: {len(PLANTED)} planted breaches found")


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    if "--self-test" in sys.argv:
        return self_test(root)
    breaches = House(root).check()
    print("\n".join(breaches) if breaches else "check.py: the house is in order")
    sys.exit(1 if breaches else 0)


if __name__ == "__main__":
    main()
