"""`noonmark version --check` against a publisher's server: the statement is made as docs/updates.md says."""
import datetime
import json
import subprocess

from hub import Hub
from program import ProgramTest


def days_ago(days):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days)).strftime("%Y-%m-%d")


class Version(ProgramTest):
    def setUp(self):
        super().setUp()
        self.key = self.expect(self.noonmark("wallet", "new", "--wallet", "publisher", "--plain", "--json"), 0).json["address"]

    def statement(self, version, wallet="publisher", age=9):
        """The bytes of release.json, made with the commands of docs/updates.md."""
        unsigned, release = self.folder / "unsigned.json", self.folder / "release.json"
        unsigned.write_text(json.dumps({"date": days_ago(age), "format": "noonmark-release-1",
                                        "notes_url": f"https://example.org/notes/{version}", "version": version},
                                       separators=(",", ":")))
        signature = self.expect(self.noonmark("wallet", "sign", "--wallet", wallet, "--file", unsigned), 0).out.strip()
        with release.open("wb") as out:
            subprocess.run(["sed", f's/}}$/,"signature":"{signature}"}}/', unsigned], stdout=out, check=True)
        return release.read_bytes()

    def check(self, hub, code, message=None):
        return self.expect(self.noonmark("version", "--check", "--json", "--releases-url", f"{hub.url}/plain/release.json",
                                         "--releases-key", self.key), code, message)

    def seen(self):
        return self.folder / "home/.local/share/noonmark/release-seen.json"

    def test_the_version(self):
        own = self.expect(self.noonmark("version", "--json"), 0).json["version"]
        self.assertEqual(self.expect(self.noonmark("version"), 0).out, f"noonmark {own}\n")

    def test_newest_newer_and_older(self):
        own = self.expect(self.noonmark("version", "--json"), 0).json["version"]
        with Hub({"release.json": self.statement(own)}) as hub:
            self.assertTrue(self.check(hub, 0).json["up_to_date"])
            hub.files["release.json"] = self.statement("900.1.0", age=5)
            newer = self.check(hub, 1).json
            self.assertEqual((newer["newest"], newer["notes_url"]), ("900.1.0", "https://example.org/notes/900.1.0"))
            hub.files["release.json"] = self.statement(own)
            self.check(hub, 3, "older than one seen before")
            hub.files["release.json"] = self.statement("900.2.0", age=6)
            self.check(hub, 3, "older than one seen before")
            self.assertEqual({path for path, _ in hub.requests}, {"/plain/release.json"})
        self.assertEqual(json.loads(self.seen().read_text())["version"], "900.1.0")
        self.assertEqual([path.name for path in self.seen().parent.iterdir()], ["release-seen.json"])

    def test_statements_that_are_refused(self):
        self.expect(self.noonmark("wallet", "new", "--wallet", "stranger", "--plain"), 0)
        signed = json.loads(self.statement("900.1.0"))
        with Hub({"release.json": self.statement("900.1.0", wallet="stranger")}) as hub:
            self.check(hub, 3, "isn't signed by")
            for changes, message in [({"version": "900.1.1"}, "changed since"), ({"signature": None}, "isn't signed"),
                                     ({"signature": "0x00"}, "release.signature"), ({"notes_url": "file:///x"}, "notes_url"),
                                     ({"format": "noonmark-release-2"}, "newer noonmark")]:
                changed = {name: value for name, value in {**signed, **changes}.items() if value is not None}
                hub.files["release.json"] = json.dumps(changed).encode()
                self.check(hub, 3, message)
            hub.files["release.json"] = self.statement("900.1.0", age=-3)
            self.check(hub, 3, "yet to come")
            hub.files["release.json"] = b" " * 100_000
            self.check(hub, 3, "release.json")
            del hub.files["release.json"]
            self.check(hub, 3, "release.json")
        self.check(hub, 4, "localhost")
        self.assertFalse(self.seen().exists())

    def test_without_settings(self):
        self.expect(self.noonmark("version", "--check"), 2, "releases_url isn't set")
        self.expect(self.noonmark("version", "--check", "--releases-url", "http://localhost:9"), 2, "releases_key isn't set")
