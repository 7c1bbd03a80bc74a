"""A contest day on a ledger, with real processes: a node, two validators, three miners, and somebody who checks."""
import contextlib
import datetime
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

from contests import ContestTest, small_contest
from program import ROOT
TAO = 10**9


def free_ports(count):
    """Different ones: all are held until the last is known."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


class Network(ContestTest):
    """Every key lies in one home, as hot key of its own wallet; the owner's key is a validator's cold key too."""

    def setUp(self):
        super().setUp()
        self.port, self.store_port, *self.evidence_ports = free_ports(4)
        self.ledger = ["--ledger", f"http://127.0.0.1:{self.port}", "--netuid", "1"]

    def new_key(self, wallet, *kind):
        return self.expect(self.noonmark("wallet", "new", "--wallet", wallet, *kind, "--json"), 0).json["address"]

    def begin(self, *arguments):
        """A process of its own, ended with the test; what it says goes into its log."""
        log = open(self.folder / f"{len(list(self.folder.glob('*.log')))}-{arguments[0]}.log", "w+")
        process = subprocess.Popen([os.environ["NOONMARK_TEST_BINARY"], *map(str, arguments)], cwd=ROOT,
                                   env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, text=True)
        process.log = log
        self.addCleanup(log.close)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        process.wait()

    def said(self, process):
        process.log.flush()
        process.log.seek(0)
        return process.log.read()

    def call(self, method, *params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["result"]

    def run_node(self, validators, miners):
        owner = self.new_key("owner", "--plain")
        neurons = [{"hotkey": key, "coldkey": owner, "stake": stake * TAO, "validator_permit": True}
                   for key, stake in validators.items()]
        for wallet, key in miners.items():
            neurons.append({"hotkey": key, "coldkey": self.new_key(wallet, "--plain")})
        subnet = {"owner": owner, "owner_hotkey": next(iter(validators)), "tempo": 20, "weights_rate_limit": 0,
                  "commit_reveal": True, "neurons": neurons}
        genesis = {"format": 1, "chain": "Test", "sudo": owner, "block_time_ms": 300, "endowed": [], "subnets": [subnet]}
        (self.folder / "genesis.json").write_text(json.dumps(genesis))
        node = self.begin("ledger", "run", "--genesis", self.folder / "genesis.json", "--data", self.folder / "chain",
                          "--listen", f"127.0.0.1:{self.port}")
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and node.poll() is None:
            try:
                return self.call("system_chain") and node
            except OSError:
                time.sleep(0.05)
        self.fail(self.said(node))

    def test_a_day_from_the_seal_to_the_proof(self):
        fast, slow = self.make_entry("ten-steps", "steps=10"), self.make_entry("sixteen-steps", "steps=16")
        validators = {self.new_key(f"v{i}", "--hotkey", "default"): 100 - 30 * i for i in range(2)}
        miners = {f"m{i}": self.new_key(f"m{i}", "--hotkey", "default") for i in range(3)}
        node = self.run_node(validators, miners)

        cut_off = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=25)
        contest = small_contest(self.folder, zone='"UTC"', time=json.dumps(cut_off.strftime("%H:%M:%S")), reveal_seconds=12)
        runs = []
        for index, port in enumerate(self.evidence_ports):
            runs.append(self.begin("validator", "run", "--contest", contest, *self.ledger, "--wallet", f"v{index}",
                                   "--listen", f"127.0.0.1:{port}", "--allow-private-addresses", "--weights-interval", "5",
                                   "--json"))
        store = self.folder / "store"
        store.mkdir()
        self.begin("package", "serve", store, "--listen", f"127.0.0.1:{self.store_port}")
        entries = []
        for wallet, package in {"m0": fast, "m1": slow}.items():
            mine = self.folder / f"package-{wallet}"
            shutil.copytree(package, mine)
            entries.append(self.begin("submit", mine, "--contest", contest, *self.ledger, "--wallet", wallet, "--store",
                                      f"http://127.0.0.1:{self.store_port}", "--store-dir", store, "--no-bench"))
        for entry in entries:
            self.assertEqual(entry.wait(120), 0, self.said(entry))

        day = f"emoji-cpu/{cut_off.date()}"
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline and not all('"winner"' in self.said(run) for run in runs):
            for process in [node, *runs]:
                self.assertIsNone(process.poll(), self.said(process))
            time.sleep(1)
        told = [re.search(r'"winner": ?"([0-9a-f]{64})"', self.said(run)) for run in runs]
        self.assertTrue(all(told), [self.said(run) for run in runs])
        self.assertEqual(told[0][1], told[1][1], "the same winner everywhere")

        report = self.settle(day)
        self.assertEqual(len(report["validators"]), 2, report)
        for checks in report["validators"]:
            self.assertEqual([check for check in checks["checks"] if check["answer"] == "differs"], [])
        status = self.expect(self.noonmark("status", "--contest", contest, *self.ledger, "--wallet", "m0"), 0)
        self.assertIn("won", status.out)

    def settle(self, day):
        """verify, once the rows of weights have come."""
        deadline = time.monotonic() + 60
        while True:
            outcome = self.noonmark("verify", day, *self.ledger, "--json")
            self.assertEqual(outcome.code, 0, outcome)
            checks = [check for validator in outcome.json["validators"] for check in validator["checks"]]
            if all(check["answer"] == "same" for check in checks) or time.monotonic() > deadline:
                return outcome.json
            time.sleep(2)
