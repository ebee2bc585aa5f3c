"""What is recorded about partners."""

from gymsite.core.event_kinds import EventKind


class PartnerEvent(EventKind):
    PARTNER_ON = "partner_on"
    PARTNER_OFF = "partner_off"
    DELEGATE_ADDED = "delegate_added"
    DELEGATE_REMOVED = "delegate_removed"
    MEMBER_SPONSORED = "member_sponsored"
    SPONSORSHIP_ENDED = "sponsorship_ended"
    API_KEY_MADE = "api_key_made"
    API_KEY_ROTATED = "api_key_rotated"
    API_KEY_ENDED = "api_key_ended"
