"""How fast a file of visits comes in, beside the same rows written without a product."""
