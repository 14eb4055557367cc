"""Every script by the name under which a call keeps it."""

from collections.abc import Mapping

from ivr.call import Script
from ivr.dialogues.consent_to_charge import consent_to_charge
from ivr.dialogues.register_card import register_card
from ivr.dialogues.turned_away import being_charged, being_checked, busy, too_late

SCRIPTS: Mapping[str, Script] = {
    "register_card": register_card,
    "consent_to_charge": consent_to_charge,
    "busy": busy,
    "being_checked": being_checked,
    "being_charged": being_charged,
    "too_late": too_late,
}
