"""How it went: figures by interval, hour and agent, and how many seats the load needs."""
