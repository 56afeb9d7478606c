"""What must hold in the ledger of a live fleet at any moment, as a table of named audits."""
