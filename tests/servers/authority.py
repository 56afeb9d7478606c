"""A certificate authority of the tests' own, and what it and others may certify, rightly or not."""

import ipaddress
import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.servers.smtpd import Certificate

LOCALHOST = ("localhost", "127.0.0.1")
DAY = timedelta(days=1)
_NUMBERS = itertools.count(1)


class Authority:
    """Signs certificates; `cert` is the file by which it is trusted, and all that anybody needs of it."""

    def __init__(self, directory: Path, name: str = "Tests") -> None:
        self._directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(f"{name} authority")
        now = datetime.now(UTC)
        made = _builder(self._name, self._name, self._key, now - DAY, now + DAY)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        made = made.add_extension(_usage(signs=True), critical=True)
        self.cert = _write(directory, "authority", made.sign(self._key, hashes.SHA256()))

    def issue(self, *names: str, since: timedelta = -DAY, until: timedelta = DAY) -> Certificate:
        """For a server or client of these names (hosts or addresses), valid from and to so long from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        return self._issue(key, self._key, self._name, names or LOCALHOST, since, until)

    def issue_self_signed(self, *names: str) -> Certificate:
        """Signed by nobody but itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        return self._issue(key, key, _named("it alone"), names or LOCALHOST, -DAY, DAY)

    def _issue(
        self,
        key: ec.EllipticCurvePrivateKey,
        signer: ec.EllipticCurvePrivateKey,
        issuer: x509.Name,
        names: tuple[str, ...],
        since: timedelta,
        until: timedelta,
    ) -> Certificate:
        now = datetime.now(UTC)
        subject = issuer if signer is key else _named(names[0])
        made = _builder(subject, issuer, key, now + since, now + until)
        made = made.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        made = made.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        made = made.add_extension(_usage(signs=False), critical=True)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        cert = _write(self._directory, "leaf", made.sign(signer, hashes.SHA256()), private)
        return Certificate(cert, cert)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, since: datetime, until: datetime
) -> x509.CertificateBuilder:
    made = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number(), since, until)
    return made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write(directory: Path, what: str, certificate: x509.Certificate, private: bytes = b"") -> Path:
    path = directory / f"{what}-{next(_NUMBERS)}.pem"
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path
