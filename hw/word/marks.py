"""What the controller says of every word that it reads."""

from amaranth.lib import data

#: Marks of a word, with its address.
MARKS = data.StructLayout(
    {
        "constant": 1,  # a scaled input, or the bias of a logit, takes its place
        "unit": 1,  # a constant of the unit does, or is subtracted
        "token": 1,  # an entry of the table of tokens does
        "take": 1,  # it takes the place of the word, and is not subtracted
        "weigh": 1,  # the value is multiplied, and added to a row's sum
        "one": 1,  # by one
        "minus": 1,  # and counts negative
        "lose": 1,  # what the word loses takes its place
        "cut": 1,  # it counts as zero where it is negative
        "first": 1,  # it begins a row
        "shift": 1,  # it begins another plane: the sum so far is worth four times as much
        "half": 1,  # the half that rounds is added
        "ends": 1,  # it ends a row whose sum is written
        "logit": 1,  # it ends a logit's row
    }
)
