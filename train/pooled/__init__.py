"""Training where the recurrence is drawn and stays, and a readout of the whole sequence learns.

A network whose states fade (decay) makes features of a sequence, as random convolutions do: means
of states above thresholds, or how often they are above. Only V is trained, rounded as it will be,
which takes seconds; what suits the data is chosen by cross-validation.
"""
