"""Weights from a hub: one file of one revision, fetched by huggingface_hub, refused unless it fits.

What comes from outside is judged by its content: no name makes a pickle safe. Nothing here decides
what serves; `model.registry` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import huggingface_hub
from huggingface_hub import errors

from model import weights
from model.cards import Card
from model.weights import WeightsError

LARGEST_FILE = 1 << 30
"""Bytes. The shipped weights have 13 MB."""
SCHEME = "hf://"
OTHERWISE = "Without a hub, copy the file into the folder of weights: `candor weights use` pins it."
FORM = "hf://OWNER/REPO/FILE.safetensors[@REVISION]"
ADDRESS = re.compile(
    r"hf://(?P<repo>[\w.-]+/[\w.-]+)/(?P<file>[\w./-]+\.safetensors)(?:@(?P<revision>[\w./-]+))?",
    re.ASCII,
)


@dataclass(frozen=True)
class Address:
    """One file of a repository.

    Attributes:
        revision: Branch, tag or commit.
    """

    repo: str
    file: str
    revision: str = "main"

    @classmethod
    def parse(cls, text: str) -> Address:
        """Raises: WeightsError if it has not the form `FORM`."""
        match = ADDRESS.fullmatch(text)
        if match is None or ".." in text:
            raise WeightsError(f"{text!r} is no address of weights: write {FORM}.")
        return cls(match["repo"], match["file"], match["revision"] or "main")

    def at(self, commit: str) -> str:
        """The address with its revision pinned to a commit."""
        return f"{SCHEME}{self.repo}/{self.file}@{commit}"


@dataclass(frozen=True)
class Pulled:
    """A file that was fetched and fits.

    Attributes:
        source: Where it came from, with the commit.
        sha256: Of its bytes.
    """

    path: Path
    source: str
    sha256: str
    card: Card


@contextmanager
def pulled(
    address: Address, folder: Path, sha256: str | None = None, architecture: str | None = None
) -> Iterator[Pulled]:
    """Fetch a file beside `folder`'s own, for as long as the context lasts.

    A connection that breaks is taken up where it broke, five times.

    Args:
        sha256: What the bytes must have, if that is known beforehand.
        architecture: See `examined`.

    Raises:
        WeightsError: If it cannot be had, is too large, no safetensors, no weights that this
            version reads, or has other bytes than `sha256` says.
    """
    with TemporaryDirectory(dir=folder, prefix=".pull-") as beside:
        with _explained(address):
            told = huggingface_hub.hf_hub_download(
                address.repo, address.file, revision=address.revision, local_dir=beside,
                dry_run=True,
            )  # fmt: skip
            _refuse_size(address, told.file_size)
            path = Path(
                huggingface_hub.hf_hub_download(
                    address.repo, address.file, revision=told.commit_hash, local_dir=beside
                )
            )
        found = weights.digest(path)
        if sha256 is not None and found != sha256.lower():
            raise WeightsError(
                f"{address.at(address.revision)} has SHA-256 {found}, and {sha256} was wanted: "
                "it is not the file that was meant, or it was changed."
            )
        card = examined(path, architecture)
        yield Pulled(path, address.at(told.commit_hash), found, card)


def examined(path: Path, architecture: str | None = None) -> Card:
    """The card of a file that nobody vouches for, if the file is what it should be.

    Args:
        architecture: Class of the network, where the local registry names one.

    Raises:
        WeightsError: If it is no safetensors by content, or its tensors do not fit its card.
    """
    with path.open("rb") as file:
        head = file.read(9)
    if head[:2] in (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
        raise WeightsError(
            f"{path.name} is a pickle whatever its name says: loading one runs what it holds. Ask "
            "for the same weights as safetensors."
        )
    if head[8:] != b"{":
        raise WeightsError(f"{path.name} is no safetensors file.")
    card = weights.read_card(path)
    weights.refuse_misfits(path, card, architecture)
    return card


def _refuse_size(address: Address, size: int | None) -> None:
    if size is not None and size > LARGEST_FILE:
        raise WeightsError(
            f"{address.repo}/{address.file} has {size:,} bytes; more than {LARGEST_FILE:,} are "
            "not fetched."
        )


@contextmanager
def _explained(address: Address) -> Iterator[None]:
    where = f"{address.repo}/{address.file} at {address.revision}"
    try:
        yield
    except WeightsError:
        raise
    except errors.GatedRepoError as error:
        raise WeightsError(
            f"{where} is for those who asked its owner: do so, then set HF_TOKEN."
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise WeightsError(
            f"The hub knows no repository {address.repo}, or it is private: check the name, or set "
            "HF_TOKEN."
        ) from error
    except errors.RevisionNotFoundError as error:
        raise WeightsError(f"{address.repo} has no revision {address.revision!r}.") from error
    except errors.RemoteEntryNotFoundError as error:
        raise WeightsError(
            f"{address.repo} has no file {address.file} at {address.revision}."
        ) from error
    except errors.LocalEntryNotFoundError as error:
        offline = isinstance(error.__cause__, errors.OfflineModeIsEnabled)
        why = "HF_HUB_OFFLINE forbids it" if offline else "the hub cannot be reached"
        raise WeightsError(f"{where} was not fetched: {why}. {OTHERWISE}") from error
    except Exception as error:
        # What else is raised comes from the HTTP library, which differs by the hub's version.
        raise WeightsError(f"{where} was not fetched: {error}. {OTHERWISE}") from error
