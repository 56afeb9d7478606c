"""`rappel ingest` takes a stream of any length in constant memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]

_INGEST = """
import json, resource, sys, time
from tests.stages.fleet import INTAKE, MONDAY, SALES, lead
from tests.scenarios import event
from workers.stages.incoming import Incoming
from workers.stages.ingest import ingest_all
from workers.store.database import Database

url, size = sys.argv[1], int(sys.argv[2])

def lines():
    yield SALES
    for n in range(size - 1):
        if n % 10:
            yield lead(f"L-{n % (size // 4)}", acceptor=f"U-{n % 100}", title=f"Lead {n}")
        else:
            company = f"K-{n // 10 % 25_000}"
            yield event("contact.saved", MONDAY, id=f"C-{n}", company=company, first_name="C", last_name=str(n))

database, began, peaks, taken = Database(url), time.monotonic(), [], 0
incoming = (Incoming(n, json.dumps(each), MONDAY) for n, each in enumerate(lines(), start=1))
for done in ingest_all(database, incoming, INTAKE):
    taken += sum(answer.status == "accepted" for answer in done.answers)
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
database.close()
quarter = peaks[len(peaks) // 4]
print(json.dumps({"taken": taken, "grown": peaks[-1] - quarter, "a_second": taken / (time.monotonic() - began)}))
"""


@pytest.mark.parametrize("size", [8_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_a_long_stream_is_ingested_in_constant_memory(database_url: str, size: int) -> None:
    command = [sys.executable, "-c", _INGEST, database_url, str(size)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=3000)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    print(found)  # noqa: T201 - the speed is for those who look (-rP)
    assert found["taken"] == size
    assert found["grown"] < 16, "MiB from the first quarter on"
