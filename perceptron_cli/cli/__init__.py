"""The command line: one file a command; files, streams and exit codes live here and nowhere else."""
