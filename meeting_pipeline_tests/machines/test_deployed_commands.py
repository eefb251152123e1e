"""Each command of ``deploy/compose.yaml`` and ``deploy/kubernetes`` runs as it stands there, with no more than the files give it.

The server of PostgreSQL is real, but not that of the image. Schemas are checked in ``packaging/test_files_of_machines.py``.
"""

from __future__ import annotations

import base64
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
import yaml

from meeting_pipeline_tests.machines.brokers import Redis
from meeting_pipeline_tests.machines.containers import Container, Network, path_of_programs, start_postgres
from meeting_pipeline_tests.machines.lab import require_machines
from meeting_pipeline_tests.packaging.installing import CONTAINERFILE
from meeting_pipeline_tests.packaging.test_deploy import program
from meeting_pipeline_tests.packaging.test_files_of_machines import COMPOSE, KUBERNETES, compose
from meeting_pipeline_tests.postgres import PostgresServer
from meeting_pipeline_tests.scenario import media

pytestmark = [pytest.mark.chaos, pytest.mark.processes, pytest.mark.timeout(3600)]
HOME, RECORDINGS = "/var/lib/meeting-pipeline", "/var/lib/recordings"
API = "http://127.0.0.1:3001"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path that PostgreSQL's user may enter, unlike pytest's."""
    made = Path(mkdtemp(prefix="meeting-pipeline-containers-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def made_by_the_first_lines(folder: Path) -> dict[str, str]:
    """The variables that the commands in the head of the compose file write into ``.env``."""
    text = COMPOSE.read_text(encoding="utf-8")
    lines = re.search(r"^#   (printf (?:.|\n)*? > \.env)$", text, re.MULTILINE)
    assert lines is not None
    subprocess.run(["bash", "-c", lines[1].replace("\n#", "\n")], cwd=folder, check=True)
    return dict(line.split("=", 1) for line in (folder / ".env").read_text().splitlines())


def filled(value: object, variables: Mapping[str, str]) -> str:
    """A value of the compose file: ``${NAME}``, ``${NAME:-otherwise}`` and ``${NAME:?message}``."""

    def meaning(found: re.Match[str]) -> str:
        name, how, rest = found["name"], found["how"], found["rest"]
        assert name in variables or how == "-", f"{name} is not set: {rest}"
        return variables.get(name) or rest

    return re.sub(r"\$\{(?P<name>\w+)(?::(?P<how>[-?])(?P<rest>[^}]*))?\}", meaning, str(value))


def of_the_image() -> dict[str, str]:
    """The environment that the container file gives to every command."""
    ours = re.findall(r"(MEETING_PIPELINE_\w+|PYTHON\w+)=(\S+)", CONTAINERFILE.read_text().partition("ENV PATH")[2])
    return {"PATH": path_of_programs(), "HOME": HOME, **dict(ours)}


def answer(network: Network, *arguments: str) -> Any:
    done = network.ask("curl", "--silent", "--show-error", "--fail-with-body", "--max-time", "60", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout) if done.stdout else None


def answers(network: Network, path: str) -> bool:
    return network.ask("curl", "--silent", "--fail", "--max-time", "8", f"{API}{path}").returncode == 0


def is_healthy(network: Network, service: Mapping[str, Any], environment: Mapping[str, str]) -> bool:
    kind, *command = service["healthcheck"]["test"]
    whole = ["sh", "-c", *command] if kind == "CMD-SHELL" else command
    return network.ask(*whole, environment=environment).returncode == 0


def processed_by(network: Network, folder: Path, worker: Container, key: str) -> str:
    """Submit a talk with a key of the scope `submit`; returns the host that processed it, as the machine's row names it."""
    talk = folder / "talk.vtt"
    talk.write_text(media.vtt(("Dana", "We decided to move to three machines.")))
    allowed = ("--header", f"Authorization: Bearer {key}")
    network.wait_until(lambda: " ready." in worker.output(), "the worker to take runs")
    sent = answer(network, *allowed, "--form", f"file=@{talk}", f"{API}/v1/recordings")

    def status() -> str:
        return str(answer(network, *allowed, f"{API}/v1/recordings/{sent['recording_id']}")["status"])

    network.wait_until(lambda: status() in ("completed", "failed"), "the talk to be over")
    assert status() == "completed"
    assert sent["recording_id"] in worker.output(), "its worker has processed it"
    hosts = {each["host"] for each in answer(network, *allowed, f"{API}/v1/machines")["machines"]}
    assert hosts == {"control", "worker"}
    return str(sent["recording_id"])


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


