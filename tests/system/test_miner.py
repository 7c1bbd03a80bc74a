"""What a miner does before and beside a ledger: endorse a package, serve it, prepare an entry; and the owner's charter."""
import json
import signal
import urllib.error
import urllib.request

import packages
from program import ROOT, ProgramTest

CONTEST = ROOT / "contests/emoji-cpu.toml"
NOBODY = "http://127.0.0.1:1"  # no ledger listens there


class MinerTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.address = self.key("hotkey", "//Miner")
        self.owner = self.key("coldkey", "//Owner")

    def key(self, kind, uri):
        extra = ["--hotkey", "default"] if kind == "hotkey" else ["--plain"]
        made = self.noonmark("wallet", "import", *extra, "--json", typed=uri + "\n")
        return self.expect(made, 0).json["address"]


class Store(MinerTest):
    def serve(self, folder):
        server = self.start("package", "serve", folder, "--listen", "127.0.0.1:0", "--json")
        self.addCleanup(server.wait, timeout=30)
        self.addCleanup(server.send_signal, signal.SIGTERM)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.stderr.close)
        text = ""
        while not text.rstrip().endswith("}"):
            text += server.stdout.readline()
        return json.loads(text)["url"]

    def test_an_endorsed_package_is_served_in_ranges_and_pulled(self):
        made = packages.write_package(self.folder / "made")
        endorsed = self.expect(self.noonmark("package", "endorse", made, "--json"), 0).json
        self.assertEqual(endorsed["account"], self.address)
        self.assertEqual(json.loads((made / "noonmark.json").read_text())["endorsement"]["account"], self.address)
        store = self.folder / "store"
        store.mkdir()
        name = endorsed["digest"].removeprefix("sha256:") + ".tar.zst"
        self.expect(self.noonmark("package", "pack", made, store / name), 0)
        url = self.serve(store)
        request = urllib.request.Request(f"{url}/{name}", headers={"Range": "bytes=4-9"})
        with urllib.request.urlopen(request) as answer:
            self.assertEqual((answer.status, answer.read()), (206, (store / name).read_bytes()[4:10]))
        with self.assertRaises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{url}/")
        pulled = self.noonmark("package", "pull", f"{url}/{name}", "-o", self.folder / "out", "--json")
        self.assertEqual(self.expect(pulled, 0).json["digest"], endorsed["digest"])
        self.assertEqual((self.folder / "out/noonmark.json").read_bytes(), (made / "noonmark.json").read_bytes())


class Submit(MinerTest):
    def test_without_a_ledger_it_says_so(self):
        outcome = self.noonmark("submit", packages.write_package(self.folder / "made"), "--contest", CONTEST,
                                "--netuid", 1, "--ledger", NOBODY, "--store", "https://s.example", "--no-bench")
        self.assertEqual(outcome.code, 4, str(outcome))

    def test_what_is_missing_is_named(self):
        base = ("submit", "--contest", CONTEST, "--netuid", 1)
        self.expect(self.noonmark(*base), 2, "--ledger")
        self.expect(self.noonmark("submit", "--contest", CONTEST, "--ledger", NOBODY), 2, "--netuid")
        self.expect(self.noonmark(*base, "--ledger", "ftp://x"), 3, "ftp")
        self.expect(self.noonmark("status", "--contest", CONTEST, "--netuid", 1, "--ledger", NOBODY), 3)


class Charter(MinerTest):
    def append(self, *arguments, **expected):
        return self.noonmark("charter", "append", self.folder / "charter.jsonl", *arguments, **expected)

    def test_statements_are_appended_shown_and_verified(self):
        self.expect(self.append("--contest", CONTEST), 0)
        self.expect(self.append("--exclude", self.address, "--reason", "sold copies"), 0)
        self.expect(self.append("--exclude", self.address), 3, "reason")
        charter = self.folder / "charter.jsonl"
        shown = self.expect(self.noonmark("charter", "show", charter, "--owner", self.owner, "--json"), 0).json
        self.assertEqual([contest["id"] for contest in shown["contests"]], ["emoji-cpu"])
        self.assertEqual(shown["exclusions"][0]["reason"], "sold copies")
        self.expect(self.noonmark("charter", "verify", charter, "--owner", self.owner), 0)
        self.expect(self.noonmark("charter", "verify", charter, "--owner", self.address), 1)
        charter.write_text(charter.read_text().replace("sold copies", "sold copiez"))
        verified = self.expect(self.noonmark("charter", "verify", charter, "--owner", self.owner, "--json"), 1)
        self.assertIn("statement 2", verified.json["reason"])
