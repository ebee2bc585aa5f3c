"""Refusals: what a rule, or the database as the last word, says no with."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Self

from django.db import Error as DatabaseError

from gymsite.core import money


class DomainError(Exception):
    """A refusal in words for people. The docstring of a subclass is its title.

    ``detail`` says which value broke which rule, ``remedy`` what to do about it;
    ``values`` are the same facts for machines (JSON types only); ``code`` never changes
    once published. ``is_final`` is False for a refusal that passes by itself within
    minutes: no Idempotency-Key keeps it, since asked again the same request may well
    succeed.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    is_final: ClassVar[bool] = True

    def __init__(self, detail: str = "", *, remedy: str = "", **values: Any) -> None:
        self.detail = detail or self.title
        self.remedy = remedy
        self.values = values
        super().__init__(f"{self.code}: {self.detail}")

    @classmethod
    def heading(cls) -> str:
        """The first paragraph of the class's docstring, as one line."""
        return " ".join((cls.__doc__ or cls.code).strip().split("\n\n")[0].split())

    @property
    def title(self) -> str:
        return self.heading()

    @property
    def message(self) -> str:
        return f"{self.detail} {self.remedy}".strip()

    def again(self) -> Self:
        """The same refusal, to be raised anew.

        An exception carries the trace of where it was raised.
        """
        made = type(self).__new__(type(self), *self.args)
        made.__dict__.update(self.__dict__)
        return made


class NotFound(DomainError):
    """There is nothing here."""

    code = "not_found"
    status = 404


class Forbidden(DomainError):
    """This is not yours to do."""

    code = "forbidden"
    status = 403


class Invalid(DomainError):
    """Some of what you sent can't be used.

    ``errors`` maps a field's name to its messages.
    """

    code = "invalid"
    status = 422

    def __init__(
        self, errors: dict[str, list[str]], detail: str = "", **values: Any
    ) -> None:
        self.errors = errors
        super().__init__(
            detail
            or "; ".join(f"{name}: {' '.join(said)}" for name, said in errors.items()),
            **values,
        )


def misfit(name: str, words: str) -> Invalid:
    """The refusal of a value that does not fit those beside it.

    It is said of the field that should change.
    """
    return Invalid({name: [words]}, words)


class TooMany(DomainError):
    """That was too many tries. Wait a little."""

    code = "too_many_tries"
    status = 429
    is_final = False


class Busy(DomainError):
    """Many want the same thing at this moment. Nothing was changed."""

    code = "busy"
    status = 503
    is_final = False


class InUse(DomainError):
    """Something still hangs on this."""

    code = "in_use"


class EmailTaken(DomainError):
    """Somebody has an account with this e-mail address. Log in, or reset the
    password."""

    code = "email_taken"


class UsernameTaken(DomainError):
    """This username is taken. Choose another."""

    code = "username_taken"


class BadPin(DomainError):
    """That member number and PIN don't match."""

    code = "bad_pin"
    status = 403


class BadCredentials(DomainError):
    """That name and password don't match."""

    code = "bad_credentials"
    status = 401


class SecondFactorNeeded(DomainError):
    """This account asks for a code besides the password."""

    code = "second_factor_needed"
    status = 401


class BadToken(DomainError):
    """This token is unknown, used or expired. Log in again."""

    code = "bad_token"
    status = 401


_BY_CONSTRAINT: dict[str, DomainError] = {}


def for_constraint(name: str, error: DomainError) -> None:
    """Say which refusal a violation of the constraint ``name`` means.

    Each app's errors module calls this.
    """
    _BY_CONSTRAINT[name] = error


def refusal_for(name: str) -> DomainError | None:
    """The refusal that a constraint stands for, if it was given one."""
    return _BY_CONSTRAINT.get(name)


def known_constraints() -> frozenset[str]:
    return frozenset(_BY_CONSTRAINT)


def constraint_of(exception: DatabaseError) -> str | None:
    """The constraint that a database error names, if it names one."""
    diagnosis = getattr(exception.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a constraint's violation within it into the domain error it stands for.

    Other errors pass unchanged.
    """
    try:
        yield
    except DatabaseError as exception:
        error = _BY_CONSTRAINT.get(constraint_of(exception) or "")
        if error is None:
            raise
        raise error.again() from exception


for_constraint("core_user_email_unique", EmailTaken())
for_constraint("core_user_username_unique", UsernameTaken())
for_constraint("core_user_username_key", UsernameTaken())
for_constraint("core_brand_hue_on_the_wheel", misfit("hue", "A hue is 0 to 359."))
for_constraint("core_brand_currency_known", misfit("currency", money.UNKNOWN))
for_constraint(
    "core_branchhours_one_a_weekday",
    misfit("weekday", "This weekday has its hours already."),
)
for_constraint(
    "core_branchhours_close_after_opening",
    misfit(
        "closes",
        "Closing comes after opening. A day that ends at midnight closes at 00:00.",
    ),
)
