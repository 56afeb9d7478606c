"""The settings that change the rules, as the stages hand them on."""

from dataclasses import dataclass, field

from workers.domain.calendar import DailyRun
from workers.domain.facts import PERMISSIONS
from workers.domain.follow_up import FollowUpRules
from workers.domain.notices import CLIENT, POINT_OF_CONTACT, WRITTEN_FOR
from workers.domain.occasions import OccasionRules
from workers.domain.renewals import RenewalRules
from workers.domain.responsibility import ResponsibilityRules


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything a decision depends on beside the facts. `permissions`: of a contact whose event names none (PX-3)."""

    daily: DailyRun
    follow_up: FollowUpRules
    renewals: RenewalRules
    responsibility: ResponsibilityRules = field(default_factory=ResponsibilityRules)
    occasions: OccasionRules = field(default_factory=OccasionRules)
    permissions: frozenset[str] = frozenset(PERMISSIONS)

    def toggle_of(self, template: str) -> str | None:
        """The toggle that governs letters of this template (PX-4); None: none does."""
        kind, audience = WRITTEN_FOR[template]
        if audience is POINT_OF_CONTACT:  # a user, who has none
            return None
        return (self.renewals.toggle or None) if audience is CLIENT else kind.toggle
