"""What a matter is about, in dated lists of codes: goods, services, problems, offences, ways of selling."""
