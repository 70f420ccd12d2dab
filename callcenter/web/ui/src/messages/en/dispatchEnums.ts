/** Words of closed lists that concern instructions to units. */
export default {
  InstructionStep: {
    ring_again: "ring again",
    acknowledge: "acknowledge",
    depart: "depart",
    arrive: "arrive",
    off_shelf: "goods dealt with",
    feedback: "report back",
    close: "close",
    cancel: "call off",
  },
  InstructionEventKind: {
    unanswered: "nobody could be reached",
    issued: "instructed",
    warned: "warning of a time limit",
    batch_added: "goods were found",
    test_added: "a test",
    patrolled: "Patrol finished",
  },
  Finding: {
    batch: "goods",
    test: "test",
  },
  InstructionField: {
    name: "who acknowledged",
    how: "how they said so",
    outcome: "what became of the goods",
    batches: "batches",
    feedback: "what was found",
    reason: "reason",
  },
  InstructionLack: {
    off_shelf: "what became of the goods",
  },
  OffShelfOutcome: {
    taken_off: "taken off the shelf",
    sold_out: "sold out",
    nothing_found: "nothing found",
    premises_closed: "premises closed",
  },
  Measure: {
    sealed: "sealed",
    taken_off: "taken off the shelf",
    destroyed: "destroyed",
  },
  RingState: {
    ringing: "rung now",
    acknowledged: "pressed 1",
    refused: "pressed 3",
    no_answer: "no answer, or no key",
    busy: "busy",
    rejected: "rejected",
    not_allowed: "may not be rung",
    not_sent: "not sent",
    refused_by_pbx: "refused by the PBX",
    unknown: "sent, result unknown",
  },
  AcknowledgedVia: {
    phone: "by a key on the telephone",
    screen: "written down",
  },
};
