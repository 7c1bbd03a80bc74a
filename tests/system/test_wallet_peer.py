"""Keys, signatures and account names, both ways against npm @polkadot/keyring and @polkadot/util-crypto, on random input."""
import json
import os
import random
import subprocess

from program import ROOT, ProgramTest

MODULES = ROOT / ".deps/node/node_modules"
ROUNDS = 12
LETTERS = "abcXYZ0189_-.é漢"


class Peer:
    def __init__(self):
        self.process = subprocess.Popen(["node", str(ROOT / "tests/system/wallet_peer.cjs"), str(MODULES)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def __call__(self, ask, **request):
        self.process.stdin.write(json.dumps({"ask": ask, **request}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


class WalletPeer(ProgramTest):
    def setUp(self):
        super().setUp()
        self.assertTrue((MODULES / "@polkadot/keyring").is_dir(), "missing: run scripts/setup test")
        self.peer = Peer()
        self.addCleanup(self.peer.close)
        self.seed = int(os.environ.get("NOONMARK_TEST_SEED", random.randrange(1 << 32)))
        self.random = random.Random(self.seed)
        self.note = f"NOONMARK_TEST_SEED={self.seed}"

    def ask(self, ask, **request):
        answer = self.peer(ask, **request)
        self.assertIn("value", answer, f"{self.note} {ask} {request}: {answer}")
        return answer["value"]

    def junction(self):
        name = "".join(self.random.choice(LETTERS) for _ in range(self.random.choice((1, 5, 31, 32, 70))))
        if self.random.random() < 0.3:
            name = str(self.random.randrange(1 << self.random.choice((4, 16, 63))))
        return self.random.choice(("/", "//")) + name

    def uri(self):
        kind = self.random.randrange(4)
        if kind == 0:
            secret, password = "0x" + self.random.randbytes(32).hex(), ""
        else:
            secret = self.ask("phrase", entropy="0x" + self.random.randbytes(16 + 4 * self.random.randrange(5)).hex())
            password = "///" + self.random.choice(("secret", "p/q", "ünï")) if kind == 1 else ""
        return secret + "".join(self.junction() for _ in range(self.random.randrange(4))) + password

    def test_keys_and_signatures(self):
        for number in range(ROUNDS):
            uri, name = self.uri(), f"key{number}"
            note = f"{self.note} {uri}"
            files = ("--wallet-path", self.folder / "wallets", "--hotkey", name)
            ours = self.expect(self.noonmark("wallet", "import", *files, "--json", typed=uri + "\n"), 0).json
            theirs = self.ask("pair", uri=uri)
            self.assertEqual({key: ours[key] for key in theirs}, theirs, note)

            message = self.random.randbytes(self.random.choice((0, 1, 165, 166, 167, 1000)))
            path = self.folder / "message"
            path.write_bytes(message)
            signature = self.noonmark("wallet", "sign", *files, "--file", path).out.strip()
            asked = dict(address=ours["address"], message="0x" + message.hex())
            self.assertTrue(self.ask("verify", signature=signature, **asked), note)
            theirs_signed = self.ask("sign", uri=uri, message=asked["message"])
            self.expect(self.noonmark("wallet", "verify", ours["address"], theirs_signed, "--file", path), 0)

            changed = bytearray.fromhex(signature[2:])
            changed[self.random.randrange(64)] ^= 1 << self.random.randrange(8)
            verdict = self.ask_verdict(signature="0x" + changed.hex(), **asked)
            self.assertFalse(verdict, note)
            self.expect(self.noonmark("wallet", "verify", ours["address"], changed.hex(), "--file", path), 1)

    def ask_verdict(self, **request):
        """Some broken signatures are an exception over there."""
        return self.peer("verify", **request).get("value", False)

    def test_account_names(self):
        signature = "0x" + "00" * 64
        for _ in range(ROUNDS):
            key = "0x" + self.random.randbytes(32).hex()
            prefix = self.random.choice((0, 2, 42, 63, 64, 255, 1284, 16383))
            name = self.ask("encode", key=key, prefix=prefix)
            ours = self.noonmark("wallet", "verify", name, signature, "--message", "m", "--json")
            self.assertEqual(self.expect(ours, 1).json["address"], self.ask("encode", key=key, prefix=42), f"{self.note} {name}")
