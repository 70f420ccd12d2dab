/** What the figures of the wallboard mean. `of1`: as the backend defines them in version 1. */
export default {
  version: "definition, version {version}",
  board: {
    waiting: "Callers who wait in a queue at this moment.",
    longestWait: "For how long the caller who has waited longest has been in the queue; 00:00 while nobody waits.",
    talking: "Calls of any direction in which somebody talks at this moment; of a queue those with its agents.",
    idle: "Free agents / agents signed on. Who is paused, rung, talking, in wrap-up or offline is not free.",
    callbacks: "Callers who wait for a call back, and how many are past their deadline; of all queues.",
    zeroMiss:
      "Of today: calls in the ledger that nobody can explain, calls on which the two witnesses do not agree, minutes that neither saw. No disposition: answered calls that have neither a matter nor a reason why not, 0 when the shift ends. Met only if all four are known and 0; where only these calls are left, that is what is missing. Checked about once a minute.",
  },
  of1: {
    answered:
      "The caller talked with somebody the PBX rang for them, and no transfer lost them afterwards; in a queue: the queue connected them. Calls of today that are over.",
    missed: "Offered and not answered, by kind; in a queue: how the last stay there ended. Calls of today that are over.",
    service_level_15: "Answered within 15 s of entering the queue / offered, those who gave up or rang after hours included.",
    offered:
      "Inbound calls of today that are over, short ones and those after hours included; = answered + every kind of missed. In all a call counts once, so that the queues add up to more.",
  },
};
