"""A portal of a made-up ward, served by a real nginx on loopback with a certificate of an authority of its own; and servers that misbehave."""

import gzip
import pathlib
import shutil
import socket
import ssl
import subprocess
import threading
import time

import khien

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")

NEWS = ["Phường tổ chức ra quân tổng vệ sinh môi trường cuối tuần", "Thông báo lịch tiếp công dân của lãnh đạo Ủy ban nhân dân phường", "Hội nghị tổng kết công tác cải cách hành chính",
        "Lịch tiêm chủng mở rộng tại trạm y tế", "Khai mạc giải bóng đá thiếu niên hè", "Hướng dẫn nộp hồ sơ trực tuyến qua Cổng dịch vụ công", "Cảnh báo thủ đoạn lừa đảo qua điện thoại",
        "Công an phường triệt phá nhóm cá cược bóng đá qua mạng", "Tuyên truyền phòng cháy chữa cháy mùa khô", "Chi trả trợ cấp cho người cao tuổi", "Tuần lễ hưởng ứng học tập suốt đời",
        "Thông báo cắt điện để sửa chữa đường dây", "Ra mắt mô hình camera an ninh khu dân cư", "Đại hội hội viên phụ nữ nhiệm kỳ mới", "Lễ giao nhận quân", "Nâng cấp tuyến đường liên khu phố"]
HEAD = """<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title><link rel="stylesheet" href="/giao-dien.css">
<script async src="https://www.googletagmanager.com/gtag/js?id=G-0"></script></head><body>
<noscript><iframe src="https://www.googletagmanager.com/ns.html?id=GTM-0" height="0" width="0" style="display:none;visibility:hidden"></iframe></noscript>
<header id="dau-trang"><h1>Ủy ban nhân dân phường Hoa Mai</h1><p>Trang thông tin điện tử tổng hợp – cơ quan chủ quản: Ủy ban nhân dân phường Hoa Mai</p></header>
<nav class="menu"><ul><li><a href="/">Trang chủ</a></li><li><a href="/gioi-thieu">Giới thiệu</a><ul style="display:none"><li><a href="/to-chuc-bo-may">Tổ chức bộ máy</a></li>
<li><a href="https://chinhphu.vn/">Cổng Chính phủ</a></li></ul></li><li><a href="/thu-tuc">Thủ tục hành chính</a></li><li><a href="/lien-he">Liên hệ</a></li></ul></nav>"""
FOOT = """<aside class="lien-ket"><h2>Liên kết</h2><ul><li><a href="https://dichvucong.gov.vn/">Cổng dịch vụ công quốc gia</a></li><li><a href="https://tinh-hoa-mai.gov.vn/">Cổng tỉnh</a></li>
<li><a href="https://bao-hoa-mai.example/">Báo Hoa Mai</a></li></ul><p>Lượt truy cập: {visits}</p></aside>
<footer id="chan-trang"><p>Địa chỉ: số 1 đường Hoa Mai. Chịu trách nhiệm: Văn phòng Ủy ban nhân dân phường.</p><p>Ghi rõ nguồn khi phát hành lại thông tin từ trang này.</p></footer></body></html>"""
SECTION = """<main id="noi-dung"><h2>{name}</h2><p>Phường Hoa Mai có mười hai khu phố, dân số hơn hai vạn người, phía đông giáp sông, phía tây giáp phường bên.</p>
<p>Ủy ban nhân dân phường làm việc từ thứ hai đến thứ sáu, tiếp nhận hồ sơ tại bộ phận một cửa ở tầng trệt của trụ sở.</p>
<p>Công dân chuẩn bị giấy tờ theo danh mục niêm yết; cán bộ hướng dẫn không thu thêm khoản nào ngoài lệ phí đã công khai.</p></main>"""


def home(day=0, extra="", title="Trang thông tin điện tử phường Hoa Mai"):
    """The front page as it is on a day: the ten newest items, an announcement, the date, the number of visits."""
    items = [(day + 10 - i, NEWS[(day + 10 - i) % len(NEWS)]) for i in range(10)]
    news = "".join(f'<li class="tin"><a href="/tin/{n}">{text}</a> <span class="ngay">{1 + n % 28:02d}/11/2026</span></li>' for n, text in items)
    featured = NEWS[day * 3 % len(NEWS)]
    return (HEAD.format(title=title) + f'<main id="noi-dung"><section class="noi-bat"><h2>{featured}</h2><p>Sáng ngày {1 + day % 28}/11, {featured.lower()} đã diễn ra với sự tham gia của đông đảo bà con các khu phố.</p></section>'
            f'<section class="tin-tuc"><h2>Tin tức – sự kiện</h2><ul class="danh-sach">{news}</ul></section><section class="thong-bao"><h2>Thông báo</h2><p>Bộ phận một cửa nghỉ giữa giờ từ 11 giờ 30 đến 13 giờ 30.</p></section></main>'
            + extra + FOOT.format(visits=123456 + 977 * day))


