/** What to do where something was refused, by the code of the problem. */
export default {
  somebody: "somebody else",
  someTime: "later",
  toCall: "See the call",
  /** Whatever was asked for. */
  advice: {
    number_not_allowed: "Ask a supervisor.",
    do_not_call: "Do not call again; ask a supervisor if in doubt.",
    outside_hours: "May be called from {retry_at}.",
    too_many_to_number: "May be called again from {retry_at}.",
    tried_recently: "Try again from {retry_at}: at another time of the day people are easier to find.",
    claim_limit: "At most {limit} callers each: finish or give back one.",
    claimed_by_other: "{user} works on it, until {until} at most.",
    no_skill: "Take callers of your queues.",
    episode_closed: "No call back is needed any more.",
    caller_is_here: "The caller is on the line: do not call back.",
    subject_in_flight: "Wait until that dial is over.",
    seat_in_flight: "Hang up your phone first.",
    nobody_waits: "{put_off} wait for a promised time.",
    too_few_attempts: "Called in {attempts} parts of the day, {required} are needed: try at another time.",
    not_claimed: "Claim the caller first.",
  },
  /** Where it was a dial of the callback list. */
  ofDial: {
    no_seat: "Sign on at the agent desk, then dial.",
    no_such_target: "The list may have changed; go back to it.",
    not_as_described: "Reload the page and try again.",
    no_number: "Listen to the message, or ask a supervisor.",
    not_a_number: "Ask a supervisor to find another number.",
    typed_not_allowed: "Dial from the list or the directory.",
    too_many_by_agent: "You may dial again from {retry_at}; give callers back meanwhile.",
    wrong_number: "Look for another number, or let a supervisor sign.",
    key_reused: "Reload the page and try again.",
    pbx_result_unknown: "Nothing is dialled again by itself; look at your phone.",
    unreachable: "Another click dials nobody twice.",
  },
};
