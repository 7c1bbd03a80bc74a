"""What deploy/ and its documents tell people to type: units that systemd reads, and commands that the program knows."""
import functools
import os
import re
import shlex
import shutil
import subprocess

from program import ROOT, ProgramTest

UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))
DOCUMENTS = [ROOT / "deploy/README.md", ROOT / "docs/operations.md", ROOT / "docs/bittensor.md"]
INSTALLED = "/usr/local/bin/noonmark"


def settings_of(file):
    """The variables of an environment file."""
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def optional_settings_of(file):
    """Options that an environment file proposes in its comments: '#   --name value …'."""
    return " ".join(re.findall(r"(?m)^#   (--.*)$", file.read_text()))


def unit_value(unit, name):
    return re.findall(rf"(?m)^{name}=(.*)$", unit.read_text())


def commands_in(text):
    """Every `noonmark …` of a document, and whether it stands whole in a fenced block, to be typed as it is."""
    for block in re.findall(r"(?ms)^```sh\n(.*?)^```", text):
        for line in block.replace("\\\n", " ").splitlines():
            found = re.search(r"(?:^|\s)(noonmark (?:--)?[a-z].*)$", line)
            if found:
                yield found[1], True
    prose = re.sub(r"(?ms)^```.*?^```", "", text)
    for code in re.findall(r"`(noonmark (?:--)?[a-z][^`\n]*)`", prose):
        yield code, " -" in code


class Help:
    """What `noonmark COMMAND --help` says: options with and without a value, and what is required."""

    def __init__(self, text):
        self.takes_value, self.required = {}, set()
        options = text.split("Options:", 1)[1] if "Options:" in text else ""
        for names, value in re.findall(r"(?m)^  (-[\w.,-]+)(.*)$", options):
            for name in names.split(","):
                self.takes_value[name] = bool(re.match(r" [A-Z]", value))
                if " REQUIRED" in value:
                    self.required.add(name)
        positionals = re.search(r"(?ms)^Positionals:\n(.*?)\n\n", text)
        listed = re.findall(r"(?m)^  ([A-Z][\w-]*)( REQUIRED)?", positionals[1]) if positionals else []
        self.positionals, self.required_positionals = len(listed), sum(bool(required) for _, required in listed)
        subcommands = re.search(r"(?ms)^Subcommands:\n(.*?)(?:\n\n|\Z)", text)
        self.subcommands = set(re.findall(r"(?m)^  ([\w-]+)", subcommands[1])) if subcommands else set()


@functools.cache
def help_of(*command):
    shown = subprocess.run([os.environ["NOONMARK_TEST_BINARY"], *command, "--help"], capture_output=True, text=True, timeout=60)
    return Help(shown.stdout) if shown.returncode == 0 else None


class CommandTest(ProgramTest):
    def expect_known(self, text, whole=True):
        """Parses a command line as the program does, from what its help says."""
        words = shlex.split(text, comments=True)[1:]
        if words and words[-1] == "--help":
            return  # asks the program itself
        command, given, place, positionals = [], set(), help_of(), 0
        general = place
        while words:
            word = words.pop(0)
            if not word.startswith("-") and word in place.subcommands:
                command.append(word)
                place = help_of(*command)
                self.assertIsNotNone(place, text)
            elif word.startswith("-"):
                known = place if word in place.takes_value else general
                self.assertIn(word, known.takes_value, f"{text}: {' '.join(command)} has no {word}")
                given.add(word)
                if known.takes_value[word]:
                    self.assertTrue(words and not words[0].startswith("--"), f"{text}: {word} wants a value")
                    words.pop(0)
            else:
                positionals += 1
        self.assertTrue(command or given, f"{text}: no command")
        self.assertFalse(place.subcommands, f"{text}: not complete")
        self.assertLessEqual(positionals, place.positionals, f"{text}: more words than {' '.join(command)} takes")
        if whole:
            self.assertLessEqual(place.required - given, set(), text)
            self.assertGreaterEqual(positionals, place.required_positionals, f"{text}: something is missing")


class Documents(CommandTest):
    def test_this_test_finds_what_is_wrong(self):
        for wrong in ("noonmark ledger run --genesis", "noonmark ledger run", "noonmark status --contets x", "noonmark ledger",
                      "noonmark verify a b --netuid 1", "noonmark verify --netuid 1", "noonmark frobnicate"):
            with self.subTest(wrong), self.assertRaises(AssertionError):
                self.expect_known(wrong)

    def test_every_command_of_the_documents(self):
        for document in DOCUMENTS:
            found = list(commands_in(document.read_text()))
            self.assertGreater(len(found), 5, document)
            for command, whole in found:
                with self.subTest(document=document.name, command=command):
                    self.expect_known(command, whole)


class Units(CommandTest):
    def test_systemd_reads_them(self):
        self.assertEqual(len(UNITS), 4)
        if shutil.which("systemd-analyze") is None:
            self.skipTest("systemd-analyze isn't installed here")
        program = self.folder / "noonmark"  # verify looks whether the program is there
        program.symlink_to(os.environ["NOONMARK_TEST_BINARY"])
        for unit in UNITS:
            copy = self.folder / unit.name
            copy.write_text(unit.read_text().replace(INSTALLED, str(program)))
            verified = subprocess.run(["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True, timeout=60)
            with self.subTest(unit.name):
                self.assertEqual((verified.returncode, verified.stdout + verified.stderr), (0, ""))

    def test_their_commands_and_settings(self):
        settings = set(re.findall(r"NOONMARK_\w+", self.noonmark("--help").out))
        for unit in UNITS:
            [command] = unit_value(unit, "ExecStart")
            [file] = unit_value(unit, "EnvironmentFile")
            template = unit.parent / file.removeprefix("/etc/noonmark/")
            given = settings_of(template)
            fixed = dict(word.split("=", 1) for line in unit_value(unit, "Environment") for word in line.split())
            used = set(re.findall(r"\$\{?(\w+)\}?", command))
            with self.subTest(unit.name):
                self.assertLessEqual(set(given) - settings, used, "a variable that nothing reads")
                self.assertLessEqual(used, given.keys() | fixed.keys(), "a variable that nobody sets")
                self.assertLessEqual(set(fixed) - settings, set())
                values = {**fixed, **given, "NOONMARK_OPTIONS": optional_settings_of(template)}
                typed = re.sub(r"\$\{?(\w+)\}?", lambda match: values[match[1]], command)
                self.assertTrue(typed.startswith(INSTALLED + " "))
                self.expect_known("noonmark" + typed.removeprefix(INSTALLED))

    def test_those_with_a_wall_leave_it_room(self):
        forbidding = ("RestrictNamespaces", "ProtectControlGroups", "PrivateUsers", "ProtectKernelTunables", "ProtectKernelLogs",
                      "ProtectHostname", "ProtectProc", "ProcSubset")
        for unit in UNITS:
            runs_packages = unit.stem in ("noonmark-validator", "noonmark-tester")
            with self.subTest(unit.name):
                self.assertEqual(unit_value(unit, "NoNewPrivileges"), ["yes"])
                self.assertEqual(unit_value(unit, "ProtectSystem"), ["strict"])
                self.assertEqual(unit_value(unit, "Delegate"), ["yes"] if runs_packages else [])
                for name in forbidding:
                    self.assertEqual(bool(unit_value(unit, name)), not runs_packages, name)