def start_shared(network: Network, folder: Path, variables: Mapping[str, str]) -> None:
    """PostgreSQL and Redis of the compose file, until their own health checks pass."""
    services = compose()["services"]
    of_postgres = {name: filled(value, variables) for name, value in services["postgres"]["environment"].items()}
    (folder / "postgres").mkdir()
    start_postgres(network, folder / "postgres", of_postgres, services["postgres"]["command"])
    network.run(
        "redis", services["redis"]["command"], {"PATH": path_of_programs()},
        volumes={}, folder=str(folder), restricted=False,
    )  # fmt: skip
    network.wait_until(lambda: is_healthy(network, services["redis"], {}), "Redis")
    inside = {"PGHOST": "postgres"}
    network.wait_until(lambda: is_healthy(network, services["postgres"], inside), "PostgreSQL")
    administrator = {
        **inside,
        "PGUSER": of_postgres["POSTGRES_USER"],
        "PGPASSWORD": of_postgres["POSTGRES_PASSWORD"],
    }
    made = network.ask(
        program("psql"), "-d", "postgres", "-c", f"CREATE DATABASE {of_postgres['POSTGRES_DB']}",
        environment=administrator,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr


@pytest.fixture
def variables(folder: Path) -> dict[str, str]:
    return made_by_the_first_lines(folder)


@pytest.fixture
def network(postgres_server: PostgresServer, folder: Path, variables: dict[str, str]) -> Iterator[Network]:
    """A network with PostgreSQL and Redis. The fixture of the server provides the programs."""
    require_machines()
    Redis.require()
    assert postgres_server
    with Network(folder, ("postgres", "redis")) as network:
        start_shared(network, folder, variables)
        yield network


def test_the_commands_of_the_compose_file_process_a_recording(
    network: Network, folder: Path, variables: dict[str, str]
) -> None:
    services = compose()["services"]
    volumes = {"control": {HOME: folder / "home", RECORDINGS: folder / "recordings"}}
    volumes["worker"] = {HOME: folder / "home-of-a-worker", RECORDINGS: folder / "recordings"}

    def start(service: str, name: str, command: list[str]) -> Container:
        given = {key: filled(value, variables) for key, value in services[service]["environment"].items()}
        return network.run(
            name, ["meeting-pipeline", *command], {**of_the_image(), **given},
            volumes=volumes[service], folder=HOME, restricted=services[service]["read_only"],
        )  # fmt: skip

    create = re.search(r"^#   docker compose run --rm control (.*)$", COMPOSE.read_text(), re.MULTILINE)
    assert create is not None
    maker = start("control", "maker", create[1].split())
    assert maker.wait() == 0, maker.output()
    control = start("control", "control", services["control"]["command"])
    worker = start("worker", "worker", services["worker"]["command"])
    check = re.search(r"HEALTHCHECK.*\\\n\s+CMD (\[.*\])", CONTAINERFILE.read_text())
    assert check is not None
    of_the_container_file = json.loads(check[1])
    path = {"PATH": path_of_programs()}
    network.wait_until(
        lambda: control.has_ended() or network.ask(*of_the_container_file, environment=path).returncode == 0, "health"
    )
    assert not control.has_ended(), control.output()
    if worker.has_ended():  # it was there before `up`, and is started again
        assert ("[not_running]" in worker.output(), services["worker"]["restart"]) == (True, "unless-stopped")
        worker = start("worker", "worker", services["worker"]["command"])

    processed_by(network, folder, worker, maker.output().splitlines()[0])

    assert worker.stop(seconds(services["worker"]["stop_grace_period"])) == 0, worker.output()[-3000:]
    assert control.stop(seconds(services["control"]["stop_grace_period"])) == 0, control.output()[-3000:]


def offline(folder: Path, *words: str) -> str:
    """What kubectl would send to a cluster."""
    command = [program("kubectl"), *words, "--dry-run=client", "-o", "yaml"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_commands_of_the_kubernetes_files_process_a_recording(
    network: Network, folder: Path, variables: dict[str, str]
) -> None:
    shared = compose()["x-shared-settings"]
    settings = folder / "settings.env"
    five = ("BROKER_URL", "DATABASE_URL", "ENCRYPTION_KEY", "WEBHOOK_SIGNING_SECRET", "PUBLIC_URL")
    settings.write_text("".join(
        f"MEETING_PIPELINE_{name}={filled(shared[f'MEETING_PIPELINE_{name}'], variables)}\n" for name in five
    ))  # fmt: skip
    head = (KUBERNETES / "kustomization.yaml").read_text(encoding="utf-8")
    create = re.search(r"^#   kubectl (-n meetings create secret .*)$", head, re.MULTILINE)
    assert create is not None
    secret = yaml.safe_load(offline(folder, *create[1].split()))
    built = subprocess.run(
        [program("kubectl"), "kustomize", str(KUBERNETES)], capture_output=True, text=True, timeout=120, check=True
    )
    pods = {
        each["metadata"]["name"]: each["spec"]["template"]["spec"]
        for each in yaml.safe_load_all(built.stdout)
        if "template" in each.get("spec", {})
    }

    one_pod = re.search(r"^#   kubectl (-n meetings run key (?:.|\n#     )*)$", head, re.MULTILINE)
    assert one_pod is not None
    words = shlex.split(one_pod[1].replace("\n#", "\n"))
    [overrides] = [word.removeprefix("--overrides=") for word in words if word.startswith("--overrides=")]
    pods["key"] = json.loads(overrides)["spec"]  # `kubectl run` asks the cluster, even for a dry run

    def start(pod: str) -> Container:
        [container] = pods[pod]["containers"]
        assert [each["secretRef"]["name"] for each in container["envFrom"]] == [secret["metadata"]["name"]]
        given = {name: base64.b64decode(value).decode() for name, value in secret["data"].items()}
        given |= {each["name"]: each["value"] for each in container.get("env", [])}
        kinds = {each["name"]: each for each in pods[pod].get("volumes", [])}
        volumes = {HOME: folder / f"{pod}-of-the-image"} | {
            each["mountPath"]: folder
            / (each["name"] if "persistentVolumeClaim" in kinds[each["name"]] else f"{pod}-own")
            for each in container.get("volumeMounts", [])
            if each["mountPath"] != "/tmp"  # one of its own in memory
        }
        return network.run(
            pod, ["meeting-pipeline", *container["args"]], {**of_the_image(), **given},
            volumes=volumes, folder=HOME, restricted="securityContext" in container,
        )  # fmt: skip

    migrate = start("migrate")
    assert migrate.wait() == 0, migrate.output()
    maker = start("key")
    assert maker.wait() == 0, maker.output()
    control, worker = start("control"), start("worker")
    [of_control] = pods["control"]["containers"]
    ports = {each["name"]: each["containerPort"] for each in of_control["ports"]}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = of_control[probe]["httpGet"]
        assert f"http://127.0.0.1:{ports[asked['port']]}" == API
        path = asked["path"]
        network.wait_until(lambda path=path: control.has_ended() or answers(network, path), probe)  # type: ignore[misc]  # a bound default
    assert not control.has_ended(), control.output()
    if worker.has_ended():  # it was there before `up`, and a deployment starts it again
        assert "[not_running]" in worker.output()
        worker = start("worker")

    processed_by(network, folder, worker, maker.output().splitlines()[0])
    assert worker.stop(pods["worker"]["terminationGracePeriodSeconds"]) == 0, worker.output()[-3000:]
    assert control.stop(pods["control"]["terminationGracePeriodSeconds"]) == 0, control.output()[-3000:]
