from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with OWASP's parameters (19 MiB, two passes, one lane).

    Django's 100 MiB a log-in would make a worker of 130 MB one of 230, and ten at once
    a machine that swaps.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
