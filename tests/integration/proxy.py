"""A small HTTP proxy: CONNECT only."""

import base64
import select
import socket
import socketserver
import threading


class Proxy(socketserver.ThreadingTCPServer):
    """On a free port of 127.0.0.1. `user` ("name:password"): who does not say so is refused (407). `tunnels`: where to it led, in order."""

    daemon_threads = True

    def __init__(self, user=None):
        super().__init__(("127.0.0.1", 0), Connection)
        self.user, self.tunnels, self.open = user, [], set()
        self.url = f"http://{user + '@' if user else ''}127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()
        for connection in list(self.open):
            connection.shutdown(socket.SHUT_RDWR)


class Connection(socketserver.StreamRequestHandler):
    def handle(self):
        while words := self.rfile.readline().decode().split():
            headers = dict(line.split(": ", 1) for line in iter(lambda: self.rfile.readline().decode().strip(), ""))
            if words[0] != "CONNECT":
                self.refuse("405 Method Not Allowed")
            elif self.server.user and headers.get("Proxy-Authorization") != "Basic " + base64.b64encode(self.server.user.encode()).decode():
                self.refuse("407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="proxy"')
            else:
                return self.tunnel(words[1])

    def refuse(self, status, *headers):
        self.wfile.write("\r\n".join([f"HTTP/1.1 {status}", *headers, "Content-Length: 0", "", ""]).encode())

    def tunnel(self, target):
        host, port = target.rsplit(":", 1)
        with socket.create_connection((host, int(port))) as there:
            self.server.tunnels.append(target)
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self.server.open.add(self.connection)
            try:
                self.carry(there)
            except OSError:
                pass
            self.server.open.discard(self.connection)

    def carry(self, there):
        other = {self.connection: there, there: self.connection}
        while True:
            for ready in select.select(list(other), [], [])[0]:
                data = ready.recv(65536)
                if not data:
                    return
                other[ready].sendall(data)
