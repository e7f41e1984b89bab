"""The door: can anybody but Azure get in, or bring it down? It is knocked at with bad requests."""
