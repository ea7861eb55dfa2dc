"""Every setting of the service, typed. The only module that reads the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent

Megabytes = 1024 * 1024
HostPort = Annotated[str, Field(pattern=r"^[^\s:/]+:\d{1,5}$|^\[[0-9a-f:]+\]:\d{1,5}$")]


class Settings(BaseSettings):
    """Read from `CANDOR_*` variables; a command-line option of `candor serve` wins over them."""

    model_config = SettingsConfigDict(
        env_prefix="CANDOR_",
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
        use_attribute_docstrings=True,
    )

    host: str = "127.0.0.1"
    """Address to listen on. Anything but loopback needs a key first: `candor keys create`."""

    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """Port to listen on; 0 takes a free one."""

    allowed_hosts: Annotated[frozenset[str], NoDecode] = frozenset()
    """Comma-separated names, besides localhost, by which browsers and proxies may call."""

    data_dir: Path = platformdirs.user_data_path("candor", appauthor=False)
    """Folder of the embedded store."""

    mongodb_url: SecretStr | None = None
    """MongoDB to remember verdicts in, such as mongodb://localhost:27017/candor. Unset: SQLite."""

    retention_days: Annotated[int, Field(ge=0, le=36_500)] = 0
    """Days after which a verdict is forgotten; 0 keeps all."""

    near: Literal["verify", "evidence", "off"] = "verify"
    """Copies of known pictures: `verify` answers them when the witness confirms that they show the
    same, `evidence` scores them and tells what they look like, `off` looks for none."""

    near_days: Annotated[float, Field(gt=0, le=36_500)] = 7
    """Days for which a verdict may answer for copies of its picture."""

    near_rescored: Annotated[float, Field(ge=0, le=1)] = 1 / 30
    """Share of the copies that are scored all the same, to catch a verdict that misleads."""

    near_index: Literal["store", "memory"] = "store"
    """Where copies are looked for: in the store, or in an index in memory, of 250 bytes a picture,
    which is faster from a hundred thousand pictures on."""

    reputation_per_minute: Annotated[int, Field(ge=0)] = 600
    """Lookups of reputation that one key, or without keys one address, may make in a minute; 0 does
    not count."""

    weights_dir: Path = ROOT / "weights"
    """Folder with the weights and their cards."""

    max_bytes: Annotated[int, Field(gt=0, le=1024 * Megabytes)] = 10 * Megabytes
    """Largest picture accepted, in bytes, sent or fetched."""

    max_pixels: Annotated[int, Field(gt=0, le=1_000_000_000)] = 50_000_000
    """Largest picture accepted, in pixels, checked before it is decoded."""

    min_side: Annotated[int, Field(gt=0)] = 32
    """Shortest side, in pixels, about which anything can be said."""

    fetch_deadline_s: Annotated[float, Field(gt=0, le=300)] = 8.0
    """Seconds that fetching one picture may take in all, redirects included."""

    fetch_private_hosts: Annotated[frozenset[HostPort], NoDecode] = frozenset()
    """For development: comma-separated `host:port` that may be fetched though not public."""

    batch_max_bytes: Annotated[int, Field(gt=0, le=1024 * Megabytes)] = 64 * Megabytes
    """Largest body of POST /v1/checks/batch, in bytes; each picture is bound by `max_bytes` too."""

    jobs_max_bytes: Annotated[int, Field(gt=0, le=1024 * Megabytes)] = 64 * Megabytes
    """Largest body of POST /v1/jobs, in bytes."""

    jobs_at_once: Annotated[int, Field(ge=0, le=64)] = 2
    """Pictures of jobs that this process checks beside each other; 0 leaves jobs to others."""

    jobs_days: Annotated[int, Field(ge=1, le=365)] = 7
    """Days after which a finished job is forgotten, with its results and addresses."""

    audit_days: Annotated[int, Field(ge=1, le=36_500)] = 365
    """Days after which an entry of the audit log is forgotten."""

    engine: Literal["local", "ray"] = "local"
    """Where the model runs: in this process, or in replicas under Ray Serve, which needs the extra
    `ray`."""

    ray_address: str | None = None
    """A running Ray cluster, such as auto or 10.0.0.1:6379. Unset: one is started on this machine
    and ends with the service."""

    ray_replicas_least: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Replicas of the model that Ray keeps, each with as many cores as `threads` says, or one."""

    ray_replicas_most: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Replicas to which Ray goes under load."""

    shadow_weights_dir: Path | None = None
    """Folder of weights that listen: they score a share of the pictures too, for
    `GET /v1/model/shadow`, and no verdict is theirs. Unset: none do."""

    shadow_share: Annotated[float, Field(ge=0, le=1)] = 1 / 10
    """Share of the pictures that the weights which listen see; fewer if they have no time."""

    video_max_bytes: Annotated[int, Field(gt=0, le=8 * 1024 * Megabytes)] = 500 * Megabytes
    """Largest clip accepted by POST /v1/videos, in bytes, sent or fetched."""

    video_max_s: Annotated[int, Field(gt=0, le=7200)] = 600
    """Longest clip looked at, in seconds."""

    video_days: Annotated[int, Field(ge=1, le=365)] = 7
    """Days after which what came of a clip is forgotten."""

    videos_at_once: Annotated[int, Field(gt=0, le=64)] = 1
    """Clips that this process looks at beside each other; others wait."""

    queue_size: Annotated[int, Field(gt=0, le=10_000)] = 64
    """Pictures that may wait to be decoded and scored; one more is answered 503."""

    drain_s: Annotated[float, Field(ge=0, le=300)] = 0
    """Seconds, after SIGTERM, for which requests are still taken while readiness says 503, so that
    a balancer can turn to others."""

    log_format: Literal["text", "json"] = "text"
    """How the log is written: lines for people, or a JSON object a line."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """What is logged at least. One line a request is `info`; answers to probes are `debug`."""

    threads: Annotated[int, Field(ge=0, le=1024)] = 0
    """Threads of the model; 0 takes all cores."""

    @field_validator("allowed_hosts", "fetch_private_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return frozenset(part.strip().lower() for part in value.split(",") if part.strip())

    @field_validator("data_dir", "weights_dir", "shadow_weights_dir")
    @classmethod
    def _expanded(cls, value: Path | None) -> Path | None:
        return None if value is None else value.expanduser()
