"""A stand-in for Azure Speech: what its SDK says over websockets, answered without a model.

What it spoke itself, or was told of, it recognises by the bytes of the sound; of all else it says
honestly that it understood nothing. Facts were measured with the unmodified SDK 1.53.0.
"""
