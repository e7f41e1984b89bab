"""A practitioner's visits in their own calendar: iCalendar (RFC 5545), read only."""
