"""What strangers send to a node, and what a "node" may answer: every row is refused in one clear line, and nothing is lost."""
import contextlib
import http.server
import json
import random
import socket
import threading
import time
import urllib.error
import urllib.request

from contests import ContestTest
from program import ROOT, ProgramTest

ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
CONTEST = ROOT / "contests/emoji-cpu.toml"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def compact(number):
    """SCALE's compact integer, for lengths below 2^30."""
    if number < 1 << 6:
        return bytes([number << 2])
    if number < 1 << 14:
        return (number << 2 | 1).to_bytes(2, "little")
    return (number << 2 | 2).to_bytes(4, "little")


def hexed(body, length=None):
    return "0x" + (compact(len(body) if length is None else length) + body).hex()


class RealNode(ContestTest):
    """A node with Alice as neuron 0 of subnet 1; blocks every 50 ms. Alice's hot key lies in the wallet `default`."""

    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.node = self.run_node(self.folder / "chain", self.port)
        self.expect(self.noonmark("wallet", "import", "--hotkey", "default", typed="//Alice\n"), 0)

    def run_node(self, data, port, **changes):
        genesis = data.with_suffix(".json")
        self.expect(self.noonmark("ledger", "new-genesis", genesis, "--development", "--block-time", "0.05"), 0)
        content = json.loads(genesis.read_text()) | changes
        content["subnets"] = [{"owner": ALICE, "owner_hotkey": ALICE, "tempo": 10, "weights_rate_limit": 0,
                               "neurons": [{"hotkey": ALICE, "coldkey": ALICE, "stake": 10**12, "validator_permit": True}]}]
        genesis.write_text(json.dumps(content))
        log = open(data.with_suffix(".log"), "w+")
        self.addCleanup(log.close)
        node = self.start("ledger", "run", "--genesis", genesis, "--data", data, "--listen", f"127.0.0.1:{port}", stdout=log,
                          stderr=log)
        self.addCleanup(self.end, node)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and node.poll() is None:
            with contextlib.suppress(OSError):
                if self.ask("system_chain", port=port)["result"]:
                    return node
            time.sleep(0.02)
        log.seek(0)
        self.fail(log.read())

    @staticmethod
    def end(node):
        if node.poll() is None:
            node.kill()
        node.wait()

    def ask(self, method, *params, port=None):
        """The whole answer."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{port or self.port}", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def refusal(self, method, *params):
        answer = self.ask(method, *params)
        self.assertNotIn("result", answer, f"{method} {str(params)[:200]}")
        error = answer["error"]
        said = f"{error['message']}: {error.get('data', '')}"
        self.assertNotIn("\n", said)
        return error["code"], said

    def expect_alive(self):
        """Blocks go on, and the node is the same process."""
        before = int(self.ask("chain_getHeader")["result"]["number"], 16)
        deadline = time.monotonic() + 10
        while int(self.ask("chain_getHeader")["result"]["number"], 16) <= before:
            self.assertLess(time.monotonic(), deadline, "no block comes any more")
            time.sleep(0.05)
        self.assertIsNone(self.node.poll())


class Submitted(RealNode):
    """author_submitExtrinsic and its neighbours."""

    def enter(self):
        """A signed call of Alice's on the chain: an entry without seal. The extrinsic as its block holds it."""
        package = self.make_entry("ten-steps", "steps=10")
        self.expect(self.noonmark("package", "endorse", package), 0)
        self.expect(self.noonmark("submit", package, "--contest", self.contest, "--ledger", self.url, "--netuid", 1,
                                  "--no-bench", "--open", "--pointer", "https://packages.example/ten-steps.tar.zst"), 0)
        [extrinsic] = self.signed_extrinsics()
        return extrinsic

    def signed_extrinsics(self):
        """Every extrinsic with a signature (version byte 0x84 behind the length) that a block holds."""
        found = []
        for number in range(1, int(self.ask("chain_getHeader")["result"]["number"], 16) + 1):
            block = self.ask("chain_getBlock", self.ask("chain_getBlockHash", number)["result"])["result"]["block"]
            found += [text for text in block["extrinsics"] if text[4:].startswith("84") or text[6:].startswith("84")]
        return found

    def test_bytes_that_are_no_extrinsic(self):
        signed = b"\x84\x00" + bytes(32) + b"\x01" + bytes(64)
        rows = {
            "nothing": "0x",
            "an empty one": "0x00",
            "no hex digits": "0xzz",
            "half a byte": "0x040",
            "no 0x and no hex": "hello",
            "a length alone": "0x04",
            "longer than it says": hexed(b"\x84\x00\x00", 1),
            "shorter than it says": hexed(b"\x84", 200),
            "a length of 4 GiB": "0x03ffffffff84",
            "a length of 2^536": "0xff" + "ff" * 67,
            "version 0": hexed(b"\x00\x00\x00"),
            "version 5": hexed(b"\x85" + bytes(120)),
            "unsigned": hexed(b"\x04\x02\x00\x00"),
            "another kind of address": hexed(b"\x84\x04" + bytes(150)),
            "another kind of signature": hexed(b"\x84\x00" + bytes(32) + b"\x07" + bytes(100)),
            "cut within the signature": hexed(signed[:60]),
            "no call": hexed(signed + b"\x00\x00\x00\x00"),
            "no such pallet": hexed(signed + b"\x00\x00\x00\x00\xfe\xfe"),
            "zeros": hexed(bytes(300)),
        }
        for name, text in rows.items():
            for method in ("author_submitExtrinsic", "payment_queryInfo"):
                with self.subTest(name, method=method):
                    code, said = self.refusal(method, text)
                    self.assertIn(code, (-32602, 1001, 1002, 1010), said)
                    self.assertGreater(len(said), 15, said)
        self.expect_alive()

    def test_random_bytes(self):
        chance = random.Random(11)
        for _ in range(200):
            body = chance.randbytes(chance.randrange(1, 300))
            self.refusal("author_submitExtrinsic", hexed(b"\x84" + body) if chance.random() < 0.7 else "0x" + body.hex())
        self.expect_alive()

    def test_parameters_of_the_wrong_kind(self):
        for params in ([], [None], [7], [["0x00"]], [{"a": 1}], ["0x00", "0x00", 3], [True]):
            with self.subTest(params):
                code, said = self.refusal("author_submitExtrinsic", *params)
                self.assertIn(code, (-32602, 1001, 1002, 1010), said)
        self.expect_alive()

    def test_far_too_many_bytes(self):
        for size in (400_000, 1 << 20):
            code, said = self.refusal("author_submitExtrinsic", hexed(bytes(size)))
            self.assertIn(code, (-32602, 1001, 1002, 1010), said)
        with self.assertRaises((urllib.error.URLError, ConnectionError)) as raised:  # closed while we still send, or told
            self.ask("author_submitExtrinsic", "0x" + "00" * (64 << 20))
        if isinstance(raised.exception, urllib.error.HTTPError):
            self.assertEqual(raised.exception.code, 413)
            raised.exception.close()
        self.expect_alive()

    def test_replayed_and_forged(self):
        genuine = self.enter()
        code, said = self.refusal("author_submitExtrinsic", genuine)
        self.assertEqual(code, 1010)
        self.assertRegex(said, "(?i)outdated|stale|already")
        raw = bytes.fromhex(genuine[2:])
        chance = random.Random(5)
        for place in [*chance.sample(range(4, len(raw)), 40), len(raw) - 1]:
            with self.subTest(place=place):
                forged = raw[:place] + bytes([raw[place] ^ 1 << chance.randrange(8)]) + raw[place + 1:]
                self.refusal("author_submitExtrinsic", "0x" + forged.hex())
        self.assertEqual(self.signed_extrinsics(), [genuine])
        self.expect_alive()

    def test_signed_for_another_network(self):
        genuine = self.enter()
        other = free_port()
        self.run_node(self.folder / "other", other, chain="Other")
        error = self.ask("author_submitExtrinsic", genuine, port=other)["error"]
        self.assertEqual(error["code"], 1010)
        self.assertRegex(f"{error['message']}: {error.get('data')}", "(?i)signature|birth block")
