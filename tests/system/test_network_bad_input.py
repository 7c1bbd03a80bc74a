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


class Liar(http.server.BaseHTTPRequestHandler):
    """Answers every POST with what its server's `answer` does."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        self.request_body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.close_connection = True
        with contextlib.suppress(ConnectionError):
            self.server.answer(self)

    def say(self, body, status=200):
        body = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def whole(body, status=200):
    return lambda liar: liar.say(body, status)


def result(value):
    return whole(json.dumps({"jsonrpc": "2.0", "id": 1, "result": value}))


def error(value):
    return whole(json.dumps({"jsonrpc": "2.0", "id": 1, "error": value}))


def hundred_megabytes(liar):
    liar.send_response(200)
    liar.end_headers()
    for _ in range(100):
        liar.wfile.write(b" " * (1 << 20))


def broken_off(liar):
    liar.send_response(200)
    liar.send_header("Content-Length", "1000")
    liar.end_headers()
    liar.wfile.write(b'{"jsonrpc":')


def endless(liar):
    liar.send_response(200)
    liar.end_headers()
    liar.wfile.write(b'{"jsonrpc": "2.0", "id": 1, "result": "')
    while True:
        liar.wfile.write(b"a")
        time.sleep(0.05)


class LiarTest(ProgramTest):
    def lie(self, answer):
        """The URL of a new liar."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Liar)
        server.daemon_threads, server.block_on_close, server.answer = True, False, answer
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}"

    def expect_refused(self, outcome, code, *words):
        """One line that says what is wrong, in plain characters; nothing on stdout."""
        self.expect(outcome, code, words[0])
        [line] = outcome.err.splitlines()
        for word in words:
            self.assertIn(word, line)
        self.assertTrue(line.isprintable() and len(line) < 600, line)


class Lied(LiarTest):
    """A "node" that is none."""
    # What it answers: exit code, words of the message. 3: this isn't a ledger. 4: it may be one later.
    ROWS = {
        "garbage": (whole(bytes(range(256)) * 40), 4, "not JSON"),
        "nothing": (whole(b""), 4, "not JSON"),
        "a web page": (whole("<html><body>hello</body></html>"), 4, "not JSON"),
        "JSON that goes too deep": (whole("[" * 100_000), 4, "nested deeper"),
        "not found": (whole("no such page", 404), 3, "404"),
        "somewhere else": (whole("", 302), 3, "302"),
        "out of order": (whole("", 503), 4, "503"),
        "half an answer": (broken_off, 4, "broke off"),
        "100 MB": (hundred_megabytes, 3, "longer than"),
        "a list": (whole("[]"), 4, "without result"),
        "a text": (whole('"0x00"'), 4, "without result"),
        "no result": (whole('{"jsonrpc": "2.0", "id": 1}'), 4, "without result"),
        "null": (result(None), 3, "nonsense"),
        "a number": (result(7), 3, "nonsense"),
        "an object": (result({"a": [1]}), 3, "nonsense"),
        "a list of texts": (result(["0x00"]), 3, "nonsense"),
        "no hex": (result("0xzz"), 3, "nonsense"),
        "half a byte": (result("0x0"), 3, "nonsense"),
        "a short hash": (result("0x00"), 3, "nonsense"),
        "a hash for everything": (result("0x" + "11" * 32), 3, "nonsense"),
        "another node's methods": (error({"code": -32601, "message": "Method not found"}), 3, "Method not found"),
        "a message that steers terminals": (error({"code": 1, "message": "a\nnoonmark: fine\x1b[2J"}), 3, "fine"),
        "a very long message": (error({"code": 1, "message": "a" * 1_000_000}), 3, "aaaa"),
    }

    def test_nonsense_is_told_in_one_line(self):
        for name, (answer, code, word) in self.ROWS.items():
            with self.subTest(name):
                url = self.lie(answer)
                self.expect_refused(self.noonmark("verify", "emoji-cpu/2026-11-26", "--ledger", url, "--netuid", 1), code, word)

    def test_every_command_that_asks_a_node(self):
        self.expect(self.noonmark("wallet", "import", "--hotkey", "default", typed="//Alice\n"), 0)
        subnet = ("--contest", CONTEST, "--netuid", 1)
        for name in ("garbage", "null", "100 MB", "half an answer"):
            answer, code, word = self.ROWS[name]
            url = self.lie(answer)
            for command in (("validator", "run", *subnet, "--listen", "127.0.0.1:0", "--ledger", url),
                            ("submit", self.folder, *subnet, "--pointer", "https://a.example/b.tar.zst", "--ledger", url)):
                with self.subTest(name, command=command[0]):
                    self.expect_refused(self.noonmark(*command), code, word)
        for name in ("garbage", "100 MB", "half an answer", "not found", "out of order"):
            answer, code, word = self.ROWS[name]
            with self.subTest(name, command="ledger status"):
                self.expect_refused(self.noonmark("ledger", "status", "--url", self.lie(answer)), code, word)

    def test_status_of_something_that_is_no_node(self):
        for name in ("null", "a number", "an object", "a list of texts"):
            with self.subTest(name):
                self.expect_refused(self.noonmark("ledger", "status", "--url", self.lie(self.ROWS[name][0])), 4, "nonsense")

    def test_an_answer_that_never_ends(self):
        begun = time.monotonic()
        self.expect_refused(self.noonmark("ledger", "status", "--url", self.lie(endless)), 4, "127.0.0.1")
        self.assertLess(time.monotonic() - begun, 60)


