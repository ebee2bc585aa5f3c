#!/usr/bin/env python3
"""Run a gymsite command; the embedded PostgreSQL is started first where no DATABASE_URL is given."""

import os
import sys

from django.core.management import execute_from_command_line

from gymsite.core import database

NEED_NO_DATABASE = {"", "help", "collectstatic", "startapp", "version", "--help", "--version"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gymsite.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command not in NEED_NO_DATABASE and "--help" not in sys.argv:
        database.ensure_running()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
