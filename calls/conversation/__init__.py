"""What is said and understood on the phone. Pure: no Django, no clock, no I/O."""
