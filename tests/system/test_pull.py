"""Packages from elsewhere: archives over HTTP and HTTPS, and repositories of a hub, over real sockets."""
import hashlib
import ssl
import subprocess

import packages
from hub import COMMIT, Hub
from program import ProgramTest

MODEL = packages.onnx_model(weights=tuple(float(i) for i in range(50_000)))


def repository():
    """A foreign export in diffusers' layout, with files that nobody needs."""
    return {"model_index.json": b'{"_class_name": "OnnxStableDiffusionPipeline"}', "unet/model.onnx": MODEL,
            "tokenizer/merges.txt": b"#version: 0.2\n", "README.md": b"# Model\n", "unet/weights.safetensors": b"x" * 999}


class Pull(ProgramTest):
    def pull(self, source, *more, code=0, message=None):
        return self.expect(self.noonmark("package", "pull", source, "-o", self.folder / "out", "--json", *more), code, message)

    def from_hub(self, hub, source="hf:own/model", **expected):
        return self.pull(source, "--hf-endpoint", hub.url, **expected)

    def test_a_foreign_repository_becomes_a_package_pinned_to_its_commit(self):
        with Hub(repository()) as hub:
            pulled = self.from_hub(hub).json
            self.assertEqual(pulled["source"], f"hf:own/model@{COMMIT}")
        shown = self.expect(self.noonmark("package", "show", self.folder / "out", "--json"), 0).json
        self.assertEqual(shown["licence"], "openrail")
        self.assertEqual([file["path"] for file in shown["files"]],
                         ["model_index.json", "tokenizer/merges.txt", "unet/model.onnx"])
        self.assertEqual((self.folder / "out/unet/model.onnx").read_bytes(), MODEL)
        self.expect(self.noonmark("package", "check", self.folder / "out"), 0)

    def test_a_package_in_a_folder_of_a_repository(self):
        made = packages.write_package(self.folder / "made", {"unet/model.onnx": MODEL})
        files = {f"small/{path.relative_to(made).as_posix()}": path.read_bytes()
                 for path in made.rglob("*") if path.is_file()}
        with Hub({**files, "other/model.onnx": b"x"}) as hub:
            pulled = self.from_hub(hub, f"hf:own/model@{COMMIT}/small").json
        self.assertEqual(pulled["source"], f"hf:own/model@{COMMIT}/small")
        shown = self.expect(self.noonmark("package", "show", made, "--json"), 0).json
        self.assertEqual(pulled["digest"], shown["digest"])

    def test_a_cut_connection_is_resumed(self):
        with Hub(repository()) as hub:
            hub.cut_after["unet/model.onnx"] = 100_000
            self.from_hub(hub)
            ranges = [field for path, field in hub.requests if path.endswith("unet/model.onnx")]
        self.assertEqual(ranges, ["", "bytes=100000-"])
        self.assertEqual((self.folder / "out/unet/model.onnx").read_bytes(), MODEL)

    def test_wrong_digest(self):
        with Hub(repository()) as hub:
            hub.listed["unet/model.onnx"] = {"rfilename": "unet/model.onnx", "size": 9,
                                             "lfs": {"sha256": "0" * 64, "size": len(MODEL), "pointerSize": 1}}
            self.from_hub(hub, code=3, message="another content")
        self.assertFalse((self.folder / "out").exists())

    def test_a_path_that_climbs_out(self):
        with Hub(repository()) as hub:
            hub.listed["../../evil"] = {"rfilename": "../../evil", "size": 1}
            self.from_hub(hub, code=3, message="../../evil")
        self.assertFalse((self.folder / "out").exists())

    def test_too_large(self):
        with Hub(repository()) as hub:
            hub.listed["unet/model.onnx"] = {"rfilename": "unet/model.onnx", "size": 1 << 40}
            self.from_hub(hub, code=3, message="beyond the limits")

    def test_nothing_there_and_nobody_there(self):
        with Hub(repository()) as hub:
            self.from_hub(hub, "hf:own/nothing", code=3, message="404")
            self.from_hub(hub, "hf:own/model/nowhere", code=3, message="nowhere")
            gone = hub
        self.from_hub(gone, code=4, message="localhost")
        self.pull("s3://bucket/x", code=3, message="hf:OWNER/NAME")
        self.pull("https://host.invalid/x.tar.zst", code=4, message="host.invalid")

    def test_an_archive_with_its_digest(self):
        made = packages.write_package(self.folder / "made")
        self.expect(self.noonmark("package", "pack", made, self.folder / "p.tar.zst"), 0)
        packed = (self.folder / "p.tar.zst").read_bytes()
        digest = hashlib.sha256(packed).hexdigest()
        with Hub({"p.tar.zst": packed}) as hub:
            source = f"{hub.url}/plain/p.tar.zst"
            self.pull(f"{source}#sha256={'0' * 64}", code=3, message="another content")
            self.assertEqual(self.pull(source).json["source"], f"{source}#sha256={digest}")
            self.pull(source, code=3, message="already there")

    def test_a_certificate_must_be_trusted(self):
        key, certificate = self.folder / "key.pem", self.folder / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        with Hub(repository(), tls) as hub:
            self.from_hub(hub, code=3, message="certificate of localhost is not trusted")
            self.pull("hf:own/model", "--hf-endpoint", hub.url, "--ca-file", certificate)
