"""A whole contest with the real program: run, replay, verify, and what a killed process leaves."""
import json
import os
import random
import signal
import sqlite3
import time

import packages
from contests import ContestTest


def verdict_of(document):
    """What replay must repeat: everything but the record's path."""
    return {key: value for key, value in document.items() if key != "record"}


class WholeContest(ContestTest):
    def test_run_replay_verify(self):
        fast = self.make_entry("ten-steps", "steps=10")
        copy = self.make_copy()
        broken = packages.write_package(self.folder / "broken")
        (broken / "unet/model.onnx").write_bytes(b"something else, of another length")
        out = self.folder / "out"
        document = self.expect(self.noonmark("contest", "run", self.contest, "--entry", fast, "--entry", copy,
                                             "--entry", broken, "--out", out, "--json"), 0).json
        self.check_document(document)
        self.assertTrue((out / "report.html").read_text().startswith("<!doctype html>"))
        record = document["record"]
        replayed = self.expect(self.noonmark("contest", "replay", record, "--json"), 0).json
        self.assertEqual(verdict_of(replayed), verdict_of(document))
        verified = self.expect(self.noonmark("contest", "verify", record, "--json"), 0).json
        self.assertTrue(verified["ok"])
        self.check_flipped_bytes(record)
        self.check_changed_picture(out, record)

    def check_document(self, document):
        self.assertEqual(sorted(document), ["baseline", "contest", "entries", "record", "winner"])
        self.assertEqual(document["contest"], "emoji-cpu")
        entries = {entry["name"]: entry for entry in document["entries"]}
        self.assertEqual(len(entries), 3)
        for entry in entries.values():
            self.assertEqual(sorted(entry), ["fidelity", "metrics", "name", "rank", "reason", "score", "status"])
        time_of = entries["ten-steps"]["metrics"]["generation_time"]
        self.assertLess(time_of["ratio"], 0.7)
        self.assertLessEqual(time_of["low"], time_of["ratio"])
        self.assertLessEqual(time_of["ratio"], time_of["high"])
        self.assertGreater(time_of["speedup"]["factor"], 1.4)
        fidelity = entries["ten-steps"]["fidelity"]
        self.assertTrue(0 <= fidelity["min"] <= fidelity["mean"] <= 1, fidelity)
        refused = [entry for entry in entries.values() if entry["name"] != "ten-steps"]
        for entry in refused:
            self.assertIsNone(entry["rank"], entry)
            self.assertTrue(entry["reason"], entry)

    def check_flipped_bytes(self, record):
        whole = open(record, "rb").read()
        places = random.Random(1).sample(range(len(whole)), 12) + [0, len(whole) - 1]
        changed = self.folder / "changed.json"
        for place in places:
            flipped = bytearray(whole)
            flipped[place] ^= 1
            changed.write_bytes(flipped)
            outcome = self.noonmark("contest", "verify", changed, "--json")
            self.expect(outcome, 1)
            self.assertRegex(outcome.json["reason"], r"\$|byte|offset", f"place {place}: {outcome}")

    def check_changed_picture(self, out, record):
        picture = next(path for path in sorted((out / "pictures").rglob("*")) if path.is_file())
        picture.chmod(0o600)
        content = bytearray(picture.read_bytes())
        content[len(content) // 2] ^= 1
        picture.write_bytes(content)
        self.expect(self.noonmark("contest", "verify", record), 1)


class BadContestRun(ContestTest):
    def test_no_entry(self):
        self.expect(self.noonmark("contest", "run", self.contest, "--out", self.folder / "out"), 3, "--entry")

    def test_missing_entry(self):
        self.expect(self.noonmark("contest", "run", self.contest, "--entry", self.folder / "none", "--out",
                                  self.folder / "out"), 3, "none")

    def test_bench_refuses_a_broken_package(self):
        broken = packages.write_package(self.folder / "broken", {"unet/model.onnx": b"no protobuf"})
        self.expect(self.noonmark("bench", broken, "--contest", self.contest), 3, "unet/model.onnx")

    def test_readable_key_file(self):
        key = self.folder / "key"
        key.write_text("noonmark key 1\n")
        key.chmod(0o644)
        entry = self.make_copy()
        self.expect(self.noonmark("contest", "run", self.contest, "--entry", entry, "--out", self.folder / "out",
                                  "--key-file", key), 3, "chmod")

    def test_a_record_that_is_none(self):
        record = self.folder / "record.json"
        record.write_text("{}")
        self.expect(self.noonmark("contest", "replay", record), 3, "record.json")
        self.expect(self.noonmark("contest", "verify", self.folder / "none.json"), 3, "none.json")


class KilledContest(ContestTest):
    def records(self, out):
        """Records so far, looked at from outside: read-only, or after a kill, when the log needs recovery, as its owner."""
        path = out / "contest.sqlite"
        return (self.count(path, "ro") or self.count(path, "rw")) if path.exists() else 0

    def count(self, path, mode):
        try:
            with sqlite3.connect(f"file:{path}?mode={mode}", uri=True) as database:
                tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'")
                          if "record" in name]
                return sum(database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in tables)
        except sqlite3.Error:
            return 0

    def test_kill_and_go_on(self):
        fast = self.make_entry("ten-steps", "steps=10")
        out = self.folder / "out"
        line = ["contest", "run", self.contest, "--entry", fast, "--out", out, "--json", "--beacon", "00ff"]
        for stage in (2, 4, 5):  # after so many records
            process = self.start(*line, start_new_session=True)
            deadline = time.monotonic() + 120
            while self.records(out) < stage and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            _, said = process.communicate()
            self.assertGreaterEqual(self.records(out), stage, f"exit {process.returncode}: {said[-2000:]}")
        before = self.records(out)
        document = self.expect(self.noonmark(*line), 0).json
        self.expect(self.noonmark("contest", "verify", document["record"]), 0)
        records = json.load(open(document["record"]))["records"]
        self.assertEqual(len(records), self.records(out), "nothing was begun anew")
        self.assertGreaterEqual(len(records), before)

    def test_sigterm_ends_tidily(self):
        fast = self.make_entry("ten-steps", "steps=10")
        out = self.folder / "out"
        process = self.start("contest", "run", self.contest, "--entry", fast, "--out", out)
        deadline = time.monotonic() + 120
        while self.records(out) < 3 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 4, err)
        self.assertIn("noonmark: ", err)
