"""Which URLs of strangers are followed at all, judged by their form.

No name is resolved here: whether a host is public is for `api.dialling` to say at the dial.
`api.fetching` and `api.webhooks` use this module.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import httpcore
import httpx

from api.dialling import host_port
from api.errors import InvalidRequest, SourceFailed, shown

LENGTH_AT_MOST = 4096
"""Signed URLs of the large stores reach about 2,000 characters."""

DEFAULT_PORTS = {"http": 80, "https": 443}
WAY_OUT = "Give the http or https address of the picture, or send the picture itself."

# Letters of a name after IDNA (with the underscore that real names contain), or an IPv6 address
# without zone. Excludes %, backslash and space, over which parsers of URLs disagree.
HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?|[0-9a-f:.]*:[0-9a-f:.]*")
HOST_LENGTH_AT_MOST = 254


@dataclass(frozen=True)
class WebAddress:
    """A URL in the parts that a request needs."""

    url: str
    scheme: str
    host: str
    authority: str
    target: httpcore.URL


def parse(url: str, private_hosts: frozenset[str], way_out: str = WAY_OUT) -> WebAddress:
    """Take a URL apart and refuse the forms that are not followed.

    Args:
        url: As a stranger wrote it.
        private_hosts: `host:port` pairs for which any port is right.
        way_out: What to do instead, for the sentence.

    Raises:
        InvalidRequest: Too long, malformed, neither http nor https, with a user name, or on a
            port other than 80 and 443.
    """
    if len(url) > LENGTH_AT_MOST:
        raise InvalidRequest(
            f"The URL has {len(url)} characters; at most {LENGTH_AT_MOST} are followed. {way_out}"
        )
    try:
        parts = httpx.URL(url.strip())
        return _judged(parts, private_hosts, way_out)
    except (httpx.InvalidURL, ValueError) as error:
        raise InvalidRequest(f"{shown(url)} is not a URL. {way_out}") from error


def _judged(parts: httpx.URL, private_hosts: frozenset[str], way_out: str) -> WebAddress:
    # raw_host, as `host` decodes punycode and fails on what is none; lower, as IPv6 keeps case.
    host = parts.raw_host.decode("ascii").lower()
    if parts.scheme not in DEFAULT_PORTS:
        raise InvalidRequest(
            f"{shown(str(parts))} begins with neither http:// nor https://. {way_out}"
        )
    if parts.userinfo:
        raise InvalidRequest(f"The URL carries a user name for {shown(host)}. Leave it out.")
    if len(host) > HOST_LENGTH_AT_MOST or not HOST.fullmatch(host):
        raise InvalidRequest(f"{shown(host)} is not the name of a host. {way_out}")
    port = DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    if port not in DEFAULT_PORTS.values() and host_port(host, port) not in private_hosts:
        raise InvalidRequest(
            f"Port {shown(str(port))} is not followed, only 80 and 443 are. {way_out}"
        )
    return WebAddress(
        url=str(parts.copy_with(fragment=None)),
        scheme=parts.scheme,
        host=host,
        authority=parts.netloc.decode("ascii"),
        target=httpcore.URL(scheme=parts.raw_scheme, host=host, port=port, target=parts.raw_path),
    )


def redirected(start: WebAddress, location: str, private_hosts: frozenset[str]) -> WebAddress:
    """Where a `Location` header leads, checked as if it had been asked for.

    Raises:
        SourceFailed: It leads to what is not followed, or from https to http.
    """
    try:
        target = parse(str(httpx.URL(start.url).join(location)), private_hosts)
    except (httpx.InvalidURL, ValueError, InvalidRequest) as error:
        raise SourceFailed(
            f"{start.host} redirected to {shown(location)}, which is not followed. {WAY_OUT}"
        ) from error
    if start.scheme == "https" and target.scheme == "http":
        raise SourceFailed(
            f"{start.host} redirected from https to http, which is not followed. {WAY_OUT}"
        )
    return target
