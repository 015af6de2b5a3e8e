"""When the plant works: calendars as worked, the week of releases."""
