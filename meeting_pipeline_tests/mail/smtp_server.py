"""A mail server on the loopback interface that keeps what it gets, and answers as scripted.

It speaks SMTP (RFC 5321) with STARTTLS, AUTH PLAIN and AUTH LOGIN, one thread for each connection. ``replies`` maps a verb
(``EHLO``, ``MAIL``, ``RCPT``, ``DATA``, ``END`` for the end of the words, ``BANNER``) to what is said instead; ``HANG`` says
nothing more, ``DRIP`` never ends a line, and ``CLOSE`` ends the connection.
"""

import base64
import contextlib
import email
import email.policy
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage

HANG = "hang"
CLOSE = "close"
DRIP = "drip"


@dataclass
class Kept:
    """One mail."""

    sender: str
    recipients: list[str]
    raw: bytes
    encrypted: bool
    user: str | None

    @property
    def message(self) -> EmailMessage:
        parsed = email.message_from_bytes(self.raw, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    def part(self, kind: str) -> str:
        """The text of the first part of this type."""
        found = next(part for part in self.message.walk() if part.get_content_type() == kind)
        text = found.get_content()
        return text if isinstance(text, str) else bytes(text).decode()


@dataclass
class SmtpServer:
    """The server and what it has seen."""

    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    password: tuple[str, str] | None = None
    replies: dict[str, str] = field(default_factory=dict)
    kept: list[Kept] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    port: int = 0
    connections: int = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self, stack: contextlib.ExitStack) -> None:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.port = listening.getsockname()[1]
        self._stopped = threading.Event()
        thread = threading.Thread(target=self._accept, args=(listening,), daemon=True)
        thread.start()
        stack.callback(self._stopped.set)
        stack.callback(listening.shutdown, socket.SHUT_RDWR)

    def _accept(self, listening: socket.socket) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ssl.SSLError, EOFError), connection:
            wrapped = connection
            if self.implicit_tls and self.tls is not None:
                wrapped = self.tls.wrap_socket(connection, server_side=True)
            conversation = _Conversation(self, wrapped, encrypted=self.implicit_tls)
            try:
                conversation.run()
            finally:
                conversation.close()


class _Conversation:
    def __init__(self, server: SmtpServer, connection: socket.socket, *, encrypted: bool) -> None:
        self._server, self._socket, self._encrypted = server, connection, encrypted
        self._file = connection.makefile("rb")
        self._user: str | None = None
        self._sender, self._recipients = "", list[str]()

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def run(self) -> None:
        self._say("220 loopback", "BANNER")
        while line := self._file.readline():
            command = line.decode("latin-1").strip()
            self._server.commands.append(command.split(" ")[0].upper())
            if not self._answer(command):
                return

    def _say(self, usual: str, verb: str) -> bool:
        """Say what is scripted, or the usual; whether the usual was said."""
        said = self._server.replies.get(verb, usual)
        if said == CLOSE:
            raise EOFError
        if said in (HANG, DRIP):
            if said == DRIP:
                while not self._server._stopped.wait(0.01):
                    self._socket.sendall(b"2")
            self._server._stopped.wait()
            raise EOFError
        self._socket.sendall(said.encode() + b"\r\n")
        return said == usual

    def _answer(self, command: str) -> bool:
        verb = command.split(" ")[0].upper()
        if verb == "EHLO":
            self._say("\r\n".join(self._extensions()), "EHLO")
        elif verb == "STARTTLS" and self._server.tls is not None:
            self._say("220 go ahead", "STARTTLS")
            self._file.close()
            self._socket = self._server.tls.wrap_socket(self._socket, server_side=True)
            self._file, self._encrypted = self._socket.makefile("rb"), True
        elif verb == "AUTH":
            self._sign_in(command)
        elif verb == "MAIL":
            self._sender = command.partition("<")[2].partition(">")[0]
            self._say("250 ok", "MAIL")
        elif verb == "RCPT":
            address = command.partition("<")[2].partition(">")[0]
            scripted = f"RCPT {address}" if f"RCPT {address}" in self._server.replies else "RCPT"
            if self._say("250 ok", scripted):
                self._recipients.append(address)
        elif verb == "DATA":
            if self._say("354 go ahead", "DATA"):
                self._keep()
        elif verb == "QUIT":
            self._say("221 bye", "QUIT")
            return False
        else:
            self._say("500 what", verb)
        return True

    def _extensions(self) -> list[str]:
        names = ["loopback", "SIZE 9999999"]
        names += ["STARTTLS"] if self._server.tls is not None and not self._encrypted else []
        names += ["AUTH PLAIN LOGIN"] if self._server.password is not None else []
        return [f"250-{name}" for name in names[:-1]] + [f"250 {names[-1]}"]

    def _sign_in(self, command: str) -> None:
        words = command.split(" ")
        given = base64.b64decode(words[2]).decode().split("\0")[1:] if len(words) > 2 else []
        if tuple(given) == self._server.password:
            self._user = given[0]
            self._say("235 welcome", "AUTH")
        else:
            self._say("535 5.7.8 wrong", "AUTH")

    def _keep(self) -> None:
        lines = []
        while (line := self._file.readline()) != b".\r\n":
            if not line:
                raise EOFError
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        kept = Kept(self._sender, list(self._recipients), b"".join(lines), self._encrypted, self._user)
        if not self._server.replies.get("END", "2").startswith(("4", "5")):
            self._server.kept.append(kept)
        self._recipients = []
        self._say("250 taken", "END")


@contextlib.contextmanager
def serving_mail(**given: object) -> Iterator[SmtpServer]:
    """A server with these fields."""
    with contextlib.ExitStack() as stack:
        server = SmtpServer(**given)  # type: ignore[arg-type]
        server.start(stack)
        yield server
