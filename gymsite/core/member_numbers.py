"""Member numbers: a serial and its Luhn check digit, so a mistyped one is nobody's
(ISO/IEC 7812-1, annex B)."""


def check_digit(serial: str) -> str:
    """The digit that completes ``serial``; migration core.0001 computes the same in the
    database."""
    doubled = [
        int(digit) * (2 if place % 2 == 0 else 1)
        for place, digit in enumerate(reversed(serial))
    ]
    return str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def read(text: str) -> str | None:
    """The member number in what a person typed, or None when its check digit is
    wrong."""
    number = "".join(text.split())
    if not (number.isascii() and number.isdigit() and 2 <= len(number) <= 12):
        return None
    return number if check_digit(number[:-1]) == number[-1] else None
