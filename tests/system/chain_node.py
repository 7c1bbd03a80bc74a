"""A node of the embedded chain, started as people start it."""
import json
import socket
import time
import urllib.error
import urllib.request

from program import ProgramTest

ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ChainNodeTest(ProgramTest):
    """A test with a chain of its own, on which //Alice owns subnet 1 and has a validator permit."""

    def setUp(self):
        super().setUp()
        self.genesis, self.port = self.folder / "genesis.json", free_port()
        self.expect(self.noonmark("ledger", "new-genesis", self.genesis, "--development"), 0)
        genesis = json.loads(self.genesis.read_text())
        genesis["subnets"] = [{"owner": ALICE, "owner_hotkey": ALICE, "tempo": 10, "weights_rate_limit": 0,
                               "commit_reveal": False,
                               "neurons": [{"hotkey": ALICE, "coldkey": ALICE, "stake": 10**12, "validator_permit": True}]}]
        self.genesis.write_text(json.dumps(genesis))

    def run_node(self, *more, data=None):
        node = self.start("ledger", "run", "--genesis", self.genesis, "--data", data or self.folder / "chain", "--development",
                          "--listen", f"127.0.0.1:{self.port}", *more)
        self.addCleanup(self.end, node)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and node.poll() is None:
            try:
                self.call("system_chain")
                return node
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.02)
        self.fail(f"the node did not start: {node.communicate()}")

    @staticmethod
    def end(node):
        if node.poll() is None:
            node.kill()
        node.communicate()

    def call(self, method, *params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            document = json.load(answer)
        self.assertNotIn("error", document, f"{method} {params}")
        return document["result"]
