"""dkimpy as it is in Debian, in a process of its own: a verifier of DKIM signatures that is not ours."""

import json
import subprocess
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from tests.servers.need import need_debians_python
from workers.postbox.dkim import Signer

_PROGRAM = """
import base64, json, sys
import dkim
for line in sys.stdin:
    asked = json.loads(line)
    message = base64.b64decode(asked["message"])
    verifier = dkim.DKIM(message, minkey=1024)
    found = []
    for number in range(len([1 for name, _ in verifier.headers if name.lower() == b"dkim-signature"])):
        def published(name, timeout=5):
            return asked["records"].get(name.decode().rstrip("."), "").encode()
        try:
            good = verifier.verify(number, dnsfunc=published)
        except dkim.DKIMException as error:
            good = False
        fields = {name.decode().strip(): value.decode() for name, value in verifier.signature_fields.items()}
        found.append({"good": good, "fields": fields})
    print(json.dumps(found), flush=True)
"""


@dataclass(frozen=True)
class Seen:
    """What dkimpy says of one signature."""

    good: bool
    fields: Mapping[str, str]

    @property
    def domain(self) -> str:
        return self.fields["d"]

    @property
    def algorithm(self) -> str:
        return self.fields["a"]

    @property
    def signed(self) -> list[str]:
        return [name.strip() for name in self.fields["h"].split(":")]


class Verifier:
    """Asks the process, mail by mail. `published` are the signers whose records the DNS has."""

    def __init__(self, process: "subprocess.Popen[str]", published: Iterable[Signer]) -> None:
        self._process = process
        self._records = {signer.record_name: signer.record for signer in published}

    def look_at(self, message: bytes) -> list[Seen]:
        """All signatures of a mail, from the topmost down."""
        asked = {"message": b64encode(message).decode(), "records": self._records}
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return [Seen(**each) for each in json.loads(self._process.stdout.readline())]


@contextmanager
def verifying(published: Iterable[Signer]) -> Iterator[Verifier]:
    program = [need_debians_python("dkim", "nacl"), "-c", _PROGRAM]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Verifier(process, published)
        assert process.stdin
        process.stdin.close()
