"""Objects of a bucket are taken like files of the drop folder: listed in parts, grouped, copied, and handed to the same steps."""
