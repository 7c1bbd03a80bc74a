"""Starts the program under test in a home of its own, and says what came out."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Outcome:
    def __init__(self, arguments, code, out, err):
        self.arguments, self.code, self.out, self.err = arguments, code, out, err

    @property
    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"noonmark {' '.join(self.arguments)}\nexit {self.code}\nstdout: {self.out}\nstderr: {self.err}"


class Program:
    """The program with `folder` as its scratch folder, and a home in there."""

    def environment(self):
        keep = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "TZ") if name in os.environ}
        return {**keep, "HOME": str(self.folder / "home"), "LANG": "C.UTF-8"}

    def start(self, *arguments, **options):
        """The running process, with pipes on stdout and stderr unless `options` say otherwise."""
        command = [os.environ["NOONMARK_TEST_BINARY"], *map(str, arguments)]
        standard = dict(cwd=ROOT, env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE, text=True)
        return subprocess.Popen(command, **{**standard, **options})

    def noonmark(self, *arguments, timeout=300, typed=None):
        """Runs to the end; `typed` is what comes on stdin."""
        process = self.start(*arguments, **({} if typed is None else {"stdin": subprocess.PIPE}))
        try:
            out, err = process.communicate(typed, timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"took longer than {timeout} s\n{Outcome([str(a) for a in arguments], None, out, err)}")
        return Outcome([str(argument) for argument in arguments], process.returncode, out, err)


class ProgramTest(Program, unittest.TestCase):
    """A test with a scratch folder and an empty home."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="noonmark-system-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def expect(self, outcome, code, message=None):
        """The exit code; and on failure one line on stderr that holds `message`, with nothing on stdout."""
        self.assertEqual(outcome.code, code, str(outcome))
        if message is not None:
            self.assertIn(message, outcome.err, str(outcome))
            told = [line for line in outcome.err.splitlines() if line.startswith("noonmark: ")]
            self.assertEqual(len(told), 1, str(outcome))
            self.assertEqual(outcome.out, "", str(outcome))
        return outcome
