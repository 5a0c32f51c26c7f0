"""The one room that opens what the settings name, a module for each thing; and closes it."""
