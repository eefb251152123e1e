"""Every regular expression of the package takes linear time, for any text.

Belongs here: finding the patterns, generating texts that could slow each of them down, and measuring. New patterns are
found and judged automatically.
"""
