"""Whatever the facts and options: one copy a person and address, one reason a person, nobody without a place."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.activities import off
from tests.world import utc
from workers.domain.cases import ActivityCase, ActivityObject
from workers.domain.facts import Activity, Company, Contact, Deal, Project, Reachability, Ticket, User
from workers.domain.notices import LetterPlan
from workers.domain.reasons import Outcome, Reason
from workers.domain.recipients import REFUSALS, fold
from workers.domain.responsibility import ResponsibilityRules, decide

KEPT = {
    Reason.COMPANY_ACCOUNT_MANAGER,
    Reason.COMPANY_SECOND_ACCOUNT_MANAGER,
    Reason.DEAL_RESPONSIBLE,
    Reason.PROJECT_RESPONSIBLE,
    Reason.TICKET_RESPONSIBLE,
    Reason.CUSTOM_FIELD_USER,
}

IDS = st.sampled_from(["U-1", "U-2", "U-3", "U-4"])
ADDRESSES = st.sampled_from([None, " ", "a@example.com", "A@Example.com ", "b@example.com", "c@example.org"])
LANGUAGES = st.sampled_from(["en", "de", "fr", "it"])
USERS = st.lists(
    st.builds(User, IDS, st.just("Somebody"), ADDRESSES, LANGUAGES, active=st.booleans()),
    max_size=4,
    unique_by=lambda user: user.id,
).map(lambda found: {user.id: user for user in found})

PLACES = st.lists(IDS, max_size=4).map(tuple)
COMPANIES = st.builds(
    lambda first, second, deleted: Company("K-1", "Hafenbau", account_managers=(first, second), deleted=deleted),
    st.none() | IDS,
    st.none() | IDS,
    st.booleans(),
)
OBJECTS: st.SearchStrategy[ActivityObject | None] = st.one_of(
    st.none(),
    COMPANIES,
    st.builds(Deal, st.just("D-1"), st.just("A deal"), PLACES),
    st.builds(Project, st.just("J-1"), st.just("A project"), PLACES),
    st.builds(Ticket, st.just("T-1"), st.just("A ticket"), st.none() | IDS),
    st.builds(Contact, st.just("C-1"), st.just("K-1"), custom_user=st.none() | IDS),
)
RULES = st.builds(
    ResponsibilityRules,
    second_account_manager=st.booleans(),
    notify_actor=st.booleans(),
    cross_notify=st.booleans(),
    notify_custom_user_field=st.booleans(),
    plan=st.sampled_from([None, "move", "boost", "unknown"]),
)
REACHES = st.builds(
    Reachability,
    st.lists(st.builds(off, st.sampled_from([None, "de", "fr"]), enabled=st.booleans()), max_size=2).map(tuple),
    st.sets(st.sampled_from(["a@example.com", "c@example.org"])).map(frozenset),
)
ACTIONS = st.sampled_from(["closed", "created", "customer_replied", "note_added"])


@st.composite
def cases(draw: st.DrawFn) -> ActivityCase:
    object = draw(OBJECTS)
    kind = type(object).__name__.lower() if object else draw(st.sampled_from(["deal", "contact", "invoice"]))
    return ActivityCase(
        activity=Activity(f"{kind}/1", draw(ACTIONS), utc("2026-06-01T09:30"), actor=draw(st.none() | IDS)),
        object=object,
        company=object if isinstance(object, Company) else draw(st.none() | COMPANIES),
        users=draw(USERS),
        reach=draw(REACHES),
    )


def named(case: ActivityCase, rules: ResponsibilityRules) -> set[str]:
    """Refs of the users whom any fact names as answering for the object."""
    users: set[str | None] = set()
    match case.object:
        case Company(account_managers=managers):
            users.update(managers)
        case Deal(responsible=responsible):
            users.update(responsible)
            if rules.cross_notify and case.company:
                users.update(case.company.account_managers)
        case Project(responsible=responsible):
            users.update(responsible)
        case Ticket(responsible=user):
            users.add(user)
        case Contact(custom_user=user) if rules.notify_custom_user_field:
            users.add(user)
    return {f"user/{user}" for user in users if user}


@given(cases(), RULES)
def test_at_most_one_copy_a_person_and_address(case: ActivityCase, rules: ResponsibilityRules) -> None:
    decision = decide(case, rules)
    readers = [person for letter in decision.letters for person in letter.to + letter.cc]
    addresses = Counter(fold(person.address or "") for person in readers)

    assert all(copies == 1 for copies in Counter(person.ref for person in readers).values())
    assert all(copies == 1 for copies in addresses.values())
    assert not addresses.keys() & (case.reach.suppressed | {""})


@given(cases(), RULES)
def test_everybody_considered_is_named_by_a_fact_and_has_one_entry_with_one_reason(
    case: ActivityCase, rules: ResponsibilityRules
) -> None:
    people = decide(case, rules).people

    assert all(entries == 1 for entries in Counter(person.ref for person in people).values())
    assert all(person.reason in (KEPT if person.kept else REFUSALS) for person in people)
    assert all(person.roles for person in people)
    assert {person.ref for person in people if person.ref} in (set(), named(case, rules))


@given(cases(), RULES)
def test_each_kept_person_reads_one_letter_in_their_language_and_the_first_gives_the_reason(
    case: ActivityCase, rules: ResponsibilityRules
) -> None:
    decision = decide(case, rules)
    kept = [person for person in decision.people if person.kept]

    assert decision.sends is bool(kept)
    assert decision.letters == tuple(LetterPlan("activity", str(person.language), (person,)) for person in kept)
    if kept:
        assert decision.reason is kept[0].reason


@given(cases(), RULES)
def test_an_error_means_that_nobody_is_named_and_a_wait_that_nothing_is_known(
    case: ActivityCase, rules: ResponsibilityRules
) -> None:
    decision = decide(case, rules)

    if decision.outcome is Outcome.FAILED:
        assert isinstance(case.object, Deal | Project)
        assert not case.object.responsible
    assert (decision.outcome is Outcome.HELD) is (case.object is None and case.activity.kind == "deal")


@given(cases(), RULES)
def test_with_notify_actor_off_the_actor_is_never_told(case: ActivityCase, rules: ResponsibilityRules) -> None:
    told = {person.ref for person in decide(case, rules).people if person.kept}

    if not rules.notify_actor:
        assert f"user/{case.activity.actor}" not in told
