/** Words of closed lists that concern surveys. */
export default {
  SurveyState: { frozen: "名册已封存", drawn: "已抽样", closed: "已结束" },
  SurveyEvent: { draw: "抽样", close: "结束" },
  SampleState: {
    reserve: "备用",
    open: "待回访",
    dialling: "拨打中",
    done: "已回访",
    refused: "拒访",
    unreachable: "联系不上",
    excluded: "已剔除",
  },
  SampleEnd: {
    interviewed: "已回访",
    refused: "拒访",
    unreachable: "联系不上",
    wrong_person: "非本人号码",
    excluded: "剔除",
  },
  LateExclusion: {
    consent_withdrawn: "不愿接受回访",
    no_number: "号码已失效",
    reopened: "诉求已重新办理",
    died: "本人已故",
    other: "其他",
  },
  Exclusion: {
    anonymous: "匿名",
    consent_withdrawn: "不愿接受回访",
    do_not_call: "免打扰",
    no_number: "无可拨号码",
    asked_lately: "近90天已回访",
    same_person: "同一人另有诉求",
  },
  PeriodKind: { month: "月", quarter: "季度", half_year: "半年", year: "年", holiday: "节假日", custom: "自定" },
};
