"""Episodes: from the first lost call until somebody talked to the caller."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.callbacks.episodes import episodes_of
from callcenter.callbacks.rules import (
    OPEN_STATES,
    CallForEpisode,
    CallKey,
    Decision,
    Episode,
    EpisodeState,
    Subject,
    check_decision,
    is_missed,
    priority,
    subject_of,
)
from callcenter.calls.numbers import identity_key, normalise
from callcenter.calls.records import Direction, Outcome, Talk, TalkKind
from callcenter.errors import ConflictError, RefusedError

MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
FIVE_SECONDS = timedelta(seconds=5)


def after(seconds: float) -> datetime:
    return MORNING + timedelta(seconds=seconds)


def key(number: int) -> CallKey:
    return CallKey("pbx1", f"pbx1-{number}.0")


def lost(number: int, begin: float, end: float, outcome: Outcome = Outcome.ABANDONED_QUEUE) -> CallForEpisode:
    return CallForEpisode(
        key=key(number),
        direction=Direction.INBOUND,
        started_at=after(begin),
        answered_at=None,
        ended_at=after(end),
        outcome=outcome,
        lost_after_transfer=False,
        wait=timedelta(seconds=end - begin),
        talks=(),
    )


def talked(
    number: int,
    begin: float,
    end: float,
    direction: Direction = Direction.INBOUND,
    kind: TalkKind = TalkKind.AGENT,
) -> CallForEpisode:
    """A call whose talk lasts from `begin` to its end, after 10 seconds of waiting or ringing."""
    return CallForEpisode(
        key=key(number),
        direction=direction,
        started_at=after(begin - 10),
        answered_at=after(begin),
        ended_at=after(end),
        outcome=Outcome.ANSWERED,
        lost_after_transfer=False,
        wait=timedelta(seconds=10),
        talks=(Talk(with_="1001", kind=kind, from_=after(begin), to=after(end)),),
    )


def rung(number: int, begin: float, outcome: Outcome = Outcome.NO_ANSWER) -> CallForEpisode:
    """We called the number and nobody answered."""
    return replace(lost(number, begin, begin + 30, outcome), direction=Direction.OUTBOUND, wait=timedelta())


def episodes(*calls: CallForEpisode, decisions: tuple[Decision, ...] = ()) -> tuple[Episode, ...]:
    return episodes_of(calls, FIVE_SECONDS, decisions)


def outline(*calls: CallForEpisode, decisions: tuple[Decision, ...] = ()) -> list[tuple[list[int], EpisodeState]]:
    """Numbers of the calls and state of each episode."""
    return [
        ([int(call_id[5:-2]) for _, call_id in episode.calls], episode.state)
        for episode in episodes(*calls, decisions=decisions)
    ]


def test_a_lost_call_opens_an_episode_with_all_that_is_known_of_it() -> None:
    assert episodes(lost(1, 0, 30)) == (
        Episode(
            calls=(key(1),),
            state=EpisodeState.OPEN,
            opened_at=after(0),
            last_lost_at=after(30),
            closed_at=None,
            closed_by=None,
            decision_id=None,
            tried_at=(),
            first_attempt_at=None,
            has_message=False,
            emergency_at=None,
            tries_within_window=1,
            longest_wait=timedelta(seconds=30),
            reopens=None,
        ),
    )


def test_a_caller_who_rings_three_times_and_then_gets_through_is_one_episode_that_closed_itself() -> None:
    (episode,) = episodes(lost(1, 0, 30), lost(2, 60, 70), lost(3, 300, 345), talked(4, 400, 460))
    assert episode == Episode(
        calls=(key(1), key(2), key(3)),
        state=EpisodeState.SELF_RECOVERED,
        opened_at=after(0),
        last_lost_at=after(345),
        closed_at=after(400),
        closed_by=key(4),
        decision_id=None,
        tried_at=(),
        first_attempt_at=None,
        has_message=False,
        emergency_at=None,
        tries_within_window=3,
        longest_wait=timedelta(seconds=45),
        reopens=None,
    )


def test_an_agent_who_reaches_the_caller_closes_the_episode_and_its_attempts_are_counted() -> None:
    (episode,) = episodes(lost(1, 0, 30), rung(2, 100), talked(3, 500, 560, Direction.OUTBOUND))
    assert (episode.state, episode.closed_at, episode.closed_by) == (EpisodeState.REACHED, after(500), key(3))
    assert (episode.attempts, episode.first_attempt_at) == (2, after(100))


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.ANSWERED])
def test_every_inbound_call_without_an_answer_is_missed_however_short(outcome: Outcome) -> None:
    assert is_missed(lost(1, 0, 0.2, outcome))
    assert outline(lost(1, 0, 0.2, outcome))[0][0] == [1]


def test_a_call_that_is_still_up_is_not_missed_yet() -> None:
    assert episodes(replace(lost(1, 0, 30), ended_at=None, outcome=None)) == ()


def test_outbound_calls_that_nobody_answers_are_not_missed() -> None:
    assert episodes(rung(1, 0)) == ()


def test_a_call_of_which_only_a_part_was_seen_is_on_the_list_as_unknown() -> None:
    torn = replace(lost(1, 0, 30, Outcome.UNKNOWN), ended_at=None)
    assert outline(torn) == [([1], EpisodeState.UNKNOWN)]
    assert outline(torn, lost(2, 60, 90)) == [([1, 2], EpisodeState.OPEN)]


@pytest.mark.parametrize(
    ("seconds", "state"),
    [(4.999, EpisodeState.OPEN), (5.0, EpisodeState.SELF_RECOVERED)],
)
def test_only_a_talk_of_the_required_length_closes(seconds: float, state: EpisodeState) -> None:
    assert outline(lost(1, 0, 30), talked(2, 100, 100 + seconds)) == [([1], state)]


def test_a_talk_whose_end_is_unknown_closes_nothing() -> None:
    up = talked(2, 100, 200)
    torn = replace(up, talks=(replace(up.talks[0], to=None),))
    assert outline(lost(1, 0, 30), torn) == [([1], EpisodeState.OPEN)]


def test_a_mailbox_closes_nothing() -> None:
    left = lost(2, 100, 160, Outcome.VOICEMAIL)
    (episode,) = episodes(lost(1, 0, 30), left)
    assert (episode.calls, episode.state, episode.has_message) == ((key(1), key(2)), EpisodeState.OPEN, True)


def test_a_message_left_in_an_emergency_shows_in_the_episode() -> None:
    (episode,) = episodes(replace(lost(1, 0, 30, Outcome.EMERGENCY_UNANSWERED), has_message=True))
    assert (episode.state, episode.has_message, episode.is_emergency) == (EpisodeState.OPEN, True, True)


def test_a_forwarded_mobile_that_answers_is_a_person_but_an_outsider_added_later_is_none() -> None:
    forwarded = talked(2, 100, 160, kind=TalkKind.EXTERNAL)
    assert outline(lost(1, 0, 30), forwarded) == [([1], EpisodeState.SELF_RECOVERED)]
    added = replace(forwarded, answered_at=after(95))
    assert outline(lost(1, 0, 30), added) == [([1], EpisodeState.OPEN)]


def test_a_talk_that_began_before_the_caller_was_lost_does_not_close() -> None:
    """The same number on two lines: one talks while the other waits in vain."""
    assert outline(lost(1, 0, 100), talked(2, 60, 200)) == [([1], EpisodeState.OPEN)]
    assert outline(lost(1, 0, 100), talked(2, 100, 200)) == [([1], EpisodeState.OPEN)]


def test_a_caller_lost_in_a_transfer_is_missed_though_they_had_talked() -> None:
    dropped = replace(talked(1, 0, 60), ended_at=after(90), lost_after_transfer=True)
    assert outline(dropped) == [([1], EpisodeState.OPEN)]
    assert episodes(dropped)[0].last_lost_at == after(90)


def test_whom_we_rang_and_lost_in_the_middle_is_missed_too() -> None:
    talk = replace(talked(2, 100, 160), ended_at=after(190), lost_after_transfer=True)
    sent_back = replace(talk, direction=Direction.OUTBOUND, talks=(replace(talk.talks[0], kind=TalkKind.AGENT),))
    first, second = episodes(lost(1, 0, 30), sent_back)
    assert (first.calls, first.state) == ((key(1),), EpisodeState.REACHED)
    assert (second.calls, second.state, second.reopens) == ((key(2),), EpisodeState.OPEN, key(1))
    assert episodes(replace(sent_back, lost_after_transfer=False)) == ()


def test_the_talk_before_a_lost_transfer_closes_what_was_lost_earlier_and_the_loss_opens_anew() -> None:
    dropped = replace(talked(2, 100, 160), ended_at=after(190), lost_after_transfer=True)
    first, second = episodes(lost(1, 0, 30), dropped)
    assert (first.calls, first.state) == ((key(1),), EpisodeState.SELF_RECOVERED)
    assert (second.calls, second.state, second.reopens) == ((key(2),), EpisodeState.OPEN, key(1))


def test_a_new_loss_after_a_talk_opens_a_new_episode_that_names_the_old_one() -> None:
    first, second = episodes(lost(1, 0, 30), talked(2, 100, 160), lost(3, 200, 230))
    assert (first.calls, first.state, first.reopens) == ((key(1),), EpisodeState.SELF_RECOVERED, None)
    assert (second.calls, second.state, second.reopens) == ((key(3),), EpisodeState.OPEN, key(1))


def test_a_signed_decision_closes_and_a_new_loss_opens_anew() -> None:
    signed = Decision(decision_id=7, decided_at=after(1000), calls=frozenset([key(1), key(2)]))
    first, second = episodes(lost(1, 0, 30), lost(2, 60, 90), lost(3, 2000, 2030), decisions=(signed,))
    assert (first.calls, first.state) == ((key(1), key(2)), EpisodeState.UNREACHABLE)
    assert (first.closed_at, first.closed_by, first.decision_id) == (after(1000), None, 7)
    assert (second.calls, second.state, second.reopens) == ((key(3),), EpisodeState.OPEN, key(1))


def test_a_loss_that_the_supervisor_could_not_see_when_signing_stays_open_though_it_was_earlier() -> None:
    signed = Decision(decision_id=7, decided_at=after(1000), calls=frozenset([key(1)]))
    assert outline(lost(1, 0, 30), lost(2, 900, 930), decisions=(signed,)) == [
        ([1], EpisodeState.UNREACHABLE),
        ([2], EpisodeState.OPEN),
    ]


def test_a_talk_that_comes_to_be_known_later_wins_over_a_decision_signed_after_it() -> None:
    signed = Decision(decision_id=7, decided_at=after(1000), calls=frozenset([key(1)]))
    talk = talked(2, 500, 560, Direction.OUTBOUND)
    assert outline(lost(1, 0, 30), talk, decisions=(signed,)) == [([1], EpisodeState.REACHED)]


def test_a_talk_after_the_decision_leaves_it_standing() -> None:
    signed = Decision(decision_id=7, decided_at=after(1000), calls=frozenset([key(1)]))
    assert outline(lost(1, 0, 30), talked(2, 2000, 2060), decisions=(signed,)) == [([1], EpisodeState.UNREACHABLE)]


def test_attempts_count_since_the_last_loss_and_only_if_the_number_was_rung() -> None:
    (episode,) = episodes(
        rung(1, -100),
        lost(2, 0, 30),
        rung(3, 100),
        lost(4, 200, 230),
        rung(5, 300, Outcome.FAILED),
        rung(6, 400, Outcome.BUSY),
        rung(7, 500, Outcome.CANCELLED),
    )
    assert (episode.attempts, episode.first_attempt_at) == (2, after(100))


def test_tries_count_within_any_ten_minutes() -> None:
    (episode,) = episodes(*(lost(number, begin, begin + 1) for number, begin in enumerate([0, 500, 700, 1100, 1101])))
    assert episode.tries_within_window == 3


def test_the_most_urgent_comes_first() -> None:
    (emergency,) = episodes(lost(1, 950, 951, Outcome.EMERGENCY_UNANSWERED))
    (message,) = episodes(lost(1, 900, 901, Outcome.VOICEMAIL))
    (many,) = episodes(lost(1, 800, 801), lost(2, 802, 803))
    (patient,) = episodes(lost(1, 700, 760))
    (older,) = episodes(lost(1, 500, 530))
    (newer,) = episodes(lost(1, 600, 630))
    assert sorted([newer, older, patient, many, message, emergency], key=priority) == [
        *(emergency, message, many, patient, older, newer)
    ]
    assert priority(newer) == (0, -1, -30000, 1795395600_000 + 600_000)


@pytest.mark.parametrize("state", [state for state in EpisodeState if state not in OPEN_STATES])
def test_nobody_signs_a_closed_episode(state: EpisodeState) -> None:
    with pytest.raises(ConflictError, match="closed"):
        check_decision(state=state, attempts=3, number="+8613812345678")


def test_nobody_signs_before_three_attempts_where_there_is_a_number_to_try() -> None:
    check_decision(state=EpisodeState.WRONG_NUMBER, attempts=0, number="+8613812345678")
    with pytest.raises(RefusedError, match=r"called in 2 different parts of the day .* 3 are required"):
        check_decision(state=EpisodeState.OPEN, attempts=2, number="+8613812345678")
    check_decision(state=EpisodeState.OPEN, attempts=3, number="+8613812345678")
    check_decision(state=EpisodeState.UNKNOWN, attempts=0, number=None)


@pytest.mark.parametrize(
    ("direction", "shown", "subject"),
    [
        (Direction.INBOUND, "013812345678", Subject("+8613812345678", "+8613812345678")),
        (Direction.OUTBOUND, "13812345678", Subject("+8613812345678", "+8613812345678")),
        (Direction.INBOUND, "86612345", Subject("+8651986612345", "+8651986612345")),
        (Direction.INBOUND, "anonymous", Subject("pbx1/pbx1-1.0", None)),
        (Direction.INBOUND, None, Subject("pbx1/pbx1-1.0", None)),
        (Direction.INBOUND, "1064812345678", Subject("pbx1/pbx1-1.0", None)),
        (Direction.INBOUND, "12345", Subject("pbx1/pbx1-1.0", None)),
        (Direction.OUTBOUND, None, None),
        (Direction.INTERNAL, "1001", None),
    ],
)
def test_calls_belong_to_their_outside_party(direction: Direction, shown: str | None, subject: Subject | None) -> None:
    caller = normalise(shown)
    found = subject_of(key=key(1), direction=direction, customer_key=identity_key(caller), number_kind=caller.kind)
    assert found == subject


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[CallForEpisode], tuple[Decision, ...]]:
    """All calls of one caller, close enough together to touch, and decisions about some of them."""
    calls = []
    for number in range(draw(st.integers(0, 8))):
        begin = draw(st.integers(0, 60))
        length = draw(st.integers(0, 12))
        outcome = draw(st.sampled_from([None, Outcome.ANSWERED, Outcome.ABANDONED_QUEUE, Outcome.UNKNOWN]))
        call = draw(st.sampled_from([lost(number, begin, begin + length), talked(number, begin, begin + length)]))
        direction = draw(st.sampled_from([Direction.INBOUND, Direction.OUTBOUND]))
        calls.append(
            replace(call, outcome=outcome, direction=direction, lost_after_transfer=draw(st.integers(0, 4)) == 0)
        )
    keys = st.frozensets(st.integers(0, 8).map(key), max_size=4)
    decisions = [
        Decision(decision_id=number, decided_at=after(draw(st.integers(0, 80))), calls=draw(keys))
        for number in range(draw(st.integers(0, 2)))
    ]
    return calls, tuple(decisions)


@given(histories(), st.randoms(use_true_random=False))
def test_the_order_in_which_calls_arrive_changes_nothing(
    history: tuple[list[CallForEpisode], tuple[Decision, ...]], random: Random
) -> None:
    calls, decisions = history
    shuffled = list(calls)
    random.shuffle(shuffled)
    assert episodes(*shuffled, decisions=decisions[::-1]) == episodes(*calls, decisions=decisions)


@given(histories())
def test_every_missed_call_is_in_exactly_one_episode_and_no_other_call_in_any(
    history: tuple[list[CallForEpisode], tuple[Decision, ...]],
) -> None:
    calls, decisions = history
    found = [call for episode in episodes(*calls, decisions=decisions) for call in episode.calls]
    assert sorted(found) == sorted(call.key for call in calls if is_missed(call))


@given(histories())
def test_a_loss_is_closed_exactly_if_a_talk_began_after_it_or_somebody_signed_it(
    history: tuple[list[CallForEpisode], tuple[Decision, ...]],
) -> None:
    calls, decisions = history
    by_key = {call.key: call for call in calls}
    talks = [
        talk.from_
        for call in calls
        for talk in call.talks
        if call.outcome is not None and talk.to is not None and talk.to - talk.from_ >= FIVE_SECONDS
    ]
    for episode in episodes(*calls, decisions=decisions):
        for call in episode.calls:
            first = min((at for at in talks if at > by_key[call].lost_at), default=None)
            signed = [
                decision.decision_id
                for decision in sorted(decisions, key=lambda decision: decision.decided_at)
                if call in decision.calls and (first is None or decision.decided_at < first)
            ]
            if signed:
                assert (episode.state, episode.decision_id) == (EpisodeState.UNREACHABLE, signed[0])
            elif first is not None:
                assert (episode.closed_at, episode.decision_id) == (first, None)
                assert episode.state in (EpisodeState.REACHED, EpisodeState.SELF_RECOVERED)
            else:
                assert episode.state in OPEN_STATES


@pytest.mark.parametrize("cause", [None, 1, 17, 20, 38])
def test_a_call_that_the_network_dropped_is_no_try(cause: int | None) -> None:
    (episode,) = episodes(lost(1, 0, 30), replace(rung(2, 100, Outcome.REJECTED), hangup_cause=cause))
    assert episode.tried_at == (() if cause in (1, 38) else (after(100),))


def test_a_number_out_of_service_is_an_end_of_its_own_until_the_caller_rings_again() -> None:
    wrong = replace(rung(2, 100, Outcome.NO_ANSWER), hangup_cause=1)
    (episode,) = episodes(lost(1, 0, 30), wrong)
    assert (episode.state, episode.attempts, episode.first_attempt_at) == (EpisodeState.WRONG_NUMBER, 0, after(100))
    (rung_later,) = episodes(lost(1, 0, 30), wrong, rung(3, 200))
    assert (rung_later.state, rung_later.attempts) == (EpisodeState.OPEN, 1)
    (again,) = episodes(lost(1, 0, 30), wrong, lost(3, 200, 230))
    assert (again.state, again.attempts) == (EpisodeState.OPEN, 0)


def test_a_number_that_an_agent_found_to_be_somebody_elses_is_an_end_of_its_own_as_one_out_of_service() -> None:
    wrong = replace(talked(2, 100, 160), direction=Direction.OUTBOUND)

    def only(*calls: CallForEpisode) -> Episode:
        judged = {wrong.key}
        (episode,) = episodes_of(calls, FIVE_SECONDS, voided=judged, to_wrong_numbers=judged)
        return episode

    alone = only(lost(1, 0, 30), wrong)
    assert (alone.state, alone.attempts, alone.first_attempt_at) == (EpisodeState.WRONG_NUMBER, 0, after(90))
    rung_later = only(lost(1, 0, 30), wrong, rung(3, 200))
    assert (rung_later.state, rung_later.attempts) == (EpisodeState.OPEN, 1)


def test_more_tries_than_a_person_makes_are_not_counted() -> None:
    (episode,) = episodes(*(lost(number, number, number + 0.5) for number in range(150)))
    assert episode.tries_within_window == 100


def test_a_talk_that_was_with_a_mailbox_is_a_try_and_closes_nothing() -> None:
    calls = (lost(1, 0, 30), talked(2, 110, 140, Direction.OUTBOUND), talked(3, 310, 340, Direction.OUTBOUND))
    episode_after: dict[int, Episode] = {}
    for voided in ((), (key(2),), (key(2), key(3))):
        (episode_after[len(voided)],) = episodes_of(calls, FIVE_SECONDS, (), voided)

    assert [(one.state, one.closed_by) for one in episode_after.values()] == [
        (EpisodeState.REACHED, key(2)),
        (EpisodeState.REACHED, key(3)),
        (EpisodeState.OPEN, None),
    ]
    assert episode_after[2].tried_at == (after(100), after(300))


@given(st.permutations(range(4)), st.sets(st.integers(2, 4)))
def test_judgements_give_the_same_episodes_in_whatever_order_calls_come(order: list[int], judged: set[int]) -> None:
    calls = [
        lost(1, 0, 30),
        *(talked(number, 100 * number, 100 * number + 30, Direction.OUTBOUND) for number in (2, 3, 4)),
    ]
    voided = {key(number) for number in judged}
    (episode,) = episodes_of([calls[index] for index in order], FIVE_SECONDS, (), voided)
    left = sorted({2, 3, 4} - judged)
    assert episode.closed_by == (key(left[0]) if left else None)
