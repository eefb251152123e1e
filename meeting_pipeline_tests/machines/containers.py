"""Containers without a container engine: commands as process 1 of namespaces, with what an image and a file give them.

All of them share one network of their own, with names for its hosts. A program has a read-only file system, no capabilities, and
only the environment that it is given. Must not go here: what the files in ``deploy`` say (``test_deployed_commands.py``).
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, Self

import psutil

ENDS_SECONDS: Final = 120.0
NOBODY: Final = 65534
_RESTRICTED: Final = "setpriv --bounding-set=-all --inh-caps=-all --no-new-privs --"


class Container:
    """A running command."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], printed: Path) -> None:
        self.name = name
        self._process = process
        self._printed = printed

    def output(self) -> str:
        """What it printed."""
        return self._printed.read_text(errors="replace")

    def wait(self, seconds: float = ENDS_SECONDS) -> int:
        """Wait until it has ended; returns its exit code."""
        return self._process.wait(seconds)

    def has_ended(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def stop(self, grace_seconds: float) -> int:
        """Send SIGTERM to process 1; returns its exit code. Raises ``TimeoutExpired`` where a container would be killed."""
        [first] = psutil.Process(self._process.pid).children()
        first.send_signal(signal.SIGTERM)
        return self._process.wait(grace_seconds)

    def kill(self) -> None:
        """End it with everything that it started."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


class Network:
    """A network of containers. ``hosts``: names that lead to this network's only address."""

    def __init__(self, folder: Path, hosts: Sequence[str]) -> None:
        self._folder = folder
        self._hosts = folder / "hosts"
        self._hosts.write_text("127.0.0.1 localhost " + " ".join(hosts) + "\n")
        self._holder: subprocess.Popen[bytes] | None = None
        self._containers: list[Container] = []

    def __enter__(self) -> Self:
        command = ["unshare", "--net", "sh", "-c", "ip link set lo up && echo up && exec cat"]
        self._holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == b"up\n"
        return self

    def __exit__(self, *_: object) -> None:
        for each in reversed(self._containers):
            each.kill()
        assert self._holder is not None
        self._holder.kill()
        self._holder.communicate()

    def run(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        volumes: Mapping[str, Path],
        folder: str,
        restricted: bool,
    ) -> Container:
        """Start a command. ``volumes``: folders by the path at which the command sees them. ``folder``: where it starts."""
        steps = [f"hostname {name}", f"mount --bind {self._hosts} /etc/hosts"]
        parents = sorted({str(Path(inside).parent) for inside in volumes})
        mounted = [f"/mnt/{number}" for number in range(len(volumes))]
        steps += ["mount -t tmpfs tmpfs /mnt"]
        for at, outside in zip(mounted, volumes.values(), strict=True):
            outside.mkdir(parents=True, exist_ok=True)
            steps += [f"mkdir {at}", f"mount --bind {shlex.quote(str(outside))} {at}"]
        steps += [f"mount -t tmpfs tmpfs {parent}" for parent in parents]
        for at, inside in zip(mounted, volumes, strict=True):
            steps += [f"mkdir -p {inside}", f"mount --bind {at} {inside}"]
        if restricted:
            steps += [f"mount -o remount,ro,bind {parent}" for parent in (*parents, "/mnt", "/")]
            steps += ["mount -t tmpfs tmpfs /tmp"]
        steps += [f"cd {folder}", f"exec {_RESTRICTED if restricted else ''} {shlex.join(command)}"]
        printed = self._folder / f"{name}.out"
        with printed.open("ab") as output:
            process = subprocess.Popen(
                [
                    *self._inside(), "unshare", "--uts", "--pid", "--mount", "--fork", "--mount-proc", "--kill-child",
                    "sh", "-c", " && ".join(steps),
                ],
                env=dict(environment), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        container = Container(name, process, printed)
        self._containers.append(container)
        return container

    def ask(self, *command: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a short command in the network, outside of any container."""
        names = f'mount --bind {self._hosts} /etc/hosts && exec env "$@"'
        given = [f"{name}={value}" for name, value in (environment or {}).items()]
        whole = [*self._inside(), "unshare", "--mount", "sh", "-c", names, "sh", *given, *command]
        return subprocess.run(whole, capture_output=True, text=True, timeout=ENDS_SECONDS, check=False)

    def wait_until(self, look: Callable[[], bool], what: str, seconds: float = 300.0) -> None:
        """Wait for something; shows what the containers printed if it does not come."""
        deadline = time.monotonic() + seconds
        while not look():
            if time.monotonic() > deadline:
                said = "\n".join(f"--- {each.name}\n{each.output()[-3000:]}" for each in self._containers)
                raise AssertionError(f"waited {seconds:.0f} s in vain for {what}\n{said}")
            time.sleep(0.5)  # between two looks

    def _inside(self) -> list[str]:
        assert self._holder is not None
        return ["nsenter", f"--net=/proc/{self._holder.pid}/ns/net"]


def path_of_programs() -> str:
    """The search path of an image: its environment first, then the system's."""
    return f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"


def start_postgres(network: Network, folder: Path, environment: Mapping[str, str], command: Sequence[str]) -> Container:
    """What the image of PostgreSQL does with its three variables: a server that asks for the password of the named user."""
    initdb = shutil.which("initdb")
    assert initdb is not None, "the fixture of the server puts its programs on the path"
    programs = Path(initdb).parent
    data, password = folder / "data", folder / "password"
    password.write_text(environment["POSTGRES_PASSWORD"])
    folder.chmod(0o700)
    for path in (folder, password):
        os.chown(path, NOBODY, NOBODY)
    make = [
        initdb, "-D", str(data), "-U", environment["POSTGRES_USER"], f"--pwfile={password}", "--auth=scram-sha-256",
        "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions",
    ]  # fmt: skip
    subprocess.run(make, user=NOBODY, group=NOBODY, extra_groups=[], cwd=folder, check=True, capture_output=True)
    user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    ours = ["-D", str(data), "-c", "unix_socket_directories=", "-c", "fsync=off"]
    server = [*user, str(programs / command[0]), *command[1:], *ours]
    return network.run(
        "postgres", server, {"PATH": path_of_programs()}, volumes={}, folder=str(folder), restricted=False
    )
