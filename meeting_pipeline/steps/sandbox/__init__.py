"""Reading untrusted files in a child process with limits on time, memory and output."""
