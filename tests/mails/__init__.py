"""What mail programs make of our mails: links, support, legibility."""
