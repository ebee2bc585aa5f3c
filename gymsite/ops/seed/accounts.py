"""The accounts that every seeded database has, one for each role."""

from dataclasses import dataclass

from gymsite.core.member_numbers import check_digit
from gymsite.core.models.users import Role

PASSWORD = "northside-demo-2000"  # noqa: S105 - printed for everybody to use; production refuses to be seeded
PIN = "240816"
FIRST_SERIAL = 1_000_001


@dataclass(frozen=True, slots=True)
class Account:
    """One demo account.

    ``id`` is its place from 1, which fixes the user's id and member number at every
    scale.
    """

    id: int
    role: str
    username: str
    first_name: str
    last_name: str

    @property
    def password(self) -> str:
        return PASSWORD

    @property
    def member_number(self) -> str:
        serial = str(FIRST_SERIAL + self.id - 1)
        return serial + check_digit(serial)


ACCOUNTS = (
    Account(1, Role.OWNER, "owner", "Imogen", "North"),
    Account(2, Role.MANAGER, "manager", "Tomasz", "Mazur"),
    Account(3, Role.FRONT_DESK, "desk", "Priya", "Nair"),
    Account(4, Role.TRAINER, "trainer", "Kwame", "Mensah"),
    Account(5, Role.MEMBER, "member", "Sofía", "Ortega"),
)
DEMO_TRAINER = ACCOUNTS[3]
DEMO_MEMBER = ACCOUNTS[4]


def described() -> list[str]:
    """One line an account, for people."""
    lines = [
        f"{account.role.replace('_', ' '):<11} {account.username:<8} {account.password}"
        for account in ACCOUNTS
    ]
    return [*lines, f"kiosk       member number {DEMO_MEMBER.member_number}, PIN {PIN}"]
