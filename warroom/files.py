"""Every file that warroom writes: for its owner alone, safe on the disk, never through a link nor over another's.

Folders may be shared, and their owners hostile: what is written is named within a folder that is held open, so that
nobody can put another in its place meanwhile. All of it raises OSError, whose `strerror` ends a sentence.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import IO

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_WITHOUT_WAITING = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe laid there would hold us for ever


def make_folder(path: Path, mode: int = PRIVATE_FOLDER) -> None:
    """Make a folder and those above it that are missing. One that is there stays as it is."""
    for folder in reversed([path, *path.absolute().parents]):
        if folder.exists():
            continue
        with suppress(FileExistsError):  # another process was faster, or a link leads nowhere
            folder.mkdir(mode=mode)
            _keep(folder.parent)
    if not path.is_dir():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))


def put(path: Path, content: str | bytes, *, mode: int = PRIVATE_FILE, own: bool = False) -> None:
    """Write a whole file, new or over one of ours: a crash or a full disk leaves the old one. `own` as in `begin`.

    What is there and is a link, no regular file, or somebody else's is left alone, and refused.
    """
    with _opened(path.parent, own) as folder:
        known = _ours(folder, path)
        draft = f".warroom-{os.urandom(8).hex()}"
        claimed = False
        try:
            with os.fdopen(os.open(draft, _NEW, PRIVATE_FILE, dir_fd=folder), "wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
                os.fchmod(file.fileno(), mode)
                _sync(file)
            if not known:
                # A rename asks nobody: the name is taken first, so that nothing that came meanwhile is written over.
                os.close(os.open(path.name, _NEW, mode, dir_fd=folder))
                claimed = True
            os.replace(draft, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            for name in (draft, path.name) if claimed else (draft,):
                with suppress(OSError):
                    os.unlink(name, dir_fd=folder)
            raise
        _sync_folder(folder)


def create(path: Path, content: bytes = b"", mode: int = PRIVATE_FILE) -> None:
    """Write a file that is not there yet, whole or not at all. Raises FileExistsError for one that is, or a link.

    `mode` is what the umask leaves of it.
    """
    with _opened(path.parent, own=False) as folder:
        handle = os.open(path.name, _NEW, mode, dir_fd=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                _sync(file)
        except BaseException:
            with suppress(OSError):
                os.unlink(path.name, dir_fd=folder)
            raise
        _sync_folder(folder)


def begin(path: Path, *, own: bool = False) -> TextIOWrapper:
    """A new text file that grows line by line. Raises FileExistsError for one that is there, or a link.

    `own`: the folder is warroom's own. It is made where it is missing, and refused where it is a link or belongs to
    somebody else.
    """
    with _opened(path.parent, own) as folder:
        handle = os.open(path.name, _NEW, PRIVATE_FILE, dir_fd=folder)
        _sync_folder(folder)
    return TextIOWrapper(os.fdopen(handle, "wb"), encoding="utf-8")


def append(path: Path) -> TextIOWrapper:
    """A text file to be added to, new or ours, in a folder that is made where it is missing."""
    make_folder(path.parent)
    with _opened(path.parent, own=False) as folder:
        known = _ours(folder, path)
        flags = os.O_WRONLY | os.O_APPEND | _WITHOUT_WAITING
        handle = os.open(path.name, flags if known else flags | os.O_CREAT | os.O_EXCL, PRIVATE_FILE, dir_fd=folder)
    try:
        found = os.fstat(handle)
        if found.st_uid != os.geteuid() or found.st_nlink > 1:
            raise _foreign(path, "is somebody else's, or has a second name")
        os.fchmod(handle, PRIVATE_FILE)
    except BaseException:
        os.close(handle)
        raise
    return TextIOWrapper(os.fdopen(handle, "ab"), encoding="utf-8")


def read_private(path: Path) -> str:
    """What stands in a file of ours that nobody else may read or write; raises OSError for any other."""
    with os.fdopen(os.open(path, os.O_RDONLY | _WITHOUT_WAITING), encoding="utf-8") as file:
        found = os.fstat(file.fileno())
        if found.st_uid != os.geteuid() or found.st_mode & 0o077 or not stat.S_ISREG(found.st_mode):
            raise _foreign(path, "is not its owner's alone")
        return file.read()


def lock(path: Path) -> int | None:
    """Hold a file of ours as long as this process lives; None where another does. Returns what `os.close` lets go of.

    The kernel lets go of it with the process, whatever that died of. Raises OSError where there is no such file.
    """
    handle = os.open(path, os.O_RDONLY | _WITHOUT_WAITING)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(handle), path.stat(follow_symlinks=False)):
            return handle
    except BlockingIOError:
        pass
    except BaseException:
        os.close(handle)
        raise
    os.close(handle)  # held by another, or taken away and perhaps written anew meanwhile
    return None


def remove(path: Path) -> None:
    """Take a file away, as far as that is possible. A link goes, not what it leads to."""
    with suppress(OSError):
        path.unlink()


@contextmanager
def _opened(path: Path, own: bool) -> Iterator[int]:
    """The folder, held open; one of our `own` must be there as we would make it."""
    if own:
        with suppress(FileExistsError):  # told below
            make_folder(path)
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    try:
        folder = os.open(path, flags | os.O_NOFOLLOW if own else flags)
    except OSError as error:
        if own and error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise _foreign(path, "is a link or no folder") from error
        raise
    try:
        if own and os.fstat(folder).st_uid != os.geteuid():
            raise _foreign(path, "belongs to somebody else")
        yield folder
    finally:
        os.close(folder)


def _ours(folder: int, path: Path) -> bool:
    """Whether the file is there; refuses one that is not ours to write."""
    try:
        found = os.stat(path.name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if stat.S_ISLNK(found.st_mode):
        raise _foreign(path, "is a link")
    if not stat.S_ISREG(found.st_mode):
        raise _foreign(path, "is no regular file")
    if found.st_uid != os.geteuid():
        raise _foreign(path, "belongs to somebody else")
    if not os.access(path.name, os.W_OK, dir_fd=folder):  # a rename would not ask
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    return True


def _foreign(path: Path, why: str) -> PermissionError:
    return PermissionError(errno.EPERM, f"it {why}, and is left alone: take it away, or name another place", str(path))


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _keep(path: Path) -> None:
    """Have the disk remember what was made in a folder."""
    with suppress(OSError):
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            _sync_folder(folder)
        finally:
            os.close(folder)


def _sync_folder(folder: int) -> None:
    with suppress(OSError):  # some network file systems know no such thing, and the file itself is safe
        os.fsync(folder)
