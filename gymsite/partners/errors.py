"""What is refused to partners, and about them."""

from gymsite.core.errors import DomainError, for_constraint, misfit


class PartnerNotFound(DomainError):
    """There is no such partner."""

    code = "partner_not_found"
    status = 404


class PartnerOff(DomainError):
    """This partner is switched off."""

    code = "partner_off"


class AlreadySponsored(DomainError):
    """This member has a sponsor already."""

    code = "already_sponsored"


class AlreadyDelegate(DomainError):
    """This person acts for the partner already."""

    code = "already_delegate"


class SponsorshipNotFound(DomainError):
    """The partner sponsors nobody of this reference."""

    code = "sponsorship_not_found"
    status = 404


class BadKey(DomainError):
    """This API key is unknown, ended or expired."""

    code = "bad_key"
    status = 401


class KeyInAddress(DomainError):
    """An API key never stands in an address: addresses are logged by everybody on the
    way."""

    code = "key_in_address"
    status = 401


class ScopeMissing(DomainError):
    """This API key does not open this."""

    code = "scope_missing"
    status = 403


class KeyNotFound(DomainError):
    """There is no such API key, or it has ended."""

    code = "key_not_found"
    status = 404


class TooManyKeys(DomainError):
    """A partner has at most 20 API keys at a time."""

    code = "too_many_keys"


for_constraint(
    "partners_sponsorship_one_a_member",
    AlreadySponsored(remedy="End the other sponsorship first."),
)
for_constraint("partners_delegate_once", AlreadyDelegate())
for_constraint(
    "partners_apikey_requests_a_minute",
    misfit("requests_a_minute", "A key may ask 1 to 60,000 times a minute."),
)
