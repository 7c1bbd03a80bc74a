"""The small commands: help, settings, doctor, packages as files, one picture."""
import os

import packages
from contests import MODEL
from program import ROOT, ProgramTest


class Basics(ProgramTest):
    def test_help_and_version(self):
        self.assertIn("contest", self.expect(self.noonmark("--help"), 0).out)
        self.assertIn("--entry", self.expect(self.noonmark("contest", "run", "--help"), 0).out)
        self.assertRegex(self.expect(self.noonmark("--version"), 0).out, r"^noonmark \d+\.\d+\.\d+\n$")

    def test_flag_beats_environment_beats_file(self):
        file = self.folder / "config.toml"
        file.write_text('log_level = "debug"\nprogress = "none"\n')
        shown = self.expect(self.noonmark("config", "print", "--json", "--config", file, "--log-level", "error"), 0).json
        self.assertEqual(shown["log_level"], {"value": "error", "origin": "flag --log-level"})
        self.assertEqual(shown["progress"], {"value": "none", "origin": f"file {file}"})
        self.assertEqual(shown["home"]["value"], str(self.folder / "home/.local/share/noonmark"))

    def test_doctor_tells_what_is_there(self):
        outcome = self.noonmark("doctor", "--json")
        self.assertIn(outcome.code, (0, 1), str(outcome))
        self.assertEqual(outcome.json["ready"], outcome.code == 0)
        for finding in outcome.json["findings"]:
            self.assertEqual(sorted(finding), ["detail", "mend", "name", "state"])
            self.assertTrue(finding["state"] == "ok" or finding["mend"], finding)

    def test_contests_of_the_repository_are_in_order(self):
        listed = self.expect(self.noonmark("contest", "list", "--json"), 0).json["contests"]
        self.assertIn("emoji-cpu", [contest["id"] for contest in listed])
        for contest in listed:
            self.expect(self.noonmark("contest", "check", contest["file"]), 0)
            self.expect(self.noonmark("contest", "show", contest["file"], "--json"), 0)

    def test_a_package_travels_as_one_file(self):
        folder = packages.write_package(self.folder / "package")
        file = self.folder / "package.tar.zst"
        packed = self.expect(self.noonmark("package", "pack", folder, file, "--json"), 0).json
        unpacked = self.expect(self.noonmark("package", "unpack", file, self.folder / "again", "--json"), 0).json
        self.assertEqual(packed["digest"], unpacked["digest"])
        file.write_bytes(file.read_bytes()[:-20])
        self.expect(self.noonmark("package", "unpack", file, self.folder / "third"), 3, "package.tar.zst")

    def test_one_picture(self):
        picture, again = self.folder / "a.png", self.folder / "b.png"
        for file in (picture, again):
            self.expect(self.noonmark("generate", MODEL, "a rocket, noto style, yellow background", "--seed", 7,
                                      "--steps", 2, "--out", file), 0)
        self.assertEqual(picture.read_bytes()[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(picture.read_bytes(), again.read_bytes(), "the same seed gives the same picture")

    def test_nothing_is_written_outside_of_the_home(self):
        self.expect(self.noonmark("package", "check", MODEL), 0)
        self.assertEqual(sorted(os.listdir(self.folder)), [])
        self.assertFalse((ROOT / ".noonmark").exists())
