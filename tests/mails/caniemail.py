"""What mail programs support, as www.caniemail.com found it: its data in a compact form, kept in caniemail.json.

To take newer data: unpack the npm package `caniemail` (MIT, caniemail.LICENSE), then
`python -m tests.mails.caniemail VERSION package/data/caniemail.json`.
"""

import json
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

KEPT = Path(__file__).with_name("caniemail.json")
PROGRAMS = {
    "gmail": ("desktop-webmail", "mobile-webmail", "ios", "android"),
    "outlook": ("windows", "outlook-com"),
    "apple-mail": ("macos", "ios"),
    "yahoo": ("desktop-webmail", "ios", "android"),
    "gmx": ("desktop-webmail", "ios", "android"),
    "web-de": ("desktop-webmail", "ios", "android"),
}
"""The programs that our mails must suit, with the platforms of each."""
COLUMNS = [f"{program}/{platform}" for program, platforms in PROGRAMS.items() for platform in platforms]
FULL, PARTIAL, NONE, UNKNOWN = "yanu"


@cache
def support() -> Mapping[str, str]:
    """For each feature a letter a column: y full, a partial, n none, u not known."""
    features: dict[str, str] = json.loads(KEPT.read_text("utf-8"))["features"]
    return features


def gaps(feature: str) -> frozenset[str]:
    """Where the feature does not work: "outlook/windows"; with a "~" behind it where it works in part.

    Raises KeyError for a feature that caniemail does not know.
    """
    mark = {NONE: "", PARTIAL: "~"}
    return frozenset(
        column + mark[letter] for column, letter in zip(COLUMNS, support()[feature], strict=True) if letter in mark
    )


def _compact(version: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "source": f"npm package caniemail {version}, data of www.caniemail.com of {data['last_update_date'][:10]}",
        "licence": "MIT, see caniemail.LICENSE",
        "columns": COLUMNS,
        "features": {
            feature["slug"]: "".join(_newest(feature["stats"], *column.split("/")) for column in COLUMNS)
            for feature in sorted(data["data"], key=lambda feature: feature["slug"])
            if feature["category"] != "others"
        },
    }


def _newest(stats: Mapping[str, Any], program: str, platform: str) -> str:
    """The letter of the newest version that was tested; what follows it are numbers of notes."""
    versions = list(stats.get(program, {}).get(platform, {}).values())
    return str(versions[-1])[0] if versions else UNKNOWN


if __name__ == "__main__":
    found = _compact(sys.argv[1], json.loads(Path(sys.argv[2]).read_text("utf-8")))
    KEPT.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
