"""A server for the built site that compresses and caches, as GitHub Pages does."""

import gzip
import threading
from contextlib import contextmanager
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TEXT = {".html", ".css", ".js", ".mjs", ".json", ".svg", ".ipynb", ".txt", ".xml", ".map"}


@cache
def compressed(path, changed):
    """Return a file as it travels: text compressed, the rest as it is."""
    data = path.read_bytes()
    return gzip.compress(data, 6, mtime=0) if path.suffix in TEXT else data


class Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            missing = Path(self.directory) / "404.html"
            self.reply(404, missing if missing.is_file() else None)
        else:
            self.reply(200, path)

    def reply(self, code, path):
        body = b"not found" if path is None else compressed(path, path.stat().st_mtime_ns)
        self.send_response(code)
        self.send_header("Content-Type", self.guess_type(str(path or "x.txt")))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")
        if path is not None and path.suffix in TEXT:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """Say nothing when a browser goes away; a test looks at what it got."""


@contextmanager
def serve(folder):
    """Serve a folder on this machine and yield its address."""
    handler = partial(Handler, directory=str(folder))
    with Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
