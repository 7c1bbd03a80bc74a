"""A contest whose entries are measured by tester processes, some of which are killed, and so is the validator."""
import json
import signal
import socket
import time
import urllib.error
import urllib.request

from contests import ContestTest


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Testers(ContestTest):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.keys = [self.folder / f"tester-{number}.key" for number in range(3)]
        self.accounts = [self.account("--key", key) for key in self.keys]
        self.running = []
        self.addCleanup(self.end_all)

    def account(self, *arguments):
        return self.expect(self.noonmark("tester", "--print-account", "--json", *arguments), 0).json["account"]

    def start_quietly(self, *arguments):
        """A process that nobody reads from, so that full pipes can't stop it."""
        log = open(self.folder / f"log-{len(self.running)}", "w+")
        self.addCleanup(log.close)
        process = self.start(*arguments, stdout=log, stderr=log)
        process.log = log
        self.running.append(process)
        return process

    def end_all(self):
        for process in self.running:
            if process.poll() is None:
                process.kill()
            process.wait()

    def start_tester(self, number):
        return self.start_quietly("tester", "--validator", f"http://127.0.0.1:{self.port}", "--validator-account",
                                  self.account(), "--key", self.keys[number])

    def start_validator(self, entries):
        arguments = ["contest", "run", self.contest, "--out", self.folder / "out", "--json",
                     "--testers-listen", f"127.0.0.1:{self.port}"]
        for entry in entries:
            arguments += ["--entry", entry]
        for account in self.accounts:
            arguments += ["--tester", account]
        return self.start_quietly(*arguments)

    def state(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/tester/state", timeout=10) as answer:
                return json.load(answer)
        except (urllib.error.URLError, OSError):
            return None

    def wait_for(self, condition, what, seconds=240):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            state = self.state()
            if state is not None and condition(state):
                return state
            time.sleep(0.1)
        self.fail(f"waited in vain for {what}: {state}; " + "\n".join(self.told(process) for process in self.running))

    def told(self, process):
        process.log.seek(0)
        return process.log.read()

    def test_every_entry_ends_although_a_tester_and_the_validator_are_killed(self):
        entries = [self.make_entry(f"steps-{steps}", f"steps={steps}") for steps in (10, 12, 14)] + [self.make_copy()]
        validator = self.start_validator(entries)
        testers = [self.start_tester(number) for number in range(3)]

        def first_is_busy_with_an_entry(state):
            busy = [one["account"] for one in state["testers"] if one["busy"]]
            return state["done"] >= 1 and self.accounts[0] in busy
        state = self.wait_for(first_is_busy_with_an_entry, "the first tester's work")
        self.assertEqual(state["total"], 4, state)  # the baseline and three entries; the copy is refused
        self.assertNotIn("steps-", json.dumps(state))
        testers[0].send_signal(signal.SIGKILL)
        validator.send_signal(signal.SIGKILL)
        validator.wait()
        validator = self.start_validator(entries)
        self.assertEqual(validator.wait(timeout=300), 0, self.told(validator))
        for tester in testers[1:]:
            tester.send_signal(signal.SIGTERM)
            self.assertEqual(tester.wait(timeout=60), 0, self.told(tester))
        self.check_record(self.folder / "out" / "record.json")
        page = (self.folder / "out" / "report.html").read_text()
        self.assertTrue(any(f"Tester <bdi>{account}</bdi>" in page for account in self.accounts))

    def check_record(self, record):
        self.expect(self.noonmark("contest", "verify", record, "--json"), 0)
        replayed = self.expect(self.noonmark("contest", "replay", record, "--json"), 0).json
        ranks = {entry["name"]: entry["rank"] for entry in replayed["entries"]}
        self.assertEqual(len(ranks), 4, ranks)
        records = json.loads(record.read_text())["records"]
        measured = [one["body"] for one in records if one["kind"] == "measured"]
        judged = [one["body"] for one in records if one["kind"] == "judged"]
        self.assertEqual(len(measured), 3)
        for body in measured + judged:
            self.assertIn(body["tester"]["account"], self.accounts)
        for body in judged:
            self.assertEqual(body["report"]["floors"], body["reference"]["floors"])

    def test_a_tester_that_nobody_asked_for_is_told_so(self):
        self.start_validator([self.make_entry("steps-10", "steps=10")])
        self.wait_for(lambda state: True, "the desk")
        outcome = self.noonmark("tester", "--validator", f"http://127.0.0.1:{self.port}", "--validator-account",
                                self.account(), "--key", self.folder / "stranger.key", timeout=120)
        self.assertNotEqual(outcome.code, 0, str(outcome))
        self.assertIn("isn't on the list", outcome.err, str(outcome))

    def test_the_hot_key_comes_from_a_wallet(self):
        where = ["--wallet-path", self.folder / "wallets", "--wallet", "mine", "--hotkey", "one"]
        made = self.expect(self.noonmark("wallet", "import", *where, "--json", typed="//Alice\n"), 0).json
        self.assertEqual(self.account(*where), made["address"])

    def test_what_is_missing_is_named(self):
        self.expect(self.noonmark("tester"), 2, "--validator")
        self.expect(self.noonmark("contest", "run", self.contest, "--entry", self.make_copy(), "--testers-listen",
                                  "127.0.0.1:0", "--out", self.folder / "out"), 2, "--tester")
