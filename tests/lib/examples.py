"""Which examples a property is asked: the same ones in every `make test`, which nothing but a change may fail, and
others each time in `make explore`."""
from hypothesis import HealthCheck, settings

EVERY = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}

# The `max_examples` of a profile is in hundredths of what the property itself says.
settings.register_profile("steady", max_examples=100, derandomize=True, **EVERY)
settings.register_profile("explore", max_examples=500, print_blob=True, **EVERY)


def examples(count):
    """So many of a property, or in proportion."""
    return settings(max_examples=max(1, count * settings().max_examples // 100))
