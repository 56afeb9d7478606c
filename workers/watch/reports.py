"""Error reports to Sentry: that something broke and where, never whom it was about."""

from typing import Any

import sentry_sdk

_PRIVATE = ("extra", "request", "user", "breadcrumbs", "contexts")


def configure(dsn: str | None) -> None:
    """Start reporting; before the broker is built, because its integration patches it. Nothing without a DSN."""
    if dsn is None:
        return
    sentry_sdk.init(
        dsn=dsn,
        send_default_pii=False,
        include_local_variables=False,
        max_breadcrumbs=0,
        before_send=scrub,  # type: ignore[arg-type]
    )


def scrub(event: dict[str, Any], _hint: dict[str, Any]) -> dict[str, Any]:
    """Drop everything that can hold a message's arguments or a person's data; type and place of the error stay."""
    kept = {key: value for key, value in event.items() if key not in _PRIVATE}
    for exception in kept.get("exception", {}).get("values", []):
        exception["value"] = exception.get("type", "")
    return kept


def report(error: BaseException) -> None:
    """Report once what a loop survives."""
    sentry_sdk.capture_exception(error)