class OpenKey(ProgramTest):
    def test_a_key_that_others_can_read_is_not_used(self):
        self.expect(self.noonmark("wallet", "import", "--hotkey", "default", typed="//Alice\n"), 0)
        self.expect(self.noonmark("wallet", "import", "--plain", typed="//Bob\n"), 0)
        wallet = self.folder / "home/.bittensor/wallets/default"
        key, cold = wallet / "hotkeys/default", wallet / "coldkey"
        subnet = ("--contest", CONTEST, "--ledger", "http://127.0.0.1:1", "--netuid", 1)
        commands = {
            key: [("validator", "run", *subnet), ("submit", self.folder, *subnet, "--pointer", "hf:a/b@" + "0" * 40),
                  ("status", *subnet), ("package", "endorse", self.folder), ("tester", "--wallet", "default", "--print-account"),
                  ("wallet", "sign", "--hotkey", "default", "--message", "x")],
            cold: [("charter", "append", self.folder / "charter.jsonl", "--contest", CONTEST), ("wallet", "sign", "--message", "x")],
        }
        for file, uses in commands.items():
            for mode in (0o644, 0o640, 0o606):
                file.chmod(mode)
                for command in uses:
                    with self.subTest(command=command[:2], mode=oct(mode)):
                        self.expect(self.noonmark(*command), 3, f"chmod 600 '{file}'")
            file.chmod(0o600)
        self.assertFalse((self.folder / "charter.jsonl").exists())


class RealNode(LiarTest, ContestTest):
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

    def signed_extrinsics(self):
        """Every extrinsic with a signature (version byte 0x84 behind the length) that a block holds."""
        found = []
        for number in range(1, int(self.ask("chain_getHeader")["result"]["number"], 16) + 1):
            block = self.ask("chain_getBlock", self.ask("chain_getBlockHash", number)["result"])["result"]["block"]
            found += [text for text in block["extrinsics"] if text[4:].startswith("84") or text[6:].startswith("84")]
        return found


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


class MidWay(RealNode):
    """A node that turns bad between two answers."""

    def forward(self, liar):
        request = urllib.request.Request(self.url, liar.request_body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            liar.say(answer.read())

    def after(self, calls, lie):
        """The URL of a node that is honest for so many calls."""
        left = iter(range(calls))
        return self.lie(lambda liar: self.forward(liar) if next(left, None) is not None else lie(liar))

    def test_the_next_endpoint_is_asked(self):
        for name in ("garbage", "out of order", "half an answer"):
            with self.subTest(name):
                urls = f"{self.lie(Lied.ROWS[name][0])},{self.url}"
                self.expect_refused(self.noonmark("verify", "emoji-cpu/2026-11-26", "--ledger", urls, "--netuid", 1), 3,
                                    "nobody gave evidence")

    def test_an_entry_is_sent_once_whatever_the_node_answers(self):
        package = self.make_entry("ten-steps", "steps=10")
        self.expect(self.noonmark("package", "endorse", package), 0)
        where = ("--contest", self.contest, "--netuid", 1)
        first = ("submit", package, *where, "--no-bench", "--open", "--pointer", "https://packages.example/ten-steps.tar.zst")
        lies = [Lied.ROWS[name][0] for name in ("garbage", "null", "out of order", "half an answer", "a list")]
        entries = self.folder / "home/.local/share/noonmark/entries"
        failures = 0
        for calls in range(2, 120, 3):
            command = ("submit", *where, "--resume") if list(entries.rglob("*.json")) else first
            outcome = self.noonmark(*command, "--ledger", self.after(calls, lies[failures % len(lies)]))
            if outcome.code == 0:
                break
            self.assertIn(outcome.code, (3, 4), outcome)
            self.assertEqual(outcome.err.count("noonmark: "), 1, outcome)
            failures += 1
        self.assertGreater(failures, 5)
        self.expect(self.noonmark("submit", *where, "--resume", "--ledger", self.url), 0)
        self.assertEqual(len(self.signed_extrinsics()), 1)
        self.expect_alive()
