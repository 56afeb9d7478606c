"""Who may do what: capabilities that stand in links."""
