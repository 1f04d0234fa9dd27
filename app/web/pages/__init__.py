"""One file per screen. Each exports ``ENTRIES``, its rows of the route table; its template bears the same name."""
