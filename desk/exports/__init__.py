"""The lists of the desk as CSV and XLSX."""
