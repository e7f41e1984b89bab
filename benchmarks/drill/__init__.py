"""The drill: everything dies while calls are under way; then two ledgers are compared."""
