"""Our own folders: for the user alone, because Typesense writes the values of keys there."""

import errno
import logging
import os
from functools import cache
from pathlib import Path

logger = logging.getLogger(__name__)

PRIVATE = 0o700
_OTHERS = 0o077


def ensure_private_folder(folder: Path) -> None:
    """Make the folder where it is missing, and those above it, for the user alone, whatever the umask.

    One that is there stays as it is: others may share it on purpose. That they can look into it is told, once
    a process. Raises :class:`OSError`.
    """
    if folder.is_dir():
        _tell_who_looks_in(folder.resolve())
        return
    for parent in reversed([folder, *(each for each in folder.parents if not each.exists())]):
        try:
            parent.mkdir(mode=PRIVATE, exist_ok=True)
        except FileExistsError as error:
            # What stands there is looked at last: another program may have made the folder a moment ago.
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(parent)) from error
        # The umask may have taken away from what was asked for.
        parent.chmod(PRIVATE)


@cache
def _tell_who_looks_in(folder: Path) -> None:
    mode = folder.stat().st_mode
    if mode & _OTHERS:
        logger.warning(
            "Others on this machine may look into %s (mode %o), which may hold search keys. Run chmod"
            " 700 %s, or let PYF_DATA_DIR name a folder of its own.",
            folder,
            mode & 0o777,
            folder,
        )
