"""Logs, metrics, traces, error reports. No personal data in any of them."""
