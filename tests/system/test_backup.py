"""`noonmark backup` and `restore`, with a node that makes blocks meanwhile."""
import shutil
import time

from chain_node import ChainNodeTest


class Backup(ChainNodeTest):
    def height(self):
        return int(self.call("chain_getHeader")["number"], 16)

    def hashes(self, height):
        return [self.call("chain_getBlockHash", number) for number in range(height + 1)]

    def test_a_running_node_is_saved_and_its_copy_goes_on(self):
        home = self.folder / "home-of-node"
        node = self.run_node("--block-time", "0.05", data=home / "ledger")
        while self.height() < 20:
            time.sleep(0.05)
        before = self.height()
        saved = self.expect(self.noonmark("backup", "--to", self.folder / "saved", "--home", home, "--json"), 0).json
        self.assertEqual(saved["files"], 1)
        known = self.hashes(before)
        node.kill()
        node.communicate()
        shutil.rmtree(home)
        self.expect(self.noonmark("restore", "--from", self.folder / "saved", "--home", home), 0)
        self.run_node("--block-time", "0.05", data=home / "ledger")
        self.assertEqual(self.hashes(before), known)
        while self.height() <= before + 5:
            time.sleep(0.05)

    def test_bad_input(self):
        self.expect(self.noonmark("backup", "--to", self.folder / "x", "--home", self.folder / "nothing"), 3, "nothing")
        self.expect(self.noonmark("restore", "--from", self.folder, "--home", self.folder / "new"), 3, "no whole backup")
