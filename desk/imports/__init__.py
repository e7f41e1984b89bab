"""Files of other systems: uploaded, mapped, looked over, applied."""
