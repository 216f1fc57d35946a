"""What Prometheus reads of a text."""

from prometheus_client.parser import text_string_to_metric_families


def read_metrics(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        assert (family.type, bool(family.documentation)) == ("gauge", True)
        assert family.name not in found
        for sample in family.samples:
            own = tuple(value for name, value in sample.labels.items() if name not in ("folder", "spider"))
            assert own not in found.setdefault(family.name, {})
            found[family.name][own] = sample.value
    return found
