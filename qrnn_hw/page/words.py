"""Numbers as people write them; the templates know these as filters."""

from markupsafe import Markup, escape

__all__ = ["commanded", "count", "duration", "percent", "significant"]


def count(value: float | None) -> str:
    """Write a number of things; of a mean, two places.

    >>> count(5042176), count(89.04), count(19.0), count(None)
    ('5,042,176', '89.04', '19', '-')
    """
    if value is None:
        return "-"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def percent(share: float | None, places: int = 1) -> str:
    """Write a share.

    >>> percent(0.9665), percent(1.0), percent(None)
    ('96.7 %', '100 %', '-')
    """
    if share is None:
        return "-"
    return "100 %" if share == 1 else f"{100 * share:.{places}f} %"


def significant(value: float | None, digits: int = 3) -> str:
    """Write a number by its first digits, all of those before the point.

    >>> significant(2960526.3), significant(0.012345), significant(19.0), significant(None)
    ('2,960,526', '0.0123', '19', '-')
    """
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 10**digits else f"{value:.{digits}g}"


def duration(us: float | None) -> str:
    """Write a time.

    >>> duration(3.46), duration(5300), duration(2.5e6), duration(None)
    ('3.46 µs', '5.3 ms', '2.5 s', '-')
    """
    if us is None:
        return "-"
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if us >= size:
            return f"{us / size:.3g} {unit}"
    return f"{us:.3g} µs"


def commanded(text: str) -> Markup:
    """Escape a sentence, and set what stands between backquotes as code.

    >>> commanded("try `a < b`")
    Markup('try <code>a &lt; b</code>')
    """
    parts = [escape(part) for part in text.split("`")]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else part
        for place, part in enumerate(parts)
    )
