"""Every regular expression of the package takes linear time, whatever text it is given.

Belongs here: finding the patterns, making texts that could slow each of them down, and measuring. A pattern that is written
next year is found and judged without anybody's help.
"""
