"""Signs pictures as cameras and generators do, by a certificate that is made for the purpose."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from io import BytesIO
from typing import Any

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
GENERATED = f"{VOCABULARY}trainedAlgorithmicMedia"
SIGNER = "A Press Agency"


def signed(
    picture: bytes, media_type: str = "image/jpeg", *, by: str = SIGNER, **created: Any
) -> bytes:
    """A picture with Content Credentials that say that a generator made it.

    Args:
        by: The name in the certificate.
        created: What the action says, instead.
    """
    action = {"action": "c2pa.created", "digitalSourceType": GENERATED, **created}
    manifest = {
        "claim_generator_info": [{"name": "Test Generator", "version": "1"}],
        "format": media_type,
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [action]}}],
    }
    chain, key = _credential(by)
    # c2pa-python passes both on as they are.
    info = c2pa.C2paSignerInfo(alg=b"es256", sign_cert=chain, private_key=key, ta_url=None)
    written = BytesIO()
    with c2pa.Signer.from_info(info) as signer, c2pa.Builder(manifest) as builder:
        builder.sign(signer, media_type, BytesIO(picture), written)
    return written.getvalue()


@cache
def _credential(name: str) -> tuple[bytes, bytes]:
    """A chain of certificates and the key of the first, as C2PA 2.2, 14.5.1 wants them."""
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _certificate("A root", root_key, None, root_key)
    leaf = _certificate(name, key, root, root_key)
    pem = serialization.Encoding.PEM
    return leaf.public_bytes(pem) + root.public_bytes(pem), key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    root = issuer is None
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1))
        .not_valid_after(datetime(2070, 1, 1))
        .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .add_extension(_usage(root), critical=True)
    )
    if not root:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(usage, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _usage(root: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not root,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=root,
        crl_sign=root,
        encipher_only=False,
        decipher_only=False,
    )
