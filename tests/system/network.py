"""A network of real processes on one machine: a node, two validators, a store, miners; and a contest day on it."""
import contextlib
import datetime
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

from contests import MODEL, small_contest
from program import ROOT, Program

TAO = 10**9
VALIDATORS, MINERS = ("v0", "v1"), ("m0", "m1", "m2")
# What the contest's baseline is, and what each entrant enters. The first one takes three fifths of the time, and every one
# of its pictures is close to the baseline's (the worst of 24 prompts at 0.77); the other gains so little that it can't win,
# however loaded the machine is.
BASELINE, RECIPES = "steps=30", {"m0": "steps=18", "m1": "steps=29"}
CLEAR_CUT = {"looks": "[4]", "confidence": 0.6, "dethrone_margin": 0, "generation_time": 100, "mean_floor": 0.05,
             "minimum_floor": 0.01}



def free_ports(count):
    """Different ones: all are held until the last is known."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def wait_for(condition, seconds, pause=0.1):
    """What `condition` gives as soon as that is true; what it gave last when it never was."""
    deadline = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(pause)
    return found


class Process:
    """A process that may be killed and started again; all its lives write one log."""

    def __init__(self, network, name, arguments):
        self.network, self.name, self.arguments = network, name, [str(argument) for argument in arguments]
        self.log = network.folder / f"{name}.log"
        self.lives, self.running = 0, None
        self.start()

    def start(self, *more):
        command = [*self.network.place(self.name), os.environ["NOONMARK_TEST_BINARY"], *self.arguments, *more]
        with open(self.log, "a") as log:
            log.write(f"--- life {self.lives}: {' '.join(command[1:])}\n")
            log.flush()
            self.running = subprocess.Popen(command, cwd=ROOT, env=self.network.environment(), stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        self.lives += 1

    def code(self):
        """How it ended; None while it runs."""
        return self.running.poll()

    def kill(self):
        self.running.kill()
        self.running.wait()

    def ask_to_end(self):
        if self.code() is None:
            self.running.send_signal(signal.SIGTERM)

    def stop(self, seconds=20):
        if self.code() is None:
            self.ask_to_end()
            try:
                self.running.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.running.wait()

    def said(self):
        return self.log.read_text(errors="replace")


class Network(Program):
    """Every key lies in one home, as hot key of its own wallet; the owner's key is the validators' cold key too.

    `hosts` says where a process listens if not on 127.0.0.1, `spaces` in which network namespace it runs; both by name:
    "node", "store", and those of the validators and miners.
    """

    def __init__(self, folder, hosts=None, spaces=None):
        self.folder, self.hosts, self.spaces = pathlib.Path(folder), hosts or {}, spaces or {}
        self.data = self.folder / "home/.local/share/noonmark"
        names = ("node", "store", *VALIDATORS)
        self.address = {name: f"{self.hosts.get(name, '127.0.0.1')}:{port}"
                        for name, port in zip(names, free_ports(len(names)))}
        self.ledger = ["--ledger", f"http://{self.address['node']}", "--netuid", "1"]
        self.keys, self.processes, self.packages = {}, {}, {}

    def environment(self):
        """Temporary files lie in the scratch folder, so that what killed processes leave there is seen and goes with it."""
        (self.folder / "tmp").mkdir(exist_ok=True)
        return {**super().environment(), "TMPDIR": str(self.folder / "tmp")}

    def place(self, name):
        """Only the network is another one: `ip netns exec` would hide the control groups too."""
        return ["nsenter", f"--net=/run/netns/{self.spaces[name]}"] if name in self.spaces else []

    def begin(self, name, *arguments):
        self.processes[name] = Process(self, name, arguments)
        return self.processes[name]

    def close(self):
        self.stop(*self.processes.values())

    @staticmethod
    def stop(*processes):
        """Asks all to end, then waits for each."""
        for process in processes:
            process.ask_to_end()
        for process in processes:
            process.stop()

    def checked(self, *arguments, **options):
        outcome = self.noonmark(*arguments, **options)
        assert outcome.code == 0, str(outcome)
        return outcome

    def new_key(self, wallet, *kind):
        return self.checked("wallet", "new", "--wallet", wallet, *kind, "--json").json["address"]

    # --- the ledger

    def call(self, method, *params):
        return self.calls([(method, *params)])[0]

    def calls(self, wanted):
        """Many calls of the node in one request."""
        if not wanted:
            return []
        body = [{"jsonrpc": "2.0", "id": index, "method": method, "params": params}
                for index, (method, *params) in enumerate(wanted)]
        request = urllib.request.Request(f"http://{self.address['node']}", json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            answers = {one["id"]: one for one in json.load(answer)}
        for one in answers.values():
            assert "error" not in one, one
        return [answers[index]["result"] for index in range(len(body))]

    def answers(self):
        try:
            return self.call("system_chain")
        except (OSError, http.client.HTTPException):
            return None

    def run_node(self, tempo=20, block_time=0.3):
        """A chain with one subnet on which everybody is registered, and a node that makes its blocks."""
        owner = self.new_key("owner", "--plain")
        neurons = []
        for index, name in enumerate(VALIDATORS):
            self.keys[name] = self.new_key(name, "--hotkey", "default")
            neurons.append({"hotkey": self.keys[name], "coldkey": owner, "stake": (100 - 30 * index) * TAO,
                            "validator_permit": True})
        for name in MINERS:
            self.keys[name] = self.new_key(name, "--hotkey", "default")
            neurons.append({"hotkey": self.keys[name], "coldkey": self.new_key(name, "--plain")})
        subnet = {"owner": owner, "owner_hotkey": self.keys[VALIDATORS[0]], "tempo": tempo, "weights_rate_limit": 0,
                  "commit_reveal": True, "neurons": neurons}
        genesis = {"format": 1, "chain": "Test", "sudo": owner, "block_time_ms": int(block_time * 1000), "endowed": [],
                   "subnets": [subnet]}
        (self.folder / "genesis.json").write_text(json.dumps(genesis))
        node = self.begin("node", "ledger", "run", "--genesis", self.folder / "genesis.json", "--data",
                          self.folder / "chain", "--listen", self.address["node"])
        assert wait_for(self.answers, 30), node.said()

    # --- packages

    def run_store(self):
        (self.folder / "store").mkdir()
        self.begin("store", "package", "serve", self.folder / "store", "--listen", self.address["store"])

    def make_packages(self):
        """The baseline, and what each miner enters."""
        for name, recipe in {"baseline": BASELINE, **RECIPES}.items():
            self.packages[name] = self.folder / f"package-{name}"
            self.checked("optimize", MODEL, "--recipe", recipe, "--name", f"by-{name}", "--out", self.packages[name])


class Day:
    """A contest of its own with one day, whose cut-off is `to_cut_off` seconds from now: two validators, two entries."""

    def __init__(self, network, contest, to_cut_off, reveal_seconds):
        self.network, self.id = network, contest
        self.cut_off = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=to_cut_off)
        self.day = f"{contest}/{self.cut_off.date()}"
        folder = network.folder / "contests" / contest
        folder.mkdir(parents=True)
        baseline = os.path.relpath(network.packages["baseline"], folder)
        self.file = small_contest(folder, id=json.dumps(contest), zone='"UTC"', reveal_seconds=reveal_seconds,
                                  time=json.dumps(self.cut_off.strftime("%H:%M:%S")), package=json.dumps(baseline),
                                  **CLEAR_CUT)
        self.validators = [self.begin_validator(name) for name in VALIDATORS]
        self.entries = [self.begin_entry(name) for name in RECIPES]

    def begin_validator(self, name):
        return self.network.begin(name, "validator", "run", "--contest", self.file, *self.network.ledger, "--wallet", name,
                                  "--listen", self.network.address[name], "--allow-private-addresses",
                                  "--weights-interval", "5", "--one-at-a-time", self.network.folder / "measuring", "--json")

    def begin_entry(self, name, package=None, store="store"):
        """Enters the miner's own package or `package`, whose archive goes to the folder `store`."""
        mine = self.file.parent / name
        shutil.copytree(package or self.network.packages[name], mine)
        return self.network.begin(name, "submit", mine, "--contest", self.file, *self.network.ledger, "--wallet", name,
                                  "--store", f"http://{self.network.address['store']}", "--store-dir",
                                  self.network.folder / store, "--no-bench")

    def resume_entry(self, name):
        """As a miner does it: --resume, or from the beginning where nothing had been planned yet."""
        process = self.network.processes[name]
        process.start(*(["--resume"] if self.is_planned(name) else []))

    def ticket(self, name):
        return self.network.data / f"entries/1/{self.id}-{self.network.keys[name]}.json"

    def is_planned(self, name):
        return self.ticket(name).exists()

    def is_sealed(self, name):
        return self.is_planned(name) and json.loads(self.ticket(name).read_text())["stage"] == "entered"

    def finished(self, name):
        """Whether this validator's evidence is on the ledger, as its own folder says."""
        return (self.network.data / f"validator/{self.network.keys[name]}/{self.day}/finished").exists()

    def all_finished(self):
        return all(self.finished(name) for name in VALIDATORS)

    def told_winners(self):
        """What validators that were never killed have said; None while one hasn't."""
        told = [re.search(r'"winner": ?"([0-9a-f]{64})"', run.said()) for run in self.validators]
        return [found[1] for found in told] if all(told) else None

    def verify(self, *more):
        """`noonmark verify` of the day; its answer "differs" isn't an error here."""
        outcome = self.network.noonmark("verify", self.day, *self.network.ledger, "--json", *more)
        return outcome.json if outcome.out else {"validators": [], "entries": [], "error": outcome.err}

    def settle(self, seconds):
        """verify(), once the rows of weights have come: until every check says "same"."""
        def settled():
            self.report = self.verify()
            checks = checks_of(self.report)
            return len(self.report["validators"]) == len(VALIDATORS) and all(c["answer"] == "same" for c in checks)
        wait_for(settled, seconds, 2)
        return self.report

    def status(self, miner):
        return self.network.checked("status", "--contest", self.file, *self.network.ledger, "--wallet", miner, "--json").json

    def stop(self):
        self.network.stop(*self.validators, *self.entries)


def checks_of(report):
    return [check for validator in report["validators"] for check in validator["checks"]]
