# SPDX-License-Identifier: Apache-2.0
"""The servers of the benchmark, on loopback with TLS 1.3: nginx and our own."""

import pathlib
import shutil
import socket
import subprocess
import sys
import time

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")

CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  sendfile on;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:bench:1m;
    root {www};
  }}
}}
"""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Nginx:
    name = "nginx"

    def __init__(self, folder: pathlib.Path, www: pathlib.Path):
        folder.mkdir()
        folder.chmod(0o755)
        self.ca = folder / "ca.pem"
        for arguments in (
                ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-keyout", folder / "ca.key", "-out", self.ca, "-days", "2", "-subj", "/CN=bench CA"],
                ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-keyout", folder / "server.key", "-out", folder / "server.csr",
                 "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
                ["x509", "-req", "-in", folder / "server.csr", "-CA", self.ca,
                 "-CAkey", folder / "ca.key", "-CAcreateserial", "-copy_extensions", "copy",
                 "-days", "2", "-out", folder / "server.pem"]):
            subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
        port = free_port()
        self.url = f"https://localhost:{port}/"
        configuration = folder / "nginx.conf"
        configuration.write_text("user root;" + CONFIGURATION.format(folder=folder, www=www,
                                                                     port=port))
        self.process = subprocess.Popen([NGINX, "-c", configuration, "-p", folder],
                                        stderr=subprocess.PIPE, text=True)
        self._wait_until_it_listens(port)

    def _wait_until_it_listens(self, port):
        while self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.01)
        sys.exit(f"bench: nginx did not start: {self.process.stderr.read()}")

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Updraft:
    """`updraft serve` in a process of its own."""

    name = "updraft serve"

    def __init__(self, folder: pathlib.Path, www: pathlib.Path, tool: pathlib.Path):
        folder.mkdir()
        self.ca = folder / "ca.pem"
        port_file = folder / "port"
        self.log = open(folder / "access.log", "w", encoding="utf-8")
        self.process = subprocess.Popen(
            [tool, "serve", www, "--ca-out", self.ca, "--port-file", port_file],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        if not self.process.stdout.readline().startswith("serving"):
            sys.exit("bench: the server did not start")
        self.url = f"https://localhost:{port_file.read_text().strip()}/"

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()
