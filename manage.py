#!/usr/bin/env python3
"""Run a gymsite command; where no DATABASE_URL is given, the embedded PostgreSQL is
started first and left running."""

import os
import sys

from django.core.management import execute_from_command_line

from gymsite.postgres import database
from gymsite.postgres.errors import ServerFailed

# `database` and `demo` start it themselves, because they also stop it; `prove` has a
# cluster of its own
NEED_NO_SERVER = {
    "",
    "help",
    "version",
    "--help",
    "-h",
    "--version",
    "collectstatic",
    "startapp",
    "database",
    "demo",
    "prove",
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gymsite.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    wants_help = bool({"--help", "-h"} & set(sys.argv))
    try:
        if (
            command not in NEED_NO_SERVER
            and not wants_help
            and database.ensure_running()
        ):
            sys.stderr.write("Started the embedded PostgreSQL; `make stop` stops it.\n")
        execute_from_command_line(sys.argv)
    except ServerFailed as failure:
        sys.exit(str(failure))


if __name__ == "__main__":
    main()
