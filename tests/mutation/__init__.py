"""Do the tests notice? One place of the code is changed at a time, and the tests that
run it have to fail.

    .venv/bin/python -m tests.mutation --help

docs/testing.md says how to read what it prints. ``places`` and ``sql`` say what may be
changed, ``live`` changes it in a process that has everything loaded, ``lanes`` runs the
tests, a forked process a change, ``measured`` knows which tests run a line, ``targets``
is the map.
"""
