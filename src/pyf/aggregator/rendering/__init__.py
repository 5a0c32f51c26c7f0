"""READMEs are rendered in separate processes, with limits of time, memory and output."""
