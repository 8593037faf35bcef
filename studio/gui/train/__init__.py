"""The Train tab: settings, live losses, runs."""
