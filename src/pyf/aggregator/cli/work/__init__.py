"""What the commands do, a module for each: imported when one runs, and not for its help or its mistakes."""
