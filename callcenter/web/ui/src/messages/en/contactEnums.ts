/** Words of closed lists that concern contacts and broadcasts. */
export default {
  ContactRole: {
    officer_in_charge: "officer in charge",
    supplier_agent: "agent of a supplier",
    head: "head",
    contact: "contact",
  },
  BroadcastKind: {
    real: "real",
    drill: "drill",
  },
  OrganisationKind: {
    unit: "unit",
    merchant: "merchant",
  },
  TargetState: {
    waiting: "to be rung",
    ringing: "rung now",
    acknowledged: "acknowledged",
    refused: "cannot",
    unreachable: "not reached",
  },
  AnsweredVia: {
    phone: "by a key on the telephone",
    manual: "written down",
  },
};
