"""`noonmark wallet`: keys are made, kept, closed and used as the ledger's other tools do it."""
import base64
import os
import pty
import stat

from program import ProgramTest

DEVELOPMENT = "bottom drive obey lake curtain smoke basket hold race lonely fit walk"
DEVELOPMENT_ADDRESS = "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV"
ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"


class Wallet(ProgramTest):
    def wallet(self, command, *arguments, **options):
        return self.noonmark("wallet", command, "--wallet-path", self.folder / "wallets", *arguments, **options)

    def hotkey_file(self, name="one"):
        return self.folder / "wallets/default/hotkeys" / name

    def import_alice(self):
        return self.expect(self.wallet("import", "--hotkey", "one", typed="//Alice\n"), 0)

    def password_file(self, password):
        path = self.folder / f"password-{len(password)}"
        path.write_text(password + "\n")
        path.chmod(0o600)
        return path


class Hotkeys(Wallet):
    def test_a_new_key_is_kept_and_its_phrase_gives_it_again(self):
        made = self.expect(self.wallet("new", "--hotkey", "one", "--words", 24, "--json"), 0).json
        self.assertEqual(len(made["phrase"].split()), 24)
        self.assertEqual(stat.S_IMODE(self.hotkey_file().stat().st_mode), 0o600)
        self.expect(self.wallet("import", "--hotkey", "two", typed=made["phrase"] + "\n"), 0)
        listed = self.expect(self.wallet("list", "--json"), 0).json["wallets"]
        self.assertEqual([key["address"] for key in listed[0]["hotkeys"]], [made["address"]] * 2)
        shown = self.expect(self.wallet("show", "--hotkey", "two"), 0)
        self.assertIn(made["address"], shown.out)
        self.assertNotIn(made["phrase"].split()[0] + " ", shown.out + self.wallet("list").out)

    def test_the_folder_and_the_old_spellings(self):
        self.expect(self.noonmark("wallet", "import", "--wallet.name", "main", "--wallet.hotkey", "one", typed="//Alice\n"), 0)
        home = self.folder / "home/.bittensor/wallets/main/hotkeys/one"
        self.assertTrue(home.exists())
        shown = self.noonmark("wallet", "show", "--wallet", "main", "--hotkey", "one", "--json")
        self.assertEqual(self.expect(shown, 0).json["address"], ALICE)

    def test_signatures_verify_and_changed_ones_do_not(self):
        self.import_alice()
        signed = self.expect(self.wallet("sign", "--hotkey", "one", "--message", "noon", "--json"), 0).json
        signature = signed["signature"]
        self.assertEqual(signed["address"], ALICE)
        self.expect(self.noonmark("wallet", "verify", ALICE, signature, "--message", "noon"), 0)
        self.expect(self.noonmark("wallet", "verify", ALICE, signature, "--message", "moon"), 1)
        self.expect(self.noonmark("wallet", "verify", DEVELOPMENT_ADDRESS, signature, "--message", "noon"), 1)
        self.expect(self.noonmark("wallet", "verify", ALICE, signature[:-1], "--message", "noon"), 3, "128")
        self.expect(self.noonmark("wallet", "verify", ALICE[:-1] + "Z", signature, "--message", "noon"), 3, "checksum")
        self.expect(self.noonmark("wallet", "verify", ALICE, signature), 2, "--message")
        wrapped = self.wallet("sign", "--hotkey", "one", "--message", "<Bytes>noon</Bytes>").out.strip()
        self.expect(self.noonmark("wallet", "verify", ALICE, wrapped, "--message", "noon"), 0)

    def test_bad_input_is_told(self):
        self.expect(self.wallet("import", "--hotkey", "x", typed=DEVELOPMENT.replace("obey", "obay") + "\n"), 3, "word 3")
        self.expect(self.wallet("import", "--hotkey", "x", typed=""), 3, "standard input")
        self.expect(self.wallet("import", "--hotkey", "../x", typed="//Alice\n"), 3, "slash")
        self.expect(self.wallet("new", "--hotkey", "x", "--words", 13), 2, "12, 15")
        self.expect(self.wallet("sign", "--hotkey", "x", "--message", "m"), 3, "hotkeys/x")
        self.expect(self.wallet("show"), 3, "no wallet")
        self.expect(self.wallet("list"), 0)
        self.assertFalse(self.hotkey_file("x").exists())

    def test_a_file_that_others_can_read_is_refused(self):
        self.import_alice()
        self.hotkey_file().chmod(0o644)
        self.expect(self.wallet("sign", "--hotkey", "one", "--message", "m"), 3, "chmod 600")

    def test_a_truncated_file_is_refused(self):
        self.import_alice()
        content = self.hotkey_file().read_bytes()
        for size in (0, 1, len(content) // 2, len(content) - 1):
            self.hotkey_file().write_bytes(content[:size])
            self.expect(self.wallet("sign", "--hotkey", "one", "--message", "m"), 3, "hotkeys/one")

    def test_nothing_is_written_over(self):
        self.import_alice()
        before = self.hotkey_file().read_bytes()
        self.expect(self.wallet("new", "--hotkey", "one"), 3, "never written over")
        self.expect(self.wallet("import", "--hotkey", "one", typed="//Bob\n"), 3, "never written over")
        self.assertEqual(self.hotkey_file().read_bytes(), before)


class Coldkeys(Wallet):
    def setUp(self):
        super().setUp()
        self.variables = {}

    def environment(self):
        return {**super().environment(), **self.variables}

    def test_an_encrypted_key_opens_with_its_password_only(self):
        right, wrong = self.password_file("right"), self.password_file("not right")
        self.expect(self.wallet("import", "--password-file", right, typed=DEVELOPMENT + "\n"), 0)
        secret = self.folder / "wallets/default/coldkey"
        content = secret.read_bytes()
        self.assertTrue(content.startswith(b"$NACL"))
        self.assertIn(DEVELOPMENT_ADDRESS, self.expect(self.wallet("show"), 0).out)
        sign = ("sign", "--message", "m", "--json")
        self.assertEqual(self.expect(self.wallet(*sign, typed="right\n"), 0).json["address"], DEVELOPMENT_ADDRESS)
        self.expect(self.wallet(*sign, "--password-file", wrong), 3, "password is wrong")
        secret.write_bytes(content[:30])
        self.expect(self.wallet(*sign, "--password-file", right), 3, "cut short")
        right.chmod(0o644)
        secret.write_bytes(content)
        self.expect(self.wallet(*sign, "--password-file", right), 3, "chmod 600")

        name = "BT_PW_" + str(secret).replace("/", "_").replace(".", "_").upper()
        hidden = bytes(a ^ b for a, b in zip(b"right", name.encode()))
        self.variables[name] = base64.b64encode(hidden).decode()
        self.expect(self.wallet(*sign), 0)

    def test_the_terminal_shows_nothing_of_what_is_typed(self):
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        process = self.start("wallet", "import", "--wallet-path", self.folder / "wallets", "--hotkey", "one",
                             stdin=theirs, stderr=theirs)
        os.close(theirs)
        screen = b""
        while b"phrase" not in screen or b": " not in screen:
            screen += os.read(ours, 1000)
        os.write(ours, b"//Alice\n")
        out, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, screen)
        try:
            screen += os.read(ours, 1000)
        except OSError:  # Linux tells the end of a terminal that way
            pass
        self.assertNotIn(b"Alice", screen)
        self.assertIn(ALICE, out)
