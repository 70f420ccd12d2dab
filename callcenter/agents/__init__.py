"""What agents do: sign on to a device and to queues, pause, wrap up; and what supervisors do with them."""
