#!/usr/bin/env python3
"""Runs the system tests: the real program, as people start it, seen from outside.

    tests/system/run.py [--binary build/release/src/programs/noonmark] [WORD ...]

WORDs pick the test files whose names contain one of them. Tests that measure run one after the other; beside them, in a
process of their own, those that don't.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
MEASURING = ("test_bad_input", "test_catalog", "test_contest", "test_drills", "test_gateway", "test_miner", "test_network", "test_soak", "test_testers", "test_up")


def chosen(words):
    """Names of test modules: those that measure, and the others."""
    names = [file.stem for file in sorted(HERE.glob("test_*.py")) if not words or any(word in file.name for word in words)]
    return [name for name in names if name in MEASURING], [name for name in names if name not in MEASURING]


def run(names):
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    return unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful()


def main():
    parser = argparse.ArgumentParser(description="Run the system tests.")
    parser.add_argument("--binary", default=str(HERE.parents[1] / "build/release/src/programs/noonmark"))
    parser.add_argument("--modules", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("words", nargs="*", help="only test files whose names contain one of these")
    arguments = parser.parse_args()
    binary = pathlib.Path(arguments.binary).resolve()
    if not binary.exists():
        sys.exit(f"{binary} does not exist: build it with `make build`")
    os.environ["NOONMARK_TEST_BINARY"] = str(binary)
    sys.path.insert(0, str(HERE))
    if arguments.modules:
        sys.exit(not run(arguments.modules))
    measuring, others = chosen(arguments.words)
    if not measuring and not others:
        sys.exit("no test matches")
    beside = None
    if measuring and others:
        beside = subprocess.Popen([sys.executable, __file__, "--binary", str(binary), "--modules", *others],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    passed = run(measuring or others)
    if beside:
        said, _ = beside.communicate()
        sys.stderr.write(said)
        passed = passed and beside.returncode == 0
    sys.exit(not passed)


if __name__ == "__main__":
    main()
