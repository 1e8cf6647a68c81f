"""A small SMTP server (RFC 5321) and a small HTTP server for the tests of notices."""

import base64
import email
import email.policy
import http.server
import socketserver
import threading


class Mails(socketserver.ThreadingTCPServer):
    """Keeps every mail it takes; `refuse` answers so many mails with 451 first. With `context` it speaks TLS from the first byte (smtps), with `upgrade` after STARTTLS.
    `heard` holds the verbs that came without TLS, and what was asked with them."""

    allow_reuse_address, daemon_threads = True, True

    def __init__(self):
        super().__init__(("", 0), Talk)
        self.taken, self.refuse, self.logins, self.context, self.upgrade, self.heard = [], 0, [], None, None, []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def get_request(self):
        talk, address = super().get_request()
        return (self.context.wrap_socket(talk, server_side=True) if self.context else talk), address

    def handle_error(self, request, client_address):
        """Who does not trust us hangs up."""

    def to(self, address):
        return [mail for receiver, mail in self.taken if receiver == address]


class Talk(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        self.say("220 thu.example.vn")
        receivers, plain = [], self.server.context is None
        while line := self.rfile.readline().decode().strip():
            verb = line.upper().split(" ")[0]
            if plain:
                self.server.heard.append(line)
            if verb == "EHLO":
                self.say("250-thu.example.vn\r\n250-STARTTLS\r\n250 AUTH PLAIN" if plain and self.server.upgrade else "250-thu.example.vn\r\n250 AUTH PLAIN")
            elif verb == "STARTTLS":
                self.say("220 go ahead")
                self.connection = self.server.upgrade.wrap_socket(self.connection, server_side=True)
                self.rfile, self.wfile, plain = self.connection.makefile("rb"), self.connection.makefile("wb", 0), False
            elif verb == "AUTH":
                self.say("334 ")
                self.server.logins.append(base64.b64decode(self.rfile.readline()))
                self.say("235 ok")
            elif verb == "RCPT":
                receivers.append(line.split("<")[1].split(">")[0])
                self.say("250 ok")
            elif verb == "DATA":
                self.say("354 go on")
                self.take(receivers)
                receivers = []
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def finish(self):
        super().finish()
        self.connection.close()

    def take(self, receivers):
        text = b""
        while (line := self.rfile.readline()) != b".\r\n":
            text += line[1:] if line.startswith(b"..") else line
        if self.server.refuse:
            self.server.refuse -= 1
            self.say("451 later")
            return
        self.server.taken += [(receiver, email.message_from_bytes(text, policy=email.policy.default)) for receiver in receivers]
        self.say("250 taken")


class Hook(http.server.ThreadingHTTPServer):
    """Keeps the bodies of all POSTs."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Post)
        self.bodies = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/khien"


class Post(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass
