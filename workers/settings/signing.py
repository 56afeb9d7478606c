"""Settings of the keys that mails are signed with (DKIM)."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, FilePath, SecretStr, ValidationInfo, field_validator

from workers.postbox.dkim import Signer, private_key
from workers.settings.values import Domain, Maybe, Section


class Dkim(Section):
    """A key that mails are signed with (DKIM). `rappel config dkim` prints the DNS record that it needs."""

    domain: Domain = Field(description="Domain that signs: that of `mail.sender.address`, or one above it.")
    selector: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")] = Field(
        description="Name of the key: its DNS record is SELECTOR._domainkey.DOMAIN. A new key takes a new one."
    )
    key_file: Maybe[FilePath] = Field(None, description="PEM file of the private key, RSA (2048 bits) or Ed25519.")
    key: Maybe[SecretStr] = Field(None, description="The private key itself, in PEM, where it is no file.")

    @field_validator("key_file")
    @classmethod
    def _holds_a_key(cls, file: Path | None) -> Path | None:
        if file is not None:
            try:
                private_key(file.read_bytes())
            except OSError as error:
                raise ValueError(f"cannot be read: {error.strerror}") from None
        return file

    @field_validator("key")
    @classmethod
    def _is_the_only_one(cls, key: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if "key_file" in info.data and (key is None) == (info.data["key_file"] is None):
            raise ValueError("give key_file or key, one of them")
        if key is not None:
            private_key(key.get_secret_value().encode())
        return key

    @property
    def signer(self) -> Signer:
        """What signs with it. Reads the file."""
        pem = self.key_file.read_bytes() if self.key_file else self.key.get_secret_value().encode() if self.key else b""
        return Signer(self.domain, self.selector, private_key(pem))


def _selectors_differ(keys: tuple[Dkim, ...]) -> tuple[Dkim, ...]:
    if len({(key.domain, key.selector) for key in keys}) != len(keys):
        raise ValueError("two keys have the same domain and selector")
    return keys


DkimKeys = Annotated[tuple[Dkim, ...], AfterValidator(_selectors_differ)]
