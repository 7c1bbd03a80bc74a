"""Whole contests on the repository's own model, cut down so that one takes seconds."""
import json
import os
import pathlib
import re
import shutil

from program import ROOT, ProgramTest

MODEL = pathlib.Path(os.environ.get("NOONMARK_TEST_MODEL", ROOT / "zoo/emoji/model"))


def small_contest(folder, **changes):
    """The emoji contest with two pictures and few launches; `changes` replace `name = value` lines."""
    text = (ROOT / "contests/emoji-cpu.toml").read_text()
    settings = {"package": json.dumps(os.path.relpath(MODEL, folder)), "count": 2, "looks": "[2]", "pairs_per_launch": 1, "warm_up_turns": 0,
                "budget_seconds": 20, "request_seconds": 15, "load_seconds": 30, **changes}
    for name, value in settings.items():
        text, found = re.subn(rf"(?m)^{name} = [^#\n]*", f"{name} = {value}", text)
        assert found == 1, f"{name} stands {found} times in the contest"
    path = pathlib.Path(folder) / "small.toml"
    path.write_text(text)
    return path


class ContestTest(ProgramTest):
    """A test with a small contest and a fast honest entry."""

    def setUp(self):
        super().setUp()
        if not (MODEL / "noonmark.json").exists():
            self.fail(f"{MODEL} is no package")
        self.contest = small_contest(self.folder)

    def make_entry(self, name, recipe):
        target = self.folder / name
        self.expect(self.noonmark("optimize", MODEL, "--recipe", recipe, "--name", name, "--out", target), 0)
        return target

    def make_copy(self, name="copy"):
        target = self.folder / name
        shutil.copytree(MODEL, target)
        return target
