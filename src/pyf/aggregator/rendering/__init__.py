"""Rendering of READMEs in processes of their own, with limits of time, of memory and of what comes out."""
