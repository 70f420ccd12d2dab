"""Every state that covers a page or stands alone is looked at by axe: a new one without that fails here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, expect

import callcenter
from tests.browser.callers import House
from tests.browser.chromium import find_barriers, visitor
from tests.browser.pages import sign_in
from tests.integration.backend import Backend

SOURCE = Path(callcenter.__file__).parent / "web/ui/src"
TESTS = Path(__file__).parent
STATES = ("EmptyCard", "ElDialog", "FormDialog", "ReasonDialog", "ElDrawer", "ElPopover", "LinkBanner", "NoCalls")
"""Components that make a state of their own: a dialog, a drawer, a panel that opens, a card in place of the page."""
ASKS_AXE = re.compile(r"find_barriers\(|await look\(")
IN_ALL_PAGES = "test_a_card_in_place_of_a_page_has_no_barrier_in_either_theme"
LOOKED_AT = {
    "broadcasts/AcknowledgeDialog.vue FormDialog 1": "test_a_broadcast_is_started_followed_and_ended",
    "broadcasts/BroadcastsPage.vue EmptyCard 1": "test_a_broadcast_is_started_followed_and_ended",
    "broadcasts/StartDialog.vue FormDialog 1": "test_a_broadcast_is_started_followed_and_ended",
    "callbacks/CallerPanel.vue ReasonDialog 1": "test_axe_finds_nothing_serious_with_any_dialog_open",
    "callbacks/CallerPanel.vue ReasonDialog 2": "test_axe_finds_nothing_serious_with_any_dialog_open",
    "callbacks/EmptyList.vue EmptyCard 1": IN_ALL_PAGES,
    "callbacks/ExportDialog.vue FormDialog 1": "test_axe_finds_nothing_serious_with_any_dialog_open",
    "callbacks/HandOverDialog.vue FormDialog 1": "test_axe_finds_nothing_serious_with_any_dialog_open",
    "callbacks/PromiseDialog.vue FormDialog 1": "test_axe_finds_nothing_serious_with_any_dialog_open",
    "calls/CallPage.vue EmptyCard 1": IN_ALL_PAGES,
    "calls/CallPage.vue ReasonDialog 1": "test_axe_finds_nothing_serious_in_either_theme_and_language",
    "calls/RecordingSection.vue ReasonDialog 1": "test_axe_finds_nothing_serious_in_either_theme_and_language",
    "calls/RecordingSection.vue ReasonDialog 2": "test_axe_finds_nothing_serious_in_either_theme_and_language",
    "cases/CasesPage.vue EmptyCard 1": "test_who_does_not_act_sees_the_flags_and_no_step",
    "cases/FlagReasonDialog.vue FormDialog 1": "test_who_proposed_cannot_sign_and_the_button_says_why",
    "cases/ProposalDialog.vue FormDialog 1": "test_an_officer_proposes_and_a_director_signs_exactly_that",
    "cases/SignatureDialog.vue FormDialog 1": "test_an_officer_proposes_and_a_director_signs_exactly_that",
    "design/FormDialog.vue ElDialog 1": "test_axe_finds_nothing_serious_with_any_dialog_open",
    "design/KeyHelp.vue ElDialog 1": "test_the_keys_are_listed_behind_the_question_mark",
    "design/ReasonDialog.vue FormDialog 1": "test_axe_finds_nothing_serious_with_any_dialog_open",
    "codes/CodeDialog.vue FormDialog 1": "test_a_supervisor_finds_a_code_by_its_initials_adds_one",
    "codes/EndDialog.vue FormDialog 1": "test_a_supervisor_finds_a_code_by_its_initials_adds_one",
    "desk/CallBar.vue ElPopover 1": "test_a_call_is_worked_by_keyboard_alone",
    "desk/DeskPage.vue EmptyCard 1": "test_an_agent_signs_on_in_the_page",
    "desk/OwnState.vue ElPopover 1": "test_a_call_is_worked_by_keyboard_alone",
    "desk/SignOnCard.vue EmptyCard 1": IN_ALL_PAGES,
    "desk/SignOnCard.vue EmptyCard 2": IN_ALL_PAGES,
    "desk/SignOnCard.vue EmptyCard 3": IN_ALL_PAGES,
    "desk/TransferDialog.vue ElDialog 1": "test_a_caller_whom_one_ignores_rings_at_a_colleague",
    "imports/ImportPanel.vue FormDialog 1": "test_an_export_is_checked_row_by_row_confirmed_and_taken_in_once",
    "imports/ImportsPage.vue EmptyCard 1": "test_an_export_is_checked_row_by_row_confirmed_and_taken_in_once",
    "dispatch/DispatchPage.vue EmptyCard 1": "test_the_board_changes_within_a_second",
    "dispatch/FindingDialog.vue FormDialog 1": "test_an_officer_takes_every_step_of_an_instruction_by_keyboard",
    "dispatch/StepDialog.vue FormDialog 1": "test_an_officer_takes_every_step_of_an_instruction_by_keyboard",
    "inspections/HeaderDialog.vue FormDialog 1": "test_a_finished_patrol_is_corrected_by_another",
    "inspections/InspectionsPage.vue EmptyCard 1": "test_a_finished_patrol_is_corrected_by_another",
    "inspections/PatrolPanel.vue ReasonDialog 1": "test_a_finished_patrol_is_corrected_by_another",
    "mediation/MediationPage.vue EmptyCard 1": IN_ALL_PAGES,
    "person_requests/PersonRequestPage.vue EmptyCard 1": "test_without_the_duty_the_page_says_so",
    "reconciliations/CompareDialog.vue FormDialog 1": "test_the_register_is_compared_with_an_export",
    "reconciliations/ReconciliationsPage.vue EmptyCard 1": "test_the_register_is_compared_with_an_export",
    "session/SignInAgain.vue ElDialog 1": "test_a_session_that_ends_is_renewed_over_the_page",
    "shell/App.vue EmptyCard 1": "test_a_database_that_is_away_is_said_in_words_of_its_own",
    "shell/GoTo.vue ElDialog 1": "test_a_page_a_call_and_a_number_are_found_without_the_mouse",
    "shell/NoPages.vue EmptyCard 1": IN_ALL_PAGES,
    "shell/NoRight.vue EmptyCard 1": IN_ALL_PAGES,
    "shell/NotFound.vue EmptyCard 1": IN_ALL_PAGES,
    "shell/NotLoaded.vue EmptyCard 1": "test_a_new_version_is_said_once_and_for_all",
    "shell/Shell.vue LinkBanner 1": "test_a_database_that_is_away_is_said_in_words_of_its_own",
    "shell/TopBar.vue ElPopover 1": "test_axe_finds_nothing_serious_in_either_theme_and_language",
    "codes/ThresholdDialog.vue FormDialog 1": "test_who_decides_on_rules_says_how_many_are_a_group_from_tomorrow_on",
    "contacts/ContactDialog.vue FormDialog 1": "test_contacts_are_added_verified_and_shown_whole_for_a_reason",
    "contacts/ContactLine.vue ReasonDialog 1": "test_contacts_are_added_verified_and_shown_whole_for_a_reason",
    "contacts/ContactsPage.vue EmptyCard 1": "test_contacts_are_added_verified_and_shown_whole_for_a_reason",
    "tickets/DispositionsPage.vue EmptyCard 1": "test_the_calls_of_a_day_that_became_nothing_are_counted_and_listed",
    "tickets/EditDialog.vue FormDialog 1": "test_an_officer_accepts_settles_and_completes_a_matter_by_keyboard",
    "tickets/FlagDialog.vue FormDialog 1": "test_priority_links_and_flags_have_forms_on_the_page_of_a_matter",
    "tickets/InstructDialog.vue FormDialog 1": "test_a_unit_is_instructed_from_the_page_of_a_matter",
    "tickets/LinkDialog.vue FormDialog 1": "test_priority_links_and_flags_have_forms_on_the_page_of_a_matter",
    "tickets/NoticeDialog.vue FormDialog 1": "test_the_dialogs_of_a_matter_have_no_barrier",
    "tickets/PartyDialog.vue FormDialog 1": "test_the_dialogs_of_a_matter_have_no_barrier",
    "tickets/PriorityDialog.vue FormDialog 1": "test_priority_links_and_flags_have_forms_on_the_page_of_a_matter",
    "tickets/StepDialog.vue FormDialog 1": "test_an_officer_accepts_settles_and_completes_a_matter_by_keyboard",
    "tickets/attachments/UploadDialog.vue FormDialog 1": "test_a_file_is_attached_listed_and_given_back",
    "tickets/forms/FormsCard.vue FormDialog 1": "test_a_form_waits_for_its_step_is_a_draft_and_is_issued_once",
    "tickets/groups/GroupDialog.vue FormDialog 1": "test_a_joint_complaint_is_made_of_two_with_their",
    "tickets/groups/RepresentativesDialog.vue FormDialog 1": "test_a_joint_complaint_is_made_of_two_with_their",
    "tickets/merging/MergeCard.vue ReasonDialog 1": "test_a_matter_is_merged_into_the_one_that_was_suggested",
    "tickets/merging/MergeDialog.vue FormDialog 1": "test_a_matter_is_merged_into_the_one_that_was_suggested",
    "tickets/TicketPage.vue EmptyCard 1": "test_the_dialogs_of_a_matter_have_no_barrier",
    "tickets/TicketPage.vue ReasonDialog 1": "test_the_dialogs_of_a_matter_have_no_barrier",
    "tickets/TicketsPage.vue EmptyCard 1": "test_the_list_is_filtered_in_the_address_and_walked_by_keys",
    "units/ContactDialog.vue FormDialog 1": "test_an_administrator_adds_a_unit_its_members_and_whom_to_ring",
    "units/ContactSection.vue ReasonDialog 1": "test_an_administrator_adds_a_unit_its_members_and_whom_to_ring",
    "units/MemberSection.vue FormDialog 1": "test_an_administrator_adds_a_unit_its_members_and_whom_to_ring",
    "units/UnitDialog.vue FormDialog 1": "test_an_administrator_adds_a_unit_its_members_and_whom_to_ring",
    "units/UnitsPage.vue EmptyCard 1": "test_an_administrator_adds_a_unit_its_members_and_whom_to_ring",
    "units/UnitsPage.vue FormDialog 1": "test_of_two_who_change_a_unit_the_second_sees_what_is_now",
    "wallboard/WallboardPage.vue LinkBanner 1": "test_a_database_that_is_away_is_said_in_words_of_its_own",
    "wallboard/ArrivalsPanel.vue NoCalls 1": IN_ALL_PAGES,
    "wallboard/BoardSettings.vue ElPopover 1": "test_axe_finds_nothing_serious_on_the_wallboard_and_its_dialogs",
    "wallboard/CallerDialog.vue ElDialog 1": "test_axe_finds_nothing_serious_on_the_wallboard_and_its_dialogs",
    "wallboard/ScreensDialog.vue ElDialog 1": "test_axe_finds_nothing_serious_on_the_wallboard_and_its_dialogs",
    "wallboard/SeatDialog.vue ElDialog 1": "test_axe_finds_nothing_serious_on_the_wallboard_and_its_dialogs",
}
"""The beginning of the name of the test that opens it and asks axe."""


def states_of_the_pages() -> list[str]:
    found = []
    for file in sorted(SOURCE.rglob("*.vue")):
        name = str(file.relative_to(SOURCE))
        if name == "shell/DesignPage.vue":  # for development alone
            continue
        counted: Counter[str] = Counter()
        for state in re.findall(rf"<({'|'.join(STATES)})\b", file.read_text("utf-8")):
            counted[state] += 1
            found.append(f"{name} {state} {counted[state]}")
    return found


def names_of_tests_that_ask_axe() -> list[str]:
    whole = "\n".join(file.read_text("utf-8") for file in sorted(TESTS.glob("test_*.py")))
    pieces = re.split(r"\n(?=(?:@|async def |def |[A-Z]))", whole)
    named = (re.match(r"async def (test_\w+)", piece) for piece in pieces)
    return [match[1] for piece, match in zip(pieces, named, strict=True) if match and ASKS_AXE.search(piece)]


def test_every_state_of_the_pages_is_looked_at_by_axe() -> None:
    asked = names_of_tests_that_ask_axe()
    assert sorted(LOOKED_AT) == sorted(states_of_the_pages())
    assert [test for test in LOOKED_AT.values() if not any(name.startswith(test) for name in asked)] == []


SESSION, DEVICES = "**/api/v1/session", "**/api/v1/devices*"


async def answer_otherwise(page: Page, address: str, changes: Mapping[str, Any]) -> None:
    """What the backend says there, with these changes."""

    async def answer(route: Route) -> None:
        if route.request.method != "GET":
            await route.continue_()
            return
        real = await route.fetch()
        told = await real.json()
        for name, value in changes.items():
            told[name] = told[name] | value if isinstance(value, dict) else value
        await route.fulfill(response=real, json=told)

    await page.route(address, answer)


CARDS: tuple[tuple[str, str, Mapping[str, Mapping[str, Any]], str], ...] = (
    ("wang", "/nowhere/1", {}, "没有这个页面"),
    ("wang", "/no-right?right=manage_users", {}, "没有权限"),
    ("wang", "/", {SESSION: {"rights": []}}, "没有可打开的页面"),
    ("wang", "/callbacks", {}, "没有人在等回电"),
    ("wang", "/calls/pbx1/none", {}, "没有找到。"),
    ("wang", "/mediations/999", {}, "没有找到。"),
    ("wang", "/wallboard", {}, "看板"),
    ("chen", "/desk", {}, "您还没有队列"),
    ("chen", "/desk", {SESSION: {"features": {"commands": False}}}, "不能操作交换机"),
    ("qian", "/desk", {DEVICES: {"items": []}}, "没有可用的电话"),
)


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_card_in_place_of_a_page_has_no_barrier_in_either_theme(
    browser: Browser, backend: Backend, house: House, theme: str
) -> None:
    await house.rows(
        "INSERT INTO users (name, role, password_hash, created_at) SELECT 'qian', role, password_hash, created_at"
        " FROM users WHERE name = 'chen'"
    )
    await house.rows("INSERT INTO agent_skills SELECT id, 'hotline', 1 FROM users WHERE name = 'qian'")
    barriers = {}
    for user in ("wang", "chen", "qian"):
        async with visitor(browser, str(backend.client.base_url), color_scheme=theme) as context:
            await sign_in(context, user)
            for name, address, otherwise, heading in CARDS:
                if name != user:
                    continue
                page = await context.new_page()
                for asked, changes in otherwise.items():
                    await answer_otherwise(page, asked, changes)
                await page.goto(address)
                await expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
                if found := await find_barriers(page):
                    barriers[user, address] = found
                await page.close()
    assert barriers == {}
