"""Telling other systems by HTTP what came of a visit, signed as Standard Webhooks says."""
