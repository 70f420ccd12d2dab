/** What to do where something was refused, by the code of the problem. */
export default {
  somebody: "他人",
  someTime: "稍后",
  toCall: "查看通话",
  /** Whatever was asked for. */
  advice: {
    number_not_allowed: "请由主管处理。",
    do_not_call: "不要再拨；如有疑问请找主管。",
    outside_hours: "{retry_at} 起可以拨打。",
    too_many_to_number: "{retry_at} 起可以再拨。",
    tried_recently: "{retry_at} 起再拨，换一个时段更容易找到人。",
    claim_limit: "最多领取 {limit} 位：先处理或放回一位。",
    claimed_by_other: "{user} 正在处理，最迟到 {until}。",
    no_skill: "请领取您队列中的来电人。",
    episode_closed: "不需要再回拨。",
    caller_is_here: "对方正在呼入，不要回拨。",
    subject_in_flight: "等这次拨打结束。",
    seat_in_flight: "先挂断您的电话。",
    nobody_waits: "有 {put_off} 位在等约定的时间。",
    too_few_attempts: "已在 {attempts} 个时段拨打，需要 {required} 个：换时段再拨。",
    not_claimed: "请先领取。",
  },
  /** Where it was a dial of the callback list. */
  ofDial: {
    no_seat: "到坐席台签入话机后再拨。",
    no_such_target: "名单可能已变化，请返回名单。",
    not_as_described: "请刷新页面后再试。",
    no_number: "请听留言，或由主管处理。",
    not_a_number: "请由主管查找其他号码。",
    typed_not_allowed: "请从名单或号码簿拨打。",
    too_many_by_agent: "{retry_at} 起可以再拨，可先放回给同事。",
    wrong_number: "请查找其他号码，或由主管签字。",
    key_reused: "请刷新页面后再试。",
    pbx_result_unknown: "不会自动重拨，请先看您的话机。",
    unreachable: "再点一次不会重复拨打。",
  },
};
