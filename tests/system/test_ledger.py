"""The embedded chain as people run it: by hand, by an unmodified @polkadot/api, and killed at random moments."""
import json
import pathlib
import random
import signal
import subprocess
import time

from chain_node import ChainNodeTest, free_port

SCRIPT = pathlib.Path(__file__).resolve().parent / "polkadot.mjs"


class Ledger(ChainNodeTest):
    def test_status_and_a_tidy_end(self):
        node = self.run_node("--block-time", "0.1")
        status = self.expect(self.noonmark("ledger", "status", "--url", f"http://127.0.0.1:{self.port}", "--json"), 0).json
        self.assertEqual(status["chain"], "Noonmark")
        node.send_signal(signal.SIGTERM)
        self.assertEqual(node.wait(30), 0)
        head = self.expect_resumed(status["genesis"])
        self.assertGreaterEqual(head, int(status["number"], 16))

    def expect_resumed(self, genesis):
        self.run_node("--block-time", "0")
        self.assertEqual(self.call("chain_getBlockHash", 0), genesis)
        return int(self.call("chain_getHeader")["number"], 16)

    def test_polkadot_js_works_unmodified(self):
        self.run_node("--block-time", "0.25")
        done = subprocess.run(["node", SCRIPT, f"ws://127.0.0.1:{self.port}"], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        seen = json.loads(done.stdout.splitlines()[-1])
        self.assertEqual(seen["chain"], "Noonmark")
        for what in ("transfer", "register", "commit", "weights"):
            self.assertEqual(seen[what]["error"], "", what)
            self.assertIn("system.ExtrinsicSuccess", seen[what]["events"], what)
        self.assertEqual(seen["received"], "5000000000")
        self.assertEqual(seen["uid"], 1)
        self.assertIn("subtensorModule.", seen["again"]["error"])
        self.assertIn("4e4d315465737421", seen["commitment"])
        self.assertEqual(seen["row"], "[[1,65535]]")
        self.assertEqual(seen["at_genesis"], "1000000000000000")
        self.assertIn("1010", seen["refused"])
        self.assertTrue(seen["ordered"])
        self.assertGreater(seen["heads"], 3)
        self.assertGreaterEqual(seen["balances"], 2)

    def test_money_moves_to_the_unit_and_a_stranger_registers(self):
        rich, other = (self.expect(self.noonmark("wallet", "new", "--wallet", name, "--plain", "--json"), 0).json["address"]
                       for name in ("rich", "other"))
        hot = self.expect(self.noonmark("wallet", "new", "--wallet", "other", "--hotkey", "default", "--json"), 0).json["address"]
        genesis = json.loads(self.genesis.read_text())
        genesis["endowed"].append({"account": rich, "amount": 10**12})
        self.genesis.write_text(json.dumps(genesis))
        self.run_node("--block-time", "0.1")
        ledger = ["--ledger", f"http://127.0.0.1:{self.port}"]
        self.expect(self.noonmark("ledger", "transfer", "--to", other, "--amount", "7.000000001", "--wallet", "rich", *ledger), 0)
        self.expect(self.noonmark("ledger", "register", "--for", hot, "--wallet", "other", "--netuid", 1, *ledger), 0)
        self.expect(self.noonmark("ledger", "stake", "--for", hot, "--amount", "2", "--wallet", "other", "--netuid", 1, *ledger), 0)
        self.expect(self.noonmark("ledger", "stake", "--for", hot, "--amount", "1", "--remove", "--wallet", "other", "--netuid", 1,
                                  *ledger), 0)
        left = self.expect(self.noonmark("ledger", "balance", "--of", other, *ledger, "--json"), 0).json
        price, fee = 1_000_000, 125_000
        self.assertEqual(int(left["free"]), 7_000_000_001 - price - 10**9 - 3 * fee)
        too_much = self.noonmark("ledger", "transfer", "--to", rich, "--amount", "99", "--wallet", "other", *ledger)
        self.expect(too_much, 3, "Balance")
        self.expect(self.noonmark("ledger", "transfer", "--to", rich, "--amount", "1,5", "--wallet", "other", *ledger), 2, "no amount")

    def test_killed_at_random_moments_it_goes_on(self):
        chance = random.Random(7)
        known = {}
        for _ in range(4):
            node = self.run_node("--block-time", "0.02")
            for number, block in known.items():
                self.assertEqual(self.call("chain_getBlockHash", number), block)
            time.sleep(chance.uniform(0.05, 0.5))
            number = int(self.call("chain_getHeader")["number"], 16)
            known[number] = self.call("chain_getBlockHash", number)
            node.kill()
            node.communicate()

    def test_two_nodes_do_not_share_a_folder(self):
        node = self.run_node("--block-time", "0")
        second = self.noonmark("ledger", "run", "--genesis", self.genesis, "--data", self.folder / "chain", "--listen",
                               f"127.0.0.1:{free_port()}", timeout=30)
        self.expect(second, 3, "is in use by another process")
        node.kill()
        node.communicate()
        self.run_node("--block-time", "0")  # a killed node leaves nothing locked

    def test_bad_input(self):
        self.expect(self.noonmark("ledger", "new-genesis", self.folder / "x.json"), 2, "--sudo")
        self.expect(self.noonmark("ledger", "new-genesis", self.genesis, "--development"), 3, "already there")
        self.expect(self.noonmark("ledger", "run", "--genesis", self.folder / "none.json"), 3, "none.json")
        self.expect(self.noonmark("ledger", "status", "--url", f"http://127.0.0.1:{free_port()}"), 4, "127.0.0.1")
        broken = self.folder / "broken.json"
        broken.write_text('{"format": 1, "chain": "x", "sudo": "nobody"}')
        self.expect(self.noonmark("ledger", "run", "--genesis", broken), 3, "sudo")
        changed = json.loads(self.genesis.read_text()) | {"chain": "Another"}
        node = self.run_node("--block-time", "0")
        node.kill()
        node.communicate()
        self.genesis.write_text(json.dumps(changed))
        self.expect(self.noonmark("ledger", "run", "--genesis", self.genesis, "--data", self.folder / "chain", "--listen",
                                  f"127.0.0.1:{self.port}"), 3, "another genesis")
