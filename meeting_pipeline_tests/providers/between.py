"""Intermediaries between the pipeline and a provider: a TLS endpoint, and a proxy that requires a password.

Both relay to a loopback service. Must not go here: assertions, and what the services do.
"""

import base64
import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

_CHUNK_BYTES = 65536


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Report nothing: in some tests the client rejects the certificate or hangs up."""


@dataclass
class Proxy:
    """A running proxy: its port, and the requested targets, each with the credentials it came with."""

    port: int
    asked: list[tuple[str, str]] = field(default_factory=list)


@contextlib.contextmanager
def tls_endpoint(context: ssl.SSLContext, port: int) -> Iterator[int]:
    """Run a TLS endpoint in front of 127.0.0.1:``port``. Yields its port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with context.wrap_socket(self.request, server_side=True) as secured:
                _relay(secured, port)

    with _running(Handler) as own:
        yield own


@contextlib.contextmanager
def connect_proxy(port: int, *, user: str, password: str) -> Iterator[Proxy]:
    """Run a CONNECT proxy with Basic authentication. It connects every request to 127.0.0.1:``port``."""
    wanted = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    proxy = Proxy(0)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                part = self.request.recv(1)
                if not part:
                    return
                head += part
            first, *lines = head.decode("latin-1").split("\r\n")
            given = next((line.partition(": ")[2] for line in lines if line.lower().startswith("proxy-auth")), "")
            proxy.asked.append((first.split()[1], given))
            if given != wanted:
                self.request.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
            self.request.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            _relay(self.request, port)

    with _running(Handler) as own:
        proxy.port = own
        yield proxy


@contextlib.contextmanager
def _running(handler: type[socketserver.BaseRequestHandler]) -> Iterator[int]:
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def _relay(one: socket.socket, port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as other:
        back = threading.Thread(target=_pump, args=(other, one), daemon=True)
        back.start()
        _pump(one, other)
        back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK_BYTES):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
