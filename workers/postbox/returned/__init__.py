"""Mails that came back: what they are, and what they report. Nothing in them is believed before it is vouched for."""
