"""A local stand-in for Azure Communication Services Call Automation.

It answers on loopback with Azure's paths, statuses, bodies, events and signatures, so that a
client built on the unmodified SDK cannot tell the difference on the wire. It knows nothing of
the product that calls it. What is exact and what is not stands in ``simulator/README.md``.
"""
