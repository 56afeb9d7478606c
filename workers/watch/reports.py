"""Error reports to Sentry: that something broke and where, never whom it was about."""

from typing import Any

import sentry_sdk

_PRIVATE = ("extra", "request", "user", "breadcrumbs", "contexts", "message", "logentry")


def configure(dsn: str | None) -> None:
    """Start reporting. Nothing without a DSN.

    What breaks is reported by us: integrations with libraries attach the message or request that it was about.
    """
    if dsn is None:
        return
    sentry_sdk.init(
        dsn=dsn,
        send_default_pii=False,
        include_local_variables=False,
        max_breadcrumbs=0,
        auto_enabling_integrations=False,
        before_send=scrub,  # type: ignore[arg-type]
    )


def scrub(event: dict[str, Any], _hint: dict[str, Any]) -> dict[str, Any]:
    """Drop everything that can hold a message's arguments or a person's data; type and place of the error stay.

    Of what was logged the words stay that a program of ours contains, without what they were filled with.
    """
    kept = {key: value for key, value in event.items() if key not in _PRIVATE}
    if str(event.get("logger", "")).startswith("workers."):
        kept["logentry"] = {"message": event.get("logentry", {}).get("message", "")}
    for exception in kept.get("exception", {}).get("values", []):
        exception["value"] = exception.get("type", "")
    return kept


def report(error: BaseException, part: str) -> None:
    """Report once what a loop survives. `part`: of the fleet, that it befell."""
    sentry_sdk.capture_exception(error, tags={"part": part})
