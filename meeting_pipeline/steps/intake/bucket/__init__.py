"""Objects of a bucket are taken like files of the drop folder: listed in parts, grouped, copied, and passed to the same steps."""
