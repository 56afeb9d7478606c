import json

import pytest

from tests.contract.speech import event
from workers.contract.answers import Answer, Warning
from workers.contract.envelope import parse
from workers.contract.refusal import Refused


def test_an_answer_omits_nothing_and_keeps_its_order() -> None:
    warning = Warning("unknown_reference", "/data/acceptor", "user U-9 has not been sent yet.")
    assert json.dumps(Answer(3, "crm", "ev-1", "accepted", warnings=(warning,)).to_json()) == (
        '{"position": 3, "source": "crm", "id": "ev-1", "status": "accepted", "reason": null, "pointer": null, '
        '"detail": null, "warnings": [{"code": "unknown_reference", "pointer": "/data/acceptor", '
        '"detail": "user U-9 has not been sent yet."}]}'
    )


def test_a_refusal_becomes_a_rejection() -> None:
    with pytest.raises(Refused) as caught:
        parse(event("lead.saved", id="ev-7", source="crm", data__stage=None))
    assert Answer.rejection(2, caught.value).to_json() == {
        "position": 2,
        "source": "crm",
        "id": "ev-7",
        "status": "rejected",
        "reason": "null_not_allowed",
        "pointer": "/data/stage",
        "detail": "stage must not be null: The stage of that process it is in.",
        "warnings": [],
    }
