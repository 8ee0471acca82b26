"""What can go wrong with the journal's file, in words and with a remedy."""

import sqlite3
from pathlib import Path


class JournalError(Exception):
    """The journal can't be opened, read or written. `title` says why, `remedy` what to do about it."""

    def __init__(self, title: str, remedy: str) -> None:
        super().__init__(f"{title}. {remedy}")
        self.title = title
        self.remedy = remedy


ELSEWHERE = "Free it, or start with --journal on another path."


def of_sqlite(error: sqlite3.Error, path: Path) -> JournalError:
    """SQLite's error as one of ours. Its primary code is the low byte of the extended one."""
    code = getattr(error, "sqlite_errorcode", None)
    match code & 0xFF if code is not None else None:
        case sqlite3.SQLITE_FULL:
            return JournalError("The journal's disk is full", f"Make room where {path} lies, or use --journal.")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return JournalError("The journal is locked by another program", f"End what has {path} open for writing.")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return JournalError("The journal can't be written, only read", f"Give yourself write access to {path}.")
        case sqlite3.SQLITE_CANTOPEN:
            return JournalError("The journal can't be opened", f"Check that {path} is a file you may read and write.")
        case sqlite3.SQLITE_NOTADB:
            return JournalError("The journal's file is not a journal", f"Choose another path than {path}.")
        case sqlite3.SQLITE_CORRUPT:
            return JournalError("The journal is damaged", f"Keep a copy of {path} and run `warroom journal verify`.")
        case sqlite3.SQLITE_IOERR:
            # A file size limit and a failing disk answer alike.
            return JournalError("The journal's disk does not take or give data", f"Check the disk of {path}.")
    return JournalError(f"The journal answers: {error}", f"Check {path}. {ELSEWHERE}")


def of_system(error: OSError, path: Path) -> JournalError:
    """An error of the file system as one of ours."""
    return JournalError(f"The journal can't be opened: {error.strerror or error}", f"Check {path}. {ELSEWHERE}")
