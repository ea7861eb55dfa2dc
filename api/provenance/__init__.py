"""What a picture file says of itself, beside the score and never part of it.

claims        all that a file says, as sentences
containers    where metadata stands, by the structure of the file
credentials   signed: Content Credentials (C2PA)
xmp           unsigned: IPTC's digital source type, and the program
generators    unsigned: what generators write into text, with their parameters
source_types  IPTC's names of how pictures come about, in words
"""
