"""An https server on 127.0.0.1 that behaves as its paths say. Prints its port, ends with its standard input.

usage: tls_server.py CERTIFICATE
"""

import http.server
import ssl
import sys
import threading
import time


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"path":"%s","cookie":"%s"}' % (
            self.path.encode(), str(self.headers.get("Authorization")).encode())
        if self.path == "/slow":
            time.sleep(30)
        if self.path == "/big":
            body = b"x" * 6000
        self.send_response(302 if self.path == "/redirect" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Cache-Control", "max-age=77")
        if self.path == "/redirect":
            self.send_header("Location", "/elsewhere")
        if self.path == "/endless":
            self.end_headers()
            for _ in range(100):
                self.wfile.write(b"x" * 1000)
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


main()
