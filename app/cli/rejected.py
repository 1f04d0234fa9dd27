"""The report of rows that were not taken: JSON lines beside the file, each with the row, the reasons and the row itself."""

import json
from pathlib import Path
from types import TracebackType
from typing import IO, Any


class RejectedReport:
    """Opened at the first rejected row, so that a file without faults leaves no report; one of an earlier run goes."""

    def __init__(self, source: Path, path: Path | None) -> None:
        self.path = path if path is not None else source.with_name(source.name + ".rejected.jsonl")
        self.rows = 0
        self._is_own = path is None
        self._file: IO[str] | None = None

    def __enter__(self) -> "RejectedReport":
        if self._is_own:
            self.path.unlink(missing_ok=True)
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, row: int, reasons: list[dict[str, Any]], record: Any = None) -> None:
        """Write one row with its reasons; each names a place and says what is wrong there and how to mend it."""
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8")
        self.rows += 1
        line = {"row": row, "reasons": reasons, **({} if record is None else {"record": record})}
        self._file.write(json.dumps(line, ensure_ascii=True) + "\n")
