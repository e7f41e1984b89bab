"""What Ringwell withstands and how fast it is: ``python -m benchmarks NAME …``."""
