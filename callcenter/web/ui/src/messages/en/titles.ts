/** Titles of pages whose other words come with them. */
export default {
  wallboard: "Wallboard",
  imports: "Imports",
  reconciliations: "Reconciliation",
  units: "Units",
  codes: "Codes",
  dispatch: "Dispatch",
  instruction: "Instruction",
  dispatchWall: "Dispatch on the wall",
  inspections: "Patrols",
  newInspection: "Begin a patrol",
  inspection: "Patrol",
  calls: "Calls",
  call: "Call",
  contacts: "Contacts",
  broadcasts: "Broadcasts",
};
