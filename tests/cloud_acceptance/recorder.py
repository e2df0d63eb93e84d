"""A proxy between a device and its host that writes down each request, and answers itself where a test says so."""

import http.client
import http.server
import json
import re
import threading
import time

HOP = {"connection", "transfer-encoding", "keep-alive", "content-length", "host"}


class Seen:
    def __init__(self, method, path, headers, body):
        self.time, self.method, self.path, self.headers, self.body = time.time(), method, path, headers, body

    @property
    def json(self):
        return json.loads(self.body or b"null")

    def __repr__(self):
        return f"{self.method} {self.path}"


class Rule:
    """What happens to requests whose `METHOD path` matches: an answer, a wait, or what a function of it returns."""

    def __init__(self, pattern, status, body, wait, times, change):
        self.pattern, self.status, self.body = re.compile(pattern), status, body
        self.wait, self.times, self.change = wait, times, change


class Recorder:
    """Stands before the address of a host, or alone where every request has a rule. Ends with the `with` block."""

    def __init__(self, port=None):
        self.target = port
        self.seen = []
        self.rules = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                outer.handle(self)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = handle_any
            do_PROPFIND = do_MKCOL = do_MOVE = do_COPY = do_PROPPATCH = handle_any

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request, client_address):
                pass  # clients are killed on purpose

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.address = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, pattern, status=200, body=None, wait=0, times=None, change=None):
        """Later rules win. `change` gets the request and the host's answer as JSON and returns another one."""
        rule = Rule(pattern, status, body, wait, times, change)
        self.rules.insert(0, rule)
        return rule

    def requests(self, pattern=""):
        return [each for each in list(self.seen) if re.search(pattern, repr(each))]

    def forget(self):
        self.seen.clear()

    def handle(self, handler):
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length) if length else b""
        seen = Seen(handler.command, handler.path, dict(handler.headers), body)
        self.seen.append(seen)
        rule = next((each for each in self.rules if each.times != 0 and each.pattern.search(repr(seen))), None)
        if rule and rule.times:
            rule.times -= 1
        if rule and rule.wait:
            time.sleep(rule.wait)
        if rule and rule.change is None and rule.status is not None:
            content = rule.body(seen) if callable(rule.body) else rule.body
            return self.reply(handler, rule.status, {"Content-Type": "application/json"},
                              content if isinstance(content, bytes) else json.dumps(content or {}).encode())
        status, headers, content = self.forward(seen)
        if rule and rule.change:
            content = json.dumps(rule.change(seen, json.loads(content))).encode()
        return self.reply(handler, status, headers, content)

    def forward(self, seen):
        if self.target is None:
            return 404, {"Content-Type": "application/json"}, b'{"detail": "nothing here"}'
        connection = http.client.HTTPConnection("127.0.0.1", self.target, timeout=60)
        try:
            connection.request(seen.method, seen.path, body=seen.body,
                               headers={k: v for k, v in seen.headers.items() if k.lower() not in HOP})
            response = connection.getresponse()
            content = response.read()
            return response.status, {k: v for k, v in response.getheaders() if k.lower() not in HOP}, content
        except OSError as problem:
            return 502, {"Content-Type": "application/json"}, json.dumps({"detail": str(problem)}).encode()
        finally:
            connection.close()

    @staticmethod
    def reply(handler, status, headers, content):
        handler.send_response_only(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(content)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
