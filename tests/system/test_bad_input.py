"""Bad input of every kind is told in one line and ends with the documented exit code."""
import math
import struct
import zlib

import packages
from program import ROOT, ProgramTest

CONTEST = ROOT / "contests/emoji-cpu.toml"


def png(width=8, height=8):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + bytes(3 * width) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class BadPackage(ProgramTest):
    def check(self, message, files=None, **changes):
        folder = packages.write_package(self.folder / "package", files, **changes)
        return self.expect(self.noonmark("package", "check", folder), 3, message)

    def test_a_good_package_passes(self):
        folder = packages.write_package(self.folder / "package")
        self.expect(self.noonmark("package", "check", folder), 0)

    def test_no_such_directory(self):
        self.expect(self.noonmark("package", "check", self.folder / "nowhere"), 3, "nowhere")

    def test_missing_file(self):
        folder = packages.write_package(self.folder / "package")
        (folder / "unet/model.onnx").unlink()
        self.expect(self.noonmark("package", "check", folder), 3, "unet/model.onnx")

    def test_wrong_digest(self):
        folder = packages.write_package(self.folder / "package")
        content = bytearray((folder / "unet/model.onnx").read_bytes())
        content[-1] ^= 1
        (folder / "unet/model.onnx").write_bytes(content)
        self.expect(self.noonmark("package", "check", folder), 3, "unet/model.onnx")

    def test_absolute_path(self):
        self.check("/etc/passwd", listed=[packages.file_entry("/etc/passwd")])

    def test_parent_path(self):
        self.check("../secret", listed=[packages.file_entry("../secret")])

    def test_symlink(self):
        folder = packages.write_package(self.folder / "package")
        model = folder / "unet/model.onnx"
        model.rename(self.folder / "elsewhere.onnx")
        model.symlink_to(self.folder / "elsewhere.onnx")
        self.expect(self.noonmark("package", "check", folder), 3, "unet/model.onnx")

    def test_unlisted_file(self):
        folder = packages.write_package(self.folder / "package")
        (folder / "extra.bin").write_bytes(b"x")
        self.expect(self.noonmark("package", "check", folder), 3, "extra.bin")

    def test_ten_gigabytes_declared(self):
        model = packages.onnx_model(dimensions=[5 * 1024, 1024 * 512])
        self.check("unet/model.onnx", files={"unet/model.onnx": model})

    def test_malformed_onnx(self):
        self.check("unet/model.onnx", files={"unet/model.onnx": packages.onnx_model()[:-7]})

    def test_nan_weights(self):
        self.check("NaN", files={"unet/model.onnx": packages.onnx_model((1.0, math.nan))})

    def test_unknown_task(self):
        self.check("task", task="text-to-smell")

    def test_unknown_member(self):
        self.check("colour", colour="red")


class BadPicture(ProgramTest):
    def test_truncated_png(self):
        whole, cut = self.folder / "whole.png", self.folder / "cut.png"
        whole.write_bytes(png(16, 16))
        cut.write_bytes(png(16, 16)[:-30])
        self.expect(self.noonmark("compare", whole, whole), 0)
        self.expect(self.noonmark("compare", whole, cut), 3, "cut.png")


class BadContest(ProgramTest):
    def changed_contest(self, old, new):
        text = CONTEST.read_text()
        self.assertIn(old, text)
        path = self.folder / "contest.toml"
        path.write_text(text.replace(old, new, 1))
        return path

    def test_no_such_file(self):
        self.expect(self.noonmark("contest", "check", self.folder / "none.toml"), 3, "none.toml")

    def test_zero_weight(self):
        path = self.changed_contest("load_time = 1", "load_time = 0")
        self.expect(self.noonmark("contest", "check", path), 3, "load_time")

    def test_unknown_task(self):
        path = self.changed_contest('task = "text-to-image"', 'task = "text-to-smell"')
        self.expect(self.noonmark("contest", "check", path), 3, "task")

    def test_malformed_toml(self):
        path = self.changed_contest('id = "emoji-cpu"', 'id = "emoji-cpu')
        self.expect(self.noonmark("contest", "check", path), 3, "contest.toml")


class BadCommandLine(ProgramTest):
    def test_usage_errors_point_to_help(self):
        for line, hint in [([], "noonmark --help"), (["contest"], "noonmark contest --help"),
                           (["package", "check"], "noonmark package check --help"),
                           (["config", "print", "--loud"], "noonmark config print --help")]:
            with self.subTest(line=line):
                self.expect(self.noonmark(*line), 2, hint)

    def test_a_closed_stdout_is_no_success(self):
        process = self.start("config", "print")
        process.stdout.close()
        self.assertEqual(process.wait(30), 5)
        self.assertIn("stdout", process.stderr.read())
        process.stderr.close()
