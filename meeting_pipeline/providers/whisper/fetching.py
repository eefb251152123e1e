"""Download a published model on request: resumable, every file checked by its hash, moved into place only when complete.

Until then everything is in a folder with a leading dot, which does not count as a model. Must not go here: which models there
are (``catalog.py``), the command's output (``cli/models.py``).
"""

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from meeting_pipeline.domain.errors import PermanentError, StoreUnavailable, TransientError
from meeting_pipeline.domain.keys import hash_file
from meeting_pipeline.domain.units import BYTES_PER_MB
from meeting_pipeline.foundation.atomic_files import sync_file, sync_folder
from meeting_pipeline.foundation.http_environment import transport
from meeting_pipeline.foundation.proxies import is_loopback
from meeting_pipeline.providers.whisper import policies
from meeting_pipeline.providers.whisper.catalog import ModelFile, PublishedModel

if TYPE_CHECKING:
    import httpx

Progress = Callable[[int, int], None]
"""Called with the bytes that are there, and the bytes of the whole model."""
_REDIRECTED: Final = (301, 302, 303, 307, 308)
_ADVICE: Final = (
    "Run the command again: it continues where it ended. Without a network, copy the model and set WHISPER_MODEL_DIR."
)


def unfinished(top: Path, name: str) -> Path:
    """The folder of a download in progress."""
    return top / f".{name}.part"


def fetch(hub: str, model: PublishedModel, top: Path, progress: Progress) -> Path:
    """Download a model into ``top`` and return its folder. What an earlier call brought is not downloaded again.

    An existing folder of the model is replaced: the caller looks first whether it is intact.

    Raises: TransientError ``model_hub_unavailable``, ``model_busy`` (another process fetches it); PermanentError
        ``model_download_damaged``; StoreUnavailable ``disk_full``; OperatorError ``bad_environment``; OSError.
    """
    top.mkdir(parents=True, exist_ok=True)
    partial = unfinished(top, model.name)
    with _locked(top / f".{model.name}.lock"):
        partial.mkdir(exist_ok=True)
        _require_space(partial, model)
        try:
            for file in model.files:
                _bring(hub, model, file, partial, progress)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise _full(partial) from error
            raise
        for file in model.files:
            sync_file(partial / file.name)
        sync_folder(partial)
        return _put_in_place(partial, top / model.name)


def _put_in_place(partial: Path, target: Path) -> Path:
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    partial.rename(target)
    sync_folder(target.parent)
    shutil.rmtree(old, ignore_errors=True)
    return target


@contextmanager
def _locked(lock: Path) -> Iterator[None]:
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise TransientError(
                "model_busy", "Another process is fetching this model.", "Wait for it, or end it."
            ) from error
        yield
    finally:
        os.close(descriptor)


def _bytes_there(folder: Path, model: PublishedModel) -> int:
    paths = [path for file in model.files for path in (folder / file.name, _part(folder, file))]
    return sum(path.stat().st_size for path in paths if path.exists())


def _part(folder: Path, file: ModelFile) -> Path:
    return folder / f"{file.name}.part"


def _require_space(folder: Path, model: PublishedModel) -> None:
    needed = model.size - _bytes_there(folder, model) + policies.SPARE_BYTES
    if shutil.disk_usage(folder).free < needed:
        raise _full(folder, needed)


def _full(folder: Path, needed: int | None = None) -> StoreUnavailable:
    wanted = f": {needed / BYTES_PER_MB:.0f} MB are needed" if needed is not None else ""
    return StoreUnavailable("disk_full", f"The disk of {folder} is full{wanted}.", f"Free some space. {_ADVICE}")


def _bring(hub: str, model: PublishedModel, file: ModelFile, folder: Path, progress: Progress) -> None:
    """Download one file, unless it is there. Raises: as ``fetch``."""
    target, part = folder / file.name, _part(folder, file)
    if target.exists():
        return
    url = f"{hub.rstrip('/')}/{model.repository}/resolve/{model.revision}/{file.name}"
    last: TransientError | None = None
    for _ in range(policies.TRIES):
        try:
            _download(url, file, part, lambda: progress(_bytes_there(folder, model), model.size))
            break
        except TransientError as error:
            last = error
    else:
        raise last or _unavailable("no attempt was made")
    if hash_file(part) != file.sha256:
        part.unlink()
        raise _damaged(file)
    part.replace(target)


def _download(url: str, file: ModelFile, part: Path, arrived: Callable[[], None]) -> None:
    """Append to ``part`` what is missing of the file, until it has its size."""
    import httpx

    have = part.stat().st_size if part.exists() else 0
    if have >= file.size:
        return
    try:
        with _answer(url, have) as response:
            if response.status_code == 416 or (response.status_code == 206 and not _continues(response, have)):
                part.unlink()  # the hub has another file than the one that was begun
                raise _damaged(file)
            if response.status_code not in (200, 206):
                raise _unavailable(f"it answered with status {response.status_code}")
            with part.open("ab" if response.status_code == 206 else "wb") as writer:
                for (
                    block
                ) in response.iter_raw():  # of a chunk size, a cut connection would lose what is not yet a chunk
                    writer.write(block)
                    if writer.tell() > file.size:
                        break
                    writer.flush()
                    arrived()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _unavailable(type(error).__name__) from error
    size = part.stat().st_size
    if size > file.size:
        part.unlink()
        raise _damaged(file)
    if size < file.size:
        raise _unavailable("the download was cut")


def _continues(response: "httpx.Response", have: int) -> bool:
    """Whether a partial response begins where we ended (RFC 9110, section 14.4)."""
    return str(response.headers.get("content-range", "")).startswith(f"bytes {have}-")


@contextmanager
def _answer(url: str, have: int) -> "Iterator[httpx.Response]":
    """Request a file from byte ``have`` on. Redirects are followed, never from a secured connection to one that is not."""
    import httpx

    for _ in range(policies.REDIRECTS + 1):
        how = transport(url)
        timeout = httpx.Timeout(policies.READ_SECONDS, connect=policies.CONNECT_SECONDS)
        proxy = httpx.Proxy(how.proxy, ssl_context=how.proxy_tls) if how.proxy is not None else None
        headers = {"accept-encoding": "identity", **({"range": f"bytes={have}-"} if have else {})}
        with (
            httpx.Client(verify=how.tls, proxy=proxy, timeout=timeout, trust_env=False) as client,
            client.stream("GET", url, headers=headers) as response,
        ):
            if response.status_code not in _REDIRECTED:
                yield response
                return
            url = _redirected(url, response.headers.get("location", ""))
    raise _unavailable("it redirects in a circle")


def _redirected(url: str, location: str) -> str:
    target = urljoin(url, location)
    before, after = urlsplit(url), urlsplit(target)
    if after.scheme not in ("http", "https") or (before.scheme == "https" and after.scheme != "https"):
        raise _unavailable("it redirects to an address that is not secured")
    if is_loopback(target) and not is_loopback(url):
        raise _unavailable("it redirects to this machine")
    return target


def _unavailable(why: str) -> TransientError:
    return TransientError("model_hub_unavailable", f"The model cannot be fetched from the hub: {why}.", _ADVICE)


def _damaged(file: ModelFile) -> PermanentError:
    return PermanentError(
        "model_download_damaged",
        f"The file {file.name} that the hub sent does not belong to this model; it was deleted.",
        "Run the command again. If that fails too, a proxy or mirror changes files: check WHISPER_MODEL_HUB.",
    )
