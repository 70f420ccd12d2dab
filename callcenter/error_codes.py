"""The codes of errors: what programs and pages branch on, whatever the sentence beside it says."""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """Why a request was not done. A closed list: codes are added, and never change their meaning."""

    # of any request
    INVALID_REQUEST = "invalid_request"
    INVALID_INPUT = "invalid_input"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    REFUSED = "refused"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    BODY_TOO_LARGE = "body_too_large"
    RANGE_NOT_SATISFIABLE = "range_not_satisfiable"
    TOO_MANY_ROWS = "too_many_rows"
    INVALID_CURSOR = "invalid_cursor"
    NUMBER_IN_ADDRESS = "number_in_address"
    RANGE_ENDS_BEFORE_IT_BEGINS = "range_ends_before_it_begins"
    RANGE_TOO_LONG = "range_too_long"
    OUT_OF_RANGE = "out_of_range"
    IN_THE_PAST = "in_the_past"
    UNEXPECTED = "unexpected"

    # who asks
    NOT_SIGNED_IN = "not_signed_in"
    WRONG_CREDENTIALS = "wrong_credentials"
    WRONG_OLD_PASSWORD = "wrong_old_password"  # noqa: S105 - a code
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    TOO_MANY_REQUESTS = "too_many_requests"
    TOO_MANY_STREAMS = "too_many_streams"
    RIGHT_REQUIRED = "right_required"
    FOREIGN_ORIGIN = "foreign_origin"
    FOREIGN_NETWORK = "foreign_network"

    # screens
    SCREEN_EXISTS = "screen_exists"
    SCREEN_LINK_INVALID = "screen_link_invalid"
    NOT_FOR_SCREENS = "not_for_screens"

    # users
    USER_EXISTS = "user_exists"
    USER_DISABLED = "user_disabled"
    INVALID_USER_NAME = "invalid_user_name"
    INVALID_DISPLAY_NAME = "invalid_display_name"
    INVALID_PASSWORD_LENGTH = "invalid_password_length"  # noqa: S105 - a code
    EASY_PASSWORD = "easy_password"  # noqa: S105 - a code
    LAST_ADMINISTRATOR = "last_administrator"
    TOKEN_EXISTS = "token_exists"  # noqa: S105 - a code
    INVALID_TOKEN_LIFETIME = "invalid_token_lifetime"  # noqa: S105 - a code

    # how a user likes the pages
    RED_BEFORE_YELLOW = "red_before_yellow"

    # what is needed and away
    DATABASE_UNAVAILABLE = "database_unavailable"
    UNAVAILABLE = "unavailable"
    RECORDING_DOWN = "recording_down"
    LIVE_VIEW_UNAVAILABLE = "live_view_unavailable"
    PBX_UNAVAILABLE = "pbx_unavailable"
    PBX_REFUSED = "pbx_refused"
    PBX_LOGIN_REFUSED = "pbx_login_refused"
    PBX_RESULT_UNKNOWN = "pbx_result_unknown"
    NO_COMMAND_LOGIN = "no_command_login"
    SETTINGS_WRONG = "settings_wrong"
    UNREADABLE_CAPTURE = "unreadable_capture"
    FONT_MISSING = "font_missing"

    # why a number is not rung: the reasons of the log of refusals
    NO_SEAT = "no_seat"
    NO_SUCH_TARGET = "no_such_target"
    NOT_AS_DESCRIBED = "not_as_described"
    NO_NUMBER = "no_number"
    NOT_A_NUMBER = "not_a_number"
    TYPED_NOT_ALLOWED = "typed_not_allowed"
    NUMBER_NOT_ALLOWED = "number_not_allowed"
    DO_NOT_CALL = "do_not_call"
    OUTSIDE_HOURS = "outside_hours"
    TOO_MANY_BY_AGENT = "too_many_by_agent"
    TOO_MANY_TO_NUMBER = "too_many_to_number"
    TRIED_RECENTLY = "tried_recently"
    WRONG_NUMBER = "wrong_number"
    CLAIM_LIMIT = "claim_limit"
    CLAIMED_BY_OTHER = "claimed_by_other"
    NO_SKILL = "no_skill"
    EPISODE_CLOSED = "episode_closed"
    CALLER_IS_HERE = "caller_is_here"
    SUBJECT_IN_FLIGHT = "subject_in_flight"
    SEAT_IN_FLIGHT = "seat_in_flight"
    KEY_REUSED = "key_reused"

    # callbacks
    NOBODY_WAITS = "nobody_waits"
    NOT_CLAIMED = "not_claimed"
    LIST_BUSY = "list_busy"
    TOO_FEW_ATTEMPTS = "too_few_attempts"
    PROMISE_NEEDS_CALL = "promise_needs_call"
    PROMISE_CALL_UNFIT = "promise_call_unfit"
    NOT_THE_DIALLER = "not_the_dialler"

    # seats and calls
    DEVICE_TAKEN = "device_taken"
    DEVICE_NOT_ALLOWED = "device_not_allowed"
    DEVICE_IN_CALL = "device_in_call"
    NO_BROWSER_PHONE = "no_browser_phone"
    CALL_OVER = "call_over"
    NOT_YOUR_CALL = "not_your_call"
    SIGNED_ON_ALREADY = "signed_on_already"
    NOT_SIGNED_ON = "not_signed_on"
    NO_QUEUES = "no_queues"
    UNKNOWN_QUEUE = "unknown_queue"
    UNKNOWN_PBX = "unknown_pbx"
    PBX_NOT_NAMED = "pbx_not_named"
    OTHER_PBX = "other_pbx"
    NO_WRAP_UP = "no_wrap_up"
    NO_DEVICE_TO_RING = "no_device_to_ring"
    OWN_CALL = "own_call"
    AGENT_NOT_IN_CALL = "agent_not_in_call"
    AGENT_IN_SEVERAL_CALLS = "agent_in_several_calls"
    CALLER_NOT_WAITING = "caller_not_waiting"
    CALLER_IN_THAT_QUEUE = "caller_in_that_queue"
    REASON_REQUIRED = "reason_required"
    CALL_IS_UP = "call_is_up"
    NO_DISAGREEMENT = "no_disagreement"
    NUMBER_IN_DIRECTORY = "number_in_directory"

    # recordings
    UNDER_LEGAL_HOLD = "under_legal_hold"
    FILE_DELETED = "file_deleted"
    FILE_MISSING = "file_missing"
    FILE_CHANGED = "file_changed"

    # hours, duty and alarms
    PAST_DAY = "past_day"
    CALENDAR_EXISTS = "calendar_exists"
    SPANS_OVERLAP = "spans_overlap"
    POSITION_TAKEN = "position_taken"
    PERSON_ON_DUTY = "person_on_duty"
    PERSON_AWAY = "person_away"
    TOO_MANY_NIGHTS = "too_many_nights"
    USER_LINKED_ALREADY = "user_linked_already"
    NOT_YOUR_SHIFT = "not_your_shift"
    NOT_YOUR_SWAP = "not_your_swap"
    SWAP_STEP_NOT_POSSIBLE = "swap_step_not_possible"
    SHIFT_REASSIGNED = "shift_reassigned"
    ALARM_ACKNOWLEDGED = "alarm_acknowledged"
    ALARM_ENDS_WITH_CAUSE = "alarm_ends_with_cause"

    # mediations
    ANOTHER_AGENTS_MEDIATION = "another_agents_mediation"
    MEDIATION_NOT_OPEN = "mediation_not_open"
    MEDIATION_NOT_BEGUN = "mediation_not_begun"
    MEDIATION_OVER = "mediation_over"
    IN_MEDIATION_ALREADY = "in_mediation_already"
    NUMBER_IN_MEDIATION = "number_in_mediation"
    NO_SINGLE_CALLER = "no_single_caller"
    HOST_LEG = "host_leg"
    LEG_ELSEWHERE = "leg_elsewhere"
    LEG_LEFT = "leg_left"
    RESULT_WRITTEN = "result_written"
    NO_AGREEMENT = "no_agreement"
    AMOUNT_REQUIRED = "amount_required"
    SIDE_NOT_TAKING_PART = "side_not_taking_part"
    SIDE_NOT_AGREED = "side_not_agreed"
    RECORDING_GOES_ON = "recording_goes_on"

    # casework
    CODE_EXISTS = "code_exists"
    CODE_HAS_ENDED = "code_has_ended"
