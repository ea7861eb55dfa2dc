"""Content Credentials (C2PA, https://spec.c2pa.org), read and verified by c2pa-python.

It is asked only where the structure of the file shows a manifest, and never to the network: no
remote manifest, no revocation lists. No list of trusted signers is shipped, so a name in a
certificate is only a name.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from api.provenance.source_types import GENERATED, source_type
from api.verdict import Standing

MANIFEST_AT_MOST = 4 * 1024 * 1024
"""Bytes; thumbnails of each step are what makes them large."""
OFFLINE = {
    "verify": {
        "remote_manifest_fetch": False,
        "ocsp_fetch": False,
        "verify_trust": False,
        "verify_timestamp_trust": False,
    }
}
CHANGED = {f"assertion.{kind}Hash.mismatch" for kind in ("data", "bmff", "boxes")}

logger = logging.getLogger("candor")


@dataclass(frozen=True)
class Credentials:
    """What was found. Names are as they were written."""

    standing: Standing
    digital_source_type: str | None = None
    tool: str | None = None
    signer: str | None = None


def read(content: bytes, media_type: str) -> Credentials:
    """The Content Credentials of a file that has some. For threads."""
    # 50 MB of code, which most services never need.
    import c2pa

    try:
        with (
            c2pa.Context.from_dict(OFFLINE) as context,
            c2pa.Reader(media_type, BytesIO(content), context=context) as reader,
        ):
            told = json.loads(reader.json())
        return _credentials(told)
    except (c2pa.C2paError, ValueError, LookupError, TypeError, AttributeError) as error:
        logger.debug("content credentials cannot be read: %s", type(error).__name__)
        return Credentials(Standing.UNREAD)


def _credentials(told: dict[str, Any]) -> Credentials:
    manifests = told["manifests"]
    active = manifests[told["active_manifest"]]
    # Those of what it was made from speak too: an edit keeps what the generator signed.
    types = [name for one in [active, *manifests.values()] for name in _source_types(one)]
    generated = [name for name in GENERATED if name in types]
    signature = active.get("signature_info") or {}
    generators = active.get("claim_generator_info") or [{}]
    return Credentials(
        standing=_standing(told),
        digital_source_type=next(iter(generated or types), None),
        tool=_text(generators[0].get("name")) or _text(active.get("claim_generator")),
        signer=_text(signature.get("common_name")) or _text(signature.get("issuer")),
    )


def _standing(told: dict[str, Any]) -> Standing:
    if told.get("validation_state") in ("Valid", "Trusted"):
        return Standing.SIGNED
    codes = {one.get("code") for one in told.get("validation_status") or ()}
    # A signature that does not hold says nothing of the file, whatever else is wrong with it.
    if codes and codes <= CHANGED:
        return Standing.TAMPERED
    return Standing.INVALID


def _source_types(manifest: dict[str, Any]) -> list[str]:
    found = []
    for assertion in manifest.get("assertions") or ():
        if str(assertion.get("label", "")).startswith("c2pa.actions"):
            for action in assertion["data"].get("actions") or ():
                name = source_type(action.get("digitalSourceType"))
                found += [name] if name else []
    return found


def _text(written: object) -> str | None:
    return written if isinstance(written, str) and written else None