def section(name, extra=""):
    return HEAD.format(title=f"{name} – phường Hoa Mai") + SECTION.format(name=name) + extra + FOOT.format(visits=1)


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


class Portal:
    """Pages are files below `root`; `config` is nginx' own, changed by reload()."""

    def __init__(self, directory):
        self.dir, self.root = pathlib.Path(directory), pathlib.Path(directory) / "root"
        self.root.mkdir(parents=True)
        self.port, self.plain_port = khien.free_port(), khien.free_port()
        self.url = f"https://127.0.0.1:{self.port}/"
        self.process, self.headers, self.listen = None, True, "127.0.0.1"
        self.search, self.locations = "", ""
        self.authority("ca", "Co quan chung thuc thu nghiem")
        self.certificate("ca", 90)
        self.put("/", home())
        for path, name in (("gioi-thieu", "Giới thiệu"), ("thu-tuc", "Thủ tục hành chính"), ("lien-he", "Liên hệ"), ("to-chuc-bo-may", "Tổ chức bộ máy")):
            self.put(path, section(name))

    def authority(self, name, organisation):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", self.dir / f"{name}.key", "-out", self.dir / f"{name}.pem", "-days", 365,
                "-subj", f"/O={organisation}/CN={name}")

    def certificate(self, authority, days, names="IP:127.0.0.1"):
        (self.dir / "ext").write_text(f"subjectAltName={names}\nextendedKeyUsage=serverAuth\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", self.dir / "site.key", "-out", self.dir / "site.csr", "-subj", "/CN=hoa-mai")
        openssl("x509", "-req", "-in", self.dir / "site.csr", "-CA", self.dir / f"{authority}.pem", "-CAkey", self.dir / f"{authority}.key", "-CAcreateserial", "-days", days,
                "-extfile", self.dir / "ext", "-out", self.dir / "site.pem")

    def put(self, path, html, root=None):
        place = (root or self.root) / path.strip("/") / "index.html"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(html, encoding="utf-8") if isinstance(html, str) else place.write_bytes(html)

    def write_config(self):
        headers = 'add_header Strict-Transport-Security "max-age=31536000"; add_header X-Frame-Options SAMEORIGIN; add_header X-Content-Type-Options nosniff;' if self.headers else ""
        (self.dir / "nginx.conf").write_text(f"""daemon off; pid {self.dir}/nginx.pid; error_log {self.dir}/error.log; worker_processes 1; user root;
events {{ worker_connections 64; }}
http {{ types {{ text/html html; }} default_type text/html; access_log {self.dir}/access.log; charset utf-8; gzip on; gzip_types text/html;
 client_body_temp_path {self.dir}/t1; proxy_temp_path {self.dir}/t2; fastcgi_temp_path {self.dir}/t3; uwsgi_temp_path {self.dir}/t4; scgi_temp_path {self.dir}/t5;
 {self.search}
 server {{ listen {self.listen}:{self.port} ssl; ssl_certificate {self.dir}/site.pem; ssl_certificate_key {self.dir}/site.key; root {self.root}; {headers} {self.locations}
  location / {{ try_files $uri $uri/index.html =404; }} }} }}""")

    def start(self):
        self.write_config()
        self.process = subprocess.Popen([NGINX, "-c", str(self.dir / "nginx.conf"), "-p", str(self.dir)], stderr=subprocess.DEVNULL)
        khien.wait_for(self.answers, what="nginx")

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError("nginx ended: " + (self.dir / "error.log").read_text()[-2000:])
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)

    def restart(self):
        self.stop()
        self.start()


class Rogue:
    """A server of plain HTTP that answers every request with what `serve(connection)` sends."""

    def __init__(self, serve):
        self.serve = serve
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self.closed = False
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while not self.closed:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, connection):
        with connection:
            try:
                connection.recv(65536)
                self.serve(connection)
            except OSError:
                pass

    def close(self):
        self.closed = True
        self.socket.close()


def reply(connection, body, headers=""):
    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n{headers}\r\n".encode() + body)


def huge(connection):
    reply(connection, b"")
    for _ in range(50):
        connection.sendall(b"<p>x</p>" * (1024 * 1024 // 8))


def bomb(connection):
    reply(connection, gzip.compress(b"<div>" * (20 * 1024 * 1024), 9), "Content-Encoding: gzip\r\n")


def endless(connection):
    connection.sendall(f"HTTP/1.1 302 Found\r\nLocation: /{time.monotonic_ns()}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())


def loris(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>")
    for _ in range(120):
        time.sleep(1)
        connection.sendall(b"<")


def malformed(connection):
    reply(connection, b"<html><body" + b"<div><table><tr><td><a href='" * 20000 + bytes(range(256)) * 50 + b"<!--" + b"<b><i>" * 30000)


def many(connection):
    reply(connection, b"<b>" * (1024 * 1024))
