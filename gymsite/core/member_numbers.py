"""Member numbers: a serial and its Luhn check digit (ISO/IEC 7812-1, annex B).

The check digit makes a mistyped number nobody's.
"""


def check_digit(serial: str) -> str:
    """The digit that completes ``serial``.

    Migration core.0001 computes the same in the database.
    """
    doubled = [
        int(digit) * (2 if place % 2 == 0 else 1)
        for place, digit in enumerate(reversed(serial))
    ]
    return str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def read(text: str) -> str | None:
    """The member number in what a person typed, or None if its check digit is wrong."""
    number = "".join(text.split())
    if not (number.isascii() and number.isdigit() and 2 <= len(number) <= 12):
        return None
    return number if check_digit(number[:-1]) == number[-1] else None
