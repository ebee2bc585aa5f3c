from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with OWASP's parameters (19 MiB, two passes, one lane).

    With Django's 100 MiB per log-in a worker of 130 MB becomes one of 230 MB, and ten
    log-ins at once make the machine swap.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
