"""The supervisor behind `rappel up`: starts the fleet's processes, starts again what dies, leaves nothing behind.

It knows processes, pipes and signals; it knows nothing of rules, stages or settings.
"""
