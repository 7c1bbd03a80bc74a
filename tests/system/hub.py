"""A Hugging Face hub with one repository, played by Python's own HTTP server, with the faults that networks have."""
import contextlib
import hashlib
import http.server
import json
import threading

COMMIT = "c0ffee" * 6 + "c0de"


class Hub:
    """Serves `files` of the repository own/model, and as they are under /plain/. Used as a context manager."""

    def __init__(self, files, tls=None):
        self.files = dict(files)
        self.listed = {}           # path -> entry of the listing that replaces the true one
        self.cut_after = {}        # path -> bytes of one answer after which the connection breaks, once
        self.requests = []         # (path, Range field)
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def handle(self):
                with contextlib.suppress(ConnectionError):  # whoever is told too much hangs up
                    super().handle()

            def do_GET(self):
                hub.answer(self)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://localhost:{self.server.server_port}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def listing(self):
        siblings = []
        for path, content in self.files.items():
            entry = {"rfilename": path, "size": len(content), "blobId": "0" * 40}
            if path.endswith(".onnx"):
                entry["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
            siblings.append(self.listed.get(path, entry))
        siblings += [entry for path, entry in self.listed.items() if path not in self.files]
        return {"id": "own/model", "sha": COMMIT, "cardData": {"license": "openrail"}, "siblings": siblings}

    def answer(self, request):
        path = request.path.split("?")[0]
        self.requests.append((path, request.headers.get("Range", "")))
        if path in ("/api/models/own/model/revision/main", f"/api/models/own/model/revision/{COMMIT}"):
            return self.send(request, 200, json.dumps(self.listing()).encode())
        for prefix in (f"/own/model/resolve/{COMMIT}/", "/plain/"):
            if path.startswith(prefix) and path[len(prefix):] in self.files:
                return self.send_file(request, path[len(prefix):])
        self.send(request, 404, b"Not here")

    def send_file(self, request, path):
        content = self.files[path]
        tag = '"' + hashlib.sha256(content).hexdigest() + '"'
        begin = 0
        if request.headers.get("Range") and request.headers.get("If-Range", tag) == tag:
            begin = int(request.headers["Range"].removeprefix("bytes=").split("-")[0])
        fields = {"ETag": tag}
        if begin:
            fields["Content-Range"] = f"bytes {begin}-{len(content) - 1}/{len(content)}"
        self.send(request, 206 if begin else 200, content[begin:], fields, self.cut_after.pop(path, None))

    @staticmethod
    def send(request, status, body, fields=None, cut_after=None):
        request.send_response(status)
        for name, value in (fields or {}).items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[:cut_after])
        if cut_after is not None:
            request.wfile.flush()
            request.close_connection = True
