#!/usr/bin/env python3
"""Runs the system tests: the real program, as people start it, seen from outside.

    tests/system/run.py [--binary build/release/src/programs/noonmark] [WORD ...]

WORDs pick the test files whose names contain one of them.
"""
import argparse
import os
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser(description="Run the system tests.")
    parser.add_argument("--binary", default=str(HERE.parents[1] / "build/release/src/programs/noonmark"))
    parser.add_argument("words", nargs="*", help="only test files whose names contain one of these")
    arguments = parser.parse_args()
    binary = pathlib.Path(arguments.binary).resolve()
    if not binary.exists():
        sys.exit(f"{binary} does not exist: build it with `make build`")
    os.environ["NOONMARK_TEST_BINARY"] = str(binary)
    sys.path.insert(0, str(HERE))
    suite = unittest.TestSuite()
    for file in sorted(HERE.glob("test_*.py")):
        if not arguments.words or any(word in file.name for word in arguments.words):
            suite.addTests(unittest.defaultTestLoader.loadTestsFromName(file.stem))
    if suite.countTestCases() == 0:
        sys.exit("no test matches")
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main()
