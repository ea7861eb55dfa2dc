"""How the end of a job is told: which addresses and secrets, what is sent, and how often.

Messages are those of Standard Webhooks (https://www.standardwebhooks.com): an id that stays the
same however often the message is sent, a time, and a signature (HMAC-SHA256) of both and the body.
`api.delivering` sends them.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import re
import secrets
import socket
from datetime import datetime, timedelta

from standardwebhooks.webhooks import Webhook as Signer

from api.dialling import host_port
from api.errors import InvalidRequest, shown
from api.job_answer import without_webhook
from api.jobs import DeliveryState, Job, JobState, Webhook
from api.public_address import is_public
from api.web_address import WebAddress, parse

SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with
SECRET_BYTES = range(24, 65)
"""What Standard Webhooks ask of a secret."""
WAY_OUT = "Give the public http or https address that shall be told when the job ends."
SECRET_WAY_OUT = (
    f"Send {SECRET_PREFIX} and 24 to 64 random bytes in base64, or leave it out to be given one."
)
DELAYS = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 28_800, 28_800)
)
"""Between one attempt and the next: eight attempts in a day."""
GONE = 410
"""By which a receiver says that it wants no more."""
LOCAL_NAME = re.compile(r"(.*\.)?localhost\.?")


def new_secret() -> str:
    """A secret for whoever brought none."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def refuse_secret(secret: str) -> None:
    """Raises: InvalidRequest unless messages can be signed with it. It is not repeated."""
    try:
        if not secret.startswith(SECRET_PREFIX):
            raise ValueError
        length = len(base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True))
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest(f"The webhook's secret is none. {SECRET_WAY_OUT}") from error
    if length not in SECRET_BYTES:
        raise InvalidRequest(f"The webhook's secret has {length} bytes. {SECRET_WAY_OUT}")


def address_of(url: str, private_hosts: frozenset[str]) -> WebAddress:
    """Where a webhook is, judged by its form; names are judged at the dial.

    Raises:
        InvalidRequest: It is no address that is followed, or literally one of our own network.
    """
    address = parse(url, private_hosts, WAY_OUT)
    port = address.target.port
    private = port is not None and host_port(address.host, port) in private_hosts
    if not private and (LOCAL_NAME.fullmatch(address.host) or _is_inner(address.host)):
        raise InvalidRequest(f"The webhook's host {shown(address.host)} is not public. {WAY_OUT}")
    return address


def message(job: Job) -> bytes:
    """The body of the message that a job has ended; the same however often it is made."""
    kind = "job.done" if job.state is JobState.DONE else "job.cancelled"
    data = without_webhook(job).model_dump(mode="json")
    content = {"type": kind, "timestamp": data["finished_at"], "data": data}
    return json.dumps(content, separators=(",", ":")).encode()


def signed(job_id: str, secret: str, body: bytes, now: datetime) -> dict[str, str]:
    """The headers of a message, by which the receiver knows it.

    Args:
        now: In UTC.
    """
    message_id = f"msg_{job_id}"
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Signer(secret).sign(message_id, now, body.decode()),
    }


def after_attempt(
    webhook: Webhook, status: int | None, error: str | None, now: datetime
) -> Webhook:
    """What is known of a webhook after one more attempt.

    Args:
        status: Of the answer, if there was one.
        error: What went wrong; None if it was taken.
    """
    attempts = webhook.attempts + 1
    state, again = DeliveryState.DELIVERED, None
    if error is not None:
        state = DeliveryState.GIVEN_UP
        if attempts <= len(DELAYS) and status != GONE:
            state, again = DeliveryState.PENDING, now + DELAYS[attempts - 1]
    return webhook.model_copy(
        update={"state": state, "attempts": attempts, "error": error, "next_attempt_at": again}
    )


def _is_inner(host: str) -> bool:
    """Whether a host is the number of an address that is not public, in whatever notation."""
    try:
        return not is_public(str(ipaddress.ip_address(host)))
    except ValueError:
        pass
    try:
        # As the operating system reads 2130706433, 0x7f.1 and 127.1.
        return not is_public(socket.inet_ntoa(socket.inet_aton(host.rstrip("."))))
    except OSError:
        return False
