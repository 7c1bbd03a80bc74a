"""`noonmark doctor` before a real node: the network, the clock, the hot key's place, ports and wallet files."""
import socket
import time

from chain_node import ChainNodeTest, free_port

ALICE_URI = "//Alice\n"


class Doctor(ChainNodeTest):
    def doctor(self, *arguments):
        outcome = self.noonmark("doctor", "--json", *arguments)
        self.assertIn(outcome.code, (0, 1), str(outcome))
        for finding in outcome.json["findings"]:
            self.assertTrue(finding["state"] == "ok" or finding["mend"], finding)
        return {finding["name"]: finding for finding in outcome.json["findings"]}

    def test_a_ledger_and_the_place_on_it(self):
        self.expect(self.noonmark("wallet", "import", "--hotkey", "alice", typed=ALICE_URI), 0)
        self.expect(self.noonmark("wallet", "new", "--hotkey", "stranger"), 0)
        self.run_node("--block-time", "0.5")
        while int(self.call("chain_getHeader")["number"], 16) == 0:
            time.sleep(0.05)
        url = f"ws://127.0.0.1:{self.port}"
        found = self.doctor("--ledger", url, "--netuid", 1, "--wallet", "default", "--hotkey", "alice")
        self.assertEqual(found["ledger"]["state"], "ok", found["ledger"])
        self.assertIn("Noonmark, genesis " + self.call("chain_getBlockHash", 0), found["ledger"]["detail"])
        self.assertEqual(found["clock"]["state"], "ok", found["clock"])
        self.assertIn("uid 0 of subnet 1, with a validator permit", found["hot key"]["detail"])
        stranger = self.doctor("--ledger", url, "--netuid", 1, "--hotkey", "stranger")["hot key"]
        self.assertEqual(stranger["state"], "missing")
        self.assertRegex(stranger["mend"], f"^noonmark ledger register --for 5[A-Za-z0-9]+ --wallet default --netuid 1 --ledger {url}$")
        nowhere = self.doctor("--ledger", url, "--netuid", 9, "--hotkey", "alice")["hot key"]
        self.assertEqual(nowhere["state"], "missing")

    def test_nobody_answers(self):
        found = self.doctor("--ledger", f"http://127.0.0.1:{free_port()}", "--netuid", 1)
        self.assertEqual(found["ledger"]["state"], "missing")
        self.assertEqual(found["clock"]["mend"], "mend the ledger first")
        self.assertIn("not asked", self.doctor()["ledger"]["detail"])

    def test_a_taken_port_and_an_open_key(self):
        self.expect(self.noonmark("wallet", "import", "--hotkey", "alice", typed=ALICE_URI), 0)
        file = self.folder / "home/.bittensor/wallets/default/hotkeys/alice"
        self.assertEqual(self.doctor()["wallet files"]["state"], "ok")
        file.chmod(0o644)
        with socket.socket() as held:
            try:
                held.bind(("127.0.0.1", 9190))
                held.listen()
            except OSError:
                pass  # somebody else holds it, which does as well
            found = self.doctor()
        self.assertEqual((found["wallet files"]["state"], found["wallet files"]["mend"]), ("missing", f"chmod 600 {file}"))
        self.assertIn("9190 (noonmark validator run)", found["ports"]["detail"].split("; free")[0])
