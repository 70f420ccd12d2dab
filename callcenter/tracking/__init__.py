"""From the facts that a PBX reports to call records. Pure: no database, no HTTP, no clock."""
